"""The summary of a report that trends store."""

from msgspec.structs import replace

from amlaudit.core.report import Score
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.engine.trend import posture_of
from tests.reporters.samples import sample


def test_a_posture_keeps_the_score_and_the_fails_by_severity() -> None:
    tally = {
        (Severity.HIGH, Status.FAIL): 2,
        (Severity.LOW, Status.FAIL): 3,
        (Severity.HIGH, Status.PASS): 5,
    }
    found = posture_of(replace(sample(), tally=tally, score=Score(0.25, 0.5, 0.75)))
    assert (found.low, found.high, found.coverage) == (0.25, 0.5, 0.75)
    assert dict(found.fails) == {Severity.HIGH: 2, Severity.LOW: 3}

"""Runs for tests: reports with a few findings, one per day."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache

from msgspec.structs import replace

from amlaudit import fail, ok
from amlaudit.core.episodes import Run, Standing, Step, Topic
from amlaudit.core.gap import Gap
from amlaudit.core.report import Finding, Report, tally_of
from amlaudit.core.verdict import Status, Verdict, unknown
from amlaudit.engine.course import run_of
from tests.engine.test_waivers import finding
from tests.estates import WORKSPACE_ID, gap
from tests.reporters.samples import sample
from tests.rulebook.rules import rule_of

RULES = ("AML9001", "AML9002")
BAD = fail("wrong")
GOOD = ok("fine")
UNKNOWN = unknown(gap(WORKSPACE_ID, "kind"))
MANUAL = Verdict(Status.MANUAL, "who?")


@cache
def _whole() -> Report:
    """Return a report to be modified."""
    return sample()


def day(number: int) -> datetime:
    """Return a day of the series, the first being 1."""
    return datetime(2026, 6, number, tzinfo=UTC)


def report(number: int, *found: Finding | Verdict, gaps: tuple[Gap, ...] = ()) -> Report:
    """Return the report of a day; a verdict means a finding on a particular workspace."""
    findings = [each if isinstance(each, Finding) else finding(each) for each in found]
    rules = tuple(rule_of(lambda _: GOOD, rule_id=each) for each in RULES)
    return replace(
        _whole(),
        at=day(number),
        findings=findings,
        tally=tally_of(findings),
        gaps=gaps,
        rules=rules,
    )


def run(number: int, *found: Finding | Verdict, gaps: tuple[Gap, ...] = ()) -> Run:
    """Return the run of a day."""
    return run_of(report(number, *found, gaps=gaps))


def steps_of(runs: Iterable[Run]) -> Iterator[Step]:
    """Yield the runs of one series as steps from each to the next."""
    before: Mapping[Topic, Standing] = {}
    for run in runs:
        now = dict(run.standings)
        changed = [(topic, how) for topic, how in now.items() if before.get(topic) != how]
        gone = [topic.id for topic in before if topic not in now]
        yield Step(run.posture, changed, gone, run.rules, run.missing)
        before = now

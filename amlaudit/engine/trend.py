"""How the posture went: one report as a point of a line."""

from collections import Counter

from amlaudit.core.history import Posture
from amlaudit.core.report import Report
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status


def posture_of(report: Report) -> Posture:
    """Return how a report came out."""
    fails: Counter[Severity] = Counter()
    for (severity, status), count in report.tally.items():
        if status is Status.FAIL:
            fails[severity] += count
    score = report.score
    return Posture(report.at, score.low, score.high, score.coverage, fails)

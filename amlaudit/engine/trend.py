"""The posture over time: one report as a point on a line."""

from collections import Counter

from amlaudit.core.history import Posture
from amlaudit.core.report import Report
from amlaudit.core.verdict import Status


def posture_of(report: Report) -> Posture:
    """Return the posture of a report."""
    tally = report.tally.items()
    fails = {severity: count for (severity, status), count in tally if status is Status.FAIL}
    score = report.score
    return Posture(report.at, score.low, score.high, score.coverage, Counter(fails))

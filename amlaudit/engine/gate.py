"""The score of a run, and whether it passes."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from amlaudit.core.report import Finding, Gate, Outcome, Score
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status

WEIGHTS: Final = {
    Severity.CRITICAL: 10,
    Severity.HIGH: 6,
    Severity.MEDIUM: 3,
    Severity.LOW: 1,
    Severity.INFO: 0,
}


def score(findings: Iterable[Finding]) -> Score:
    """Return the posture interval, weighted by severity.

    Manual and not applicable verdicts stay outside. With nothing judged at all, everything is
    possible and nothing is covered: 0 to 1, coverage 0.
    """
    weight: Counter[Status] = Counter()
    for finding in findings:
        weight[finding.verdict.status] += WEIGHTS[finding.rule.severity]
    passed, failed, unknown = (
        weight[status] for status in (Status.PASS, Status.FAIL, Status.UNKNOWN)
    )
    total = passed + failed + unknown
    if not total:
        return Score(0.0, 1.0, 0.0)
    return Score(passed / total, (passed + unknown) / total, (passed + failed) / total)


def gate(
    findings: Iterable[Finding],
    posture: Score,
    fail_on: Severity | None,
    min_coverage: float,
    *,
    empty: bool,
) -> Gate:
    """Return the verdict on a run.

    FAIL for a fail at or above `fail_on`; else INCOMPLETE for an unknown there, for coverage under
    `min_coverage`, or for an estate without a workspace; else PASS.

    Args:
        findings: All verdicts.
        posture: Their score.
        fail_on: The mildest severity that matters; None: none does.
        min_coverage: 0 to 1.
        empty: Not one workspace was seen, so that nothing was audited.
    """
    statuses = {
        finding.verdict.status
        for finding in findings
        if fail_on and finding.rule.severity.at_least(fail_on)
    }
    enough = posture.coverage >= min_coverage and not empty
    complete = enough and Status.UNKNOWN not in statuses
    if Status.FAIL in statuses:
        outcome = Outcome.FAIL
    else:
        outcome = Outcome.PASS if complete else Outcome.INCOMPLETE
    return Gate(fail_on, min_coverage, outcome, complete)

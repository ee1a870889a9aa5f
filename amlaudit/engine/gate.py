"""The score of a run, and whether it passes."""

from collections import Counter
from collections.abc import Iterable, Mapping

from amlaudit.core.history import OPENED
from amlaudit.core.neighbourhood import Neighbourhood, not_seen
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding, Gate, Outcome, Score, Tally
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status


def score(tally: Tally) -> Score:
    """Return the posture interval, weighted by severity.

    Manual and not applicable verdicts are excluded. If nothing was judged, everything is possible
    and nothing is covered: 0 to 1, coverage 0.
    """
    weight: Counter[Status] = Counter()
    for (severity, status), count in tally.items():
        weight[status] += severity.weight * count
    passed, failed, unknown = (
        weight[status] for status in (Status.PASS, Status.FAIL, Status.UNKNOWN)
    )
    total = passed + failed + unknown
    if not total:
        return Score(0.0, 1.0, 0.0)
    return Score(passed / total, (passed + unknown) / total, (passed + failed) / total)


def accepted_score(tally: Tally, waived: Mapping[Severity, int]) -> Score | None:
    """Return the posture if waived fails counted as passes; None if none are waived."""
    if not waived:
        return None
    moved = Counter(tally)
    for severity, count in waived.items():
        moved[severity, Status.FAIL] -= count
        moved[severity, Status.PASS] += count
    return score(moved)


def counts(finding: Finding, *, new_only: bool) -> bool:
    """Tell whether a finding counts for the gate: all but waived fails and, if asked, old ones.

    Args:
        finding: The finding.
        new_only: Whether fails that are not new since the baseline are excluded.
    """
    if finding.verdict.status is not Status.FAIL:
        return True
    return finding.waiver is None and (not new_only or finding.change in OPENED)


def is_empty(
    tally: Tally,
    seen: Mapping[str, int],
    named: Iterable[str],
    around: Iterable[Neighbourhood] | None,
) -> bool:
    """Tell whether nothing was judged, no workspace was seen, or a requested one was not.

    Args:
        tally: All verdicts: none if the scope leaves out everything that was read.
        seen: Number of resources read, by ARM type.
        named: Names of the requested workspaces.
        around: The neighbourhood of each workspace that was seen; None: not known.
    """
    return not tally or WORKSPACE not in seen or bool(not_seen(named, around))


def gate(  # noqa: PLR0913 - one argument for each thing that decides
    tally: Tally,
    posture: Score,
    fail_on: Severity | None,
    min_coverage: float,
    *,
    empty: bool,
    new_only: bool = False,
    cut_off: bool = False,
) -> Gate:
    """Return the verdict on a run.

    FAIL for a fail at or above `fail_on`; else INCOMPLETE for an unknown there, for coverage under
    `min_coverage`, for an estate without a workspace or without a requested one, for a scope in
    which nothing was judged, or for a collection that was cut off; else PASS.

    Args:
        tally: The verdicts that count, see `counts`.
        posture: The score of all verdicts.
        fail_on: The lowest severity that matters; None: none does.
        min_coverage: 0 to 1.
        empty: See `is_empty`.
        new_only: Whether old fails are excluded from the tally.
        cut_off: The collection was not completed.
    """
    statuses = {status for severity, status in tally if fail_on and severity.at_least(fail_on)}
    enough = posture.coverage >= min_coverage and not (empty or cut_off)
    complete = enough and Status.UNKNOWN not in statuses
    if Status.FAIL in statuses:
        outcome = Outcome.FAIL
    else:
        outcome = Outcome.PASS if complete else Outcome.INCOMPLETE
    return Gate(fail_on, min_coverage, outcome, complete, new_only)

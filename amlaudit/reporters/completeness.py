"""Why a run is incomplete, in words."""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.neighbourhood import not_seen
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Report
from amlaudit.core.verdict import Status
from amlaudit.reporters.words import percent_of

_NOT_FOUND: Final = "not every named workspace was found"
"""The only reason that a report may leave out: older ones do not say what is around workspaces."""


def shortfalls_of(report: Report) -> str:
    """Return why a run is incomplete: `coverage 91 % is below 95 %`; empty if it is complete."""
    if report.gate.complete:
        return ""
    return "; ".join(_shortfalls(report)) or _NOT_FOUND


def _shortfalls(report: Report) -> Iterator[str]:
    """Yield every reason for which a run is incomplete; see `amlaudit.engine.gate`."""
    gate, covered = report.gate, report.score.coverage
    least = gate.fail_on
    if report.collection.ended_at is None:
        yield "the collection did not finish"
    if WORKSPACE not in report.seen:
        yield "no workspace was found"
    elif not_seen(report.collection.scope.workspaces, report.neighbourhoods):
        yield _NOT_FOUND
    elif not report.tally:
        yield "nothing in scope was evaluated"
    if covered < gate.min_coverage:
        needed = percent_of(gate.min_coverage, up=True)
        yield f"coverage {percent_of(covered)} % is below {needed} %"
    unknown = sum(
        count
        for (severity, status), count in report.tally.items()
        if least and status is Status.UNKNOWN and severity.at_least(least)
    )
    if unknown:
        verdicts = "verdict is" if unknown == 1 else "verdicts are"
        yield f"{unknown:,} {verdicts} unknown at or above {least}"

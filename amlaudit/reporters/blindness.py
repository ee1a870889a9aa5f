"""Which rules a gap left without an answer."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.report import Finding, Report
from amlaudit.core.verdict import Status


class _Mark(NamedTuple):
    """What a finding repeats of the gap that left it unknown."""

    reason: Reason | None
    detail: str
    permission: str


def rules_blinded(report: Report) -> Mapping[Gap, tuple[str, ...]]:
    """Return the ids of the rules that each gap left unknown, as far as the findings tell.

    A finding does not name its gap, it repeats what the gap says. Among gaps that say the same, the
    one at the finding's place or nearest above it is meant; a gap that says it alone is meant by
    findings elsewhere too, whose rules followed a relation to it.
    """
    alone: defaultdict[_Mark, list[Gap]] = defaultdict(list)
    placed: defaultdict[tuple[_Mark, str], list[Gap]] = defaultdict(list)
    for gap in report.gaps:
        mark = _Mark(gap.reason, gap.detail, gap.permission)
        alone[mark].append(gap)
        placed[mark, gap.scope_id].append(gap)

    blinded: defaultdict[Gap, set[str]] = defaultdict(set)
    for finding in report.findings:
        verdict = finding.verdict
        if verdict.status is not Status.UNKNOWN:
            continue
        mark = _Mark(verdict.reason, verdict.message, verdict.permission)
        if mark in alone:
            near = (
                placed[place] for scope in _places(finding) if (place := (mark, scope)) in placed
            )
            meant = next(near, alone[mark] if len(alone[mark]) == 1 else [])
            for gap in meant:
                blinded[gap].add(finding.rule.id)
    return {gap: tuple(sorted(blinded[gap])) for gap in report.gaps}


def _places(finding: Finding) -> Iterator[str]:
    """Yield the ids of everything that a rule looked at and of the scopes above, nearest first."""
    looked_at = (finding.resource.id, *(each.resource_id for each in finding.verdict.evidence))
    for resource_id in dict.fromkeys(looked_at):
        yield from arm_id.scopes_of(resource_id)

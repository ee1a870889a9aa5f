"""Determines which rules each gap left without an answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.ranked import unknown_in
from amlaudit.core.report import Finding, Report


class _Mark(Struct, frozen=True):
    """What a finding repeats from the gap that left it unknown."""

    reason: Reason | None
    detail: str
    permission: str


class Blindness:
    """The rules that each gap left unknown, as far as the findings tell.

    A finding does not name its gap but repeats its text. Among gaps with the same text, the one at
    the finding's place or nearest above it is meant; a gap with a unique text is also meant by
    findings elsewhere, whose rules followed a relation to it.
    """

    def __init__(self, gaps: Iterable[Gap]) -> None:
        """Take the gaps of a report."""
        self._rules: dict[Gap, set[str]] = {}
        self._alone: defaultdict[_Mark, list[Gap]] = defaultdict(list)
        self._placed: defaultdict[tuple[_Mark, str], list[Gap]] = defaultdict(list)
        for gap in gaps:
            mark = _Mark(gap.reason, gap.detail, gap.permission)
            self._rules[gap] = set()
            self._alone[mark].append(gap)
            self._placed[mark, gap.scope_id].append(gap)

    def note(self, finding: Finding) -> None:
        """Record an unknown finding at the gaps that it refers to."""
        verdict = finding.verdict
        mark = _Mark(verdict.reason, verdict.message, verdict.permission)
        if mark in self._alone:
            for gap in self._meant(mark, finding):
                self._rules[gap].add(finding.rule.id)

    def _meant(self, mark: _Mark, finding: Finding) -> Iterable[Gap]:
        """Return those of the gaps with the same text that a finding refers to."""
        near = ((mark, scope) for scope in _places(finding))
        found = next((self._placed[place] for place in near if place in self._placed), None)
        alone = self._alone[mark]
        return found or (alone if len(alone) == 1 else ())

    def rules(self) -> Mapping[Gap, tuple[str, ...]]:
        """Return the ids of the rules that each gap left unknown."""
        return {gap: tuple(sorted(rules)) for gap, rules in self._rules.items()}


def rules_blinded(report: Report) -> Mapping[Gap, tuple[str, ...]]:
    """Return the ids of the rules that each gap left unknown; see `Blindness`."""
    blindness = Blindness(report.gaps)
    for finding in unknown_in(report.findings):
        blindness.note(finding)
    return blindness.rules()


def _places(finding: Finding) -> Iterator[str]:
    """Yield the ids of everything that a rule looked at and of its scopes, nearest first."""
    looked_at = (finding.resource.id, *(each.resource_id for each in finding.evidence))
    for resource_id in dict.fromkeys(looked_at):
        yield from arm_id.scopes_of(resource_id)

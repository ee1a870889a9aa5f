"""Where the steps of attacks are open: the findings that leave them open, at each workspace.

Workspaces and findings are joined by resource, then grouped by workspace, in sorted runs on disk:
there may be more of both than fit in memory.
"""

from collections.abc import Collection, Iterable, Iterator
from heapq import merge
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from amlaudit.batches import Sorted
from amlaudit.core.attack_steps import RELATIONS, STEPS, Place
from amlaudit.core.neighbourhood import Neighbourhood
from amlaudit.core.ranked import by_rule
from amlaudit.core.report import Finding
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status

_MAX_IN_MEMORY: Final = 16_384
"""Points of workspaces, and findings that leave a step open there: a few megabytes."""
_OPEN: Final = (Status.FAIL, Status.UNKNOWN)
"""The statuses of a rule that leave a step open: it fails, or is not known not to."""
_RULES: Final = frozenset(rule for step in STEPS for rule in step.rules)

_fields_after_rule: Final = attrgetter(*Finding.__struct_fields__[1:])
_first: Final = itemgetter(0)


class Point(NamedTuple):
    """A place with its resource: one of several computes, for instance.

    Attributes:
        place: The place.
        id: Id of the resource; empty outside, and for control.
        name: As Azure spells it, or a stand-in for it.
    """

    place: Place
    id: str = ""
    name: str = ""

    def __str__(self) -> str:
        """Return the point in words."""
        return f"{self.place} {self.name}".strip()


class _Stored(NamedTuple):
    """A finding as it is stored: rules are code, so it holds the number of its rule.

    Attributes:
        rule: The number of the rule.
        fields: The other fields, in the order of `Finding`.
    """

    rule: int
    fields: tuple[Any, ...]


_NO_MORE: Final[tuple[int, Iterator[tuple[int, _Stored]]]] = (-1, iter(()))
"""In place of the findings of a further workspace."""

Openings: TypeAlias = dict[str, dict[str, Finding]]
"""Findings that leave a step open, by rule and resource."""


def points_of(place: Place, workspace: Neighbourhood) -> Iterator[Point]:
    """Yield the points of a place at a workspace."""
    relation = RELATIONS[place]
    if not relation:
        yield Point(place, workspace.id, workspace.name)
    else:
        for each in workspace.by(relation, workspace.id):
            yield Point(place, each.id, each.name)


def openings_of(
    workspaces: Collection[Neighbourhood], findings: Iterable[Finding]
) -> Iterator[tuple[Neighbourhood, Openings]]:
    """Yield each workspace with the findings that leave a step open at its points.

    Args:
        workspaces: The workspaces and their surroundings.
        findings: All findings, by rank.
    """
    rules: list[Rule] = []
    stored = _by_workspace(_points_by_resource(workspaces), _findings_by_resource(findings, rules))
    following = groupby(stored, key=_first)
    number, rows = next(following, _NO_MORE)
    for index, workspace in enumerate(workspaces):
        openings: Openings = {rule: {} for rule in _RULES}
        if index == number:
            for _, each in rows:
                finding = Finding(rules[each.rule], *each.fields)
                openings[finding.rule.id][finding.resource.id] = finding
            number, rows = next(following, _NO_MORE)
        yield workspace, openings


def _by_workspace(
    points: Iterable[tuple[str, int]], findings: Iterable[tuple[str, _Stored]]
) -> Sorted[tuple[int, _Stored]]:
    """Return the findings at the points of workspaces, with their numbers, by number.

    Args:
        points: (resource id, number of the workspace), by id.
        findings: (resource id, finding), by id.
    """
    found: Sorted[tuple[int, _Stored]] = Sorted(_first, _MAX_IN_MEMORY)
    rows: Iterable[tuple[str, int | _Stored]] = merge(points, findings, key=_first)
    for _, at_resource in groupby(rows, key=_first):
        numbers: list[int] = []
        for _, item in at_resource:  # the points come before the findings
            if isinstance(item, int):
                numbers.append(item)
                continue
            for number in numbers:
                found.add((number, item))
    return found


def _points_by_resource(workspaces: Iterable[Neighbourhood]) -> Sorted[tuple[str, int]]:
    """Return the id of each point of each workspace with the workspace's number, by id."""
    found: Sorted[tuple[str, int]] = Sorted(_first, _MAX_IN_MEMORY)
    for number, workspace in enumerate(workspaces):
        points = chain.from_iterable(points_of(place, workspace) for place in RELATIONS)
        for point_id in dict.fromkeys(each.id for each in points):
            found.add((point_id, number))
    return found


def _findings_by_resource(
    findings: Iterable[Finding], rules: list[Rule]
) -> Sorted[tuple[str, _Stored]]:
    """Return each finding that leaves a step open with the id of its resource, by id.

    Args:
        findings: All findings, by rank.
        rules: Receives their rules, in the order of their numbers.
    """
    found: Sorted[tuple[str, _Stored]] = Sorted(_first, _MAX_IN_MEMORY)
    for rule, together in by_rule(findings):
        if rule.id in _RULES:
            for each in together:
                if each.verdict.status in _OPEN and not each.subject_key:
                    fields = _fields_after_rule(_without_evidence(each))
                    found.add((each.resource.id, _Stored(len(rules), fields)))
            rules.append(rule)
    return found


def _without_evidence(finding: Finding) -> Finding:
    """Return a finding as paths need it: there may be one for each resource and step."""
    return replace(finding, verdict=replace(finding.verdict, looks=()), others=())

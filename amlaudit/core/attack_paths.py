"""Attack paths: chains of fails that lead from outside to data, secrets or control.

A path is certain if every rule of every step fails, and possible if some are not known. The way out
of a workspace is the smallest set of fails whose remediation breaks all of its certain paths.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from heapq import nsmallest
from itertools import islice, product
from typing import Final, NamedTuple

from msgspec import Struct

from amlaudit.core.attack_openings import Openings, Point, openings_of, points_of
from amlaudit.core.attack_steps import GOALS, OUTSIDE, RELATIONS, STEPS, Place
from amlaudit.core.neighbourhood import Neighbourhood
from amlaudit.core.report import Finding, Report
from amlaudit.core.verdict import Status

MAX_PATHS: Final = 200
"""Paths of one workspace; more would add no information."""
_MAX_TRIES: Final = 20_000
"""Candidate ways out that are tried for one workspace: a tenth of a second."""

_ANYWHERE: Final = {place: (Point(place),) for place in Place if place not in RELATIONS}
"""The points of places that are not resources: they are the same for every workspace."""


class Edge(NamedTuple):
    """A step that can be taken in an estate.

    Attributes:
        start: Where it starts.
        end: Where it leads.
        because: What makes it possible.
        findings: The findings of its rules.
    """

    start: Point
    end: Point
    because: str
    findings: tuple[Finding, ...]

    @property
    def is_certain(self) -> bool:
        """Whether all of its rules fail; otherwise some are not known."""
        return all(each.verdict.status is Status.FAIL for each in self.findings)


class AttackPath(Struct, frozen=True):
    """A chain of steps from outside to a goal.

    Attributes:
        edges: The steps, in order.
    """

    edges: tuple[Edge, ...]

    @property
    def is_certain(self) -> bool:
        """Whether every step can be taken; otherwise some are not known."""
        return all(each.is_certain for each in self.edges)

    @property
    def points(self) -> tuple[Point, ...]:
        """The points that it passes through, from start to end."""
        return (self.edges[0].start, *(each.end for each in self.edges))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that it consists of: fixing any one of these fails breaks it."""
        return tuple(each for edge in self.edges for each in edge.findings)


class Exposure(Struct, frozen=True):
    """How a workspace can be attacked.

    Attributes:
        workspace: The workspace and its surroundings.
        paths: The paths: certain ones before possible ones, then by length, shortest first.
        is_cut_off: Whether there are more.
        way_out: The smallest set of fails whose remediation breaks every certain path, worst first.
    """

    workspace: Neighbourhood
    paths: tuple[AttackPath, ...]
    is_cut_off: bool
    way_out: tuple[Finding, ...]

    @property
    def certain(self) -> tuple[AttackPath, ...]:
        """The paths on which every step can be taken."""
        return tuple(each for each in self.paths if each.is_certain)

    def rank(self) -> tuple[int, str]:
        """Return the sort key for showing workspaces: those with most certain paths first."""
        return -len(self.certain), self.workspace.id


def can_tell(report: Report) -> bool:
    """Tell whether a report holds what paths need: neighbourhoods, and all fails and unknowns."""
    kept = report.only or (Status.FAIL, Status.UNKNOWN)
    is_whole = Status.FAIL in kept and Status.UNKNOWN in kept
    return report.neighbourhoods is not None and is_whole


def exposures(report: Report) -> Iterator[Exposure]:
    """Yield how each workspace of a report can be attacked, by id; omit those without a path.

    Yields nothing if the report does not hold what that requires; see `can_tell`.
    """
    if not can_tell(report):
        return
    for workspace, openings in openings_of(report.neighbourhoods or (), report.findings):
        if found := _exposure(workspace, openings):
            yield found


def most_exposed(report: Report, most: int) -> tuple[int, list[Exposure]]:
    """Return how many workspaces have certain paths, and the worst of them, worst first.

    No more than these are held in memory: there may be one for each workspace, with hundreds of
    paths.

    Args:
        report: The report.
        most: Maximum number of exposures to return.
    """
    count = 0

    def certain() -> Iterator[Exposure]:
        nonlocal count
        for each in exposures(report):
            if each.way_out:
                count += 1
                yield each

    worst = nsmallest(most, certain(), key=Exposure.rank)
    return count, worst


def _exposure(workspace: Neighbourhood, openings: Openings) -> Exposure | None:
    """Return how a workspace can be attacked, None if there is no path."""
    paths = list(islice(_paths(list(_edges(workspace, openings))), MAX_PATHS + 1))
    if not paths:
        return None
    kept = sorted(paths[:MAX_PATHS], key=_order)
    certain = [each for each in kept if each.is_certain]
    return Exposure(workspace, tuple(kept), len(paths) > MAX_PATHS, way_out_of(certain))


def _order(path: AttackPath) -> tuple[bool, int]:
    """Return the sort key of a path."""
    return not path.is_certain, len(path.edges)


def _edges(workspace: Neighbourhood, openings: Openings) -> Iterator[Edge]:
    """Yield the steps that certainly or possibly can be taken at a workspace."""
    points = _ANYWHERE | {place: tuple(points_of(place, workspace)) for place in RELATIONS}
    for step in STEPS:
        here = [openings[rule] for rule in step.rules]
        for at in points[step.at]:
            if all(at.id in each for each in here):
                findings = tuple(each[at.id] for each in here)
                starts = [at] if step.start is step.at else points[step.start]
                ends = [at] if step.end is step.at else points[step.end]
                for start, end in product(starts, ends):
                    yield Edge(start, end, step.because, findings)


def _paths(edges: Sequence[Edge]) -> Iterator[AttackPath]:
    """Yield every chain from outside to a goal that visits no point twice, shortest first."""
    leaving: dict[Point, list[Edge]] = {}
    for edge in edges:
        leaving.setdefault(edge.start, []).append(edge)
    begun: deque[tuple[Edge, ...]] = deque((each,) for each in edges if each.start.place in OUTSIDE)
    while begun:
        chain = begun.popleft()
        end = chain[-1].end
        if end.place in GOALS:
            yield AttackPath(chain)
        passed = {each.start for each in chain} | {end}
        begun.extend((*chain, each) for each in leaving.get(end, ()) if each.end not in passed)


def way_out_of(paths: Sequence[AttackPath]) -> tuple[Finding, ...]:
    """Return the smallest set of fails that hits every path, worst first; empty without paths.

    Among ways out of equal size, the one with the worst fails is returned. If the search takes too
    long, the best one found so far is returned.
    """
    by_path = [{each.id: each for each in path.findings} for path in paths]
    by_id = {key: each for found in by_path for key, each in found.items()}
    ranked = sorted(by_id, key=lambda each: by_id[each].rank())
    places = {key: place for place, key in enumerate(ranked)}
    search = _Search([frozenset(places[key] for key in found) for found in by_path])
    return tuple(by_id[ranked[each]] for each in sorted(search.fewest()))


class _Search:
    """A search for a minimum hitting set: the fewest numbers such that each set contains one."""

    def __init__(self, sets: Sequence[frozenset[int]]) -> None:
        """Take the sets; a superset of another set is hit whenever that one is."""
        distinct = set(sets)
        self._sets = sorted(
            (each for each in distinct if not any(other < each for other in distinct)),
            key=lambda each: (len(each), sorted(each)),
        )
        self._best: tuple[int, ...] = ()
        self._tries = 0

    def fewest(self) -> tuple[int, ...]:
        """Return the smallest hitting set found."""
        self._best = tuple(self._one_by_one())
        self._try(())
        return self._best

    def _one_by_one(self) -> Iterator[int]:
        """Yield numbers until every set contains one, each time the one in the most sets."""
        left = self._sets
        while left:
            numbers = sorted({number for each in left for number in each})
            best = max(numbers, key=lambda number: sum(number in each for each in left))
            yield best
            left = [each for each in left if best not in each]

    def _try(self, chosen: tuple[int, ...]) -> None:
        """Search for better solutions that extend the chosen numbers."""
        self._tries += 1
        missed = next((each for each in self._sets if each.isdisjoint(chosen)), None)
        if missed is None:
            if _worth(chosen) < _worth(self._best):
                self._best = chosen
        elif len(chosen) < len(self._best) and self._tries < _MAX_TRIES:
            for number in sorted(missed):
                self._try((*chosen, number))


def _worth(numbers: Sequence[int]) -> tuple[int, list[int]]:
    """Return the sort key of a way out: how few fails it has, then how bad they are."""
    return len(numbers), sorted(numbers)

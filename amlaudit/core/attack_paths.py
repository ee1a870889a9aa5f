"""Attack paths: fails that, one after the other, lead from outside to data, secrets or control.

A path is certain where every rule of every step fails, and possible where some are not known. The
fewest fails whose mending breaks all certain paths of a workspace are its way out.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import merge, nsmallest
from itertools import chain, groupby, islice, product
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.batches import Sorted
from amlaudit.core.attack_steps import GOALS, OUTSIDE, RELATIONS, STEPS, Place
from amlaudit.core.neighbourhood import Neighbourhood
from amlaudit.core.ranked import by_rule
from amlaudit.core.report import Finding, Report
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status

MOST_PATHS: Final = 200
"""Of one workspace; more say nothing that these do not."""
_MOST_IN_MEMORY: Final = 16_384
"""Points of workspaces, and findings that leave a step open there: some megabytes."""
_OPEN: Final = (Status.FAIL, Status.UNKNOWN)
"""How a rule comes out that leaves a step open: it fails, or it is not known that it does not."""
_RULES: Final = frozenset(rule for step in STEPS for rule in step.rules)
_MOST_TRIES: Final = 20_000
"""Ways out that are tried for one workspace: a tenth of a second."""


_OWN: Final = attrgetter(*Finding.__struct_fields__[1:])
"""Returns what a finding holds besides its rule, in the order of its class."""
_first: Final = itemgetter(0)


class Point(NamedTuple):
    """A place with its resource: one compute of several.

    Attributes:
        place: The place.
        id: Id of the resource; empty outside, and for control.
        name: As Azure spells it, or what stands for it.
    """

    place: Place
    id: str = ""
    name: str = ""

    def __str__(self) -> str:
        """Return the point in words."""
        return f"{self.place} {self.name}".strip()


_ANYWHERE: Final = {place: (Point(place),) for place in Place if place not in RELATIONS}
"""The points of places that are no resources: they are the same for every workspace."""


class Edge(NamedTuple):
    """A step that can be taken in an estate.

    Attributes:
        start: From where.
        end: To where.
        because: What lets it be taken.
        findings: The findings of its rules.
    """

    start: Point
    end: Point
    because: str
    findings: tuple[Finding, ...]

    @property
    def is_certain(self) -> bool:
        """Whether all of its rules fail; else some are not known."""
        return all(each.verdict.status is Status.FAIL for each in self.findings)


class AttackPath(Struct, frozen=True):
    """A chain of steps from outside to a goal.

    Attributes:
        edges: The steps, in order.
    """

    edges: tuple[Edge, ...]

    @property
    def is_certain(self) -> bool:
        """Whether every step of it can be taken; else some are not known."""
        return all(each.is_certain for each in self.edges)

    @property
    def points(self) -> tuple[Point, ...]:
        """Where it leads through, from its start to its end."""
        return (self.edges[0].start, *(each.end for each in self.edges))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What it consists of: the mending of any one of these fails breaks it."""
        return tuple(each for edge in self.edges for each in edge.findings)


class Exposure(Struct, frozen=True):
    """How a workspace can be attacked.

    Attributes:
        workspace: The workspace, and what lies around it.
        paths: The paths, certain ones first, short ones first.
        is_cut_off: Whether there are more.
        way_out: The fewest fails whose mending breaks every certain path, worst first.
    """

    workspace: Neighbourhood
    paths: tuple[AttackPath, ...]
    is_cut_off: bool
    way_out: tuple[Finding, ...]

    @property
    def certain(self) -> tuple[AttackPath, ...]:
        """The paths of which every step can be taken."""
        return tuple(each for each in self.paths if each.is_certain)

    def rank(self) -> tuple[int, str]:
        """Return what readers are shown workspaces by: those with most certain paths first."""
        return -len(self.certain), self.workspace.id


Openings: TypeAlias = dict[str, dict[str, Finding]]
"""Findings that leave a step open, by rule and resource."""

_AtId: TypeAlias = tuple[str, Any]
"""What is at the resource of an id: a point of a workspace of some number, or a finding."""


def can_tell(report: Report) -> bool:
    """Tell whether a report holds what paths are made of: what lies around, and every fail."""
    kept = report.only or (Status.FAIL, Status.UNKNOWN)
    is_whole = Status.FAIL in kept and Status.UNKNOWN in kept
    return report.neighbourhoods is not None and is_whole


def exposures(report: Report) -> Iterator[Exposure]:
    """Yield how each workspace of a report can be attacked, by id; those without a path are not.

    Nothing, where the report does not hold what that takes; see `can_tell`.
    """
    if not can_tell(report):
        return
    for workspace, openings in _opened(report.neighbourhoods or (), report.findings):
        if found := _exposure(workspace, openings):
            yield found


def most_exposed(report: Report, most: int) -> tuple[int, list[Exposure]]:
    """Return how many workspaces certain paths lead to, and the worst of them, worst first.

    No more than these are held: there may be one for each workspace, with hundreds of paths.

    Args:
        report: The report.
        most: How many are returned at most.
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
    """Return how a workspace can be attacked, None where no path leads to it."""
    paths = list(islice(_paths(list(_edges(workspace, openings))), MOST_PATHS + 1))
    if not paths:
        return None
    kept = sorted(paths[:MOST_PATHS], key=_order)
    certain = [each for each in kept if each.is_certain]
    return Exposure(workspace, tuple(kept), len(paths) > MOST_PATHS, way_out_of(certain))


def _order(path: AttackPath) -> tuple[bool, int]:
    """Return what paths are ordered by."""
    return not path.is_certain, len(path.edges)


def _opened(
    workspaces: Collection[Neighbourhood], findings: Iterable[Finding]
) -> Iterator[tuple[Neighbourhood, Openings]]:
    """Yield each workspace with the findings that leave a step open at its points.

    Points and findings are brought together by the ids of resources, then by workspace: there may
    be more than fit in memory.
    """
    rules: list[Rule] = []
    met = _met(_all_points(workspaces), _all_openings(findings, rules))
    for _, several in groupby(merge(enumerate(workspaces), met, key=_first), key=_first):
        (_, workspace), *here = several
        openings: Openings = {rule: {} for rule in _RULES}
        for _, (number, *own) in here:
            finding = Finding(rules[number], *own)
            openings[finding.rule.id][finding.resource.id] = finding
        yield workspace, openings


def _met(points: Iterable[_AtId], opened: Iterable[_AtId]) -> Iterable[tuple[int, Any]]:
    """Return the number of each workspace with each finding at one of its points, by number."""
    found: Sorted[tuple[int, Any]] = Sorted(_first, _MOST_IN_MEMORY)
    for _, several in groupby(merge(points, opened, key=_first), key=_first):
        numbers: list[int] = []
        for _, what in several:  # the points come before the findings
            if isinstance(what, int):
                numbers.append(what)
                continue
            for number in numbers:
                found.add((number, what))
    return found


def _all_points(workspaces: Iterable[Neighbourhood]) -> Iterable[_AtId]:
    """Return the id of each point of each workspace with the number of that one, by id."""
    found: Sorted[_AtId] = Sorted(_first, _MOST_IN_MEMORY)
    for number, workspace in enumerate(workspaces):
        points = chain.from_iterable(_points(place, workspace) for place in RELATIONS)
        for point_id in dict.fromkeys(each.id for each in points):
            found.add((point_id, number))
    return found


def _all_openings(findings: Iterable[Finding], rules: list[Rule]) -> Iterable[_AtId]:
    """Return the id of the resource of each finding that leaves a step open, with the finding.

    Args:
        findings: All of them.
        rules: Where their rules are put: rules are code, and findings tell theirs by its number.
    """
    found: Sorted[_AtId] = Sorted(_first, _MOST_IN_MEMORY)
    for rule, together in by_rule(findings):
        if rule.id in _RULES:
            for each in together:
                if each.verdict.status in _OPEN and not each.subject_key:
                    own = _OWN(_without_evidence(each))
                    found.add((each.resource.id, (len(rules), *own)))
            rules.append(rule)
    return found


def _without_evidence(finding: Finding) -> Finding:
    """Return a finding as paths hold it: there may be one for each resource and step."""
    return replace(finding, verdict=replace(finding.verdict, looks=()), others=())


def _edges(workspace: Neighbourhood, openings: Openings) -> Iterator[Edge]:
    """Yield the steps that can, or may, be taken at a workspace."""
    points = _ANYWHERE | {place: tuple(_points(place, workspace)) for place in RELATIONS}
    for step in STEPS:
        here = [openings[rule] for rule in step.rules]
        for at in points[step.at]:
            if all(at.id in each for each in here):
                findings = tuple(each[at.id] for each in here)
                starts = [at] if step.start is step.at else points[step.start]
                ends = [at] if step.end is step.at else points[step.end]
                for start, end in product(starts, ends):
                    yield Edge(start, end, step.because, findings)


def _points(place: Place, workspace: Neighbourhood) -> Iterator[Point]:
    """Yield the points of a place at a workspace."""
    relation = RELATIONS[place]
    if not relation:
        yield Point(place, workspace.id, workspace.name)
    else:
        for each in workspace.by(relation, workspace.id):
            yield Point(place, each.id, each.name)


def _paths(edges: Sequence[Edge]) -> Iterator[AttackPath]:
    """Yield every chain from outside to a goal that comes to no point twice."""
    leaving: dict[Point, list[Edge]] = {}
    for edge in edges:
        leaving.setdefault(edge.start, []).append(edge)
    chains: list[tuple[Edge, ...]] = [(each,) for each in edges if each.start.place in OUTSIDE]
    while chains:
        chain = chains.pop(0)
        end = chain[-1].end
        if end.place in GOALS:
            yield AttackPath(chain)
        passed = {each.start for each in chain} | {end}
        chains += ((*chain, each) for each in leaving.get(end, ()) if each.end not in passed)


def way_out_of(paths: Sequence[AttackPath]) -> tuple[Finding, ...]:
    """Return the fewest fails of which every path has one, worst first; nothing for no path.

    Of several ways out with as many fails the one is returned whose fails are worst. Where trying
    takes too long, it is the best that was found until then.
    """
    by_path = [{each.id: each for each in path.findings} for path in paths]
    by_id = {key: each for found in by_path for key, each in found.items()}
    ranked = sorted(by_id, key=lambda each: by_id[each].rank())
    places = {key: place for place, key in enumerate(ranked)}
    search = _Search([frozenset(places[key] for key in found) for found in by_path])
    return tuple(by_id[ranked[each]] for each in sorted(search.fewest()))


class _Search:
    """A search for the fewest numbers of which every one of some sets has one."""

    def __init__(self, sets: Sequence[frozenset[int]]) -> None:
        """Search among sets; what has all of another one's numbers is met with it."""
        distinct = set(sets)
        self._sets = sorted(
            (each for each in distinct if not any(other < each for other in distinct)),
            key=lambda each: (len(each), sorted(each)),
        )
        self._best: tuple[int, ...] = ()
        self._tries = 0

    def fewest(self) -> tuple[int, ...]:
        """Return the fewest numbers that were found."""
        self._best = tuple(self._one_by_one())
        self._try(())
        return self._best

    def _one_by_one(self) -> Iterator[int]:
        """Yield numbers until every set has one of them, each time the one that is in most."""
        left = self._sets
        while left:
            numbers = sorted({number for each in left for number in each})
            best = max(numbers, key=lambda number: sum(number in each for each in left))
            yield best
            left = [each for each in left if best not in each]

    def _try(self, chosen: tuple[int, ...]) -> None:
        """Look for better ways to go on from some numbers."""
        self._tries += 1
        missed = next((each for each in self._sets if each.isdisjoint(chosen)), None)
        if missed is None:
            if _worth(chosen) < _worth(self._best):
                self._best = chosen
        elif len(chosen) < len(self._best) and self._tries < _MOST_TRIES:
            for number in sorted(missed):
                self._try((*chosen, number))


def _worth(numbers: Sequence[int]) -> tuple[int, list[int]]:
    """Return what ways out are compared by: how few, then how bad the fails are."""
    return len(numbers), sorted(numbers)

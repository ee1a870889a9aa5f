"""Findings in their order, however many: those that do not fit in memory lie in a temporary file.

It is a merge sort, of each rule by itself: runs of its findings are kept one after the other, and
runs that follow each other are gone through one after the other. What a run holds is kept in
columns, and what its findings share is kept once: a finding is made when it is asked for, which
costs little.
"""

from array import array
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain, groupby, islice, repeat
from operator import attrgetter, is_
from typing import Any, Final, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.batches import Batches, Place
from amlaudit.core.ranked import Ranked
from amlaudit.core.report import Finding, ResourceRef, tally_of
from amlaudit.core.rule import Rule, Severity

MOST_IN_MEMORY: Final = 200_000
"""Findings that need no file: some 20 MiB with what they rest on."""
_RUNS: Final = 10
"""Runs that they are cut into when there are more: of these only one is in memory."""

_OWN: Final = attrgetter(*Finding.__struct_fields__[2:])
"""Returns what a finding holds besides its rule and its resource, in the order of its class."""
_OF_RESOURCE: Final = attrgetter(*ResourceRef.__struct_fields__)
"""Returns what reports show of a resource, in the order of its class."""

_Weight: TypeAlias = tuple[Severity, str]
"""A rule by its id, with the severity that it had."""
_Key: TypeAlias = tuple[str, str]
"""What findings of a rule are ordered by, and resources: an id, and what tells apart findings."""


def held_if_few(findings: Collection[Finding]) -> Collection[Finding]:
    """Return findings that are made anew by each pass: as made once, where they fit in memory."""
    return findings if len(findings) > MOST_IN_MEMORY else tuple(findings)


class Weighed:
    """Rules with the severities that they have in findings."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Take the rules."""
        self._rules = {rule.id: rule for rule in rules}
        self._variants: dict[tuple[str, Severity], Rule] = {}

    def rule(self, rule_id: str, severity: Severity) -> Rule:
        """Return a rule with the severity that it had in a finding."""
        rule = self._rules[rule_id]
        if rule.severity is severity:
            return rule
        variant = self._variants.get((rule_id, severity)) or replace(rule, severity=severity)
        self._variants[rule_id, severity] = variant
        return variant


class _Sequence(Struct):
    """Runs that follow each other.

    Attributes:
        last: What the last of them ends with.
        places: Where they are.
    """

    last: _Key
    places: "array[Place]"


class _Runs(Struct):
    """The runs of one rule, or those of resources.

    Attributes:
        sequences: As few as there can be: mostly one.
        unknown: Where the runs are that hold findings that are not known.
    """

    sequences: list[_Sequence] = field(default_factory=list)
    unknown: set[Place] = field(default_factory=set)

    def add(self, place: Place, first: _Key, last: _Key, *, is_unknown: bool = False) -> None:
        """Note a run, by what it begins and ends with."""
        if is_unknown:
            self.unknown.add(place)
        for each in self.sequences:
            if each.last < first:
                each.places.append(place)
                each.last = last
                return
        self.sequences.append(_Sequence(last, array("L", [place])))


class _Resources(list[ResourceRef]):
    """What a run is about, by id; written in columns."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what makes them again."""
        ids, *columns = zip(*map(_OF_RESOURCE, self), strict=True)
        return _resources_of, (ids, *map(_column, columns))


def _resources_of(ids: Sequence[str], *columns: Sequence[Any]) -> _Resources:
    """Return what a run is about, of its columns."""
    return _Resources(map(ResourceRef, ids, *map(_spread, columns)))


class Spool(Ranked):
    """Findings by rank; may be gone through any number of times.

    Attributes:
        tally: How many there are of each severity and status.
    """

    def __init__(
        self, findings: Iterable[Finding], rules: Sequence[Rule], most: int = MOST_IN_MEMORY
    ) -> None:
        """Take findings in any order.

        Args:
            findings: All of them.
            rules: The rules that they are of; rules are code, and are not written.
            most: How many may be in memory.
        """
        self._rules = Weighed(rules)
        self._batches = Batches(most)
        self._runs: defaultdict[_Weight, _Runs] = defaultdict(_Runs)
        self._resources = _Runs()
        self.tally = tally_of(())
        source = iter(findings)
        while run := list(islice(source, -(-most // _RUNS))):
            self.tally += tally_of(run)
            self._keep(run)

    def __len__(self) -> int:
        """Return how many there are."""
        return self.tally.total()

    def __contains__(self, finding: object) -> bool:
        """Tell whether a finding is among them."""
        return any(each == finding for each in self)

    def __iter__(self) -> Iterator[Finding]:
        """Yield them by rank."""
        return chain.from_iterable(found for _, found in self.by_rule())

    def by_rule(self) -> Iterator[tuple[Rule, Iterator[Finding]]]:
        """See `amlaudit.core.ranked.by_rule`."""
        for (severity, rule_id), runs in sorted(self._runs.items(), key=_rank_of_rule):
            rule = self._rules.rule(rule_id, severity)
            yield rule, self._in_order(rule, runs)

    def unknown(self) -> Iterator[Finding]:
        """See `amlaudit.core.ranked.unknown_in`."""
        found = chain.from_iterable(self._maybe_unknown())
        return (each for each in found if each.verdict.reason)

    def _maybe_unknown(self) -> Iterator[Iterator[Finding]]:
        """Yield the runs in which something is not known, those of each rule together."""
        for (severity, rule_id), runs in sorted(self._runs.items(), key=_rank_of_rule):
            if runs.unknown:
                rule = self._rules.rule(rule_id, severity)
                yield self._in_order(rule, runs, runs.unknown)

    def resources(self) -> Iterator[ResourceRef]:
        """See `amlaudit.core.ranked.resources_of`."""
        sequences = (map(self._batches.at, each.places) for each in self._resources.sequences)
        found = merge(*map(chain.from_iterable, sequences), key=attrgetter("id"))
        return (next(same) for _, same in groupby(found, key=attrgetter("id")))

    def _keep(self, run: Sequence[Finding]) -> None:
        """Keep a run, that of each rule by itself."""
        tables: dict[tuple[int, ...], Place] = {}
        for weight, together in _by_weight(run):
            # Rules for one type judge the same resources, which are kept once for all of them.
            resources = _Resources(each.resource for each in together)
            same = tuple(map(id, resources))
            if same not in tables:
                tables[same] = self._keep_resources(resources)
            columns = zip(*map(_OWN, together), strict=True)
            table = [tables[same], *map(_column, columns)]
            place = self._batches.add(table, len(together))
            is_unknown = any(each.verdict.reason for each in together)
            self._runs[weight].add(
                place, _key(together[0]), _key(together[-1]), is_unknown=is_unknown
            )

    def _keep_resources(self, resources: "_Resources") -> Place:
        """Keep what a run is about, by id, and return its place."""
        place = self._batches.add(resources, things=0)
        self._resources.add(place, (resources[0].id, ""), (resources[-1].id, ""))
        return place

    def _in_order(
        self, rule: Rule, runs: _Runs, wanted: Container[Place] | None = None
    ) -> Iterator[Finding]:
        """Yield the findings of the runs of a rule, or of those of them that are wanted."""
        sequences = [
            chain.from_iterable(
                self._at(place, rule) for place in each.places if not wanted or place in wanted
            )
            for each in runs.sequences
        ]
        return merge(*sequences, key=Finding.rank) if len(sequences) > 1 else sequences[0]

    def _at(self, place: Place, rule: Rule) -> Iterator[Finding]:
        """Yield the findings of a run."""
        resources, *columns = self._batches.at(place)
        return map(Finding, repeat(rule), self._batches.at(resources), *map(_spread, columns))


def _column(values: Sequence[object]) -> Sequence[object]:
    """Return what stands for the values of a column: one of them, where all are the same."""
    return values[:1] if all(map(is_, values, repeat(values[0]))) else values


def _spread(column: Sequence[Any]) -> Iterable[Any]:
    """Return the values of a column, without end where all are the same."""
    return repeat(column[0]) if len(column) == 1 else column


def _by_weight(findings: Iterable[Finding]) -> list[tuple[_Weight, list[Finding]]]:
    """Return findings by rank, those of each rule together: the worst rule first.

    Those of a rule are sorted by one thing after the other, as long as no key is made.
    """
    by_rule: defaultdict[_Weight, list[Finding]] = defaultdict(list)
    for each in findings:
        by_rule[each.rule.severity, each.rule.id].append(each)
    for together in by_rule.values():
        together.sort(key=attrgetter("subject_key"))
        together.sort(key=attrgetter("resource.id"))
    return sorted(by_rule.items(), key=_rank_of_rule)


def _rank_of_rule(found: tuple[_Weight, object]) -> tuple[int, str]:
    """Return what rules are ordered by."""
    (severity, rule_id), _ = found
    return severity.rank, rule_id


def _key(finding: Finding) -> _Key:
    """Return what the findings of a rule are ordered by."""
    return finding.resource.id, finding.subject_key

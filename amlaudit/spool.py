"""Any number of findings in order, spooled to a temporary file if they do not fit in memory.

This is a merge sort per rule: runs of its findings are stored one after another, and consecutive
runs are read sequentially without merging. A run is stored in columns, with shared values stored
once; a finding is created when it is read, which is cheap.
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

MAX_IN_MEMORY: Final = 200_000
"""Findings that are held in memory: some 20 MiB including what they rest on."""
_RUNS: Final = 10
"""Number of runs that this many findings make; with more findings, only one run is in memory."""

_OWN: Final = attrgetter(*Finding.__struct_fields__[2:])
"""Returns the fields of a finding other than its rule and its resource, in class order."""
_OF_RESOURCE: Final = attrgetter(*ResourceRef.__struct_fields__)
"""Returns the fields of a resource reference, in class order."""

_Weight: TypeAlias = tuple[Severity, str]
"""A rule's severity in a finding, and its id."""
_Key: TypeAlias = tuple[str, str]
"""The sort key of a rule's findings, and of resources: resource id and subject key."""


def held_if_few(findings: Collection[Finding]) -> Collection[Finding]:
    """Return findings that each iteration creates anew; as a tuple, if they fit in memory."""
    return findings if len(findings) > MAX_IN_MEMORY else tuple(findings)


class Weighed:
    """Rules with their severities in findings."""

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
    """Consecutive runs, whose keys do not overlap.

    Attributes:
        last: The last key of the last run.
        places: The places of the runs.
    """

    last: _Key
    places: "array[Place]"


class _Runs(Struct):
    """The runs of one rule, or those of resources.

    Attributes:
        sequences: As few as possible: usually one.
        unknown: The places of runs that contain unknown findings.
    """

    sequences: list[_Sequence] = field(default_factory=list)
    unknown: set[Place] = field(default_factory=set)

    def add(self, place: Place, first: _Key, last: _Key, *, is_unknown: bool = False) -> None:
        """Record a run, given its first and last key."""
        if is_unknown:
            self.unknown.add(place)
        for each in self.sequences:
            if each.last < first:
                each.places.append(place)
                each.last = last
                return
        self.sequences.append(_Sequence(last, array("L", [place])))


class _Resources(list[ResourceRef]):
    """The resources of a run, by id; pickled in columns."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what recreates them."""
        ids, *columns = zip(*map(_OF_RESOURCE, self), strict=True)
        return _resources_of, (ids, *map(_column, columns))


def _resources_of(ids: Sequence[str], *columns: Sequence[Any]) -> _Resources:
    """Return the resources of a run, given their columns."""
    return _Resources(map(ResourceRef, ids, *map(_spread, columns)))


class Spool(Ranked):
    """Findings by rank; can be iterated over any number of times.

    Attributes:
        tally: Number of findings by severity and status.
    """

    def __init__(
        self, findings: Iterable[Finding], rules: Sequence[Rule], limit: int = MAX_IN_MEMORY
    ) -> None:
        """Take findings in any order.

        Args:
            findings: All findings.
            rules: Their rules; rules are code, and are not written to the file.
            limit: Maximum number of findings in memory.
        """
        self._rules = Weighed(rules)
        self._batches = Batches(limit)
        self._runs: defaultdict[_Weight, _Runs] = defaultdict(_Runs)
        self._resources = _Runs()
        self.tally = tally_of(())
        source = iter(findings)
        while run := list(islice(source, -(-limit // _RUNS))):
            self.tally += tally_of(run)
            self._keep(run)

    def __len__(self) -> int:
        """Return the number of findings."""
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
        """Yield the findings of runs that contain unknown ones, grouped by rule."""
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
        """Store a run, separately for each rule."""
        tables: dict[tuple[int, ...], Place] = {}
        for weight, together in _by_weight(run):
            # Rules for one type judge the same resources, which are stored once for all of them.
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
        """Store the resources of a run, by id, and return their place."""
        place = self._batches.add(resources, size=0)
        self._resources.add(place, (resources[0].id, ""), (resources[-1].id, ""))
        return place

    def _in_order(
        self, rule: Rule, runs: _Runs, wanted: Container[Place] | None = None
    ) -> Iterator[Finding]:
        """Yield the findings of a rule's runs, or of the wanted ones, in order."""
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
    """Return the compact form of a column: a single value, if all are the same object."""
    return values[:1] if all(map(is_, values, repeat(values[0]))) else values


def _spread(column: Sequence[Any]) -> Iterable[Any]:
    """Return the values of a column; endless if all are the same."""
    return repeat(column[0]) if len(column) == 1 else column


def _by_weight(findings: Iterable[Finding]) -> list[tuple[_Weight, list[Finding]]]:
    """Return findings by rank, grouped by rule, worst rule first.

    The findings of a rule are sorted once by each part of the key, so that no key tuple is built.
    """
    by_rule: defaultdict[_Weight, list[Finding]] = defaultdict(list)
    for each in findings:
        by_rule[each.rule.severity, each.rule.id].append(each)
    for together in by_rule.values():
        together.sort(key=attrgetter("subject_key"))
        together.sort(key=attrgetter("resource.id"))
    return sorted(by_rule.items(), key=_rank_of_rule)


def _rank_of_rule(found: tuple[_Weight, object]) -> tuple[int, str]:
    """Return the sort key of a rule."""
    (severity, rule_id), _ = found
    return severity.rank, rule_id


def _key(finding: Finding) -> _Key:
    """Return the sort key of a finding within its rule."""
    return finding.resource.id, finding.subject_key

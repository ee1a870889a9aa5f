"""Findings in their order, however many: those that do not fit in memory lie in a temporary file.

It is a merge sort: sorted runs are written one after the other, and read side by side. A run is
written in batches, in each of which what its findings share is written once.
"""

import copyreg
import pickle
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import merge
from io import BytesIO
from itertools import islice
from operator import attrgetter
from os import SEEK_END
from tempfile import SpooledTemporaryFile
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from weakref import finalize

from msgspec.structs import replace

from amlaudit.core.report import Finding, ResourceRef, tally_of
from amlaudit.core.rule import Rule, Severity

MOST_IN_MEMORY: Final = 200_000
"""Findings of a run: some 60 MiB with what they rest on."""
_BATCH: Final = 256
"""Findings that are read back at once, of every run."""

_UNFILED: Final = 2**23
"""Bytes of batches that need no file yet: 8 MiB."""

_OWN: Final = attrgetter(*Finding.__struct_fields__[2:])
"""Returns what a finding holds besides its rule and its resource, in the order of its class."""

Place: TypeAlias = tuple[int, int]
"""Of a batch in the file: where it begins, and its length in bytes."""


class Batches:
    """Batches of things outside of memory, in a temporary file as soon as they are worth one."""

    def __init__(self) -> None:
        """Begin without any."""
        self._file = SpooledTemporaryFile(_UNFILED)  # noqa: SIM115 - it lives as long as this
        finalize(self, self._file.close)

    def add(self, batch: Sequence[object]) -> Place:
        """Append a batch, in which what its things share is written once; return its place."""
        packed = _packed(batch)
        place = self._file.seek(0, SEEK_END), len(packed)
        self._file.write(packed)
        return place

    def at(self, place: Place) -> Sequence[Any]:
        """Return the batch at a place."""
        start, length = place
        self._file.seek(start)
        # Bytes of our own, in a file that has no name.
        found: Sequence[Any] = pickle.loads(self._file.read(length))  # noqa: S301
        return found


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


class Spool(Collection[Finding]):
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
        self._batches = Batches()
        self._runs: list[list[Place]] = []
        self._last: list[Finding] = []
        self._numbers: dict[ResourceRef, int] = {}
        self._resources: list[ResourceRef] = []
        self.tally = tally_of(())
        source = iter(findings)
        while len(run := _by_rank(islice(source, most))) == most:
            self.tally += tally_of(run)
            self._runs.append(self._write(run))
            run.clear()  # or the next one would lie beside it
        self.tally += tally_of(run)
        self._last = run

    def __len__(self) -> int:
        """Return how many there are."""
        return self.tally.total()

    def __contains__(self, finding: object) -> bool:
        """Tell whether a finding is among them."""
        return any(each == finding for each in self)

    def __iter__(self) -> Iterator[Finding]:
        """Yield them by rank."""
        if not self._runs:
            return iter(self._last)
        return merge(*map(self._read, self._runs), self._last, key=Finding.rank)

    def _write(self, run: Sequence[Finding]) -> list[Place]:
        """Append a run to the batches, and return their places."""
        places: list[Place] = []
        for start in range(0, len(run), _BATCH):
            batch = [
                (each.rule.id, each.rule.severity, self._number(each.resource), *_OWN(each))
                for each in run[start : start + _BATCH]
            ]
            places.append(self._batches.add(batch))
        return places

    def _read(self, places: Sequence[Place]) -> Iterator[Finding]:
        """Yield the findings of a run."""
        for place in places:
            for rule_id, severity, number, *own in self._batches.at(place):
                yield Finding(self._rules.rule(rule_id, severity), self._resources[number], *own)

    def _number(self, resource: ResourceRef) -> int:
        """Return the number of a resource: of what findings name most of them name again."""
        number = self._numbers.setdefault(resource, len(self._resources))
        if number == len(self._resources):
            self._resources.append(resource)
        return number


def _by_rank(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by rank: those of each rule are sorted by themselves, the worst rule first.

    Those of a rule are sorted by one thing after the other, as long as no key is made.
    """
    by_rule: defaultdict[tuple[Severity, str], list[Finding]] = defaultdict(list)
    for each in findings:
        by_rule[each.rule.severity, each.rule.id].append(each)
    found: list[Finding] = []
    for _, together in sorted(by_rule.items(), key=_rank_of_rule):
        together.sort(key=attrgetter("subject_key"))
        together.sort(key=attrgetter("resource.id"))
        found += together
    return found


def _rank_of_rule(found: tuple[tuple[Severity, str], object]) -> tuple[int, str]:
    """Return what rules are ordered by."""
    (severity, rule_id), _ = found
    return severity.rank, rule_id


def _packed(batch: object) -> bytes:
    """Return a batch as bytes; read-only mappings, which evidence holds, are written as such."""
    packed = BytesIO()
    pickler = pickle.Pickler(packed, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _REDUCERS
    pickler.dump(batch)
    return packed.getvalue()


def _read_only(mapping: dict[Any, Any]) -> "MappingProxyType[Any, Any]":
    """Return a read-only mapping; its class cannot be named in a pickle."""
    return MappingProxyType(mapping)


_REDUCERS: Final = copyreg.dispatch_table | {
    MappingProxyType: lambda mapping: (_read_only, (dict(mapping),))
}

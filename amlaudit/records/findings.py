"""Findings of a JSON report, read one by one and stored outside of memory.

A finding refers to its rule, its resource and its waiver, which may follow it in the report.
"""

from collections.abc import Collection, Container, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from amlaudit.batches import Batches
from amlaudit.batches import Place as BatchPlace
from amlaudit.core.history import Change
from amlaudit.core.place import Place
from amlaudit.core.policy_view import PolicyView
from amlaudit.core.report import Finding, ResourceRef
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.verdict import Verdict
from amlaudit.core.waiver import Waiver
from amlaudit.records.decoding import place_of, verdict_of
from amlaudit.records.members import Fields, each_of, optional_moment, text
from amlaudit.records.policies import policy_of
from amlaudit.spool import Weighed

_BATCH: Final = 256


class Row(NamedTuple):
    """A finding as stored in a report; see `amlaudit.core.report.Finding`."""

    rule_id: str
    severity: Severity
    resource_id: str
    verdict: Verdict
    subject_key: str
    waiver_id: str | None
    change: Change | None
    first_seen: datetime | None
    policies: tuple[PolicyView, ...]
    place: Place | None


def row_of(fields: Fields) -> Row:
    """Return a finding of a report."""
    change = fields.get("baseline_state")
    return Row(
        text(fields, "rule_id"),
        Severity(fields["severity"]),
        text(fields, "resource_id"),
        verdict_of(fields),
        text(fields, "subject_key"),
        fields.get("waiver_id"),
        Change(change) if change else None,
        optional_moment(fields, "first_seen"),
        tuple(each_of(fields, "policies", policy_of)),
        place_of(fields.get("place")),
    )


class Rows:
    """The findings of a report in order; can be iterated over any number of times.

    Attributes:
        names: What they refer to, with the number of the first that does: rules, resources,
            waivers.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        """Store the findings."""
        self._batches = Batches()
        self._places: list[BatchPlace] = []
        self._count = 0
        self.names: tuple[dict[str, int], dict[str, int], dict[str, int]] = ({}, {}, {})
        source = iter(rows)
        while batch := list(islice(source, _BATCH)):
            for number, row in enumerate(batch, self._count):
                self._note(row, number)
            self._places.append(self._batches.add(batch))
            self._count += len(batch)

    def __len__(self) -> int:
        """Return their number."""
        return self._count

    def __iter__(self) -> Iterator[Row]:
        """Yield them."""
        for place in self._places:
            yield from self._batches.at(place)

    def _note(self, row: Row, number: int) -> None:
        """Record what a finding refers to."""
        rules, resources, waivers = self.names
        rules.setdefault(row.rule_id, number)
        resources.setdefault(row.resource_id, number)
        if row.waiver_id:
            waivers.setdefault(row.waiver_id, number)


class Findings(Collection[Finding]):
    """The findings of a report, with the rules, resources and waivers that they refer to."""

    def __init__(
        self,
        rows: Rows,
        rules: Iterable[Rule],
        resources: Iterable[ResourceRef],
        waivers: Iterable[Waiver],
    ) -> None:
        """Combine the findings with what they refer to.

        Raises:
            ValueError: Something that one of them refers to is missing.
        """
        by_rule = {each.id: each for each in rules}
        self._rows = rows
        self._rules = Weighed(by_rule.values())
        self._resources = {each.id: each for each in resources}
        self._waivers = {each.id: each for each in waivers}
        tables: tuple[Container[str], ...] = (by_rule, self._resources, self._waivers)
        missing = [
            (number, name)
            for names, table in zip(rows.names, tables, strict=True)
            for name, number in names.items()
            if name not in table
        ]
        if missing:
            number, name = min(missing)
            raise ValueError(f"findings[{number}]: {name!r} is missing")

    def __len__(self) -> int:
        """Return their number."""
        return len(self._rows)

    def __contains__(self, finding: object) -> bool:
        """Tell whether a finding is among them."""
        return any(each == finding for each in self)

    def __iter__(self) -> Iterator[Finding]:
        """Yield them in order."""
        for row in self._rows:
            yield Finding(
                self._rules.rule(row.rule_id, row.severity),
                self._resources[row.resource_id],
                row.verdict,
                row.subject_key,
                self._waivers[row.waiver_id] if row.waiver_id else None,
                row.change,
                row.first_seen,
                row.policies,
                row.place,
            )

"""Findings with marks, which are kept alongside a verdict and never change it."""

from collections.abc import Callable, Collection, Iterator

from amlaudit.core.ranked import Ranked, by_rule, resources_of, unknown_in
from amlaudit.core.report import Finding, ResourceRef
from amlaudit.core.rule import Rule


class Changed(Collection[Finding]):
    """Findings transformed by a function; can be iterated any number of times."""

    def __init__(self, findings: Collection[Finding], change: Callable[[Finding], Finding]) -> None:
        """Take findings, and the function that transforms each of them."""
        self._findings = findings
        self._change = change

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._findings)

    def __contains__(self, finding: object) -> bool:
        """Tell whether a finding is among them."""
        return any(each == finding for each in self)

    def __iter__(self) -> Iterator[Finding]:
        """Yield them in their order."""
        return map(self._change, self._findings)


class Marked(Changed, Ranked):
    """Findings marked by a function: the rule, resource and verdict of each stay unchanged."""

    def by_rule(self) -> Iterator[tuple[Rule, Iterator[Finding]]]:
        """See `amlaudit.core.ranked.by_rule`."""
        return ((rule, map(self._change, found)) for rule, found in by_rule(self._findings))

    def unknown(self) -> Iterator[Finding]:
        """See `amlaudit.core.ranked.unknown_in`."""
        return map(self._change, unknown_in(self._findings))

    def resources(self) -> Iterator[ResourceRef]:
        """See `amlaudit.core.ranked.resources_of`."""
        return resources_of(self._findings)

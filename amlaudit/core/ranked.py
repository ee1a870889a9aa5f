"""Findings by rank: a rule at a time, or only what somebody asks for of them.

Whoever needs only some rules, only what is not known or only what findings are about asks for just
that: a long list of findings lies in a file, and is read no further than it must be.
"""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from amlaudit.core.report import Finding, ResourceRef
from amlaudit.core.rule import Rule


class Ranked(Collection[Finding]):
    """Findings by rank, which know shorter ways through themselves than one after the other."""

    @abstractmethod
    def by_rule(self) -> Iterator[tuple[Rule, Iterator[Finding]]]:
        """See `by_rule`."""

    @abstractmethod
    def unknown(self) -> Iterator[Finding]:
        """See `unknown_in`."""

    @abstractmethod
    def resources(self) -> Iterator[ResourceRef]:
        """See `resources_of`."""


def by_rule(findings: Iterable[Finding]) -> Iterator[tuple[Rule, Iterator[Finding]]]:
    """Yield each rule with its findings, as long as they come one after the other.

    By rank they do, so that what is asked of a rule need not be asked of each of its findings. A
    rule that has other severities elsewhere comes with each of them.
    """
    if isinstance(findings, Ranked):
        return findings.by_rule()
    return groupby(findings, key=attrgetter("rule"))


def unknown_in(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings that are not known, in their order."""
    if isinstance(findings, Ranked):
        return findings.unknown()
    return (each for each in findings if each.verdict.reason)


def resources_of(findings: Iterable[Finding]) -> Iterator[ResourceRef]:
    """Yield what findings are about, each once, by id."""
    if isinstance(findings, Ranked):
        return findings.resources()
    found: dict[str, ResourceRef] = {}
    for each in findings:
        found.setdefault(each.resource.id, each.resource)
    return (resource for _, resource in sorted(found.items()))

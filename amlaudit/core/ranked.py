"""Findings by rank: one rule at a time, or only a requested part of them.

Callers that need only some rules, only the unknowns or only the resources of findings ask for
exactly that: a long list of findings is in a file, and no more of it is read than necessary.
"""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from amlaudit.core.report import Finding, ResourceRef
from amlaudit.core.rule import Rule


class Ranked(Collection[Finding]):
    """Findings by rank that can be read selectively, without iterating over all of them."""

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
    """Yield each rule with each consecutive group of its findings.

    By rank, all findings of a rule are consecutive, so that questions about a rule need not be
    asked for each of its findings. A rule with several severities comes once with each of them.
    """
    if isinstance(findings, Ranked):
        return findings.by_rule()
    return groupby(findings, key=attrgetter("rule"))


def unknown_in(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings with an unknown verdict, in order."""
    if isinstance(findings, Ranked):
        return findings.unknown()
    return (each for each in findings if each.verdict.reason)


def resources_of(findings: Iterable[Finding]) -> Iterator[ResourceRef]:
    """Yield the resources that findings are about, each once, by id."""
    if isinstance(findings, Ranked):
        return findings.resources()
    found: dict[str, ResourceRef] = {}
    for each in findings:
        found.setdefault(each.resource.id, each.resource)
    return (resource for _, resource in sorted(found.items()))

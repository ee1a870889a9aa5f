"""The outcome of judging a subject by a condition: a truth, and what decided it."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from amlaudit.core.conditions import UNKNOWN, Truth
from amlaudit.core.gap import Gap
from amlaudit.core.path import Steps
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Evidence, Look, evidence_of, seen_of


class Outcome(Struct, frozen=True, gc=False):
    """The truth of a condition on a subject, and what decided it.

    Attributes:
        truth: The truth.
        looks: What decided it; evidence where it was found elsewhere than on the subject.
        gap: Why it is unknown: reason, description and permission; None if it is known.
        inner: What was found on the counted members.
    """

    truth: Truth
    looks: tuple[Look | Evidence, ...]
    gap: Gap | None = None
    inner: tuple[Look | Evidence, ...] = ()

    def evidence(self, resource: Resource) -> tuple[Evidence, ...]:
        """Return what decided it as evidence, where the subject is (a part of) a resource."""
        return evidence_of((*self.looks, *self.inner), resource.id, resource.origin)


Judge: TypeAlias = Callable[[Subject], Outcome]
"""A compiled condition: judges a subject."""


class Tally(str):
    """In words, how many of how many members a count found to match."""

    __slots__ = ()


def not_known(subject: Subject, steps: Steps, expected: str, gap: Gap) -> Outcome:
    """Return the outcome of a look at something unknown."""
    return Outcome(UNKNOWN, (Look(subject.spell(steps), expected, None, seen_of(gap)),), gap)

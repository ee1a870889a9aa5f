"""What judging a subject by a condition gives: a truth, and what decided it."""

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
        looks: What decided it; evidence, where it was found elsewhere than on the subject.
        gap: Why it is not known, by reason, words and permission; None where it is.
        inner: What was found at the members of what was counted.
    """

    truth: Truth
    looks: tuple[Look | Evidence, ...]
    gap: Gap | None = None
    inner: tuple[Look | Evidence, ...] = ()

    def evidence(self, resource: Resource) -> tuple[Evidence, ...]:
        """Return what decided it as evidence, the subject being (a part of) a resource."""
        return evidence_of((*self.looks, *self.inner), resource.id, resource.origin)


Judge: TypeAlias = Callable[[Subject], Outcome]
"""A compiled condition: judges a subject by it."""


class Tally(str):
    """How many of how many members a count found to match, in words."""

    __slots__ = ()


def not_known(subject: Subject, steps: Steps, expected: str, gap: Gap) -> Outcome:
    """Return the outcome of a look at what is not known."""
    return Outcome(UNKNOWN, (Look(subject.spell(steps), expected, None, seen_of(gap)),), gap)

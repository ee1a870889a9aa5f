"""What judging a subject by a condition gives: a truth, and what decided it."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from amlaudit.core.conditions import UNKNOWN, Truth
from amlaudit.core.gap import Gap
from amlaudit.core.path import Steps
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Evidence, Seen, seen_of


class Look(NamedTuple):
    """Evidence that was found on the subject, whichever resource that is; see `Evidence`."""

    path: str
    expected: str
    observed: object
    seen: Seen


class Outcome(NamedTuple):
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
    inner: tuple[Evidence, ...] = ()

    def evidence(self, resource: Resource) -> tuple[Evidence, ...]:
        """Return what decided it as evidence, the subject being (a part of) a resource."""
        resource_id, origin = resource.id, resource.origin
        found: list[Evidence] = []
        for look in self.looks:
            if isinstance(look, Look):
                path, expected, observed, seen = look
                fields = (resource_id, path, expected, observed, seen, origin)
                found.append(_made(Evidence, fields))
            else:
                found.append(look)
        return (*found, *self.inner) if self.inner else tuple(found)


_made: Final = tuple.__new__
"""Makes evidence as a call of its class does, in two thirds of the time: there is so much."""

Judge: TypeAlias = Callable[[Subject], Outcome]
"""A compiled condition: judges a subject by it."""


class Tally(str):
    """How many of how many members a count found to match, in words."""

    __slots__ = ()


def not_known(subject: Subject, steps: Steps, expected: str, gap: Gap) -> Outcome:
    """Return the outcome of a look at what is not known."""
    return Outcome(UNKNOWN, (Look(subject.spell(steps), expected, None, seen_of(gap)),), gap)

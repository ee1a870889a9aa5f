"""Verdicts: the outcome of one rule on one resource, and the evidence for it."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.resource import Origin


class Status(StrEnum):
    """The outcome of a rule on a resource."""

    PASS = "pass"  # noqa: S105 - a status, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    MANUAL = "manual"
    NOT_APPLICABLE = "not_applicable"

    __hash__ = str.__hash__  # the enum's own is several times slower, and used a lot


class Seen(StrEnum):
    """What a rule found where it looked."""

    PRESENT = "present"
    """A value."""
    ABSENT = "absent"
    """No value."""
    DEFAULT = "default"
    """No value, and Azure documents what that means; `observed` is that meaning."""
    GAP = "gap"
    """Not known."""

    __hash__ = str.__hash__


class Evidence(Struct, frozen=True, gc=False):
    """One thing that a rule looked at.

    Attributes:
        resource_id: Normalised id of the resource that was looked at.
        path: Property path from the root of its document, or a relation (`-> computes`).
        expected: What the rule expected, in words; empty if it only looked.
        observed: The value found there, a JSON value; None if there was none.
        seen: Whether there was a value.
        origin: Where the document came from.
    """

    resource_id: str
    path: str
    expected: str
    observed: object
    seen: Seen
    origin: Origin | None = None


class Look(Struct, frozen=True, gc=False):
    """Evidence that does not name the resource it was found on, so that resources can share it.

    Attributes:
        path: See `Evidence`, as for the next three.
        expected: What the rule expected.
        observed: The value found there.
        seen: Whether there was a value.
        at: Number, from 1, of the finding's other resource that it was found on; 0: the judged
            resource.
    """

    path: str
    expected: str
    observed: object
    seen: Seen
    at: int = 0


class Other(Struct, frozen=True, gc=False):
    """A resource, other than the judged one, that a verdict rests on.

    Attributes:
        resource_id: Normalised id.
        origin: Where its document came from.
    """

    resource_id: str
    origin: Origin | None


def evidence_of(
    looks: Iterable[Look | Evidence],
    resource_id: str,
    origin: Origin | None,
    others: Sequence[Other] = (),
) -> tuple[Evidence, ...]:
    """Return looks as evidence, each piece with its resource.

    Args:
        looks: What was found.
        resource_id: Normalised id of the resource that was judged.
        origin: Where its document came from.
        others: The other resources, to which looks refer by number.
    """
    found = (Other(resource_id, origin), *others)
    return tuple(
        each if isinstance(each, Evidence) else _found_on(found[each.at], each) for each in looks
    )


def _found_on(place: Other, look: Look) -> Evidence:
    """Return a look as evidence that was found on a resource."""
    path, expected, observed, seen = look.path, look.expected, look.observed, look.seen
    return Evidence(place.resource_id, path, expected, observed, seen, place.origin)


class Verdict(Struct, frozen=True, gc=False):
    """The outcome of a rule on a resource; identical resources share one verdict.

    Attributes:
        status: The outcome.
        message: What was found, one human-readable sentence.
        reason: Why the outcome is unknown; None for every other status.
        permission: The action that would have allowed the missing read, if known.
        looks: What the outcome rests on; `Evidence` where an item names the resource that it was
            found on.
    """

    status: Status
    message: str
    reason: Reason | None = None
    permission: str = ""
    looks: tuple[Look | Evidence, ...] = ()


def seen_of(gap: Gap) -> Seen:
    """Return how evidence shows a gap: a value that simply does not exist is absent."""
    return Seen.ABSENT if gap.reason is Reason.ABSENT else Seen.GAP


def ok(message: str = "") -> Verdict:
    """Return a pass."""
    return Verdict(Status.PASS, message)


def fail(message: str) -> Verdict:
    """Return a fail; the message says what is wrong."""
    return Verdict(Status.FAIL, message)


def not_applicable(message: str) -> Verdict:
    """Return that the rule does not apply to the resource; the message says why."""
    return Verdict(Status.NOT_APPLICABLE, message)


def unknown(gap: Gap) -> Verdict:
    """Return that the outcome is unknown because of a gap."""
    return Verdict(Status.UNKNOWN, gap.detail, gap.reason, gap.permission)

"""Verdicts: how one rule came out on one resource, and the evidence for it."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.resource import Origin


class Status(StrEnum):
    """How a rule came out on a resource."""

    PASS = "pass"  # noqa: S105 - a status, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    MANUAL = "manual"
    NOT_APPLICABLE = "not_applicable"

    __hash__ = str.__hash__  # that of an enumeration is several times slower, and asked for a lot


class Seen(StrEnum):
    """What stood where a rule looked."""

    PRESENT = "present"
    """A value."""
    ABSENT = "absent"
    """No value."""
    DEFAULT = "default"
    """No value, and Azure documents what that means; `observed` is that meaning."""
    GAP = "gap"
    """It is not known what."""

    __hash__ = str.__hash__


class Evidence(Struct, frozen=True, gc=False):
    """One thing that a rule looked at.

    Attributes:
        resource_id: Normalised id of the resource that was looked at.
        path: Property path from the root of its document, or a relation (`-> computes`).
        expected: What the rule wanted, in words; empty where it only looked.
        observed: What stood there, a JSON value; None where nothing did.
        seen: Whether it stood there.
        origin: Where the document came from.
    """

    resource_id: str
    path: str
    expected: str
    observed: object
    seen: Seen
    origin: Origin | None = None


class Look(Struct, frozen=True, gc=False):
    """Evidence that does not name the resource it was found on, so that others can share it.

    Attributes:
        path: See `Evidence`, as for the next three.
        expected: What the rule wanted.
        observed: What stood there.
        seen: Whether it stood there.
        at: Which of the other resources that a finding rests on it was found on, counted from 1;
            0: the one that is judged.
    """

    path: str
    expected: str
    observed: object
    seen: Seen
    at: int = 0


class Other(Struct, frozen=True, gc=False):
    """A resource that a verdict rests on besides the one that is judged.

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
    """Return evidence of which each piece tells its resource.

    Args:
        looks: What was found.
        resource_id: Normalised id of the resource that was judged.
        origin: Where its document came from.
        others: The other resources, which looks name by their number.
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
    """How a rule came out on a resource; those that are alike share one.

    Attributes:
        status: The outcome.
        message: What was found, one sentence for people.
        reason: Why the outcome is unknown; None for every other status.
        permission: The action that would have allowed the read that is missing, if known.
        looks: What the outcome rests on; evidence, where it names the resource that it was found
            on.
    """

    status: Status
    message: str
    reason: Reason | None = None
    permission: str = ""
    looks: tuple[Look | Evidence, ...] = ()


def seen_of(gap: Gap) -> Seen:
    """Return how evidence shows a gap: a value that is simply not there is absent."""
    return Seen.ABSENT if gap.reason is Reason.ABSENT else Seen.GAP


def ok(message: str = "") -> Verdict:
    """Return a pass."""
    return Verdict(Status.PASS, message)


def fail(message: str) -> Verdict:
    """Return a fail; the message says what is wrong."""
    return Verdict(Status.FAIL, message)


def not_applicable(message: str) -> Verdict:
    """Return that the rule does not concern the resource; the message says why."""
    return Verdict(Status.NOT_APPLICABLE, message)


def unknown(gap: Gap) -> Verdict:
    """Return that the outcome cannot be known for a gap."""
    return Verdict(Status.UNKNOWN, gap.detail, gap.reason, gap.permission)

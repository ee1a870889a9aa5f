"""Verdicts: how one rule came out on one resource, and the evidence for it."""

from collections.abc import Iterable
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
    """Evidence that was found on the very resource that is judged, whichever that is.

    It says nothing of the resource, so that all that are alike can share it; see `Evidence`.
    """

    path: str
    expected: str
    observed: object
    seen: Seen


def evidence_of(
    looks: Iterable[Look | Evidence], resource_id: str, origin: Origin | None
) -> tuple[Evidence, ...]:
    """Return evidence of which each piece tells its resource.

    Args:
        looks: What was found.
        resource_id: Normalised id of the resource that was judged.
        origin: Where its document came from.
    """
    return tuple(
        Evidence(resource_id, each.path, each.expected, each.observed, each.seen, origin)
        if isinstance(each, Look)
        else each
        for each in looks
    )


class Verdict(Struct, frozen=True, gc=False):
    """How a rule came out on a resource; those that are alike share one.

    Attributes:
        status: The outcome.
        message: What was found, one sentence for people.
        reason: Why the outcome is unknown; None for every other status.
        permission: The action that would have allowed the read that is missing, if known.
        looks: What the outcome rests on; evidence, where it was found elsewhere than on the
            resource.
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

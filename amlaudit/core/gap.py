"""Gaps: what is not known, and why."""

from enum import StrEnum

from msgspec import Struct


class Reason(StrEnum):
    """Why something is not known."""

    FORBIDDEN = "forbidden"
    """The principal may not read it."""
    THROTTLED = "throttled"
    """Azure throttled requests for longer than the scan was willing to wait."""
    TIMEOUT = "timeout"
    """No answer arrived in time."""
    API_ERROR = "api_error"
    """Azure answered with an error, or with something that is not a valid answer."""
    NOT_COLLECTED = "not_collected"
    """It was never read: the input does not contain it, or the collection ended early."""
    UNSUPPORTED = "unsupported"
    """It was read, but in a shape or with a value that this version does not understand."""
    STALE = "stale"
    """What was read is too old to give an answer."""
    ABSENT = "absent"
    """It was read and has no such value, and Azure documents no default for it."""
    UNRESOLVED = "unresolved"
    """It is declared, but its value is decided only during deployment."""
    RULE_ERROR = "rule_error"
    """The rule crashed, or cannot be evaluated on the resource."""

    __hash__ = str.__hash__  # the enum's own is several times slower, and used a lot


class Gap(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that is not known.

    Attributes:
        scope_id: Normalised ARM id of the resource or scope whose part is missing.
        part: What is missing there: an ARM type (all resources of the type under the scope), or a
            property path of the resource.
        reason: Why it is missing.
        detail: What happened, human-readable.
        permission: The action that would have allowed the read, `""` if that is not the cause.
        stands_for: Identity of the value that is missing: gaps of the same identity have the same
            value, whatever it is; see `identity_of`. Empty: it may be any.
    """

    scope_id: str
    part: str
    reason: Reason
    detail: str
    permission: str = ""
    stands_for: str = ""


def identity_of(resource_id: str, path: str) -> str:
    """Return the identity of a resource's value, by its normalised ARM id and the path."""
    return f"{path} of {resource_id}"


def not_collected(scope_id: str, part: str) -> Gap:
    """Return the gap of a part of a scope that is not known to have been read."""
    return Gap(scope_id, part, Reason.NOT_COLLECTED, f"{part} in this scope were not collected")


class NoDataError(Exception):
    """A rule asked for something that is not known; the engine turns this into `unknown`.

    Rule code never catches it: what cannot be read is neither good nor bad.
    """

    def __init__(self, gap: Gap) -> None:
        """Carry the gap found in place of the value."""
        super().__init__(gap.detail)
        self.gap = gap

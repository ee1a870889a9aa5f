"""Gaps: what is not known, and why."""

from enum import StrEnum

from msgspec import Struct


class Reason(StrEnum):
    """Why something is not known."""

    FORBIDDEN = "forbidden"
    """The principal may not read it."""
    THROTTLED = "throttled"
    """Azure refused for too many requests, longer than the scan was willing to wait."""
    TIMEOUT = "timeout"
    """No answer came in time."""
    API_ERROR = "api_error"
    """Azure answered with an error, or with something that is not an answer."""
    NOT_COLLECTED = "not_collected"
    """Nobody looked: the input does not hold it, or the collection ended early."""
    UNSUPPORTED = "unsupported"
    """It was read, but in a shape or with a value that this version does not understand."""
    STALE = "stale"
    """What was read is too old to answer."""
    ABSENT = "absent"
    """It was read and holds no such value, and Azure documents no default for it."""
    UNRESOLVED = "unresolved"
    """It is declared, but its value is decided only while it is deployed."""
    RULE_ERROR = "rule_error"
    """The rule crashed, or cannot be evaluated on the resource."""

    __hash__ = str.__hash__  # the enum's own is several times slower, and used a lot


class Gap(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is not known.

    Attributes:
        scope_id: Normalised ARM id of the resource or scope whose part is missing.
        part: What is missing there: an ARM type (all resources of the type under the scope), or a
            property path of the resource.
        reason: Why.
        detail: What happened, for people.
        permission: The action that would have allowed the read, `""` where that is not the cause.
    """

    scope_id: str
    part: str
    reason: Reason
    detail: str
    permission: str = ""


class NoDataError(Exception):
    """A rule asked for what is not known; the engine turns it into `unknown`.

    Rule code never catches it: what cannot be read can be neither good nor bad.
    """

    def __init__(self, gap: Gap) -> None:
        """Carry the gap that stands where the value should be."""
        super().__init__(gap.detail)
        self.gap = gap

"""Waivers: fails accepted by somebody for a limited time; a waiver never changes a verdict."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from amlaudit.core.place import Place


class WaiverKind(StrEnum):
    """Why a fail may stand."""

    ACCEPTED_RISK = "accepted_risk"
    MITIGATED = "mitigated"
    FALSE_POSITIVE = "false_positive"
    PLANNED_FIX = "planned_fix"


class WaiverState(StrEnum):
    """What a waiver does on the day of a report."""

    ACTIVE = "active"
    """It marks fails."""
    PENDING = "pending"
    """Its first day is in the future: it marks nothing."""
    EXPIRED = "expired"
    """Its last day has passed: it marks nothing."""
    TOO_LONG = "too_long"
    """It would be valid for longer than the company allows: it marks nothing."""
    TOO_BROAD = "too_broad"
    """It matches more fails than the company allows: it marks nothing."""
    LAPSED = "lapsed"
    """What was waived has changed since: it marks nothing."""
    UNUSED = "unused"
    """It matches no fail."""


class Waiver(Struct, frozen=True):
    """A fail that somebody takes responsibility for.

    Attributes:
        id: Its id in its file.
        rule: Id of a rule, or a glob over ids.
        scope: ARM id, or a glob over ids.
        subject: Subject key, or a glob over keys.
        kind: Why the fail may stand.
        reason: The reason in words.
        owner: Who is responsible for it.
        expires: The last day on which it is valid.
        approved_by: Who approved it, empty if nobody is named.
        ticket: Where it is discussed, empty if nowhere.
        created: The first day on which it is valid; None: not stated.
        evidence_sha256: Hash of the evidence that it was granted for; empty: any evidence.
        place: Where it is written.
    """

    id: str
    rule: str
    scope: str
    subject: str
    kind: WaiverKind
    reason: str
    owner: str
    expires: date
    approved_by: str = ""
    ticket: str = ""
    created: date | None = None
    evidence_sha256: str = ""
    place: Place | None = None


class WaiverUse(Struct, frozen=True):
    """What a waiver did in a run.

    Attributes:
        waiver: The waiver.
        state: What it does on the day of the report.
        matches: Number of fails that it matches.
        detail: What is wrong with it, human-readable; empty if nothing is.
    """

    waiver: Waiver
    state: WaiverState
    matches: int
    detail: str = ""


class WaiverLimits(Struct, frozen=True):
    """The limits that a company sets for waivers.

    Attributes:
        max_days: Days that a waiver may be valid for.
        max_days_critical: Days that it may be valid for if it matches a critical fail.
        max_matches: Number of fails that it may match.
    """

    max_days: int = 180
    max_days_critical: int = 30
    max_matches: int = 50

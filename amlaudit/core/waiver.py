"""Waivers: fails that somebody answers for, for a while; a waiver never rewrites a verdict."""

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
    """Its first day has not come: it marks nothing."""
    EXPIRED = "expired"
    """Its last day has passed: it marks nothing."""
    TOO_LONG = "too_long"
    """It would hold longer than the company allows: it marks nothing."""
    TOO_BROAD = "too_broad"
    """It matches more fails than the company allows: it marks nothing."""
    LAPSED = "lapsed"
    """What was waived has changed since: it marks nothing."""
    UNUSED = "unused"
    """It matches no fail."""


class Waiver(Struct, frozen=True):
    """A fail that somebody answers for.

    Attributes:
        id: Its id in its file.
        rule: Id of a rule, or a glob over ids.
        scope: ARM id, or a glob over ids.
        subject: Subject key, or a glob over keys.
        kind: Why the fail may stand.
        reason: That in words.
        owner: Who answers for it.
        expires: The last day on which it holds.
        approved_by: Who approved of it, empty where nobody is named.
        ticket: Where it is discussed, empty where nowhere.
        created: The day from which it holds; None: not said.
        evidence_sha256: Hash of the evidence that it was given for; empty: whatever it is.
        place: Where it is written down.
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
        matches: Number of fails that it names.
        detail: What is wrong with it, for people; empty where nothing is.
    """

    waiver: Waiver
    state: WaiverState
    matches: int
    detail: str = ""


class WaiverLimits(Struct, frozen=True):
    """What a company allows a waiver.

    Attributes:
        max_days: Days that it may run for.
        max_days_critical: Days that it may run for where it names a critical fail.
        max_matches: Fails that it may name.
    """

    max_days: int = 180
    max_days_critical: int = 30
    max_matches: int = 50

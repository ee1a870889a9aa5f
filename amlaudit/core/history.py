"""What changed since an earlier report, and how the posture went."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status


class Change(StrEnum):
    """How a finding stands to the same finding of an earlier report."""

    NEW = "new"
    """A fail that did not fail before."""
    REOPENED = "reopened"
    """A fail that was waived before and is not now."""
    UNCHANGED = "unchanged"
    """A fail that failed before, on the same evidence."""
    UPDATED = "updated"
    """A fail that failed before, on other evidence."""
    FIXED = "fixed"
    """It failed before and passes now."""
    COVERAGE_LOST = "coverage_lost"
    """It was decided before and is not known now."""
    VANISHED = "vanished"
    """It failed before and neither fails nor passes now: resource or rule are gone or differ."""


class Earlier(Struct, frozen=True):
    """A finding of an earlier report, as far as it is compared.

    Attributes:
        id: Its id.
        rule_id: Id of its rule.
        status: How the rule came out.
        severity: Severity of the rule then.
        resource_id: Normalised ARM id.
        subject_key: Tells several findings of a rule on a resource apart.
        message: What was found.
        evidence_sha256: Hash over what was observed.
        first_seen: When it was first seen with this status.
        waived: Whether a waiver marked it.
    """

    id: str
    rule_id: str
    status: Status
    severity: Severity
    resource_id: str
    subject_key: str
    message: str
    evidence_sha256: str
    first_seen: datetime
    waived: bool = False


class Past(Struct, frozen=True):
    """An earlier report, as far as a later one is compared with it.

    Attributes:
        name: Of its file.
        made_for: The moment that it was made for, UTC.
        findings: What it found, by id.
    """

    name: str
    made_for: datetime
    findings: Mapping[str, Earlier]


class Baseline(Struct, frozen=True):
    """What a report is compared with, and what became of it.

    Attributes:
        name: Of the file.
        made_for: The moment that the earlier report was made for, UTC.
        counts: Number of findings by how they changed.
        vanished: Fails that are not there any more: nobody knows whether they were fixed.
        lost: What was decided then, and lies now where it cannot be seen.
    """

    name: str
    made_for: datetime
    counts: Mapping[Change, int]
    vanished: tuple[Earlier, ...] = ()
    lost: tuple[Earlier, ...] = ()


class Posture(Struct, frozen=True):
    """How one report of a series came out.

    Attributes:
        at: The moment that it was made for, UTC.
        low: Low end of the score, 0 to 1.
        high: High end of the score, 0 to 1.
        coverage: 0 to 1.
        fails: Number of fails by severity, waived ones among them.
    """

    at: datetime
    low: float
    high: float
    coverage: float
    fails: Mapping[Severity, int] = field(default_factory=dict)

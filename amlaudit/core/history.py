"""What changed since an earlier report, and how the posture developed."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct, field

from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status


class Change(StrEnum):
    """How a finding compares with the same finding in an earlier report."""

    NEW = "new"
    """A fail that did not fail before."""
    REOPENED = "reopened"
    """A fail that was waived before and no longer is."""
    UNCHANGED = "unchanged"
    """It failed before too, on the same evidence."""
    UPDATED = "updated"
    """It failed before too, on different evidence."""
    FIXED = "fixed"
    """It failed before and passes now."""
    COVERAGE_LOST = "coverage_lost"
    """It was decided before and is unknown now."""
    VANISHED = "vanished"
    """It failed before and neither fails nor passes now: resource or rule is gone or changed."""


OPENED: Final = (Change.NEW, Change.REOPENED)
"""Changes of a fail that the earlier report does not account for."""


class Earlier(Struct, frozen=True):
    """The compared fields of a finding in an earlier report.

    Attributes:
        id: Its id.
        rule_id: Id of its rule.
        status: The outcome of the rule.
        severity: Severity of the rule at the time.
        resource_id: Normalised ARM id.
        subject_key: Distinguishes several findings of a rule on a resource.
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
    """What a later report is compared with from an earlier one.

    Attributes:
        name: Name of its file.
        made_for: The moment that it was made for, UTC.
        findings: What it found, by id.
    """

    name: str
    made_for: datetime
    findings: Mapping[str, Earlier]


class Baseline(Struct, frozen=True):
    """What a report is compared with, and the result.

    Attributes:
        name: Name of the file.
        made_for: The moment that the earlier report was made for, UTC.
        counts: Number of findings by change.
        vanished: Fails that no longer exist: whether they were fixed is not known.
        lost: Findings that were decided then, and are now in a place that cannot be seen.
    """

    name: str
    made_for: datetime
    counts: Mapping[Change, int]
    vanished: tuple[Earlier, ...] = ()
    lost: tuple[Earlier, ...] = ()


class Posture(Struct, frozen=True):
    """The result of one report in a series.

    Attributes:
        at: The moment that it was made for, UTC.
        low: Low end of the score, 0 to 1.
        high: High end of the score, 0 to 1.
        coverage: 0 to 1.
        fails: Number of fails by severity, including waived ones.
    """

    at: datetime
    low: float
    high: float
    coverage: float
    fails: Mapping[Severity, int] = field(default_factory=dict)

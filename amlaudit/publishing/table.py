"""The custom table: its columns, and the rows for a report."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import Any, Final, TypeAlias

from amlaudit.core import arm_id
from amlaudit.core.report import Finding, Report
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.engine.course import series_of
from amlaudit.engine.gate import score

TABLE: Final = "AmlAudit_CL"
STREAM: Final = f"Custom-{TABLE}"
"""The stream into the table in a data collection rule."""

COLUMNS: Final = {
    "TimeGenerated": "datetime",
    "RunAt": "datetime",
    "RunId": "string",
    "RecordId": "string",
    "RecordType": "string",
    "Scope": "string",
    "FindingId": "string",
    "RuleId": "string",
    "RuleTitle": "string",
    "Area": "string",
    "Severity": "string",
    "Status": "string",
    "TargetResourceId": "string",
    "TargetName": "string",
    "TargetType": "string",
    "Location": "string",
    "Message": "string",
    "UnknownReason": "string",
    "WaiverId": "string",
    "Change": "string",
    "FirstSeen": "datetime",
    "Passes": "int",
    "Fails": "int",
    "Unknowns": "int",
    "Criticals": "int",
    "ScoreLow": "real",
    "ScoreHigh": "real",
    "Coverage": "real",
    "Gaps": "int",
    "Complete": "boolean",
    "Profile": "string",
    "ToolVersion": "string",
}
"""Type of each column, by name; a test ensures that the shipped table and rule match."""

SENT: Final = (Status.FAIL, Status.UNKNOWN, Status.MANUAL)
"""Statuses of the findings that are sent by default."""

_LONGEST: Final = 8_000
"""Maximum number of characters of a message."""

Row: TypeAlias = dict[str, Any]
"""Values by column; missing values are omitted."""


def rows_of(report: Report, statuses: Collection[Status] = SENT) -> Iterator[Row]:
    """Yield a row for each scope, with how much of it is known, and one for each finding.

    A row has the same `RecordId` whenever it is made from the same report, so that duplicates can
    be recognised.

    Args:
        report: The report, with all its findings.
        statuses: Statuses of the findings that get a row; scopes count all.
    """
    common = _common(report)
    yield from _coverage(report, common)
    for finding in report.findings:
        if finding.verdict.status in statuses:
            yield _finding(finding, common)


def _common(report: Report) -> Row:
    """Return the columns common to all rows of the run."""
    at = report.at.isoformat()
    return {
        "TimeGenerated": at,
        "RunAt": at,
        "RunId": _hash(series_of(report).id, at),
        "Complete": report.gate.complete,
        **({"Profile": report.profile.name} if report.profile else {}),
        "ToolVersion": report.version,
    }


def _coverage(report: Report, common: Row) -> Iterator[Row]:
    """Yield how much is known of each subscription, however little could be read."""
    tallies: defaultdict[str, Counter[tuple[Severity, Status]]] = defaultdict(Counter)
    for each in report.findings:
        scope = arm_id.subscription_of(each.resource.id)
        tallies[scope][each.rule.severity, each.verdict.status] += 1
    gaps = Counter(arm_id.subscription_of(each.scope_id) for each in report.gaps)
    for scope in sorted({*tallies, *gaps, *report.collection.reached}):
        tally = tallies[scope]
        counts: Counter[Status] = Counter()
        for (_, status), count in tally.items():
            counts[status] += count
        posture = score(tally)
        yield {
            **common,
            "RecordId": _hash(common["RunId"], "coverage", scope),
            "RecordType": "coverage",
            "Scope": scope,
            "Passes": counts[Status.PASS],
            "Fails": counts[Status.FAIL],
            "Unknowns": counts[Status.UNKNOWN],
            "Criticals": tally[Severity.CRITICAL, Status.FAIL],
            "ScoreLow": posture.low,
            "ScoreHigh": posture.high,
            "Coverage": posture.coverage,
            "Gaps": gaps[scope],
        }


def _finding(finding: Finding, common: Row) -> Row:
    """Return the row of a finding."""
    rule, resource, verdict = finding.rule, finding.resource, finding.verdict
    optional = {
        "Area": rule.area,
        "Location": resource.location,
        "UnknownReason": verdict.reason,
        "WaiverId": finding.waiver and finding.waiver.id,
        "Change": finding.change,
        "FirstSeen": finding.first_seen and finding.first_seen.isoformat(),
    }
    return {
        **common,
        "RecordId": _hash(common["RunId"], "finding", finding.id),
        "RecordType": "finding",
        "Scope": arm_id.subscription_of(resource.id),
        "FindingId": finding.id,
        "RuleId": rule.id,
        "RuleTitle": rule.title,
        "Severity": rule.severity,
        "Status": verdict.status,
        "TargetResourceId": resource.id,
        "TargetName": resource.name,
        "TargetType": resource.type,
        "Message": verdict.message[:_LONGEST],
        **{name: value for name, value in optional.items() if value},
    }


def _hash(*parts: str) -> str:
    """Return a hash of some texts."""
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

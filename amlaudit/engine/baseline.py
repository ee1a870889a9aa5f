"""What changed since an earlier report, accounting for every finding, current and earlier."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from amlaudit.core.gap import Gap
from amlaudit.core.history import OPENED, Baseline, Change, Earlier, Past
from amlaudit.core.observed import evidence_sha256
from amlaudit.core.report import Finding, Report
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.engine.marking import Marked
from amlaudit.engine.visibility import by_scope, is_hidden

_DECIDED: Final = (Status.PASS, Status.FAIL, Status.NOT_APPLICABLE)


def past_of(report: Report, name: str) -> Past:
    """Return the part of a report that a later one is compared with.

    Args:
        report: The report.
        name: The name of its file.
    """
    return Past(name, report.at, {each.id: _earlier(each, report.at) for each in report.findings})


def _earlier(finding: Finding, at: datetime) -> Earlier:
    """Return a finding as later reports need it; only the evidence of fails is ever compared."""
    is_fail = finding.verdict.status is Status.FAIL
    return Earlier(
        finding.id,
        finding.rule.id,
        finding.verdict.status,
        finding.rule.severity,
        finding.resource.id,
        finding.subject_key,
        finding.verdict.message,
        evidence_sha256(finding.evidence) if is_fail else "",
        finding.first_seen or at,
        finding.waiver is not None,
    )


def compare(
    findings: Collection[Finding], gaps: Iterable[Gap], at: datetime, past: Past
) -> tuple[Collection[Finding], Baseline]:
    """Return the findings marked with their change since an earlier report, and the comparison.

    Args:
        findings: All of them, waived ones marked.
        gaps: What is not known now.
        at: The time of the report, UTC.
        past: The earlier report.
    """
    named = ((each.id, each) for each in findings)
    changes = {key: change_of(each, past.findings.get(key)) for key, each in named}
    hidden = by_scope((gap.scope_id, gap.part) for gap in gaps)
    lost, vanished = list[Earlier](), list[Earlier]()
    for key, each in past.findings.items():
        is_gone = key not in changes
        is_lost = is_gone and is_hidden(each.resource_id, each.subject_key, hidden)
        if is_lost and each.status in _DECIDED:
            lost.append(each)
        elif each.status is Status.FAIL and (is_gone or changes[key] is Change.VANISHED):
            vanished.append(each)
    counts = Counter(filter(None, changes.values()))
    counts[Change.COVERAGE_LOST] += len(lost)
    counts[Change.VANISHED] = len(vanished)

    def mark(finding: Finding) -> Finding:
        key = finding.id
        earlier = past.findings.get(key)
        is_same = earlier is not None and earlier.status is finding.verdict.status
        first_seen = earlier.first_seen if earlier and is_same else at
        return replace(finding, change=changes[key], first_seen=first_seen)

    baseline = Baseline(past.name, past.made_for, +counts, tuple(vanished), tuple(lost))
    return Marked(findings, mark), baseline


def updated(past: Past, report: Report, *, include_critical: bool) -> tuple[Past, list[Finding]]:
    """Return a baseline updated to a report, and the new critical fails that it leaves out.

    What is unknown now stays as it was. What is left out is new again the next time.

    Args:
        past: The baseline.
        report: The report.
        include_critical: Whether new or reopened critical fails are included.
    """
    findings, baseline = compare(report.findings, report.gaps, report.at, past)
    kept = {each.id: each for each in baseline.lost}
    left_out: list[Finding] = []
    for each in findings:
        earlier = past.findings.get(each.id)
        is_critical = each.rule.severity is Severity.CRITICAL and each.change in OPENED
        if is_critical and not (include_critical or each.waiver):
            left_out.append(each)
        elif each.verdict.status in _DECIDED:
            kept[each.id] = _earlier(each, report.at)
            continue
        if earlier:
            kept[each.id] = earlier
    return Past(past.name, report.at, kept), left_out


def change_of(finding: Finding, earlier: Earlier | None) -> Change | None:
    """Return how a finding changed since the same one in an earlier report; None: it did not."""
    status = finding.verdict.status
    if status is Status.FAIL:
        return _change_of_fail(finding, earlier)
    before = earlier.status if earlier else None
    if status is Status.UNKNOWN:
        return Change.COVERAGE_LOST if before in _DECIDED else None
    if before is not Status.FAIL:
        return None
    return Change.FIXED if status is Status.PASS else Change.VANISHED


def _change_of_fail(finding: Finding, earlier: Earlier | None) -> Change:
    """Return how a fail changed since the same finding in an earlier report."""
    if earlier is None or earlier.status is not Status.FAIL:
        return Change.NEW
    if earlier.waived and not finding.waiver:
        return Change.REOPENED
    is_same = earlier.evidence_sha256 == evidence_sha256(finding.evidence)
    return Change.UNCHANGED if is_same else Change.UPDATED

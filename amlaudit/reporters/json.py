"""The JSON report: format `amlaudit-report/1`, explained in `docs/report-json.md`."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Final

from amlaudit.core.gap import Gap
from amlaudit.core.report import Finding, Report, ResourceRef, Tally
from amlaudit.core.resource import Origin
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.verdict import Evidence, Status
from amlaudit.reporters.blindness import rules_blinded
from amlaudit.reporters.encoding import given, pieces, utc
from amlaudit.reporters.header import header, outcome

SCHEMA_VERSION: Final = "1.0"
"""Of `reports/templates/amlaudit-report-1.schema.json`; a minor step only adds optional keys."""

_DEEPEST: Final = 64
"""Levels of an observed value that are kept; no ARM document comes near, a crafted file can."""


def render(report: Report) -> str:
    """Return the report as JSON text; see `stream`."""
    return "".join(stream(report))


def stream(report: Report) -> Iterator[str]:
    """Yield the report as JSON text, `amlaudit-report/1`, one finding a line."""
    return pieces(
        {
            "schema_version": SCHEMA_VERSION,
            "header": header(report),
            **outcome(report),
            "summary": _summary(report.tally),
            "coverage": _coverage(report),
            "rules": [rule_fields(each) for each in report.rules],
            "resources": _resources(report.findings),
            "findings": map(_finding, report.findings),
        },
        depth=2,
    )


def _summary(tally: Tally) -> dict[str, object]:
    """Return the number of findings by status, and by severity and status; zeros included."""
    counts = Counter(tally)
    return {
        "by_status": {
            status: sum(counts[severity, status] for severity in Severity) for status in Status
        },
        "by_severity": {
            severity: {status: counts[severity, status] for status in Status}
            for severity in Severity
        },
    }


def _coverage(report: Report) -> dict[str, object]:
    """Return how much was read, and everything that was not."""
    blinded = rules_blinded(report)
    return {
        "resources": dict(sorted(report.seen.items())),
        "gaps": [_gap(each, blinded[each]) for each in report.gaps],
    }


def _gap(gap: Gap, rules: tuple[str, ...]) -> dict[str, object]:
    """Return one thing that is not known, with the ids of the rules that it left unknown."""
    return {
        "scope_id": gap.scope_id,
        "part": gap.part,
        "reason": gap.reason,
        "detail": gap.detail,
        **given(permission=gap.permission),
        "rules": rules,
    }


def rule_fields(rule: Rule) -> dict[str, object]:
    """Return one rule, all but its check."""
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "severity_reason": rule.severity_reason,
        **given(area=rule.area),
        "applies_to": rule.applies_to,
        "because": rule.because,
        "fix": {
            "command": rule.fix.command,
            "change": rule.fix.change,
            "irreversible": rule.fix.irreversible,
            **given(note=rule.fix.note),
        },
        "parameters": {
            name: {"meaning": each.meaning, "default": each.default, "value": each.value}
            for name, each in sorted(rule.parameters.items())
        },
        "sources": rule.sources,
        "mappings": dict(sorted(rule.mappings.items())),
        **given(path=rule.path),
    }


def _resources(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Return what the findings are about, each resource or scope once, by id."""
    references: dict[str, ResourceRef] = {}
    for finding in findings:
        references.setdefault(finding.resource.id, finding.resource)
    return [
        {"id": each.id, "type": each.type, "name": each.name, **given(location=each.location)}
        for _, each in sorted(references.items())
    ]


def _finding(finding: Finding) -> dict[str, object]:
    """Return one verdict."""
    verdict = finding.verdict
    return {
        "id": finding.id,
        "rule_id": finding.rule.id,
        "status": verdict.status,
        **given(unknown_reason=verdict.reason, missing_permission=verdict.permission),
        "severity": finding.rule.severity,
        "resource_id": finding.resource.id,
        "subject_key": finding.subject_key,
        "message": verdict.message,
        "evidence": [_evidence(each) for each in verdict.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, object]:
    """Return one thing that a rule looked at."""
    observed = evidence.observed
    return {
        "resource_id": evidence.resource_id,
        "path": evidence.path,
        **given(expected=evidence.expected),
        # Not by `given`: an empty string that stood there is something that was observed.
        **({} if observed is None else {"observed": _plain(observed)}),
        "seen": evidence.seen,
        **(_origin(evidence.origin) if evidence.origin else {}),
    }


@lru_cache(maxsize=1024)  # what one call answered has one origin
def _origin(origin: Origin) -> Mapping[str, object]:
    """Return where and when something was read."""
    return given(
        source=origin.source,
        api_version=origin.api_version,
        collected_at=utc(origin.collected_at),
    )


def _plain(value: object, depth: int = 0) -> object:
    """Return an observed value as JSON can hold it, keys sorted.

    Numbers that JSON has not (`1e999` in a document reads as infinity) and what a rule took for a
    default that is no JSON value become text, and so does what lies deeper than `_DEEPEST`.
    """
    if depth == _DEEPEST and isinstance(value, Mapping | list | tuple):
        return "…"
    match value:
        case Mapping():
            members = ((str(key), _plain(member, depth + 1)) for key, member in value.items())
            return dict(sorted(members, key=itemgetter(0)))
        case list() | tuple():
            return [_plain(member, depth + 1) for member in value]
        case float() if not math.isfinite(value):
            return str(value)
        case None | str() | int() | float():
            return value
        case _:
            return str(value)

"""The JSON report: format `amlaudit-report/1`, explained in `docs/report-json.md`."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from amlaudit.core.attack_paths import can_tell, exposures
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.ranked import resources_of, unknown_in
from amlaudit.core.report import Report
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.reporters.blindness import Blindness
from amlaudit.reporters.checklist.fields import checklist_fields
from amlaudit.reporters.encoding import JsonTexts, given, pieces
from amlaudit.reporters.fields import (
    baseline_fields,
    gap_fields,
    posture_fields,
    resource_fields,
    rule_fields,
    use_fields,
)
from amlaudit.reporters.finding_text import FindingTexts
from amlaudit.reporters.header import header, outcome
from amlaudit.reporters.surroundings import exposure_fields, neighbourhood_fields

SCHEMA_VERSION: Final = "1.1"
"""Version of `reports/templates/amlaudit-report-1.schema.json`; a minor step only adds optional
keys."""


def render(report: Report) -> str:
    """Return the report as JSON text; see `stream`."""
    return "".join(stream(report))


def stream(report: Report) -> Iterator[str]:
    """Yield the report as JSON text, `amlaudit-report/1`, one finding per line."""
    overview = _Overview.of(report)
    return pieces(
        {
            "schema_version": SCHEMA_VERSION,
            "header": header(report),
            **outcome(report),
            "summary": summary(report),
            "coverage": _coverage(report, overview.blinded),
            "rules": [rule_fields(each) for each in report.rules],
            "resources": map(resource_fields, resources_of(report.findings)),
            "findings": JsonTexts(map(FindingTexts.of(report).text, report.findings)),
            "waivers": [use_fields(each) for each in report.waivers],
            **given(baseline=report.baseline and baseline_fields(report.baseline)),
            **given(neighbourhoods=_neighbourhoods(report), attack_paths=_attack_paths(report)),
            "trend": [posture_fields(each) for each in report.trend],
            **given(checklist=report.checklist and checklist_fields(report.checklist)),
            "errors": [
                {"rule_id": rule_id, "message": message, "findings": count}
                for (rule_id, message), count in sorted(overview.errors.items())
            ],
        },
        depth=2,
    )


class _Overview(Struct, frozen=True):
    """What the unknown findings say in total.

    Attributes:
        errors: Number of findings that a crash left unknown, by rule and error.
        blinded: Ids of the rules that each gap left unknown.
    """

    errors: Mapping[tuple[str, str], int]
    blinded: Mapping[Gap, tuple[str, ...]]

    @classmethod
    def of(cls, report: Report) -> "_Overview":
        """Return the overview of a report's findings, in a single pass."""
        errors: Counter[tuple[str, str]] = Counter()
        blindness = Blindness(report.gaps)
        for finding in unknown_in(report.findings):
            blindness.note(finding)
            if finding.verdict.reason is Reason.RULE_ERROR:
                errors[finding.rule.id, finding.verdict.message] += 1
        return cls(errors, blindness.rules())


def summary(report: Report) -> dict[str, object]:
    """Return the number of findings by status, and by severity and status, including zeros."""
    counts, waived = Counter(report.tally), Counter(report.waived)
    return {
        "by_status": {
            status: sum(counts[severity, status] for severity in Severity) for status in Status
        },
        "by_severity": {
            severity: {status: counts[severity, status] for status in Status}
            for severity in Severity
        },
        "waived": {severity: waived[severity] for severity in Severity},
    }


def _neighbourhoods(report: Report) -> Iterator[dict[str, object]] | None:
    """Return the surroundings of each workspace, None if they were not examined."""
    if report.neighbourhoods is None:
        return None
    return map(neighbourhood_fields, report.neighbourhoods)


def _attack_paths(report: Report) -> Iterator[dict[str, object]] | None:
    """Return how each workspace can be attacked, None if that cannot be determined."""
    return map(exposure_fields, exposures(report)) if can_tell(report) else None


def _coverage(report: Report, blinded: Mapping[Gap, tuple[str, ...]]) -> dict[str, object]:
    """Return how much was read, and everything that was not, with the rules left unknown by it."""
    return {
        "resources": dict(sorted(report.seen.items())),
        "gaps": [{**gap_fields(each), "rules": blinded[each]} for each in report.gaps],
    }

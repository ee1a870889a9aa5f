"""The report as a stream: one JSON object per line, for pipes, logs and data lakes.

The first line describes the run, the following ones what could not be read and what was waived,
then comes one line for each finding. Each line names its kind in `record` and can be read
independently.
"""

from collections.abc import Iterator, Mapping

from amlaudit.core.report import Finding, Report
from amlaudit.reporters.blindness import rules_blinded
from amlaudit.reporters.encoding import compact, given, line, line_of
from amlaudit.reporters.fields import (
    baseline_fields,
    gap_fields,
    resource_fields,
    use_fields,
)
from amlaudit.reporters.finding_text import FindingTexts
from amlaudit.reporters.header import header, outcome
from amlaudit.reporters.json import SCHEMA_VERSION, summary


def stream(report: Report) -> Iterator[str]:
    """Yield the report line by line."""
    run = {
        "schema_version": SCHEMA_VERSION,
        "header": header(report),
        **outcome(report),
        "summary": summary(report),
        **given(baseline=report.baseline and baseline_fields(report.baseline)),
    }
    yield _line("run", run)
    blinded = rules_blinded(report)
    for gap in report.gaps:
        yield _line("gap", {**gap_fields(gap), "rules": blinded[gap]})
    for use in report.waivers:
        yield _line("waiver", use_fields(use))
    texts = FindingTexts.of(report)
    for finding in report.findings:
        yield line_of(f"{compact(_finding_context(finding))[:-1]}, {texts.text(finding)[1:]}")


def _finding_context(finding: Finding) -> dict[str, object]:
    """Return what precedes the finding on its line: its kind, and what else the JSON report has."""
    return {
        "record": "finding",
        "title": finding.rule.title,
        **given(area=finding.rule.area),
        "resource": resource_fields(finding.resource),
    }


def _line(record: str, fields: Mapping[str, object]) -> str:
    """Return one object as one line."""
    return line({"record": record, **fields})

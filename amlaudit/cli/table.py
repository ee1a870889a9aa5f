"""The report in a terminal: what is wrong, what is not known, and the verdict; 80 columns do."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from textwrap import shorten
from typing import Final, TypeAlias

from rich.console import Console
from rich.table import Table
from rich.text import Text

from amlaudit.core.report import Finding, Outcome, Report
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.reporters.words import interval_of, percent_of

_MOST_ROWS: Final = 20
"""Fails, and as many unknowns; the rest is counted and stands in the other reports."""

_LONGEST_FINDING: Final = 110
"""Characters: about three lines of an 80-column terminal."""

_SEVERITY_STYLE: Final = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_OUTCOME_STYLE: Final = {
    Outcome.PASS: "bold green",
    Outcome.FAIL: "bold red",
    Outcome.INCOMPLETE: "bold yellow",
}
_MARK: Final = {Status.FAIL: "x", Status.UNKNOWN: "?"}


def print_table(report: Report) -> None:
    """Print the report to stdout."""
    console = Console(highlight=False)
    for status, rows in _rows(report.findings).items():
        _print_findings(console, status, rows)
    _print_not_seen(console, report)
    _print_verdict(console, report)


Rows: TypeAlias = dict[tuple[str, str, str], list[Finding]]
"""Findings of a row together, by what they have in common."""


def _rows(findings: Iterable[Finding]) -> dict[Status, Rows]:
    """Return what is printed of failed and unknown findings; those of one cause are one row.

    Of the rows that will not be printed, only the keys are kept.
    """
    shown: dict[Status, Rows] = {Status.FAIL: {}, Status.UNKNOWN: {}}
    for each in findings:
        status = each.verdict.status
        if status in shown:
            rule_or_cause = each.rule.id if status is Status.FAIL else ""
            rows = shown[status]
            row = rows.setdefault((each.resource.id, _cause(each), rule_or_cause), [])
            if row or len(rows) <= _MOST_ROWS:
                row.append(each)
    return shown


def _print_findings(console: Console, status: Status, rows: Rows) -> None:
    """Print the worst findings of one status, those with one cause on one resource together."""
    if not rows:
        return
    title = "Fails" if status is Status.FAIL else "Not known"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="bold")
    table.add_column("SEVERITY", no_wrap=True)
    table.add_column("RULE", no_wrap=True)
    table.add_column("RESOURCE", overflow="fold", max_width=24)
    table.add_column("FINDING", overflow="fold")
    for together in list(rows.values())[:_MOST_ROWS]:
        first, severity = together[0], together[0].rule.severity
        table.add_row(
            Text(f"{_MARK[status]} {severity}", style=_SEVERITY_STYLE[severity]),
            first.rule.id if len(together) == 1 else f"{len(together)} rules",
            Text(_place(first)),
            Text(shorten(_cause(first), _LONGEST_FINDING, placeholder=" …")),
        )
    console.print(table)
    if len(rows) > _MOST_ROWS:
        console.print(f"… {len(rows) - _MOST_ROWS} more, see --report")
    console.print()


def _place(finding: Finding) -> str:
    """Return the name of a finding's resource, after the one that it lies in."""
    segments = finding.resource.id.strip("/").split("/")
    is_child = finding.resource.type.count("/") > 1
    return f"{segments[-3]}/{finding.resource.name}" if is_child else finding.resource.name


def _cause(finding: Finding) -> str:
    """Return what is wrong, or what is missing and why."""
    verdict = finding.verdict
    if verdict.status is Status.FAIL:
        return verdict.message
    missing = f"needs {verdict.permission}" if verdict.permission else verdict.message
    return f"{verdict.reason}: {missing}"


def _print_not_seen(console: Console, report: Report) -> None:
    """Print how much of the estate could not be read, and what would open it."""
    if report.collection.ended_at is None:
        console.print("The collection was cut off before its end.", style="bold yellow")
    if not report.gaps:
        return
    reasons = Counter(gap.reason for gap in report.gaps)
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    console.print(f"Not seen: {len(report.gaps)} parts ({told})", style="yellow")
    for permission in sorted({gap.permission for gap in report.gaps if gap.permission}):
        console.print(f"  missing permission: {permission}")


def _print_verdict(console: Console, report: Report) -> None:
    """Print the verdict on the run, its score and its coverage."""
    counts: Counter[Status] = Counter()
    severe = 0
    for (severity, status), count in report.tally.items():
        counts[status] += count
        if status is Status.FAIL and report.gate.fail_on and severity.at_least(report.gate.fail_on):
            severe += count
    score, outcome = report.score, report.gate.outcome
    parts = chain(
        [f"{severe} at or above {report.gate.fail_on}"] if report.gate.fail_on else [],
        [f"posture {interval_of(score)}"],
        [f"coverage {percent_of(score.coverage)} %"],
        [] if report.gate.complete or outcome is Outcome.INCOMPLETE else ["INCOMPLETE"],
    )
    console.print(
        Text.assemble(
            (str(outcome), _OUTCOME_STYLE[outcome]),
            *(f" · {counts[status]} {status.replace('_', ' ')}" for status in Status),
        )
    )
    console.print(" · ".join(parts))

"""`amlaudit diff`: what changed between two reports."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amlaudit.cli.comparison import counts_of, lost_lines, note_limits
from amlaudit.cli.inputs import report_with_fails
from amlaudit.cli.lines import in_line, print_trimmed
from amlaudit.cli.options import FILE
from amlaudit.cli.printing import Printer, output_option
from amlaudit.core import arm_id
from amlaudit.core.errors import Exit
from amlaudit.core.history import OPENED, Baseline, Change
from amlaudit.core.report import Finding, Report
from amlaudit.core.rule import Rule
from amlaudit.engine.baseline import compare
from amlaudit.records.baselines import read_past
from amlaudit.reporters.encoding import utc
from amlaudit.reporters.fields import earlier_fields
from amlaudit.reporters.finding_text import FindingTexts

_MAX_ROWS: Final = 20
"""Rows per kind of change; JSON has them all."""
_SHOWN: Final = (Change.NEW, Change.REOPENED, Change.FIXED, Change.UPDATED)


@click.command()
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.option("--fail-on-new", is_flag=True, help="Exit 1 if a fail is new or reopened.")
@output_option
def diff(old: Path, new: Path, *, fail_on_new: bool, printer: Printer) -> int:
    """Show what changed from report OLD, or a baseline, to report NEW.

    \b
    Examples:
      amlaudit diff last-week.json today.json
      amlaudit diff baseline.json today.json --fail-on-new

    A new fail that is waived does not count as new.
    """  # noqa: D301 - \b is click's own
    past, report = read_past(old), report_with_fails(new)
    note_limits(past, report)
    findings, baseline = compare(report.findings, report.gaps, report.at, past)
    compared = replace(report, findings=findings, baseline=baseline)
    if printer.is_own:
        _print(compared, baseline)
    else:
        printer.show(_fields(compared, baseline))
    is_worse = any(each.change in OPENED and not each.waiver for each in findings)
    return Exit.FAIL if fail_on_new and is_worse else Exit.PASS


def _print(report: Report, baseline: Baseline) -> None:
    """Print what changed."""
    console = Console(highlight=False, markup=False)
    by_change = _by_change(report.findings)
    for change, found in by_change.items():
        rows = [(each.rule.severity, each.rule.id, each.resource.id) for each in found]
        _print_trimmed(console, change.capitalize(), rows, report.rules)
    gone = [(each.severity, each.rule_id, each.resource_id) for each in baseline.vanished]
    _print_trimmed(console, "Vanished: not known whether it was fixed", gone, report.rules)
    print_trimmed(console, Text(counts_of(baseline, report.findings)))
    for line in lost_lines(baseline, report.findings):
        print_trimmed(console, in_line(f"coverage lost: {line}", "yellow"))


def _print_trimmed(
    console: Console, title: str, rows: Sequence[tuple[str, str, str]], rules: Iterable[Rule]
) -> None:
    """Print the changes of one kind, if there are any, with the titles of their rules."""
    if not rows:
        return
    titles = {each.id: each.title for each in rules}
    console.print(title, style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", max_width=24)
    table.add_column(overflow="fold")
    for severity, rule_id, resource_id in rows[:_MAX_ROWS]:
        name = in_line(arm_id.name_of(resource_id))
        table.add_row(severity, in_line(rule_id), name, in_line(titles.get(rule_id, "")))
    print_trimmed(console, table)
    if len(rows) > _MAX_ROWS:
        console.print(f"… {len(rows) - _MAX_ROWS} more, see -o json")
    console.print()


def _by_change(findings: Iterable[Finding]) -> Mapping[Change, list[Finding]]:
    """Return the findings to show, by kind of change."""
    found: dict[Change, list[Finding]] = {each: [] for each in _SHOWN}
    for each in findings:
        if each.change in found:
            found[each.change].append(each)
    return found


def _fields(report: Report, baseline: Baseline) -> dict[str, object]:
    """Return what changed as JSON."""
    spelled = FindingTexts.of(report)
    by_change = _by_change(report.findings)
    lost = [each for each in report.findings if each.change is Change.COVERAGE_LOST]
    return {
        "old": {"name": baseline.name, "made_for": utc(baseline.made_for)},
        "new": {"made_for": utc(report.at)},
        "counts": dict(sorted(baseline.counts.items())),
        "findings": {
            change: [spelled.fields(each) for each in found]
            for change, found in [*by_change.items(), (Change.COVERAGE_LOST, lost)]
        },
        "vanished": [earlier_fields(each) for each in baseline.vanished],
        "lost": [earlier_fields(each) for each in baseline.lost],
    }

"""`amlaudit baseline`: the existing fails that a team starts from."""

from collections import Counter
from pathlib import Path
from typing import Final

import click

from amlaudit.cli.columns import columns, place_of
from amlaudit.cli.files import keep, refuse_existing
from amlaudit.cli.inputs import report_with_fails
from amlaudit.cli.options import FILE
from amlaudit.cli.printing import Printer, output_option
from amlaudit.cli.sanitise import sanitised
from amlaudit.core.history import Past
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.engine.baseline import past_of, updated
from amlaudit.records.baselines import read_past
from amlaudit.reporters.baseline import stream
from amlaudit.reporters.encoding import utc
from amlaudit.reporters.fields import earlier_fields

_NAME: Final = "baseline.json"


_file_option = click.option(
    "--baseline",
    default=_NAME,
    show_default=True,
    type=FILE,
    help="Baseline file.",
)
_report_argument = click.argument("report", type=FILE)
"""A JSON report."""


@click.group()
def baseline() -> None:
    """Record existing fails, so that new ones stand out.

    \b
    Examples:
      amlaudit baseline create report.json
      amlaudit baseline update report.json --include-critical

    A baseline by itself hides nothing: every fail still fails the run. With --new-only, older
    fails do not, and every report says so.
    """  # noqa: D301 - \b is click's own


@baseline.command()
@_report_argument
@_file_option
@click.option("--force", is_flag=True, help="Overwrite an existing baseline.")
def create(report: Path, baseline: Path, *, force: bool) -> None:
    """Create a baseline from a JSON report.

    \b
    Examples:
      amlaudit baseline create report.json
      amlaudit baseline create report.json --baseline ml.baseline.json --force
    """  # noqa: D301 - \b is click's own
    past = past_of(report_with_fails(report), baseline.name)
    if not force:
        refuse_existing(
            baseline,
            f"update it: `amlaudit baseline update {report}`, or overwrite it with --force",
        )
    keep(baseline, stream(past))
    click.echo(f"{baseline}: {_fails_by_severity(past)}")


@baseline.command(short_help="Update a baseline from a JSON report.")
@_report_argument
@_file_option
@click.option("--include-critical", is_flag=True, help="Also add new critical fails.")
def update(report: Path, baseline: Path, *, include_critical: bool) -> None:
    """Update a baseline from a JSON report, except for new critical fails.

    Findings that are unknown in the report stay unchanged in the baseline.

    \b
    Examples:
      amlaudit baseline update report.json
      amlaudit baseline update report.json --include-critical
    """  # noqa: D301 - \b is click's own
    past, left_out = updated(
        read_past(baseline), report_with_fails(report), include_critical=include_critical
    )
    keep(baseline, stream(past))
    for each in left_out:
        text = f"left out: {each.rule.severity} {each.rule.id} on {each.resource.id}"
        click.echo(sanitised(text))
    click.echo(f"{baseline}: {_fails_by_severity(past)}")


@baseline.command()
@_file_option
@output_option
def show(baseline: Path, printer: Printer) -> None:
    """Show the contents of a baseline.

    \b
    Examples:
      amlaudit baseline show
      amlaudit baseline show --baseline last-week.json -o json
    """  # noqa: D301 - \b is click's own
    past = read_past(baseline)
    found = sorted(
        (each for each in past.findings.values() if each.status is Status.FAIL),
        key=lambda each: (each.severity.rank, each.rule_id, each.resource_id),
    )
    if not printer.is_own:
        fails = dict(_fails(past))
        findings = [earlier_fields(each) for each in found]
        header = {"name": past.name, "made_for": utc(past.made_for)}
        printer.show({**header, "fails": fails, "findings": findings})
        return
    click.echo(f"{baseline} of {utc(past.made_for)}: {_fails_by_severity(past)}")
    rows = [
        [each.severity, each.rule_id, place_of(each.resource_id) + " (waived)" * each.waived]
        for each in found
    ]
    for line in columns([["SEVERITY", "RULE", "RESOURCE"], *rows]) if rows else ():
        click.echo(sanitised(line))


def _fails(past: Past) -> Counter[Severity]:
    """Return the number of fails by severity."""
    fails = (each for each in past.findings.values() if each.status is Status.FAIL)
    return Counter(each.severity for each in fails)


def _fails_by_severity(past: Past) -> str:
    """Return how many fails there are: `2 critical, 11 high`."""
    fails = _fails(past)
    return ", ".join(f"{fails[each]} {each}" for each in Severity if fails[each]) or "no fails"

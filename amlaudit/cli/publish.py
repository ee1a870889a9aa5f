"""`amlaudit publish`: sends findings to a log; the only command that sends anything."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from amlaudit.cli.files import keep
from amlaudit.cli.messages import note
from amlaudit.cli.options import FILE, FOLDER
from amlaudit.cli.report_options import OnlyType
from amlaudit.cli.scope_options import sign_in_options
from amlaudit.core.report import Report
from amlaudit.publishing.batches import batches, size_of
from amlaudit.publishing.guard import target_of
from amlaudit.publishing.table import SENT, Row, rows_of
from amlaudit.records.reports import read_report
from amlaudit.resources import shipped

_FOLDER: Final = "log-analytics"


@click.group()
def publish() -> None:
    """Send the findings of a report to a log; the only command that sends anything.

    \b
    Examples:
      amlaudit publish setup --out-dir log-analytics
      amlaudit publish log-analytics report.json --dry-run

    Scans cannot send anything. See docs/log-analytics.md.
    """  # noqa: D301 - \b is click's own


@publish.command("log-analytics", short_help="Send a JSON report to a Log Analytics workspace.")
@click.argument("report", type=FILE)
@click.option("--endpoint", metavar="URL", help="URL of the data collection endpoint.")
@click.option("--rule-id", metavar="ID", help="Immutable id of the data collection rule: dcr-….")
@click.option(
    "--dry-run", is_flag=True, help="Print what would be sent, one row per line; nothing is sent."
)
@click.option(
    "--only",
    type=OnlyType(),
    default=",".join(SENT),
    show_default=True,
    help="Statuses of the findings to send; the rows of scopes count all findings.",
)
@click.option("--tenant", default="", help="Tenant to sign in to, by id or domain.")
@sign_in_options
def log_analytics(report: Path, **options: Any) -> None:  # noqa: ANN401 - one keyword for each option above
    """Send REPORT, a JSON report, to a Log Analytics workspace, table AmlAudit_CL.

    \b
    Examples:
      amlaudit publish log-analytics report.json --dry-run
      amlaudit publish log-analytics report.json --rule-id dcr-0123… \\
          --endpoint https://aml-x1y2.westeurope-1.ingest.monitor.azure.com

    It needs the role Monitoring Metrics Publisher on the data collection rule, and nothing else.
    """  # noqa: D301 - \b is click's own
    findings = read_report(report)
    _refuse_part(report, findings)
    if options["dry_run"]:
        _print(rows_of(findings, options["only"]))
        return
    if not (options["endpoint"] and options["rule_id"]):
        raise click.UsageError(
            "Specify the destination: --endpoint URL and --rule-id ID, or use --dry-run."
        )
    _send(findings, options)


@publish.command(short_help="Write what a Log Analytics workspace needs.")
@click.option(
    "--out-dir",
    default=_FOLDER,
    show_default=True,
    type=FOLDER,
    help="Folder for the files.",
)
def setup(out_dir: Path) -> None:
    """Write what a Log Analytics workspace needs: Bicep, queries, a workbook and a rule.

    \b
    Examples:
      amlaudit publish setup
      amlaudit publish setup --out-dir infra/amlaudit

    Nothing is deployed; see docs/log-analytics.md.
    """  # noqa: D301 - \b is click's own
    for path in sorted((shipped("templates") / _FOLDER).iterdir()):
        keep(out_dir / path.name, [path.read_bytes()], advice="choose another --out-dir")
        click.echo(out_dir / path.name)


def _send(report: Report, options: dict[str, Any]) -> None:
    """Send a report."""
    from amlaudit.publishing.log_analytics import publish as send  # noqa: PLC0415 - it loads the SDK
    from amlaudit.scanners.cloud import cloud_named  # noqa: PLC0415 - same
    from amlaudit.scanners.credentials import credential_named  # noqa: PLC0415 - same

    target = target_of(options["endpoint"], options["rule_id"])
    cloud = cloud_named(options["cloud"])
    credential = credential_named(options["credential"], cloud, options["tenant"])
    rows = batches(rows_of(report, options["only"]))
    sent = send(rows, target, credential, lambda number, rows: note(f"batch {number}: {rows} rows"))
    click.echo(f"Published {sent} rows to {target.endpoint}")


def _print(rows: Iterator[Row]) -> None:
    """Print what would be sent."""
    sizes: list[int] = []
    count = 0
    for batch in batches(rows):
        for row in batch:
            click.echo(json.dumps(row, ensure_ascii=False))
        count += len(batch)
        sizes.append(size_of(batch))
    number = f"{len(sizes)} batches" if len(sizes) != 1 else "1 batch"
    note(f"Nothing was sent: {count} rows in {number}, {sum(sizes):,} bytes.")


def _refuse_part(path: Path, report: Report) -> None:
    """Raise if a report omits findings of its run: the counts of its scopes would be too low."""
    if report.only:
        kept = ", ".join(report.only)
        raise click.UsageError(
            f"{path} contains only findings with status {kept}; create it without --only."
        )

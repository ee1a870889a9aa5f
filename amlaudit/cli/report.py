"""`amlaudit report`: any report, of a snapshot or of a JSON report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from amlaudit.cli.auditing import checklist_option, policy_of, with_checklist, write_reports
from amlaudit.cli.bundling import evidence_of
from amlaudit.cli.files import unreadable
from amlaudit.cli.moments import moment, timestamp_option
from amlaudit.cli.options import packs_option, profile_option
from amlaudit.cli.report_options import outputs_of, report_options
from amlaudit.core.report import Report
from amlaudit.core.rule import Severity
from amlaudit.core.scope import Scope
from amlaudit.evidence.bundle import Evidence
from amlaudit.evidence.policy_file import Judging
from amlaudit.pipeline import audit
from amlaudit.records.reports import is_report, read_report
from amlaudit.scanners.files.source import Files
from amlaudit.scanners.snapshot_store import is_snapshot

_OF_JUDGING: Final = {"packs": "--rules", "profile": "--profile", "timestamp": "--timestamp"}
"""Options that a report which was judged once has no use for."""


@click.command()
@click.argument("input", type=click.Path(dir_okay=False, path_type=Path))
@report_options
@checklist_option
@packs_option
@profile_option
@timestamp_option
@click.pass_context
def report(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401 - one keyword for each option above
    """Write reports of INPUT: a snapshot, which is judged, or a JSON report, which was.

    \b
    Examples:
      amlaudit report estate.db --report html=a.html --report xlsx=a.xlsx
      amlaudit report report.json --report csv=fails.csv --only fail
      amlaudit report report.json --report markdown --report junit --out-dir out

    It ends with 0 whatever the reports say; `amlaudit scan --from estate.db` is the gate.
    """  # noqa: D301 - \b is click's own
    outputs = outputs_of(options)
    made, evidence = _report(options["input"], options, context)
    if options["checklist"] or evidence:
        made = with_checklist(made, options["checklist"], options["profile"])
    write_reports(made, outputs, options["only"], evidence=evidence)


def _report(
    path: Path, options: Mapping[str, Any], context: click.Context
) -> tuple[Report, Evidence | None]:
    """Return the report of a file, and what a bundle of it holds; None for a JSON report.

    Raises:
        AmlauditError: It is neither a snapshot nor a JSON report, or cannot be read.
    """
    try:
        if is_snapshot(path):
            policy = policy_of(options["packs"], Severity.HIGH, 0.95, options["profile"])
            judging = Judging(Scope(), moment(options["timestamp"]), policy)
            made = audit(judging.scope, Files((path,)), policy, judging.at)
            return made, evidence_of(path, judging, options["sign_key"])
        judged = is_report(path)
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error
    if not judged:
        raise unreadable(path, "it is neither a snapshot nor a JSON report of amlaudit")
    for name, flag in _OF_JUDGING.items():
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{flag} is for a snapshot; {path} was judged already.")
    return read_report(path), None

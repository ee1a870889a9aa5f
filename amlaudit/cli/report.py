"""`amlaudit report`: writes reports in any format from a snapshot or a JSON report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from amlaudit.cli.auditing import with_mask, write_reports
from amlaudit.cli.bundling import evidence_of
from amlaudit.cli.inputs import is_to_be_judged, judging_for, refuse_if_judged
from amlaudit.cli.moments import timestamp_option
from amlaudit.cli.options import FILE, packs_option, profile_option
from amlaudit.cli.outputs import note_written, raise_first
from amlaudit.cli.report_checklist import with_checklist
from amlaudit.cli.report_options import checklist_option, outputs_of, report_options
from amlaudit.core.report import Report
from amlaudit.evidence.bundle import BundleInputs
from amlaudit.pipeline import audit
from amlaudit.records.reports import read_report
from amlaudit.scanners.files.source import Files

_OF_JUDGING: Final = {"packs": "--rules", "profile": "--profile", "timestamp": "--timestamp"}
"""Options that do not apply to a report, which has already been judged."""


@click.command()
@click.argument("input", type=FILE)
@report_options
@checklist_option
@packs_option
@profile_option
@timestamp_option
@click.pass_context
def report(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401 - one keyword for each option above
    """Write reports from INPUT: a snapshot, which is evaluated now, or a JSON report.

    \b
    Examples:
      amlaudit report estate.db --report html=a.html --report xlsx=a.xlsx
      amlaudit report report.json --report csv=fails.csv --only fail
      amlaudit report report.json --report markdown --report junit --out-dir out

    The exit code is 0 whatever the reports say; use `amlaudit scan --from estate.db` as a gate.
    """  # noqa: D301 - \b is click's own
    outputs = outputs_of(options, context)
    made, evidence = _report(options["input"], options, context)
    if options["checklist"] or evidence:
        made = with_checklist(made, options["checklist"], options["profile"])
    masked = with_mask(made, options["mask"])
    written = write_reports(masked, outputs, options["only"], evidence=evidence)
    note_written(written.files)
    raise_first(written.failures)


def _report(
    path: Path, options: Mapping[str, Any], context: click.Context
) -> tuple[Report, BundleInputs | None]:
    """Return the report of a file, and the evidence for a bundle; None for a JSON report.

    Raises:
        AmlauditError: It is neither a snapshot nor a JSON report, or cannot be read.
    """
    if is_to_be_judged(path):
        judging = judging_for(options)
        made = audit(judging.scope, Files((path,)), judging.policy, judging.at)
        return made, evidence_of(
            path, judging.scope, judging.at, judging.policy, options["sign_key"]
        )
    refuse_if_judged(context, path, _OF_JUDGING)
    return read_report(path), None

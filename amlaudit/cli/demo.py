"""`amlaudit demo`: a complete audit of an embedded estate, without Azure."""

from pathlib import Path
from typing import Final

import click

from amlaudit.cli.auditing import policy_of, write_reports
from amlaudit.cli.files import writing
from amlaudit.cli.messages import note
from amlaudit.cli.options import FOLDER, profile_option
from amlaudit.cli.outputs import Output, note_written, raise_first
from amlaudit.cli.problems import exit_code, note_problems
from amlaudit.cli.report_checklist import with_checklist
from amlaudit.core.scope import Scope
from amlaudit.demo.source import READ_AT, Demo
from amlaudit.pipeline import audit
from amlaudit.reporters import extension_of

_FORMATS: Final = ("html", "json", "sarif", "markdown", "csv", "junit")


@click.command()
@click.option(
    "--out",
    default="amlaudit-demo",
    show_default=True,
    type=FOLDER,
    help="Folder for the reports.",
)
@profile_option
def demo(out: Path, profile: str) -> int:
    """Audit an embedded example estate; write reports, and a snapshot for trying other commands.

    \b
    Examples:
      amlaudit demo
      amlaudit demo --out /tmp/demo --profile cost
      amlaudit scan --from amlaudit-demo/estate.db --workspace mlw-fraud-prod
    """  # noqa: D301 - \b is click's own
    with writing(out, "choose another folder with --out"):
        out.mkdir(parents=True, exist_ok=True)
    snapshot = out / "estate.db"
    report = audit(Scope(), Demo(snapshot), policy_of(profile=profile), READ_AT)
    outputs = [Output(name, out / f"report.{extension_of(name)}") for name in _FORMATS]
    written = write_reports(with_checklist(report, profile=profile), outputs)
    note_problems(report)
    note_written(written.files)
    note(f"Snapshot: {snapshot}")
    raise_first(written.failures)
    code = exit_code(report)
    note(f"A scan of this estate would exit with {code}; the demo itself always succeeds.")
    return 0

"""The command line: the only place that prints, reads the clock and environment, and exits."""

import gc
import os
import sys
from io import TextIOWrapper
from typing import Final

import click

from amlaudit import __version__
from amlaudit.cli.conventions import global_flags_applied
from amlaudit.cli.lazy import Entry, LazyGroup
from amlaudit.cli.messages import show_error, show_internal_error, show_trace
from amlaudit.cli.settings import place_of
from amlaudit.cli.signals import LeaveError, handle_signals, leave
from amlaudit.cli.streams import PLAIN, patient
from amlaudit.core.errors import AmlauditError, Exit

_COMPLETING: Final = "_AMLAUDIT_COMPLETE"
"""Set by shells that ask for completions."""

COMMANDS: Final = {
    "scan": Entry("scan", "scan", "Audit workspaces and what they depend on."),
    "collect": Entry("collect", "collect", "Read Azure into a snapshot, without evaluating it."),
    "report": Entry("report", "report", "Write reports from a snapshot or a JSON report."),
    "verify": Entry("verify", "verify", "Verify an evidence bundle by evaluating it again."),
    "explain": Entry("explain", "explain", "Explain a rule, or a finding of a report."),
    "rules": Entry("rules", "rules", "Show rules, check and test packs, start new rules."),
    "diff": Entry("diff", "diff", "Show what changed between two reports."),
    "baseline": Entry("baseline", "baseline", "Record existing fails, so that new ones stand out."),
    "history": Entry(
        "history", "history", "Track findings over many runs, and how fast they get fixed."
    ),
    "waive": Entry("waive", "waive", "Manage waivers: fails that are accepted for a limited time."),
    "checklist": Entry(
        "checklist.commands", "checklist", "Work through the checklist before a go-live."
    ),
    "init": Entry("init", "init", "Write a configuration, and files for unattended runs."),
    "fix-plan": Entry("fix_plan", "fix_plan", "Plan the order in which to fix the fails."),
    "guardrails": Entry(
        "guardrails", "guardrails", "Write Azure Policy that keeps fails from coming back."
    ),
    "publish": Entry("publish", "publish", "Send the findings of a report to a log."),
    "packs": Entry("packs", "packs", "List, fetch, pin and verify rule packs."),
    "config": Entry("config", "config", "Show and check settings, and where they come from."),
    "doctor": Entry("doctor", "doctor", "Check sign-in and permissions for a scan."),
    "demo": Entry("demo", "demo", "Audit an embedded example estate and write reports of it."),
    "version": Entry(
        "version", "show_version", "Show the versions of amlaudit and its dependencies."
    ),
    "completion": Entry("completion", "completion", "Print a shell completion script."),
}


@click.group(
    cls=LazyGroup,
    entries=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Audit Azure Machine Learning against Microsoft's enterprise guidance.

    \b
    Examples:
      amlaudit demo                                try it without Azure
      amlaudit scan --subscription "ML Production" --report html=report.html
      amlaudit scan --from estate.db --report sarif=amlaudit.sarif

    amlaudit only reads and never changes anything in Azure. Only `publish` sends
    anything: findings, to your own log.
    """  # noqa: D301 - \b is click's own


def main() -> None:
    """Run the command line and exit with its code; see `amlaudit.core.errors.Exit`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=PLAIN)
    # Findings live until exit: looking for garbage took a tenth of a run, a second look 2 %.
    gc.set_threshold(100_000, 1000)
    if sys.stdout:  # it may be closed from the start
        sys.stdout = patient(sys.stdout)
    handle_signals()
    try:
        code = run(sys.argv[1:])
    except LeaveError:
        leave()
    try:
        if sys.stdout:
            sys.stdout.flush()
    except AmlauditError as error:
        show_error(error)
        code = error.exit_code
    gc.freeze()  # the process ends here: no need to search everything for garbage
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run the command line with the given arguments, and return its exit code."""
    with global_flags_applied(arguments) as rest:
        return _run(rest)


def _run(arguments: list[str]) -> int:
    """Run the command line, and return its exit code whatever happens."""
    try:
        code = cli.main(
            arguments, prog_name="amlaudit", standalone_mode=False, obj=tuple(arguments)
        )
    except click.ClickException as error:
        error.show()
        if place := place_of(error):
            click.echo(f"It is set in {place}.", err=True)
        return Exit.USAGE
    except AmlauditError as error:
        show_error(error)
        show_trace(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as error:
        # Click turns whatever interrupts a command into its own error, caused by the original.
        click.echo(str(error.__cause__ or error) or "Interrupted.", err=True)
        return Exit.INTERRUPTED
    except SystemExit as error:
        if _COMPLETING in os.environ:  # this is how click ends a completion
            raise
        show_internal_error(error)  # raised by third-party code, which must not choose our exit
        return Exit.INTERNAL
    except Exception as error:  # noqa: BLE001 - anything else is a defect, and is reported as one
        show_internal_error(error)
        return Exit.INTERNAL
    return code if isinstance(code, int) else Exit.PASS

"""`amlaudit scan`: collects, judges and reports."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
from msgspec.structs import replace

from amlaudit.cli.auditing import with_mask, write_reports
from amlaudit.cli.bundling import evidence_of, snapshot_for
from amlaudit.cli.comparison import keep_record, note_limits, with_trend
from amlaudit.cli.files import is_one_of
from amlaudit.cli.judging_options import gate_options, policy_for, rules_options
from amlaudit.cli.messages import note
from amlaudit.cli.moments import moment, timestamp_option
from amlaudit.cli.next_steps import note_next
from amlaudit.cli.options import FILE_OR_FOLDER, SnapshotType
from amlaudit.cli.outputs import note_written, printer_for, raise_first
from amlaudit.cli.piped import copied
from amlaudit.cli.printing import FORMATS, query_option
from amlaudit.cli.problems import exit_code, note_problems
from amlaudit.cli.report_options import checklist_option, outputs_of, report_options
from amlaudit.cli.scope_options import (
    narrowing_options,
    scope_of,
    scope_options,
    sign_in_options,
)
from amlaudit.cli.settings import is_on_command_line
from amlaudit.cli.signals import noted_if_interrupted
from amlaudit.cli.sources import azure, note_resumable, reading_options, resumable
from amlaudit.core.errors import Exit
from amlaudit.core.scope import Scope
from amlaudit.pipeline import Source, audit
from amlaudit.scanners.files.source import Files

_OF_AZURE: Final = ("cloud", "credential", "deadline", "concurrency")
"""Options without effect on files."""
_NO_REPORT: Final = "Interrupted during evaluation: no report was written."
_SOME_REPORTS: Final = "Interrupted while writing reports: those already written are complete."


@click.command()
@scope_options
@narrowing_options
@click.option(
    "--from",
    "--snapshot",
    "inputs",
    multiple=True,
    type=FILE_OR_FOLDER,
    help="Evaluate a file or folder instead of Azure: a snapshot, a Resource Graph export, Azure "
    "Resource Manager JSON, or a deployment as code: an ARM template with its parameters file, a "
    "Bicep file or snapshot, a what-if result, a Terraform plan or state as JSON; - for standard "
    "input.",
)
@rules_options
@gate_options
@checklist_option
@report_options
@click.option(
    "-o",
    "--output",
    metavar="FORMAT",
    type=click.Choice(FORMATS),
    help=f"What to print to stdout: {', '.join(FORMATS)}; by default table, unless a report "
    "is written there.",
)
@query_option
@click.option(
    "--save-snapshot",
    type=SnapshotType(dir_okay=False),
    help="Save everything that was read to a file, for evaluating it again offline.",
)
@sign_in_options
@reading_options
@timestamp_option
@click.pass_context
def scan(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401 - one keyword for each option above
    """Audit workspaces and what they depend on.

    \b
    Examples:
      amlaudit scan --subscription "ML Production" --report html=report.html
      amlaudit scan --from estate.db --report sarif=a.sarif --fail-on medium

    \b
    Exit codes: 0 pass, 1 fail, 2 usage error, 3 incomplete, 4 no access to Azure,
    5 invalid rules, profile or settings, 6 unreadable input or unwritable output,
    130 interrupted.
    """  # noqa: D301 - \b is click's own
    scope, outputs = scope_of(options, context), outputs_of(options, context)
    _refuse_contradictions(scope, options, context)
    policy = policy_for(options, context)
    at = moment(options["timestamp"])
    printer = printer_for(outputs, options["output"], options["query"])
    with (
        copied(options["inputs"]) as inputs,
        snapshot_for(outputs, options["save_snapshot"], inputs) as kept,
    ):
        with (
            resumable(options["save_snapshot"]),
            noted_if_interrupted(_NO_REPORT),
            _source(scope, options, inputs, kept.saved) as source,
        ):
            report = audit(scope, source, policy, at)
        report = with_trend(report, options["history"])
        if outputs or not printer.is_own:
            from amlaudit.cli.report_checklist import with_checklist  # noqa: PLC0415 - tables lack it

            report = with_checklist(report, options["checklist"], options["profile"])
        evidence = evidence_of(kept.bundled, scope, at, policy, options["sign_key"])
        with noted_if_interrupted(_SOME_REPORTS):
            masked = with_mask(report, options["mask"])
            written = write_reports(masked, outputs, options["only"], printer, evidence)
    failures = [*written.failures, *keep_record(report, options["history"])]
    note_limits(policy.past, report)
    note_problems(report, policy.max_age)
    code = exit_code(
        report,
        strict=options["strict"],
        allow_incomplete=options["allow_incomplete"],
        allow_empty=options["allow_empty"],
    )
    if printer.is_own and not options["quiet"]:
        note_written(written.files)
        existing = [each for each in outputs if each.path in written.files]
        note_next(report, existing, options["save_snapshot"], options["inputs"], options["packs"])
    if not (options["inputs"] or report.collection.ended_at):
        note("Interrupted: what had been read was evaluated, the rest is unknown.")
        note_resumable(options["save_snapshot"])
        code = Exit.INTERRUPTED
    raise_first(failures)
    return code


def _refuse_contradictions(
    scope: Scope, options: Mapping[str, Any], context: click.Context
) -> None:
    """Raise if options about reading Azure contradict each other, or would be ignored.

    Raises:
        UsageError: They do.
    """
    inputs, saved = options["inputs"], options["save_snapshot"]
    if options["resume"] and (inputs or not saved):
        raise click.UsageError(
            "--resume requires --save-snapshot NAME and cannot be combined with --from."
        )
    if not inputs:
        return
    if scope.subscriptions or scope.management_groups or scope.tenant:
        raise click.UsageError(
            "--from reads everything in the files; narrow it with --resource-group, --workspace "
            "or --exclude."
        )
    for name in _OF_AZURE:
        if is_on_command_line(context, name):
            raise click.UsageError(
                f"--{name} is about reading Azure and cannot be combined with --from."
            )
    if saved and is_one_of(saved, inputs):
        raise click.UsageError(
            f"--save-snapshot would replace {saved}, which --from reads: save it elsewhere."
        )


@contextmanager
def _source(
    scope: Scope, options: dict[str, Any], inputs: tuple[Path, ...], snapshot: Path | None
) -> Iterator[Source]:
    """Yield the source to read: the given files, otherwise Azure, with progress shown."""
    if not inputs:
        from amlaudit.cli.progress import shown  # noqa: PLC0415 - bars take long to load

        with shown(quiet=options["quiet"]) as observer:
            source = azure(scope, options, snapshot, observer)
            yield replace(source, yields=True, is_kept=bool(options["save_snapshot"]))
        return
    yield Files(inputs, snapshot)

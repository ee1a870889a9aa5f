"""Shared by `scan` and `demo`: the policy to judge by, the reports to write, the exit code."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from amlaudit.cli.messages import is_debugging, note, say_debug_file
from amlaudit.cli.outputs import Output, Written, printer_for, write_all
from amlaudit.cli.printing import Printer
from amlaudit.cli.problems import problem_lines, problems_in
from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.checklist import Answers
from amlaudit.core.errors import Exit
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Outcome, Report
from amlaudit.core.rule import Severity
from amlaudit.core.selection import limited
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import WaiverState
from amlaudit.engine.checklist.judge import judge
from amlaudit.pipeline import Policy
from amlaudit.reporters import render
from amlaudit.resources import DEFAULT_PROFILE
from amlaudit.rulebook.agenda import Agenda, as_weighed, shipped_agenda
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.profiles import load_rules
from amlaudit.spool import held_if_few

if TYPE_CHECKING:
    from amlaudit.evidence.bundle import BundleInputs

_EXIT = {
    Outcome.PASS: Exit.PASS,
    Outcome.FAIL: Exit.FAIL,
    Outcome.INCOMPLETE: Exit.INCOMPLETE,
}


def policy_of(
    named: Sequence[str],
    fail_on: Severity | None,
    min_coverage: float,
    profile: str = DEFAULT_PROFILE,
) -> Policy:
    """Return what to judge by: the profile's rules, the named packs, and the gate."""
    wanted = read_profile(profile)
    packs, rules, record = load_rules(named, wanted)
    return Policy(packs, rules, fail_on, min_coverage, record, wanted.labels, limits=wanted.limits)


def checklist_option(function: Any) -> Any:  # noqa: ANN401 - click's signature
    """Add the option that names the file with answers for the checklist in reports."""
    return click.option(
        "--checklist",
        type=click.Path(dir_okay=False, path_type=Path),
        help="File with answers for the checklist in reports; see `amlaudit checklist`.",
    )(function)


def agenda_for(profile: str) -> Agenda:
    """Return the questions of the checklist, with the levels that a profile gives them."""
    return as_weighed(shipped_agenda(), read_profile(profile).questions)


def with_checklist(
    report: Report, path: Path | None = None, profile: str = DEFAULT_PROFILE
) -> Report:
    """Return a report with the go-live checklist, answered as far as a file answers it.

    Raises:
        AmlauditError: The file is invalid.
        UsageError: It is about something other than the report.
    """
    agenda, answers = agenda_for(profile), Answers()
    if path:
        from amlaudit.rulebook.answer_file import questions_in  # noqa: PLC0415 - few have answers
        from amlaudit.rulebook.answer_reader import read_answers  # noqa: PLC0415 - same

        answers = read_answers(path, questions_in(agenda.rows))
        refuse_wider(report, answers.workspace, "The scan")
    return replace(report, checklist=judge(agenda.rows, agenda.reasons, report, answers))


def refuse_wider(report: Report, workspace: str, name: str) -> None:
    """Raise if a report covers more than the workspace and its dependencies.

    Raises:
        UsageError: It does, so its checklist would be a different one.
    """
    named = [each.casefold() for each in report.collection.scope.workspaces]
    if named != [workspace.casefold()]:
        raise click.UsageError(
            f"{name} is not limited to {workspace}: scan with --workspace {workspace}, "
            "or use the snapshot."
        )


def with_mask(report: Report, mask: str | None) -> Report:
    """Return a report masked for sharing, and print how much of it is masked."""
    if not mask:
        return report
    from amlaudit.engine.masking import Mask, masked  # noqa: PLC0415 - few reports are masked

    made = masked(report, Mask(mask))
    note(f"Masked: {made.count} ids and names. Free text in tags and reasons is not masked.")
    return replace(made.report, findings=held_if_few(made.report.findings))


def write_reports(
    report: Report,
    outputs: Sequence[Output],
    only: Sequence[Status] | None = None,
    printer: Printer | None = None,
    evidence: "BundleInputs | None" = None,
) -> Written:
    """Write the requested reports, print what goes to stdout, and return what became of them.

    Args:
        report: The report.
        outputs: The requested reports.
        only: The statuses of the findings to include; None: all. A bundle always includes all.
        printer: What goes to stdout; None: the table, unless a report does.
        evidence: The other contents of a bundle; None: there is no snapshot.
    """
    bundled = None
    if evidence:
        from amlaudit.evidence.bundle import bundle  # noqa: PLC0415 - few runs make one

        bundled = partial(bundle, report, evidence)
    wanted = limited(report, only) if only else report
    printed = printer or printer_for(outputs)
    # Only the report itself is streamed; anything else that is made of it needs all of it.
    is_whole = printed.is_own or (printed.form == "json" and printed.query is None)
    shown = [Output(printed.form)] if is_whole else []
    written = write_all(wanted, [*shown, *outputs], bundled)
    if not is_whole and printed.form != "none":
        printed.show(json.loads(b"".join(render("json", wanted))))
    return written


def exit_code(report: Report, options: Mapping[str, Any] = MappingProxyType({})) -> Exit:
    """Return the exit code for a report, and print on stderr what is wrong with the run as a whole.

    Args:
        report: The report.
        options: Of the command. With `strict`, a run that does not fail is invalid if a waiver
            matches nothing; `allow_incomplete` and `allow_empty` let such runs pass.
    """
    troubles = problems_in(report)
    seconds = options.get("max_age")
    max_age = timedelta(seconds=seconds) if seconds else None
    for each in problem_lines(report, troubles, max_age):
        note(each)
    if troubles.crashes and is_debugging():
        say_debug_file(crashes=troubles.crashes)
    unused = any(use.state is WaiverState.UNUSED for use in report.waivers)
    if report.gate.outcome is not Outcome.INCOMPLETE or not _is_allowed(report, options):
        code = _EXIT[report.gate.outcome]
    else:
        note("The result is incomplete, but accepted as such.")
        code = Exit.PASS
    return Exit.INVALID if options.get("strict") and unused and code is not Exit.FAIL else code


def _is_allowed(report: Report, options: Mapping[str, Any]) -> bool:
    """Tell whether a run is allowed to be incomplete in the way it is.

    An empty scope is allowed only if it is known to be empty.
    """
    if options.get("allow_incomplete"):
        return True
    parts = {gap.part for gap in report.gaps}
    is_hidden = not parts.isdisjoint((SUBSCRIPTION_TYPE, WORKSPACE))
    is_empty = WORKSPACE not in report.seen and not is_hidden
    return bool(options.get("allow_empty")) and is_empty

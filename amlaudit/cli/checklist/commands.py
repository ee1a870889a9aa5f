"""The commands of `amlaudit checklist`."""

import os
import sys
from pathlib import Path
from typing import Any, Final

import click

from amlaudit.cli.checklist.answers import AnswerType, imported, signed
from amlaudit.cli.checklist.opening import (
    answer_file,
    file_options,
    opened,
    scan_options,
)
from amlaudit.cli.checklist.prompts import ask, open_for
from amlaudit.cli.checklist.status import print_status
from amlaudit.cli.files import keep, refuse_existing, refuse_replacing
from amlaudit.cli.messages import note
from amlaudit.cli.options import not_blank, out_option
from amlaudit.cli.printing import Printer, output_option
from amlaudit.core.checklist import Answers, Checklist, Decision, Readiness, Role, SignOff
from amlaudit.core.errors import Exit
from amlaudit.engine.checklist.judge import others_signed
from amlaudit.reporters.checklist.fields import checklist_fields
from amlaudit.reporters.checklist.render import FORMATS, render
from amlaudit.reporters.checklist.words import sum_of
from amlaudit.rulebook.agenda import shipped_agenda
from amlaudit.rulebook.answer_file import begun
from amlaudit.rulebook.answer_reader import TEMPLATE

_ROLES = [each.value for each in Role]
_BY_SUFFIX: Final = {
    "": "html",
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".xlsx": "xlsx",
}
"""Formats of a rendered checklist by file extension."""


@click.group()
def checklist() -> None:
    """Work through what the guidance requires before a go-live, and sign it.

    \b
    Examples:
      amlaudit checklist new -w mlw-fraud-prod
      amlaudit checklist fill -w mlw-fraud --from report.json --role "ML platform"

    Answers are kept in checklist.WORKSPACE.yaml, next to the code.
    """  # noqa: D301 - \b is click's own


@checklist.command(short_help="Create the answer file of a workspace.")
@file_options
@click.option(
    "--template",
    default=TEMPLATE,
    show_default=True,
    type=click.Choice([TEMPLATE]),
    help="Which checklist.",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def new(path: Path | None, workspace: str, template: str, *, force: bool) -> None:  # noqa: ARG001 - there is one
    """Create the answer file of a workspace: every question, and no answers yet.

    \b
    Examples:
      amlaudit checklist new -w mlw-fraud-prod
      amlaudit checklist new -w mlw-fraud --file golive/fraud.yaml
    """  # noqa: D301 - \b is click's own
    if not workspace:
        raise click.UsageError("Specify the workspace: -w NAME.")
    target = answer_file(path, workspace)
    if not force:
        refuse_existing(
            target, "continue with `amlaudit checklist fill`, or overwrite it with --force"
        )
    agenda = shipped_agenda()
    keep(target, [begun(agenda.rows, workspace, Answers().max_age_days)])
    click.echo(target)


@checklist.command()
@file_options
@scan_options
@click.option(
    "--role",
    metavar="ROLE",
    type=click.Choice(_ROLES[:-1], case_sensitive=False),
    help=f"Only the questions of this role: {', '.join(_ROLES[:-1])}.",
)
@click.option("--by", default="", help="Name or e-mail address of the person who answers.")
@click.option(
    "--answers",
    "other",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Import newer answers from another answer file, or from one that the HTML report saved.",
)
@click.option(
    "--set",
    "given",
    multiple=True,
    type=AnswerType(),
    help='Answer without prompting: "A00.4=yes:1 June, Ann", "A15.4=planned:Bob:2026-06-01".',
)
def fill(role: str | None, by: str, other: Path | None, **options: Any) -> None:  # noqa: ANN401 - one keyword for each option above
    """Answer open questions; each is shown with what the scan found.

    \b
    Examples:
      amlaudit checklist fill -w mlw-fraud --from report.json --role FinOps
      amlaudit checklist fill -w mlw-fraud --from estate.db --by ann@contoso.com \\
          --set "A03.1=yes:agreed on 3 May"
      amlaudit checklist fill -w mlw-fraud --from report.json --answers saved.json

    Every answer is saved immediately: quit at any time, and continue with the same command.
    """  # noqa: D301 - \b is click's own
    current, asked_role = opened(options), Role(role) if role else None
    open_before = len(open_for(current.checklist, asked_role))
    answers = list(imported(current, other)) if other else []
    if options["given"]:
        if not by.strip():
            raise click.UsageError("Specify who answers: --by NAME.")
        answers += signed(current, options["given"], by, current.report.at)
    if other or options["given"]:
        current = current.answered(answers)
        _note_unverified(current.checklist, {each.question for each in answers})
    elif not sys.stdin.isatty() or os.environ.get("AMLAUDIT_NO_INPUT"):
        raise click.UsageError("Cannot prompt without a terminal: use --answers FILE or --set.")
    else:
        who = by or click.prompt("Your name or e-mail address", err=True)
        current = ask(current, asked_role, who)
    left = len(open_for(current.checklist, asked_role))
    note(f"{open_before - left} answered, {left} left in {current.path}")
    click.echo(f"{current.checklist.readiness}: {sum_of(current.checklist)}")


def _note_unverified(checklist: Checklist, answered: set[str]) -> None:
    """Print which of the answers just saved do not count, and why."""
    for item in checklist.items:
        for each in item.questions:
            if each.question.id in answered and each.message:
                note(f"{each.question.id} is not verified: {each.message}")


@checklist.command()
@file_options
@scan_options
@output_option
def status(printer: Printer, **options: Any) -> int:  # noqa: ANN401 - one keyword for each option above
    """Show open items; exit with 1 if there are any.

    \b
    Examples:
      amlaudit checklist status -w mlw-fraud --from report.json
      amlaudit checklist status -w mlw-fraud --from estate.db -o json
    """  # noqa: D301 - \b is click's own
    current = opened(options).checklist
    if printer.is_own:
        print_status(current)
    else:
        printer.show(checklist_fields(current))
    return Exit.FAIL if current.readiness is Readiness.NOT_READY else Exit.PASS


@checklist.command("render")
@file_options
@scan_options
@click.option(
    "--format",
    "name",
    type=click.Choice(FORMATS),
    help="Printable page, Markdown or workbook; by default from the extension of --out, or html.",
)
@out_option
def render_checklist(name: str | None, out: Path | None, **options: Any) -> None:  # noqa: ANN401 - one keyword for each option above
    """Show the whole checklist: items, evidence, answers, signatures.

    \b
    Examples:
      amlaudit checklist render -w mlw-fraud --from report.json --out golive.html
      amlaudit checklist render -w mlw-fraud --from estate.db --format markdown
    """  # noqa: D301 - \b is click's own
    current = opened(options)
    refuse_replacing(out, current.path, *options["inputs"])
    content = render(name or _format_of(out), current.checklist)
    if out is None:
        click.echo(content, nl=False)
        return
    keep(out, [content])


def _format_of(out: Path | None) -> str:
    """Return the format that a file name implies.

    Raises:
        UsageError: It has the extension of something else, such as `.pdf`.
    """
    suffix = out.suffix.casefold() if out else ""
    if suffix not in _BY_SUFFIX:
        known = ", ".join(filter(None, _BY_SUFFIX))
        raise click.UsageError(f'"{suffix}" is none of {known}: use another name, or --format.')
    return _BY_SUFFIX[suffix]


@checklist.command(short_help="Sign the answers together with the report.")
@file_options
@scan_options
@click.option(
    "--role",
    metavar="ROLE",
    required=True,
    type=click.Choice(_ROLES, case_sensitive=False),
    help=f"Role to sign for: {', '.join(_ROLES)}.",
)
@click.option("--name", required=True, callback=not_blank, help="Name of the person who signs.")
@click.option(
    "--decision",
    default=Decision.APPROVE.value,
    show_default=True,
    type=click.Choice([each.value for each in Decision]),
    help="Decision.",
)
@click.option("--comment", default="", help="Comment, or the conditions of the approval.")
def sign(role: str, name: str, decision: str, comment: str, **options: Any) -> None:  # noqa: ANN401 - one keyword for each option above
    """Sign the answers together with the report; any later change supersedes it.

    \b
    Examples:
      amlaudit checklist sign -w mlw-fraud --from a.json --role FinOps --name Ann
      amlaudit checklist sign -w mlw-fraud --from a.json --role approver \\
          --name Bob --decision "approve with conditions" --comment "Alerts"
    """  # noqa: D301 - \b is click's own
    current = opened(options)
    sign_off = SignOff(
        Role(role), name, current.report.at, Decision(decision), comment, current.checklist.sha256
    )
    _refuse_invalid(sign_off, current.checklist.readiness, current.answers.sign_offs)
    current = current.signed(sign_off)
    click.echo(f"{current.checklist.readiness}: {decision}, signed by {name} for {role}")
    if missing := current.checklist.missing_roles:
        note(f"Not signed yet: {', '.join(missing)}")


def _refuse_invalid(made: SignOff, readiness: Readiness, before: tuple[SignOff, ...]) -> None:
    """Raise if a person may not sign, or not with this decision.

    Raises:
        UsageError: It is refused.
    """
    if made.decision is Decision.CONDITIONS and not made.comment:
        raise click.UsageError("Specify the conditions: --comment TEXT.")
    if made.role is not Role.APPROVER:
        return
    if not others_signed(made.name, [each for each in before if each.sha256 == made.sha256]):
        raise click.UsageError(
            "The approver cannot be the only one who signs: somebody else must sign for another "
            "role first."
        )
    if readiness is Readiness.NOT_READY and made.decision is Decision.APPROVE:
        raise click.UsageError(
            "NOT READY cannot be approved: resolve what `amlaudit checklist status` shows, or "
            'decide "approve with conditions" or "reject".'
        )

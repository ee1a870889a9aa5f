"""The go-live checklist in a report, answered as far as a file answers it."""

from pathlib import Path

import click
from msgspec.structs import replace

from amlaudit.core.checklist import Answers
from amlaudit.core.report import Report
from amlaudit.engine.checklist.judge import judge
from amlaudit.resources import DEFAULT_PROFILE
from amlaudit.rulebook.agenda import Agenda, as_weighed, shipped_agenda
from amlaudit.rulebook.profile_reader import read_profile


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

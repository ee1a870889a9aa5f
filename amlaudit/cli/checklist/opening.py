"""The answer file that a command works on, and the scan it is compared with."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click
from msgspec import Struct
from msgspec.structs import replace

from amlaudit.cli.auditing import policy_of
from amlaudit.cli.files import keep
from amlaudit.cli.inputs import Kind, kind_of
from amlaudit.cli.moments import moment, timestamp_option
from amlaudit.cli.options import FILE, FILE_OR_FOLDER, packs_option, profile_option, several
from amlaudit.cli.report_checklist import agenda_for, refuse_wider
from amlaudit.core.checklist import Answer, Answers, Checklist, Question, SignOff
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding, Report
from amlaudit.core.scope import Scope
from amlaudit.engine.checklist.judge import judge
from amlaudit.pipeline import audit
from amlaudit.records.reports import read_report
from amlaudit.rulebook.agenda import Agenda
from amlaudit.rulebook.answer_file import questions_in, with_answers, with_sign_off
from amlaudit.rulebook.answer_reader import read_answers
from amlaudit.rulebook.waiver_reader import read_waivers
from amlaudit.scanners.files.source import Files
from amlaudit.sizes import text_of

_NAME: Final = "checklist.{}.yaml"


file_options = several(
    click.option("-w", "--workspace", default="", help="Workspace, by name."),
    click.option(
        "--file",
        "path",
        type=FILE,
        help="Answer file; by default checklist.WORKSPACE.yaml.",
    ),
)
"""Which answer file to use."""

scan_options = several(
    click.option(
        "--from",
        "inputs",
        multiple=True,
        required=True,
        type=FILE_OR_FOLDER,
        help="Scan to use: a JSON report of the workspace, a snapshot, or other files "
        "that `amlaudit scan --from` accepts.",
    ),
    packs_option,
    profile_option,
    click.option(
        "--waivers",
        type=FILE,
        help="Waiver file, for evaluating a snapshot.",
    ),
    timestamp_option,
)
"""Which scan to use, and what to judge it by."""


class Opened(Struct, frozen=True):
    """An answer file, and the report that it is read with.

    Attributes:
        path: The file.
        agenda: The questions.
        answers: The contents of the file.
        report: The scan, judged as of when the command runs.
    """

    path: Path
    agenda: Agenda
    answers: Answers
    report: Report

    @property
    def questions(self) -> Mapping[str, Question]:
        """The questions by id."""
        return questions_in(self.agenda.rows)

    @property
    def checklist(self) -> Checklist:
        """The current checklist."""
        return judge(self.agenda.rows, self.agenda.reasons, self.report, self.answers)

    def answered(self, answers: Iterable[Answer]) -> "Opened":
        """Write answers to the file, and return its new state."""
        text, name = text_of(self.path), self.path.as_posix()
        return self._rewritten(with_answers(text, answers, self.questions, name))

    def signed(self, sign_off: SignOff) -> "Opened":
        """Write a signature to the file, and return its new state."""
        return self._rewritten(with_sign_off(text_of(self.path), sign_off, self.path.as_posix()))

    def _rewritten(self, text: str) -> "Opened":
        """Rewrite the file, and return its new state."""
        keep(self.path, [text])
        return replace(self, answers=read_answers(self.path, self.questions))


def opened(options: Mapping[str, Any]) -> Opened:
    """Return the answer file and the report that the options name.

    Raises:
        AmlauditError: One of them cannot be read or is invalid, or they do not match.
    """
    path = answer_file(options["path"], options["workspace"])
    agenda = agenda_for(options["profile"])
    if not path.is_file():
        raise AmlauditError(
            "E302",
            f"{path} not found",
            advice="create it with `amlaudit checklist new -w WORKSPACE`, or name one with --file",
            exit_code=Exit.INPUT_OUTPUT,
        )
    answers = read_answers(path, questions_in(agenda.rows))
    return Opened(path, agenda, answers, _report(answers.workspace, options))


def answer_file(path: Path | None, workspace: str) -> Path:
    """Return the path of an answer file.

    Args:
        path: The path, if it is given.
        workspace: Otherwise the workspace that it is about; empty: the only file in the current
            folder.
    """
    if path:
        return path
    if workspace:
        if Path(workspace).name != workspace:
            raise click.UsageError(f'"{workspace}" is not a valid workspace name.')
        return Path(_NAME.format(workspace))
    found = sorted(Path().glob(_NAME.format("*")))
    if len(found) != 1:
        raise click.UsageError(
            f"Specify the checklist: -w WORKSPACE or --file PATH ({len(found)} found here)."
        )
    return found[0]


def _report(workspace: str, options: Mapping[str, Any]) -> Report:
    """Return what a scan says about a workspace, judged as of when the command runs."""
    inputs: tuple[Path, ...] = options["inputs"]
    at = moment(options["timestamp"])
    if len(inputs) == 1 and inputs[0].is_file() and kind_of(inputs[0]) is Kind.REPORT:
        report = replace(read_report(inputs[0]), at=at)
        refuse_wider(report, workspace, str(inputs[0]))
    else:
        waivers = read_waivers(options["waivers"]) if options["waivers"] else ()
        policy = replace(policy_of(options["packs"], options["profile"]), waivers=waivers)
        report = audit(Scope(workspaces=(workspace,)), Files(inputs), policy, at)
    if not any(_is_about(each, workspace) for each in report.findings):
        raise AmlauditError(
            "E110",
            f"Workspace {workspace} not found in {', '.join(map(str, inputs))}",
            advice="check the name in the checklist, or scan the workspace",
            exit_code=Exit.INCOMPLETE,
        )
    return report


def _is_about(finding: Finding, workspace: str) -> bool:
    """Tell whether a finding is about the workspace with a given name."""
    resource = finding.resource
    return resource.type == WORKSPACE and resource.name.casefold() == workspace.casefold()

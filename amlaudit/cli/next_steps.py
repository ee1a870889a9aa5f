"""What to do after a scan: commands for the worst of what it found."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from amlaudit.cli.messages import note
from amlaudit.cli.outputs import Output
from amlaudit.core.gap import Reason
from amlaudit.core.report import Report
from amlaudit.core.verdict import Status
from amlaudit.rulebook.library import shipped_ids

_HEAD: Final = "Next: "


def note_next(
    report: Report,
    outputs: Sequence[Output],
    snapshot: Path | None,
    inputs: Sequence[Path] = (),
    packs: Sequence[str] = (),
) -> None:
    """Print on stderr which commands to run next, each on a line that can be copied.

    Args:
        report: The report of the scan.
        outputs: The reports that were written.
        snapshot: The snapshot, if it was kept.
        inputs: The files that were judged.
        packs: The rule packs that were named besides the shipped one.
    """
    commands = (
        *_commands(report, outputs, snapshot, packs),
        *_commands_for_deployment(report, inputs),
    )
    for at, command in enumerate(commands):
        note((" " * len(_HEAD) if at else _HEAD) + command)


def _commands(
    report: Report, outputs: Sequence[Output], snapshot: Path | None, packs: Sequence[str]
) -> Iterator[str]:
    """Yield the commands, most urgent first."""
    fails = (each for each in report.findings if each.verdict.status is Status.FAIL)
    if worst := next((each for each in fails if not each.waiver), None):
        is_own = worst.rule.id not in shipped_ids()
        named = "".join(f" --rules {shlex.quote(each)}" for each in packs if is_own)
        yield f"amlaudit explain {shlex.quote(worst.rule.id)}{named}"
        if kept := snapshot or next((each.path for each in outputs if each.format == "json"), None):
            yield f"amlaudit fix-plan {shlex.quote(str(kept))}"
    asked = _asked(report)
    if asked and any(each.reason is Reason.FORBIDDEN for each in report.gaps):
        yield f"amlaudit doctor{asked}"


def _commands_for_deployment(report: Report, inputs: Sequence[Path]) -> Iterator[str]:
    """Yield commands that judge a deployment along with existing resources, if that tells more."""
    is_alone = any(each.reason is Reason.NOT_COLLECTED for each in report.gaps)
    if report.collection.is_deployment and is_alone:
        files = "".join(f" --from {shlex.quote(str(each))}" for each in inputs)
        yield "amlaudit collect --subscription NAME --out estate.db"
        yield f"amlaudit scan{files} --from estate.db"


def _asked(report: Report) -> str:
    """Return the options for the scope of a report; empty for a report on files."""
    scope = report.collection.scope
    given = [("--subscription", each) for each in scope.subscriptions]
    given += [("--management-group", each) for each in scope.management_groups]
    given += [("--tenant", scope.tenant)] if scope.tenant else []
    return "".join(f" {option} {shlex.quote(value)}" for option, value in given)

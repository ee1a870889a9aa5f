"""What a command is given to work on: a snapshot, a JSON report or a bundle."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from amlaudit.cli.auditing import policy_of
from amlaudit.cli.files import STDIN, is_stream, unreadable
from amlaudit.cli.moments import moment
from amlaudit.cli.settings import is_on_command_line
from amlaudit.core.report import Report
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.evidence.policy_file import Judging
from amlaudit.records.reports import is_report, read_report
from amlaudit.scanners.snapshot_store import is_snapshot


class Kind(StrEnum):
    """The kind of a file."""

    SNAPSHOT = "snapshot"
    REPORT = "JSON report"
    BUNDLE = "bundle"
    """Any file that is neither of the others may be one."""


def kind_of(path: Path) -> Kind:
    """Return the kind of a file.

    Raises:
        AmlauditError: It cannot be read.
    """
    if path == STDIN or is_stream(path):
        raise unreadable(
            path, "a pipe can be read only once", "save its content to a file, and pass that"
        )
    try:
        if is_snapshot(path):
            return Kind.SNAPSHOT
        return Kind.REPORT if is_report(path) else Kind.BUNDLE
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error


def is_to_be_judged(path: Path) -> bool:
    """Tell whether a file is a snapshot, still to be judged, rather than a JSON report.

    Raises:
        AmlauditError: It is neither, or cannot be read.
    """
    kind = kind_of(path)
    if kind is Kind.BUNDLE:
        raise unreadable(path, "it is neither a snapshot nor a JSON report of amlaudit")
    return kind is Kind.SNAPSHOT


def report_with_fails(path: Path) -> Report:
    """Return a JSON report that does not omit the fails.

    Raises:
        AmlauditError: It cannot be read.
        UsageError: It omits them: what is made of it would say that there are none.
    """
    report = read_report(path)
    if report.only and Status.FAIL not in report.only:
        raise click.UsageError(f"{path} contains no fails: it was written with --only.")
    return report


def refuse_if_judged(context: click.Context, path: Path, flags: Mapping[str, str]) -> None:
    """Raise if an option that says how to judge a snapshot is given with a JSON report.

    Args:
        context: Tells which options were given on the command line.
        path: The report.
        flags: The options, by the name of their parameter.

    Raises:
        UsageError: One is.
    """
    for name, flag in flags.items():
        if is_on_command_line(context, name):
            raise click.UsageError(
                f"{flag} requires a snapshot; {path} has already been evaluated."
            )


def judging_for(options: Mapping[str, Any]) -> Judging:
    """Return what to judge a snapshot by for its reports; no gate applies."""
    policy = policy_of(options["packs"], options["profile"])
    return Judging(Scope(), moment(options["timestamp"]), policy)

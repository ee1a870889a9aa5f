"""`amlaudit history`: the findings of successive runs, in one file."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from amlaudit.cli.auditing import policy_of
from amlaudit.cli.history_words import print_course, print_trend, scope_words
from amlaudit.cli.inputs import is_to_be_judged
from amlaudit.cli.moments import Moment
from amlaudit.cli.options import FILE, packs_option, profile_option
from amlaudit.cli.printing import Printer, output_option
from amlaudit.cli.sanitise import sanitised
from amlaudit.core.episodes import Course
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Report
from amlaudit.core.scope import Scope
from amlaudit.core.suggestions import did_you_mean
from amlaudit.engine.course import paces_of, run_of
from amlaudit.pipeline import audit
from amlaudit.records.history_file import HistoryFile
from amlaudit.records.reports import read_report
from amlaudit.reporters.course import course_fields, trend_fields
from amlaudit.reporters.words import moment_of
from amlaudit.scanners.files.source import Files
from amlaudit.scanners.snapshot_store import open_snapshot

_NAME: Final = "history.sqlite"


_file_option = click.option(
    "--db",
    "--history",
    "history",
    default=_NAME,
    show_default=True,
    type=FILE,
    help="History file.",
)
_series_option = click.option(
    "--series",
    "series_id",
    metavar="ID",
    help="Series of runs; by default that of the latest run.",
)


@click.group()
def history() -> None:
    """Track findings over many runs: since when they fail, and how fast they get fixed.

    \b
    Examples:
      amlaudit history add report.json
      amlaudit history show

    `amlaudit scan --history history.sqlite` adds its run automatically. Only runs with the same
    scope and profile are compared.
    """  # noqa: D301 - \b is click's own


@history.command(short_help="Add reports or snapshots.")
@click.argument("inputs", nargs=-1, required=True, type=FILE)
@_file_option
@packs_option
@profile_option
def add(inputs: tuple[Path, ...], history: Path, packs: tuple[str, ...], profile: str) -> None:
    """Add INPUTS to a history: JSON reports, or snapshots, which are evaluated now.

    \b
    Examples:
      amlaudit history add report.json
      amlaudit history add runs/*.json --db ml.sqlite

    A snapshot is evaluated as of the end of its collection. The order does not matter, and a run
    that is added twice is kept once.
    """  # noqa: D301 - \b is click's own
    for each in inputs:
        report = _judged(each, packs, profile)
        _refuse_part(each, report)
        with HistoryFile(history, create=True) as file:
            click.echo(f"{each}: run of {moment_of(report.at)} {file.add(run_of(report))}")


@history.command(short_help="Show how fast fails get fixed, and what came back.")
@_file_option
@_series_option
@click.option(
    "--since",
    metavar="MOMENT",
    type=Moment(),
    help="Count only what was fixed since this day, such as 2026-01-31.",
)
@output_option
def show(history: Path, series_id: str | None, since: datetime | None, printer: Printer) -> None:
    """Show how fast fails get fixed, by severity and by team, and what came back.

    \b
    Examples:
      amlaudit history show
      amlaudit history show --since 2026-01-01 -o json

    With -o json it lists every finding that failed, with the first and the last run that saw it.
    The time to fix runs from the first run that saw the fail to the one that saw it pass; a run in
    which it is unknown does not end it.
    """  # noqa: D301 - \b is click's own
    course, others = _course(history, series_id)
    paces = paces_of(course, since and since.replace(tzinfo=UTC))
    if not printer.is_own:
        printer.show(course_fields(course, paces))
        return
    print_course(course, paces)
    _print_other_series(others)


@history.command()
@_file_option
@_series_option
@output_option
def trend(history: Path, series_id: str | None, printer: Printer) -> None:
    """Show the results of the runs, one after the other.

    \b
    Examples:
      amlaudit history trend
      amlaudit history trend --db ml.sqlite -o json
    """  # noqa: D301 - \b is click's own
    course, others = _course(history, series_id)
    if not printer.is_own:
        printer.show(trend_fields(course))
        return
    print_trend(course)
    _print_other_series(others)


@history.command()
@_file_option
@click.option(
    "--before",
    required=True,
    metavar="MOMENT",
    type=Moment(),
    help="Remove the runs before this day, such as 2026-01-31.",
)
def prune(history: Path, before: datetime) -> None:
    """Remove old runs, except for the last one of each series.

    \b
    Examples:
      amlaudit history prune --before 2026-01-01
      amlaudit history prune --db ml.sqlite --before 2026-01-01

    What still fails keeps the date since which it has failed. What was fixed in the removed runs
    no longer counts in the mean time to fix.
    """  # noqa: D301 - \b is click's own
    with HistoryFile(history) as file:
        click.echo(f"{history}: runs removed: {file.prune(before.replace(tzinfo=UTC))}")


def _judged(path: Path, packs: tuple[str, ...], profile: str) -> Report:
    """Return the report of a file.

    Raises:
        AmlauditError: It is neither a snapshot nor a JSON report.
    """
    if not is_to_be_judged(path):
        return read_report(path)
    return audit(Scope(), Files((path,)), policy_of(packs, profile), _end_of(path))


def _end_of(path: Path) -> datetime:
    """Return when the collection of a snapshot ended."""
    estate = open_snapshot(path, Scope())
    try:
        ended = estate.store.collection().ended_at
    finally:
        estate.close()
    if ended is None:
        raise _no_run(path, "its collection did not finish", "continue it: amlaudit scan --resume")
    return ended.replace(microsecond=0)


def _refuse_part(path: Path, report: Report) -> None:
    """Raise if a report omits findings of its run: omitted ones would seem fixed."""
    if report.only:
        kept = ", ".join(report.only)
        raise _no_run(
            path,
            f"it contains only findings with status {kept}",
            "create the report without --only",
        )


def _no_run(path: Path, cause: str, advice: str) -> AmlauditError:
    """Return the error for a file that is not a complete run."""
    return AmlauditError(
        "E312",
        f"{path} cannot be added to a history",
        cause=cause,
        advice=advice,
        exit_code=Exit.INPUT_OUTPUT,
    )


def _course(path: Path, series_id: str | None) -> tuple[Course, Mapping[str, str]]:
    """Return the requested series, and descriptions of the others, by id.

    Raises:
        UsageError: There is no such series, or no run at all.
    """
    with HistoryFile(path) as file:
        by_id = {each.id: each for each in file.series()}
        key = series_id or next(iter(by_id), None)
        if key is None:
            raise click.UsageError(
                f"{path} contains no runs yet: use `amlaudit history add REPORT`."
            )
        course = file.course(by_id[key]) if key in by_id else None
    if course is None:
        raise click.UsageError(f'{path} has no series "{key}".{did_you_mean(key, by_id)}')
    return course, {each: scope_words(one) for each, one in by_id.items() if each != key}


def _print_other_series(others: Mapping[str, str]) -> None:
    """Print which other series there are."""
    for key, words in others.items():
        click.echo(sanitised(f"Another series: --series {key} ({words})"))

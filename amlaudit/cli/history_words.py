"""A history for the terminal: how fast fails get fixed, and what came back; fits in 80 columns."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from rich.console import Console
from rich.table import Table

from amlaudit.cli.lines import in_line, print_trimmed
from amlaudit.core import arm_id
from amlaudit.core.episodes import Course, Episode, Pace, Paces, Series
from amlaudit.core.history import Posture
from amlaudit.core.report import Score
from amlaudit.core.rule import Severity
from amlaudit.reporters.words import interval_of, percent_of

_MAX_ROWS: Final = 10
"""Fails shown per kind; JSON has them all."""
_DAY: Final = 86_400
_COUNTED: Final = ("OPEN", "WAIVED", "UNSEEN", "FIXED", "MEAN", "MEDIAN", "OLDEST", "BACK")
_NOBODY: Final = "(no team)"


def print_course(course: Course, paces: Paces) -> None:
    """Print what a series says about its findings."""
    console = Console(highlight=False, markup=False)
    first, last = course.postures[0].at, course.until
    console.print(in_line(scope_words(course.series)), soft_wrap=True)
    runs = len(course.postures)
    days = f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}" if runs > 1 else f"of {first:%Y-%m-%d}"
    console.print(f"{runs} {'runs' if runs > 1 else 'run'} {days}\n")
    severities = [(str(each), pace) for each, pace in paces.by_severity.items()]
    _print_paces(console, "SEVERITY", [*severities, ("all", paces.whole)])
    if paces.by_team.keys() - {""}:
        teams = [(team or _NOBODY, pace) for team, pace in paces.by_team.items()]
        _print_paces(console, "TEAM", teams)
    still = [each for each in course.episodes if course.is_seen(each)]
    _print_episodes(console, "Failing again after a fix", [each for each in still if each.reopened])
    unseen = [each for each in course.episodes if not each.end and not course.is_seen(each)]
    _print_episodes(console, "Not seen by the last run, and not known to be fixed", unseen)
    _print_episodes(console, "Failing longest", [each for each in still if not each.reopened])
    for line in _limits(paces.whole):
        console.print(line)


def print_trend(course: Course) -> None:
    """Print the results of the runs of a series."""
    console = Console(highlight=False, markup=False)
    console.print(in_line(scope_words(course.series)), "", sep="\n", soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    table.add_column("RUN")
    for name in ("POSTURE", "COVERAGE", "CRITICAL", "HIGH", "MEDIUM", "LOW"):
        table.add_column(name, justify="right")
    for each in course.postures:
        table.add_row(f"{each.at:%Y-%m-%d %H:%M}", *_cells(each))
    print_trimmed(console, table)


def scope_words(series: Series) -> str:
    """Describe the scope of a series of runs, and their profile."""
    asked = series.scope
    parts = [
        f"{what} {', '.join(names)}"
        for what, names in (
            ("tenant", (asked.tenant,) if asked.tenant else ()),
            ("management groups", asked.management_groups),
            ("subscriptions", asked.subscriptions),
            ("resource groups", asked.resource_groups),
            ("workspaces", asked.workspaces),
            ("without", asked.excluded),
        )
        if names
    ]
    what = "everything that is declared" if series.is_deployment else "everything that was read"
    profile = [f"profile {series.profile}"] if series.profile else []
    return " · ".join([*(parts or [what]), *profile])


def _cells(posture: Posture) -> Iterable[str]:
    """Return the result of a run, cell by cell."""
    score = Score(posture.low, posture.high, posture.coverage)
    yield interval_of(score)
    yield f"{percent_of(posture.coverage)} %"
    for severity in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW):
        yield str(posture.fails.get(severity, 0))


def _print_paces(console: Console, of: str, paces: Iterable[tuple[str, Pace]]) -> None:
    """Print how fast fails get fixed, one row per group."""
    table = Table(box=None, pad_edge=False)
    table.add_column(of, overflow="fold")
    for name in _COUNTED:
        table.add_column(name, justify="right", no_wrap=True)
    for name, pace in paces:
        numbers = (pace.open, pace.waived, pace.unseen, pace.fixed)
        lengths = (pace.mean, pace.median, pace.oldest)
        row = (*map(str, numbers), *map(_days, lengths), str(pace.reopened))
        table.add_row(in_line(name), *row)
    print_trimmed(console, table)
    console.print()


def _print_episodes(console: Console, title: str, episodes: list[Episode]) -> None:
    """Print some fails, the longest-lasting first."""
    if not episodes:
        return
    console.print(title)
    table = Table(box=None, pad_edge=False, show_header=False)
    for each in episodes[:_MAX_ROWS]:
        since = f"since {each.opened:%Y-%m-%d}" + (" or before" if each.from_start else "")
        name = in_line(arm_id.name_of(each.topic.resource_id))
        name.overflow = "fold"
        table.add_row(each.standing.severity, in_line(each.topic.rule_id), name, since)
    print_trimmed(console, table)
    if len(episodes) > _MAX_ROWS:
        console.print(f"… {len(episodes) - _MAX_ROWS} more, see -o json")
    console.print()


def _limits(pace: Pace) -> Iterable[str]:
    """Yield what the numbers leave out."""
    if pace.at_least:
        yield (
            f"{pace.at_least} of the {pace.fixed} that were fixed failed before the first run: "
            "their time to fix, and therefore the mean, is longer than shown."
        )
    if pace.vanished:
        yield (
            f"{pace.vanished} vanished, with their resource or because the rule no longer applies; "
            "they count as neither fixed nor open."
        )


def _days(length: timedelta | None) -> str:
    """Return a duration in days."""
    return "-" if length is None else f"{length.total_seconds() / _DAY:.1f} d"

"""A history on a terminal: how soon fails are mended, and what came back; 80 columns do."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from amlaudit.cli.grid import Column, Grid
from amlaudit.cli.lines import in_line
from amlaudit.cli.terminal import print_lines
from amlaudit.core import arm_id
from amlaudit.core.episodes import Course, Episode, Pace, Paces, Series
from amlaudit.core.history import Posture
from amlaudit.core.report import Score
from amlaudit.core.rule import Severity
from amlaudit.reporters.words import interval_of, percent_of

_MOST_ROWS: Final = 10
"""Fails of a kind that are named; JSON has them all."""
_DAY: Final = 86_400
_COUNTED: Final = ("OPEN", "WAIVED", "UNSEEN", "FIXED", "MEAN", "MEDIAN", "OLDEST", "BACK")
_NOBODY: Final = "(no team)"


def print_course(course: Course, paces: Paces) -> None:
    """Print what a series says of its findings."""
    first, last = course.postures[0].at, course.until
    print_lines(in_line(scope_words(course.series)), breaks=False)
    runs = len(course.postures)
    days = f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}" if runs > 1 else f"of {first:%Y-%m-%d}"
    print_lines(f"{runs} {'runs' if runs > 1 else 'run'} {days}\n")
    severities = [(str(each), pace) for each, pace in paces.by_severity.items()]
    _print_paces("SEVERITY", [*severities, ("all", paces.whole)])
    if paces.by_team.keys() - {""}:
        teams = [(team or _NOBODY, pace) for team, pace in paces.by_team.items()]
        _print_paces("TEAM", teams)
    still = [each for each in course.episodes if course.is_seen(each)]
    _print_episodes("Failing again after a fix", [each for each in still if each.reopened])
    unseen = [each for each in course.episodes if not each.end and not course.is_seen(each)]
    _print_episodes("Not seen by the last run, and not known to be fixed", unseen)
    _print_episodes("Failing longest", [each for each in still if not each.reopened])
    for line in _limits(paces.whole):
        print_lines(line)


def print_trend(course: Course) -> None:
    """Print how the runs of a series came out."""
    print_lines(in_line(scope_words(course.series)), breaks=False)
    print_lines("")
    names = ("POSTURE", "COVERAGE", "CRITICAL", "HIGH", "MEDIUM", "LOW")
    grid = Grid([Column("RUN"), *(Column(name, is_right=True) for name in names)])
    for each in course.postures:
        grid.add(f"{each.at:%Y-%m-%d %H:%M}", *_cells(each))
    print_lines(grid)


def scope_words(series: Series) -> str:
    """Return what the runs of a series asked for, and by which profile."""
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
    what = "what is declared" if series.is_deployment else "all that was read"
    profile = [f"profile {series.profile}"] if series.profile else []
    return " · ".join([*(parts or [what]), *profile])


def _cells(posture: Posture) -> Iterable[str]:
    """Return how a run came out, cell by cell."""
    score = Score(posture.low, posture.high, posture.coverage)
    yield interval_of(score)
    yield f"{percent_of(posture.coverage)} %"
    for severity in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW):
        yield str(posture.fails.get(severity, 0))


def _print_paces(of: str, paces: Iterable[tuple[str, Pace]]) -> None:
    """Print how quickly fails are mended, one row for each kind of them."""
    counted = (Column(name, is_whole=True, is_right=True) for name in _COUNTED)
    grid = Grid([Column(of), *counted])
    for name, pace in paces:
        numbers = (pace.open, pace.waived, pace.unseen, pace.fixed)
        lengths = (pace.mean, pace.median, pace.oldest)
        row = (*map(str, numbers), *map(_days, lengths), str(pace.reopened))
        grid.add(in_line(name), *row)
    print_lines(grid)
    print_lines("")


def _print_episodes(title: str, episodes: list[Episode]) -> None:
    """Print some fails, those that have failed longest first."""
    if not episodes:
        return
    print_lines(title)
    grid = Grid([Column()] * 4)
    for each in episodes[:_MOST_ROWS]:
        since = f"since {each.opened:%Y-%m-%d}" + (" or before" if each.from_start else "")
        name = in_line(arm_id.name_of(each.topic.resource_id))
        grid.add(each.standing.severity, in_line(each.topic.rule_id), name, since)
    print_lines(grid)
    if len(episodes) > _MOST_ROWS:
        print_lines(f"… {len(episodes) - _MOST_ROWS} more, see -o json")
    print_lines("")


def _limits(pace: Pace) -> Iterable[str]:
    """Yield what the numbers do not tell."""
    if pace.at_least:
        yield (
            f"{pace.at_least} of the {pace.fixed} that were fixed failed before the first run: "
            "their time, and with it the mean, is longer than is known."
        )
    if pace.vanished:
        yield (
            f"{pace.vanished} vanished, with their resource or because the rule no longer applies; "
            "they count as neither fixed nor open."
        )


def _days(length: timedelta | None) -> str:
    """Return a length of time in days."""
    return "-" if length is None else f"{length.total_seconds() / _DAY:.1f} d"

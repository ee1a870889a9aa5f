"""A history as JSON: its series, the time to fix fails, and every finding that failed."""

from collections.abc import Iterator
from datetime import timedelta

from amlaudit.core.episodes import Course, Episode, Pace, Paces, Series
from amlaudit.reporters.encoding import given, utc
from amlaudit.reporters.fields import posture_fields
from amlaudit.reporters.header import scope_fields
from amlaudit.reporters.history import HISTORY_VERSION


def series_fields(series: Series) -> dict[str, object]:
    """Return which runs belong to a series."""
    return {
        "id": series.id,
        "scope": scope_fields(series.scope),
        **given(profile=series.profile, is_deployment=series.is_deployment or None),
    }


def course_fields(course: Course, paces: Paces) -> dict[str, object]:
    """Return what a series of runs says about its findings, durations in seconds."""
    return {
        "history_version": HISTORY_VERSION,
        "series": series_fields(course.series),
        "runs": len(course.postures),
        "from": utc(course.postures[0].at),
        "until": utc(course.until),
        "pace": _pace(paces.whole),
        "by_severity": {each: _pace(pace) for each, pace in paces.by_severity.items()},
        "by_team": {team or "": _pace(pace) for team, pace in paces.by_team.items()},
        "findings": list(_episodes(course)),
    }


def trend_fields(course: Course) -> dict[str, object]:
    """Return the results of a series' runs."""
    return {
        "history_version": HISTORY_VERSION,
        "series": series_fields(course.series),
        "trend": [posture_fields(each) for each in course.postures],
    }


def _pace(pace: Pace) -> dict[str, object]:
    """Return how quickly some fails are fixed."""
    return {
        "open": pace.open,
        "waived": pace.waived,
        "unseen": pace.unseen,
        "fixed": pace.fixed,
        **given(
            mean_seconds=_seconds(pace.mean),
            median_seconds=_seconds(pace.median),
            oldest_seconds=_seconds(pace.oldest),
        ),
        "at_least": pace.at_least,
        "vanished": pace.vanished,
        "reopened": pace.reopened,
    }


def _episodes(course: Course) -> Iterator[dict[str, object]]:
    """Yield each period during which something failed, oldest first."""
    for each in course.episodes:
        yield {
            "id": each.topic.id,
            "rule_id": each.topic.rule_id,
            "resource_id": each.topic.resource_id,
            "subject_key": each.topic.subject_key,
            "severity": each.standing.severity,
            "teams": each.standing.teams,
            "first_seen": utc(each.opened),
            "last_seen": utc(each.last_seen),
            "state": _state(each, course),
            **given(ended=each.ended and utc(each.ended)),
            "waived": each.standing.waived,
            "from_start": each.from_start,
            "reopened": each.reopened,
        }


def _state(episode: Episode, course: Course) -> str:
    """Return the state of a fail after the last run."""
    if episode.end:
        return episode.end.value
    return "open" if course.is_seen(episode) else "unseen"


def _seconds(length: timedelta | None) -> int | None:
    """Return a duration in whole seconds."""
    return None if length is None else round(length.total_seconds())

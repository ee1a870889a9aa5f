"""Follows a series of runs from one to the next: since when each finding fails, and until when.

Only what runs saw is used, in the order of their times, so that the same runs give the same course
however they were gathered. A fail ends when a run sees it pass, or sees that there is nothing left
to judge. A run that could not look ends nothing.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from statistics import median
from typing import Final

from msgspec.structs import asdict, replace

from amlaudit.core.arm_id import scopes_of
from amlaudit.core.episodes import (
    Carried,
    Course,
    End,
    Episode,
    Pace,
    Paces,
    Run,
    Series,
    Standing,
    Step,
    Topic,
)
from amlaudit.core.gap import Gap
from amlaudit.core.history import Posture
from amlaudit.core.neighbourhood import Neighbourhood
from amlaudit.core.report import Finding, Report
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.engine.marking import Marked
from amlaudit.engine.trend import posture_of
from amlaudit.engine.visibility import by_scope, is_hidden

_ENDS: Final = {
    Status.PASS: End.FIXED,
    Status.MANUAL: End.VANISHED,
    Status.NOT_APPLICABLE: End.VANISHED,
}
"""How each status ends a fail; an unknown one does not."""


def series_of(report: Report) -> Series:
    """Return the series that a report belongs to."""
    collection = report.collection
    profile = report.profile.name if report.profile else ""
    asked = {key: value for key, value in asdict(collection.scope).items() if value}
    text = json.dumps([asked, profile, collection.is_deployment], sort_keys=True)
    key = sha256(text.encode()).hexdigest()[:12]
    return Series(key, collection.scope, profile, collection.is_deployment)


def run_of(report: Report) -> Run:
    """Return the part of a report that its series needs to follow findings."""
    teams_of = _teams(report.neighbourhoods or ())
    return Run(
        series_of(report),
        report.version,
        posture_of(report),
        [(_topic(each), _standing(each, teams_of)) for each in report.findings],
        frozenset(each.id for each in report.rules),
        frozenset(_gaps_in_types(report.gaps)),
    )


def _topic(finding: Finding) -> Topic:
    """Return what identifies a finding across runs."""
    return Topic(finding.id, finding.rule.id, finding.resource.id, finding.subject_key)


def _standing(finding: Finding, teams_of: Callable[[str], tuple[str, ...]]) -> Standing:
    """Return the state of a finding."""
    return Standing(
        finding.verdict.status,
        finding.rule.severity,
        finding.waiver is not None,
        teams_of(finding.resource.id),
    )


def _gaps_in_types(gaps: Iterable[Gap]) -> Iterator[tuple[str, str]]:
    """Yield (scope id, ARM type) of gaps in the contents of scopes, not of those in documents."""
    return ((each.scope_id, each.part) for each in gaps if "/" in each.part)


def _teams(places: Iterable[Neighbourhood]) -> Callable[[str], tuple[str, ...]]:
    """Return the function that tells which teams' workspaces a resource belongs to.

    A child resource belongs to the teams of its parent.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for place in places:
        if place.team:
            for resource_id in (place.id, *(each.id for each in place.neighbours)):
                found[resource_id].add(place.team)
    by_resource = {key: tuple(sorted(teams)) for key, teams in found.items()}

    def teams_of(resource_id: str) -> tuple[str, ...]:
        above = (by_resource[each] for each in scopes_of(resource_id) if each in by_resource)
        return next(above, ())

    return teams_of


def followed(series: Series, steps: Iterable[Step], carried: Carried | None = None) -> Course:
    """Return the course of a series.

    Args:
        series: The series.
        steps: The steps from each of its runs to the next one, oldest first.
        carried: What remains of earlier runs that are no longer kept; None: there were none.
    """
    follower = _Follower(carried)
    for step in steps:
        follower.advance(step)
    return follower.course(series)


class _Follower:
    """Follows findings from run to run.

    Attributes:
        _is_first: Whether the next run is the first of its series.
        _fixed: Ids of the findings that have been fixed.
        _open: The episodes that have not ended, by id of the finding.
        _last_seen: When an open one was last seen, if the last run did not see it.
        _absent: The open ones that no longer exist in the last run.
        _closed: The episodes that have ended.
        _postures: The results of the runs so far.
    """

    def __init__(self, carried: Carried | None) -> None:
        """Continue from what remains of earlier runs."""
        carried_over = carried or Carried()
        self._is_first = carried is None
        self._fixed = set(carried_over.fixed)
        self._open = {each.topic.id: each for each in carried_over.open}
        self._last_seen = {key: each.last_seen for key, each in self._open.items()}
        self._absent = set(self._open)
        self._closed: list[Episode] = []
        self._postures: list[Posture] = []

    def advance(self, step: Step) -> None:
        """Advance to the next run."""
        at = step.posture.at
        for topic, standing in step.changed:
            key = topic.id
            if standing.status is Status.FAIL:
                self._open_or_update(topic, standing, at)
            elif key in self._open and standing.status in _ENDS:
                self._close(key, _ENDS[standing.status], at)
            elif key in self._open:
                self._mark_unseen(key)
            self._absent.discard(key)
        for key in self._open.keys() & step.gone:
            self._mark_unseen(key)
            self._absent.add(key)
        self._close_vanished(step)
        self._postures.append(step.posture)
        self._is_first = False

    def _close_vanished(self, step: Step) -> None:
        """Record that what is not there has vanished, where the run would have seen it."""
        hidden = by_scope(step.missing)
        for key in list(self._absent):
            topic = self._open[key].topic
            was_asked = topic.rule_id in step.rules
            if was_asked and not is_hidden(topic.resource_id, topic.subject_key, hidden):
                self._close(key, End.VANISHED, step.posture.at)

    def _open_or_update(self, topic: Topic, standing: Standing, at: datetime) -> None:
        """Record that a finding fails."""
        known = self._open.get(topic.id)
        self._last_seen.pop(topic.id, None)
        if known:
            self._open[topic.id] = replace(known, standing=standing)
            return
        reopened = topic.id in self._fixed
        self._open[topic.id] = Episode(
            topic, at, at, standing, from_start=self._is_first, reopened=reopened
        )

    def _mark_unseen(self, key: str) -> None:
        """Record that a run does not see whether something still fails."""
        if key not in self._last_seen:
            self._last_seen[key] = self._postures[-1].at

    def _close(self, key: str, end: End, at: datetime) -> None:
        """Record that a finding no longer fails."""
        self._mark_unseen(key)
        last_seen = self._last_seen.pop(key)
        self._closed.append(replace(self._open.pop(key), last_seen=last_seen, ended=at, end=end))
        self._absent.discard(key)
        if end is End.FIXED:
            self._fixed.add(key)

    def course(self, series: Series) -> Course:
        """Return the resulting course."""
        still = (
            replace(each, last_seen=self._last_seen.get(key, self._postures[-1].at))
            for key, each in self._open.items()
        )
        episodes = sorted(
            (*self._closed, *still),
            key=lambda each: (each.opened, each.standing.severity.rank, each.topic),
        )
        return Course(series, tuple(self._postures), tuple(episodes), frozenset(self._fixed))


def dated(
    findings: Collection[Finding], course: Course | None, at: datetime
) -> Collection[Finding]:
    """Return findings with the time since which each fail has been failing.

    Args:
        findings: The findings of a run.
        course: The earlier runs of its series; None: there are none.
        at: The time of the run, UTC.
    """
    episodes = course.episodes if course else ()
    opened = {each.topic.id: each.opened for each in episodes if each.end is None}

    def mark(finding: Finding) -> Finding:
        if finding.verdict.status is not Status.FAIL:
            return finding
        since = opened.get(finding.id, at)
        return replace(finding, first_seen=min(since, finding.first_seen or since))

    return Marked(findings, mark)


def paces_of(course: Course, since: datetime | None = None) -> Paces:
    """Return how quickly the fails of a series are fixed.

    Args:
        course: The series.
        since: The time from which ends count; None: from the beginning. What is open counts
            however old it is.
    """
    by_severity: defaultdict[Severity, list[Episode]] = defaultdict(list)
    by_team: defaultdict[str, list[Episode]] = defaultdict(list)
    counted = [
        each for each in course.episodes if not (since and each.ended) or each.ended >= since
    ]
    for each in counted:
        by_severity[each.standing.severity].append(each)
        for team in each.standing.teams or ("",):
            by_team[team].append(each)
    return Paces(
        _pace(counted, course),
        {each: _pace(by_severity[each], course) for each in Severity if each in by_severity},
        {team: _pace(by_team[team], course) for team in sorted(by_team)},
    )


def _pace(episodes: list[Episode], course: Course) -> Pace:
    """Return how quickly some fails are fixed."""
    seen = [each for each in episodes if course.is_seen(each)]
    fixed = [each for each in episodes if each.end is End.FIXED]
    lengths = [each.lasted(course.until).total_seconds() for each in fixed]
    return Pace(
        open=len(seen),
        waived=sum(each.standing.waived for each in seen),
        unseen=sum(each.end is None for each in episodes) - len(seen),
        fixed=len(fixed),
        mean=timedelta(seconds=sum(lengths) / len(lengths)) if lengths else None,
        median=timedelta(seconds=median(lengths)) if lengths else None,
        at_least=sum(each.from_start for each in fixed),
        vanished=sum(each.end is End.VANISHED for each in episodes),
        reopened=sum(each.reopened for each in episodes),
        oldest=max((each.lasted(course.until) for each in seen), default=None),
    )

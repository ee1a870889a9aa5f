"""What a series of runs shows about its findings: since when each fails, and when it was fixed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field

from amlaudit.core.history import Posture
from amlaudit.core.rule import Severity
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status


class Topic(NamedTuple):
    """What identifies a finding across runs.

    Attributes:
        id: Id of the finding.
        rule_id: Id of its rule.
        resource_id: Normalised ARM id.
        subject_key: Distinguishes several findings of a rule on a resource.
    """

    id: str
    rule_id: str
    resource_id: str
    subject_key: str = ""


class Standing(NamedTuple):
    """The state of a finding in one run.

    Attributes:
        status: The outcome of the rule.
        severity: Its severity at the time.
        waived: Whether a waiver marked it.
        teams: The teams whose workspaces its resource belongs to, in order; empty: none is known.
    """

    status: Status
    severity: Severity
    waived: bool = False
    teams: tuple[str, ...] = ()


class Series(Struct, frozen=True):
    """Runs that can be compared: they asked for the same.

    Attributes:
        id: Identifies the other fields: equal wherever they are equal.
        scope: What was asked for.
        profile: Name of the profile, empty if there was none.
        is_deployment: Whether a declaration was judged, rather than what exists.
    """

    id: str
    scope: Scope
    profile: str = ""
    is_deployment: bool = False


class Run(Struct, frozen=True):
    """One run, reduced to what its series needs to follow findings.

    Attributes:
        series: The series that it belongs to.
        version: Version of amlaudit.
        posture: Its result, and the moment that it was made for.
        standings: The state of each finding, each finding once.
        rules: Ids of the rules that took part.
        missing: (scope id, ARM type) of everything that could not be seen.
    """

    series: Series
    version: str
    posture: Posture
    standings: Sequence[tuple[Topic, Standing]]
    rules: frozenset[str] = frozenset()
    missing: frozenset[tuple[str, str]] = frozenset()

    @property
    def at(self) -> datetime:
        """The moment that it was made for, UTC."""
        return self.posture.at


class Step(Struct, frozen=True):
    """One run, as a difference from the previous one in its series.

    Attributes:
        posture: Its result, and the moment that it was made for.
        changed: The state of findings that are new or had another state before.
        gone: Ids of the findings that no longer exist.
        rules: Ids of the rules that took part.
        missing: (scope id, ARM type) of everything that could not be seen.
    """

    posture: Posture
    changed: Sequence[tuple[Topic, Standing]]
    gone: Sequence[str]
    rules: frozenset[str] = frozenset()
    missing: frozenset[tuple[str, str]] = frozenset()


class End(StrEnum):
    """How a failure ended."""

    FIXED = "fixed"
    """A run saw it pass."""
    VANISHED = "vanished"
    """It neither fails nor passes: its resource is gone, or the rule no longer applies."""


class Episode(Struct, frozen=True):
    """A period during which a finding failed, as far as runs show.

    Attributes:
        topic: The identity of the finding.
        opened: The first run in the period that saw the fail, UTC.
        last_seen: The last one that did.
        standing: The state of the finding then.
        ended: The run that saw the end; None: no run has.
        end: How it ended; None: it has not.
        from_start: Whether the first run of the series already saw it: it may be older.
        reopened: Whether it had been fixed before.
    """

    topic: Topic
    opened: datetime
    last_seen: datetime
    standing: Standing
    ended: datetime | None = None
    end: End | None = None
    from_start: bool = False
    reopened: bool = False

    def lasted(self, until: datetime) -> timedelta:
        """Return how long it lasted, or, if it has not ended, its length up to a moment."""
        return (self.ended or until) - self.opened


class Carried(Struct, frozen=True):
    """What remains of runs that are no longer kept.

    Attributes:
        open: What failed after the last of them.
        fixed: Ids of the findings that had been fixed by then.
    """

    open: tuple[Episode, ...] = ()
    fixed: frozenset[str] = frozenset()


class Course(Struct, frozen=True):
    """A series of runs, followed to its last one.

    Attributes:
        series: The series.
        postures: The results of its runs, oldest first.
        episodes: Every period during which a finding failed, oldest first.
        fixed: Ids of the findings that were fixed at some time.
    """

    series: Series
    postures: tuple[Posture, ...]
    episodes: tuple[Episode, ...]
    fixed: frozenset[str] = frozenset()

    @property
    def until(self) -> datetime:
        """The moment of the last run, UTC."""
        return self.postures[-1].at

    def is_seen(self, episode: Episode) -> bool:
        """Tell whether the last run saw the finding still failing."""
        return episode.end is None and episode.last_seen == self.until


class Pace(Struct, frozen=True):
    """How quickly some fails are fixed.

    Attributes:
        open: Fails that the last run saw.
        waived: How many of them are waived.
        unseen: Fails that no run saw end, and that the last run could not check.
        fixed: Fails that a run saw pass.
        mean: Mean time from the first run that saw a fail to the one that saw it pass; None: none
            was fixed.
        median: Median of the same.
        at_least: How many of the fixed ones already failed in the first run: their time, and so the
            mean, is only a lower bound.
        vanished: Fails that ended otherwise; whether they were fixed is not known.
        reopened: Fails, open or not, that had been fixed before.
        oldest: How long the oldest open one has been failing; None: none is open.
    """

    open: int = 0
    waived: int = 0
    unseen: int = 0
    fixed: int = 0
    mean: timedelta | None = None
    median: timedelta | None = None
    at_least: int = 0
    vanished: int = 0
    reopened: int = 0
    oldest: timedelta | None = None


class Paces(Struct, frozen=True):
    """How quickly the fails of a series are fixed.

    Attributes:
        whole: All of them.
        by_severity: By their severity when they were last seen.
        by_team: By team; a fail counts for each team whose workspaces its resource belongs to, and
            under the empty name if none is known.
    """

    whole: Pace
    by_severity: Mapping[Severity, Pace] = field(default_factory=dict)
    by_team: Mapping[str, Pace] = field(default_factory=dict)

"""What a series of runs says of its findings: since when each fails, and when it was mended."""

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
    """What makes two findings of two runs the same.

    Attributes:
        id: Id of the finding.
        rule_id: Id of its rule.
        resource_id: Normalised ARM id.
        subject_key: Tells several findings of a rule on a resource apart.
    """

    id: str
    rule_id: str
    resource_id: str
    subject_key: str = ""


class Standing(NamedTuple):
    """How a finding stood in one run.

    Attributes:
        status: How the rule came out.
        severity: What it weighed then.
        waived: Whether a waiver marked it.
        teams: Whose workspaces its resource belongs to, in order; empty: nobody's that is known.
    """

    status: Status
    severity: Severity
    waived: bool = False
    teams: tuple[str, ...] = ()


class Series(Struct, frozen=True):
    """Runs that may be set side by side: what they asked for is the same.

    Attributes:
        id: Stands for the rest, and is the same wherever they are the same.
        scope: What was asked for.
        profile: Name of the profile, empty where there was none.
        is_deployment: Whether what is declared was judged, not what is there.
    """

    id: str
    scope: Scope
    profile: str = ""
    is_deployment: bool = False


class Run(Struct, frozen=True):
    """One run, as far as its series follows findings through it.

    Attributes:
        series: The series that it is of.
        version: Version of amlaudit.
        posture: How it came out, and the moment that it was made for.
        standings: How each finding stood, each finding once.
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
    """One run, as far as it differs from the one before it in its series.

    Attributes:
        posture: How it came out, and the moment that it was made for.
        changed: How findings stand now that stood otherwise, or were not there.
        gone: Ids of the findings that are not there any more.
        rules: Ids of the rules that took part.
        missing: (scope id, ARM type) of everything that could not be seen.
    """

    posture: Posture
    changed: Sequence[tuple[Topic, Standing]]
    gone: Sequence[str]
    rules: frozenset[str] = frozenset()
    missing: frozenset[tuple[str, str]] = frozenset()


class End(StrEnum):
    """How it ended that something failed."""

    FIXED = "fixed"
    """A run saw it pass."""
    VANISHED = "vanished"
    """It neither fails nor passes: its resource is gone, or the rule no longer applies."""


class Episode(Struct, frozen=True):
    """A time during which a finding failed, as far as runs tell.

    Attributes:
        topic: What the finding is about.
        opened: The first run of it that saw the fail, UTC.
        last_seen: The last one that did.
        standing: How it stood then.
        ended: The run that saw the end; None: no run has.
        end: How it ended; None: it has not.
        from_start: Whether the first run of the series saw it already: it is older than is known.
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
        """Return how long it lasted, or has by a moment."""
        return (self.ended or until) - self.opened


class Carried(Struct, frozen=True):
    """What runs that are not kept any more have left behind.

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
        postures: How each of its runs came out, oldest first.
        episodes: Every time during which something failed, oldest first.
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
        """Tell whether the last run saw that something still fails."""
        return episode.end is None and episode.last_seen == self.until


class Pace(Struct, frozen=True):
    """How quickly some fails are mended.

    Attributes:
        open: Fails that the last run saw.
        waived: How many of them are waived.
        unseen: Fails that no run saw end, and that the last one could not look at.
        fixed: Fails that a run saw pass.
        mean: Mean time from the first run that saw a fail to the one that saw it pass; None: none
            was fixed.
        median: The same in the middle.
        at_least: How many of those that were fixed failed before the first run: their time, and
            with it the mean, is longer than is known.
        vanished: Fails that ended otherwise; nobody knows whether they were fixed.
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
    """How quickly the fails of a series are mended.

    Attributes:
        whole: All of them.
        by_severity: By what they weighed when they were last seen.
        by_team: By team; a fail counts for each team whose workspaces its resource belongs to, and
            under the empty name where nobody's is known.
    """

    whole: Pace
    by_severity: Mapping[Severity, Pace] = field(default_factory=dict)
    by_team: Mapping[str, Pace] = field(default_factory=dict)

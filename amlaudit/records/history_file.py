"""A history: one SQLite file that keeps the findings of each run, for as long as users want.

Runs are stored as they were reported; conclusions are computed anew each time, so that they do not
depend on the order in which runs were added. See `amlaudit.engine.course`.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from msgspec import to_builtins

from amlaudit.core.episodes import Carried, Course, Episode, Run, Series, Standing, Step, Topic
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.history import Posture
from amlaudit.core.rule import Severity
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.engine.course import followed
from amlaudit.records.history_database import HistoryDatabase
from amlaudit.records.packing import json_of, packed_json, packed_pairs, pairs_of

_POSTURE: Final = "at, low, high, coverage, fails"
_SUFFIXES: Final = (".db", ".sqlite", ".sqlite3")


class Added(StrEnum):
    """What became of a run that was to be added."""

    NEW = "added"
    SAME = "already known"
    REPLACED = "replaces the run of the same time"


class HistoryFile:
    """An open history."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open a history.

        Args:
            path: The file.
            create: Whether to create it if it does not exist.

        Raises:
            AmlauditError: It cannot be read or created, or is not a history.
        """
        self._path = path
        self._db = HistoryDatabase(path, create=create)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._db.close()

    def add(self, run: Run) -> Added:
        """Store a run; it replaces an existing one of the same series and time.

        Raises:
            AmlauditError: It cannot be stored; the content is unchanged.
        """
        with self._db.writing():
            series = self._number_of(run.series)
            (begins,) = self._db.one("SELECT begins FROM series WHERE number = ?", series)
            if _stamp(run.at) <= begins:
                raise _too_old(self._path, run.at, begins)
            row = self._row_of(run)
            query = "SELECT low, high, coverage, fails, version, asked, standings FROM run"
            known = self._db.one(f"{query} WHERE series = ? AND at = ?", series, _stamp(run.at))
            if known == row:
                return Added.SAME
            self._db.change(
                "REPLACE INTO run (series, at, low, high, coverage, fails, version, asked,"
                " standings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(series, _stamp(run.at), *row),
            )
            return Added.REPLACED if known else Added.NEW

    def series(self) -> list[Series]:
        """Return the series that have runs, the one with the latest run first.

        Raises:
            AmlauditError: The file is damaged; all reading methods raise this.
        """
        with self._db.reading():
            if self._db.is_empty:
                return []
            rows = self._db.rows(
                "SELECT id, about FROM series JOIN run ON series.number = run.series"
                " GROUP BY id ORDER BY max(at) DESC, id"
            )
            return [_series_of(key, json.loads(about)) for key, about in rows]

    def postures(self, series: Series, before: datetime | None = None) -> list[Posture]:
        """Return the results of a series' runs, oldest first.

        Args:
            series: The series.
            before: Only runs before this time; None: all.
        """
        with self._db.reading():
            return [_posture_of(row) for row in self._runs(series, _POSTURE, before)]

    def course(self, series: Series, before: datetime | None = None) -> Course | None:
        """Return the course of a series, None if it has no run; see `postures`."""
        with self._db.reading():
            if not self._runs(series, "at", before):
                return None
            return followed(series, self._steps(series, before), self._carried(series))

    def prune(self, before: datetime) -> int:
        """Delete the runs before a time, except the last one of each series; return their number.

        Fails still open at the end of the deleted runs keep the time since when they fail, and
        fixed ones stay known as fixed.

        Raises:
            AmlauditError: It cannot be done; the content is unchanged.
        """
        with self._db.writing():
            forgotten = sum(self._prune(each, before) for each in self.series())
            self._delete_unused_topics()
            return forgotten

    def _prune(self, series: Series, before: datetime) -> int:
        """Delete the runs of a series before a time; see `prune`."""
        latest = self.postures(series)[-1].at
        course = self.course(series, min(before, latest))
        if course is None:
            return 0
        number, end = self._number_of(series), _stamp(course.until)
        still_open = {each.topic.id: each for each in course.episodes if each.end is None}
        self._db.change("DELETE FROM carried WHERE series = ?", number)
        self._db.change_each(
            "INSERT INTO carried VALUES (?, (SELECT number FROM topic WHERE id = ?),"
            " ?, ?, ?, ?, ?, ?)",
            (
                (number, key, key in course.fixed, *self._carried_fields(still_open.get(key)))
                for key in sorted(still_open.keys() | course.fixed)
            ),
        )
        self._db.change("DELETE FROM run WHERE series = ? AND at <= ?", number, end)
        self._db.change("UPDATE series SET begins = ? WHERE number = ?", end, number)
        return len(course.postures)

    def _delete_unused_topics(self) -> None:
        """Delete the topics that nothing refers to any more."""
        named = {topic for (topic,) in self._db.rows("SELECT topic FROM carried")}
        for (packed,) in self._db.rows("SELECT standings FROM run"):
            named.update(pairs_of(packed))
        every = self._db.rows("SELECT number FROM topic")
        self._db.change_each(
            "DELETE FROM topic WHERE number = ?", (each for each in every if each[0] not in named)
        )

    def _carried_fields(self, episode: Episode | None) -> tuple[object, ...]:
        """Return what is kept of a fail whose runs are deleted."""
        if episode is None:
            return (None,) * 5
        return (
            _stamp(episode.opened),
            _stamp(episode.last_seen),
            self._number_of_standing(episode.standing),
            episode.from_start,
            episode.reopened,
        )

    def _steps(self, series: Series, before: datetime | None) -> Iterator[Step]:
        """Yield the steps from each run of a series to the next, oldest first."""
        topics = {number: Topic(*rest) for number, *rest in self._db.rows("SELECT * FROM topic")}
        standings = self._standings()
        earlier: dict[int, int] = {}
        columns = f"{_POSTURE}, asked, standings"
        for *posture, asked, packed in self._runs(series, columns, before):
            rules, missing = json_of(asked)
            now = pairs_of(packed)
            changed = [
                (topics[topic], standings[standing])
                for topic, standing in now.items()
                if earlier.get(topic) != standing
            ]
            yield Step(
                _posture_of(posture),
                changed,
                [topics[topic].id for topic in earlier.keys() - now.keys()],
                frozenset(rules),
                frozenset((scope_id, part) for scope_id, part in missing),
            )
            earlier = now

    def _carried(self, series: Series) -> Carried | None:
        """Return what deleted runs left behind, None if no runs were deleted."""
        if self._db.one("SELECT 1 FROM series WHERE id = ? AND begins = ''", series.id):
            return None
        standings = self._standings()
        rows = self._db.rows(
            "SELECT id, rule_id, resource_id, subject_key, was_fixed, opened, last_seen, standing,"
            " from_start, reopened FROM carried JOIN topic ON topic = number"
            " WHERE series = (SELECT number FROM series WHERE id = ?) ORDER BY id",
            series.id,
        )
        still_open: list[Episode] = []
        fixed: list[str] = []
        for *topic, was_fixed, opened, last_seen, standing, from_start, reopened in rows:
            if was_fixed:
                fixed.append(topic[0])
            if opened:
                episode = Episode(
                    Topic(*topic),
                    datetime.fromisoformat(opened),
                    datetime.fromisoformat(last_seen),
                    standings[standing],
                    from_start=bool(from_start),
                    reopened=bool(reopened),
                )
                still_open.append(episode)
        return Carried(tuple(still_open), frozenset(fixed))

    def _standings(self) -> dict[int, Standing]:
        """Return all states in which findings have been, by number."""
        rows = self._db.rows("SELECT number, status, severity, waived, teams FROM standing")
        return {
            number: Standing(
                Status(status), Severity(severity), bool(waived), tuple(json.loads(teams))
            )
            for number, status, severity, waived, teams in rows
        }

    def _row_of(self, run: Run) -> tuple[object, ...]:
        """Return the stored row of a run."""
        topics = self._numbers_of(topic for topic, _ in run.standings)
        distinct = dict.fromkeys(standing for _, standing in run.standings)
        standings = {each: self._number_of_standing(each) for each in distinct}
        posture = run.posture
        return (
            posture.low,
            posture.high,
            posture.coverage,
            json.dumps(posture.fails, sort_keys=True),
            run.version,
            packed_json([sorted(run.rules), sorted(run.missing)]),
            packed_pairs(
                (topics[topic.id], standings[standing]) for topic, standing in run.standings
            ),
        )

    def _numbers_of(self, topics: Iterable[Topic]) -> dict[str, int]:
        """Return the numbers of all topics, after adding those that have none."""
        self._db.change_each(
            "INSERT OR IGNORE INTO topic (id, rule_id, resource_id, subject_key)"
            " VALUES (?, ?, ?, ?)",
            iter(topics),
        )
        return dict(self._db.rows("SELECT id, number FROM topic"))

    def _number_of_standing(self, standing: Standing) -> int:
        """Return the number of a finding's state, adding it if it has none."""
        row = (*standing[:3], json.dumps(standing.teams))
        self._db.change(
            "INSERT OR IGNORE INTO standing (status, severity, waived, teams) VALUES (?, ?, ?, ?)",
            *row,
        )
        (number,) = self._db.one(
            "SELECT number FROM standing"
            " WHERE status = ? AND severity = ? AND waived = ? AND teams = ?",
            *row,
        )
        return int(number)

    def _number_of(self, series: Series) -> int:
        """Return the number of a series, adding it if it has none."""
        self._db.change(
            "INSERT OR IGNORE INTO series (id, about, begins) VALUES (?, ?, '')",
            *(series.id, json.dumps(to_builtins(series), sort_keys=True)),
        )
        (number,) = self._db.one("SELECT number FROM series WHERE id = ?", series.id)
        return int(number)

    def _runs(self, series: Series, columns: str, before: datetime | None) -> list[Any]:
        """Return columns of a series' runs, oldest first."""
        if self._db.is_empty:
            return []
        return self._db.rows(
            f"SELECT {columns} FROM run"  # noqa: S608 - our own names
            " WHERE series = (SELECT number FROM series WHERE id = ?) AND at < ? ORDER BY at",
            series.id,
            _stamp(before) if before else "~",  # sorts after every time
        )


def is_history_file(path: Path) -> bool:
    """Tell whether a path denotes a history in one file, rather than a folder of records."""
    return path.is_file() or (not path.exists() and path.suffix in _SUFFIXES)


def _series_of(key: str, about: Any) -> Series:  # noqa: ANN401 - a JSON value
    """Return a series."""
    scope = {name: tuple(each) for name, each in about["scope"].items() if name != "tenant"}
    asked = Scope(**scope, tenant=about["scope"]["tenant"])
    return Series(key, asked, about["profile"], about["is_deployment"])


def _posture_of(row: Sequence[Any]) -> Posture:
    """Return the result of a run."""
    at, low, high, coverage, fails = row
    counts = {Severity(each): int(count) for each, count in json.loads(fails).items()}
    return Posture(datetime.fromisoformat(at), low, high, coverage, counts)


def _stamp(at: datetime) -> str:
    """Return a time as text; texts sort chronologically."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _too_old(path: Path, at: datetime, begins: str) -> AmlauditError:
    """Return the error for a run from a period that was deleted."""
    return AmlauditError(
        "E312",
        f"The run of {at:%Y-%m-%d %H:%M:%S} is too old for history {path}",
        cause=f"runs up to {datetime.fromisoformat(begins):%Y-%m-%d %H:%M:%S} were pruned",
        advice="start a new history for it",
        exit_code=Exit.INPUT_OUTPUT,
    )

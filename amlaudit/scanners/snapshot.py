"""The snapshot: one SQLite file that holds an estate, so that every audit can be repeated offline.

One row for each resource with its ARM document, one for each gap, one for each call made. The file
is complete only if it says when its collection ended; one that was cut off by whatever means opens
all the same, and everything nobody vouches for in it is a gap.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from amlaudit.core import arm_id
from amlaudit.core.collection import Collection
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate, attached_to, links_of
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import Steps
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.scope import Scope

MAGIC: Final = b"SQLite format 3\x00"
APPLICATION_ID: Final = 0x616D6C61
"""Spells "amla" in the file's header, see https://www.sqlite.org/fileformat.html#application_id."""
SCHEMA_VERSION: Final = 1

_TEMPORARY: Final = ""
"""SQLite's name for a database on disk that goes away when it is closed."""

_SCHEMA: Final = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE call (
    id INTEGER PRIMARY KEY,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    api_version TEXT NOT NULL,
    status TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE resource (
    id TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT NOT NULL,
    body TEXT NOT NULL,
    api_version TEXT NOT NULL,
    gaps TEXT,
    call INTEGER NOT NULL REFERENCES call (id)
);
CREATE INDEX resource_by_type ON resource (type, id);
CREATE INDEX resource_by_parent ON resource (parent, type, id);
CREATE TABLE link (
    source TEXT NOT NULL,
    relation TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (source, relation, target)
) WITHOUT ROWID;
CREATE INDEX link_by_target ON link (target, relation, source);
CREATE TABLE seen (scope TEXT, part TEXT, PRIMARY KEY (scope, part)) WITHOUT ROWID;
CREATE TABLE gap (
    scope TEXT,
    part TEXT,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (scope, part)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was sent, or one file that was read.

    Attributes:
        method: HTTP method; `FILE` for a file.
        path: Path of the request without host and query; name of the file.
        api_version: The API version asked for.
        status: HTTP status, or the name of what went wrong.
        at: When, UTC.
    """

    method: str
    path: str
    api_version: str
    status: str
    at: datetime


class SnapshotWriter:
    """Writes a snapshot while an estate is collected; safe to share between threads.

    The file is written beside its final name and renamed when it is complete, so that a name
    without `.partial` always stands for a whole collection.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Begin a snapshot.

        Args:
            path: Where it is to lie; None: on disk only as long as it is open.

        Raises:
            AmlauditError: The file cannot be written, or is something else than a snapshot.
        """
        self._path = path
        self._partial = path.with_name(path.name + ".partial") if path else None
        self._lock = threading.Lock()
        try:
            if path and path.exists() and not is_snapshot(path):
                raise _cannot_write(path, "it exists and is not a snapshot")
            if self._partial:
                self._partial.unlink(missing_ok=True)
            self._db = _connect(str(self._partial or _TEMPORARY))
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise _cannot_write(path, str(error)) from error

    def close(self) -> None:
        """Close the file as it is; without `finish` it stays incomplete."""
        self._db.close()

    def begin(self, collection: Collection) -> None:
        """Note what is to be collected, and that it has not ended."""
        with self._lock, self._db:
            self._db.execute("REPLACE INTO about VALUES ('collection', ?)", (_pack(collection),))

    def add_call(self, call: Call) -> int:
        """Note a call, and return its number."""
        row = (call.method, call.path, call.api_version, call.status, call.at.isoformat())
        with self._lock, self._db:
            cursor = self._db.execute(
                "INSERT INTO call (method, path, api_version, status, at) VALUES (?, ?, ?, ?, ?)",
                row,
            )
        return int(cursor.lastrowid or 0)

    def add_resources(self, resources: Iterable[Resource], call: int) -> None:
        """Keep resources that a call gave; a later document of an id replaces an earlier one."""
        with self._lock, self._db:
            for resource in resources:
                self._db.execute(
                    "REPLACE INTO resource VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        resource.id,
                        resource.type,
                        resource.name,
                        attached_to(resource.id, resource.type, resource.body),
                        json.dumps(resource.body, separators=(",", ":")),
                        resource.origin.api_version,
                        _pack_gaps(resource.gaps),
                        call,
                    ),
                )
                self._db.execute("DELETE FROM link WHERE source = ?", (resource.id,))
                self._db.executemany(
                    "INSERT OR IGNORE INTO link VALUES (?, ?, ?)",
                    ((resource.id, *link) for link in links_of(resource)),
                )

    def add_seen(self, scope_id: str, part: str) -> None:
        """Note that all resources of a type under a scope were read."""
        with self._lock, self._db:
            self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (scope_id, part))

    def add_gap(self, gap: Gap) -> None:
        """Note what could not be read; the first reason stands."""
        row = (gap.scope_id, gap.part, gap.reason, gap.detail, gap.permission)
        with self._lock, self._db:
            self._db.execute("INSERT OR IGNORE INTO gap VALUES (?, ?, ?, ?, ?)", row)

    def finish(self, collection: Collection) -> Estate:
        """Note that the collection ended, give the file its name, and return its estate."""
        self.begin(collection)
        if self._path is None or self._partial is None:
            return Estate(SnapshotStore(self._db, collection.scope))
        try:
            self._db.execute("PRAGMA journal_mode = DELETE")
            self._db.close()
            self._partial.replace(self._path)
        except (OSError, sqlite3.Error) as error:
            raise _cannot_write(self._path, str(error)) from error
        return open_snapshot(self._path, collection.scope)


class SnapshotStore:
    """The documents of a snapshot, read one at a time; see `amlaudit.core.estate.Store`."""

    def __init__(self, db: sqlite3.Connection, narrowed_to: Scope) -> None:
        """Read from an open snapshot, and judge only what a scope asks for."""
        self._db = db
        self._origins = {
            number: (f"{method} {path}", datetime.fromisoformat(at))
            for number, method, path, at in db.execute("SELECT id, method, path, at FROM call")
        }
        self._judged = self._asked_for(narrowed_to) if narrowed_to.narrows else None

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def get(self, resource_id: str) -> Resource | None:
        """See `Store.get`."""
        return next(self._resources("WHERE id = ?", resource_id), None)

    def of_type(self, arm_type: str) -> Iterator[Resource]:
        """See `Store.of_type`."""
        for resource in self._resources("WHERE type = ? ORDER BY id", arm_type):
            if self._is_judged(resource.id):
                yield resource

    def ids_of_type(self, arm_type: str) -> Iterator[str]:
        """See `Store.ids_of_type`."""
        rows = self._db.execute("SELECT id FROM resource WHERE type = ? ORDER BY id", (arm_type,))
        for (resource_id,) in rows:
            if self._is_judged(resource_id):
                yield resource_id

    def subscriptions(self) -> Sequence[str]:
        """See `Store.subscriptions`."""
        rows = self._db.execute(
            "SELECT DISTINCT substr(id, 1, 14 + instr(substr(id || '/', 16), '/')) FROM resource"
        )
        named = {arm_id.subscription_of(prefix) for (prefix,) in rows}
        return sorted((named | set(self.collection().reached)) - {arm_id.ROOT})

    def under(self, parent_id: str, arm_type: str) -> Iterator[Resource]:
        """See `Store.under`."""
        return self._resources("WHERE parent = ? AND type = ? ORDER BY id", parent_id, arm_type)

    def inside(self, scope_id: str, arm_type: str) -> Iterator[Resource]:
        """See `Store.inside`."""
        # What begins with the id and a slash: "0" follows "/" in every collation used here.
        return self._resources(
            "WHERE type = ? AND id > ? || '/' AND id < ? || '0' ORDER BY id",
            arm_type,
            scope_id,
            scope_id,
        )

    def naming(self, target_id: str, relation: str) -> Iterator[Resource]:
        """See `Store.naming`."""
        return self._resources(
            "WHERE id IN (SELECT source FROM link WHERE target = ? AND relation = ?) ORDER BY id",
            target_id,
            relation,
        )

    def sight(self, scope_id: str, part: str) -> Gap | bool:
        """See `Store.sight`."""
        for row in self._db.execute(
            "SELECT * FROM gap WHERE scope = ? AND part = ?", (scope_id, part)
        ):
            return _gap(row)
        seen = self._db.execute("SELECT 1 FROM seen WHERE scope = ? AND part = ?", (scope_id, part))
        return seen.fetchone() is not None

    def gaps(self) -> Iterator[Gap]:
        """See `Store.gaps`."""
        inside = (
            gap
            for (packed,) in self._db.execute("SELECT gaps FROM resource WHERE gaps IS NOT NULL")
            for _, gap in _unpack_gaps(packed)
        )
        recorded = map(_gap, self._db.execute("SELECT * FROM gap"))
        return iter(sorted((*recorded, *inside), key=lambda gap: (gap.scope_id, gap.part)))

    def counts(self) -> Mapping[str, int]:
        """See `Store.counts`."""
        return dict(
            self._db.execute("SELECT type, count(*) FROM resource GROUP BY type ORDER BY type")
        )

    def collection(self) -> Collection:
        """See `Store.collection`."""
        (packed,) = self._db.execute("SELECT value FROM about WHERE key = 'collection'").fetchone()
        calls = dict(
            self._db.execute("SELECT status, count(*) FROM call GROUP BY status ORDER BY status")
        )
        return _unpack(packed, calls)

    def _resources(self, where: str, *values: str) -> Iterator[Resource]:
        """Yield the resources of a query."""
        columns = "id, type, name, body, api_version, gaps, call"
        query = f"SELECT {columns} FROM resource {where}"  # noqa: S608 - only texts of this module
        for each, arm_type, name, body, version, gaps, call in self._db.execute(query, values):
            source, at = self._origins[call]
            origin = Origin(source, version, at)
            packed = _unpack_gaps(gaps) if gaps else ()
            yield Resource(each, arm_type, name, json.loads(body), origin, packed)

    def _is_judged(self, resource_id: str) -> bool:
        """Tell whether a resource is asked for, itself or with what it lies under."""
        return self._judged is None or not self._judged.isdisjoint(arm_id.scopes_of(resource_id))

    def _asked_for(self, scope: Scope) -> frozenset[str]:
        """Return the ids that a scope asks for by name, and those that they refer to."""
        ids = {each for (each,) in self._db.execute("SELECT id FROM resource") if scope.holds(each)}
        links = self._db.execute("SELECT source, target FROM link")
        return frozenset(ids | {target for source, target in links if source in ids})


def is_snapshot(path: Path) -> bool:
    """Tell by its first bytes whether a file is a SQLite database."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def open_snapshot(path: Path, narrowed_to: Scope) -> Estate:
    """Return the estate of a snapshot file, of which only what a scope asks for is judged.

    Raises:
        AmlauditError: It is damaged, no snapshot, or of a version that this one cannot read.
    """
    try:
        db = _connect(f"{path.absolute().as_uri()}?mode=ro")
        try:
            return Estate(_checked(path, db, narrowed_to))
        except BaseException:
            db.close()
            raise
    except sqlite3.Error as error:
        raise _cannot_read(path, str(error)) from error


def _checked(path: Path, db: sqlite3.Connection, narrowed_to: Scope) -> SnapshotStore:
    """Return the store of an open file, if it is a whole snapshot of this version."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise _cannot_read(path, "it is a SQLite database, but no snapshot of amlaudit")
    if version != SCHEMA_VERSION:
        raise _cannot_read(path, f"it has schema {version}, this version reads {SCHEMA_VERSION}")
    if db.execute("PRAGMA quick_check").fetchone() != ("ok",):
        raise _cannot_read(path, "it is damaged")
    if db.execute("SELECT 1 FROM about").fetchone() is None:
        raise _cannot_read(path, "its collection was cut off before it began")
    return SnapshotStore(db, narrowed_to)


def _connect(name: str) -> sqlite3.Connection:
    """Return a connection that threads may share, in write-ahead mode where the file allows."""
    db = sqlite3.connect(name, uri=name.startswith("file:"), check_same_thread=False)
    with suppress(sqlite3.OperationalError):  # a read-only file keeps the mode it has
        db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def _pack(collection: Collection) -> str:
    """Return a collection as JSON text, without its calls, which have a table of their own."""
    fields = asdict(collection) | {"calls": {}}
    return json.dumps(fields, default=datetime.isoformat, sort_keys=True)


def _unpack(text: str, calls: Mapping[str, int]) -> Collection:
    """Return the collection that `_pack` wrote."""
    fields: dict[str, Any] = json.loads(text)
    scope = Scope(**{key: tuple(value) for key, value in fields.pop("scope").items()})
    started, ended = (fields.pop(key) for key in ("started_at", "ended_at"))
    return Collection(
        scope=scope,
        sources=tuple(fields["sources"]),
        principal=fields["principal"],
        tenant=fields["tenant"],
        started_at=datetime.fromisoformat(started) if started else None,
        ended_at=datetime.fromisoformat(ended) if ended else None,
        reached=tuple(fields["reached"]),
        calls=calls,
    )


def _pack_gaps(gaps: tuple[tuple[Steps, Gap], ...]) -> str | None:
    """Return the gaps inside a document as JSON text, None for none."""
    return json.dumps([(path, asdict(gap)) for path, gap in gaps]) if gaps else None


def _unpack_gaps(text: str) -> tuple[tuple[Steps, Gap], ...]:
    """Return the gaps that `_pack_gaps` wrote."""
    return tuple(
        (tuple(path), Gap(**{**gap, "reason": Reason(gap["reason"])}))
        for path, gap in json.loads(text)
    )


def _gap(row: tuple[str, str, str, str, str]) -> Gap:
    """Return the gap of a row."""
    scope_id, part, reason, detail, permission = row
    return Gap(scope_id, part, Reason(reason), detail, permission)


def _cannot_write(path: Path | None, cause: str) -> AmlauditError:
    """Return the error for a snapshot that cannot be written."""
    return AmlauditError(
        "E301",
        f"Cannot write snapshot {path or 'to the temporary folder'}",
        cause=cause,
        advice="choose another place with --save-snapshot",
        exit_code=Exit.INPUT_OUTPUT,
    )


def _cannot_read(path: Path, cause: str) -> AmlauditError:
    """Return the error for a snapshot that cannot be read."""
    return AmlauditError(
        "E302",
        f"Cannot read snapshot {path}",
        cause=cause,
        advice="collect it again",
        exit_code=Exit.INPUT_OUTPUT,
    )

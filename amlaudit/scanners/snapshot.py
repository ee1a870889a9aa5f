"""The snapshot: one SQLite file that holds an estate, so that every audit can be repeated offline.

One row for each resource with its ARM document, one for each gap, one for each call made. The file
is complete only if it says when its collection ended; one that was cut off by whatever means opens
all the same, and everything nobody vouches for in it is a gap.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from amlaudit.core.collection import Collection
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate, attached_to, links_of
from amlaudit.core.gap import Gap
from amlaudit.core.resource import Resource
from amlaudit.scanners.snapshot_store import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    SnapshotStore,
    connect,
    is_snapshot,
    open_snapshot,
    pack,
    pack_gaps,
)

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
            self._db = connect(str(self._partial or _TEMPORARY))
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise _cannot_write(path, str(error)) from error

    def close(self) -> None:
        """Close the file as it is; without `finish` it stays incomplete."""
        self._db.close()

    def begin(self, collection: Collection) -> None:
        """Note what is to be collected, and that it has not ended."""
        with self._lock, self._db:
            self._db.execute("REPLACE INTO about VALUES ('collection', ?)", (pack(collection),))

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
                        pack_gaps(resource.gaps),
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


def _cannot_write(path: Path | None, cause: str) -> AmlauditError:
    """Return the error for a snapshot that cannot be written."""
    return AmlauditError(
        "E301",
        f"Cannot write snapshot {path or 'to the temporary folder'}",
        cause=cause,
        advice="choose another place with --save-snapshot",
        exit_code=Exit.INPUT_OUTPUT,
    )

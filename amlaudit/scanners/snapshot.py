"""The snapshot: one SQLite file that holds an estate, so that every audit can be repeated offline.

It has one row for each resource with its ARM document, one for each gap and one for each call made.
The file is complete only if it records when its collection ended; an interrupted one can still be
opened, and everything in it that was not confirmed as read is a gap.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copyfile
from typing import Final, Self

from amlaudit import __version__
from amlaudit.core.arm_id import ROOT
from amlaudit.core.collection import Collection
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap
from amlaudit.core.references import attached_to, groups_above, links_of
from amlaudit.core.resource import Resource
from amlaudit.core.scope import Scope
from amlaudit.scanners.call import Call
from amlaudit.scanners.journal import Journal, row_of
from amlaudit.scanners.snapshot_packing import pack, pack_gaps, unpack
from amlaudit.scanners.snapshot_schema import (
    APPLICATION_ID,
    SCHEMA,
    is_under,
    text_of,
    value_in,
)
from amlaudit.scanners.snapshot_store import (
    SnapshotStore,
    connect,
    is_cut,
    is_snapshot,
    open_snapshot,
)

_TEMPORARY: Final = ""
"""SQLite's name for an on-disk database that is deleted when closed."""


class SnapshotWriter:
    """Writes a snapshot during collection; safe to share between threads.

    The file is written next to its final name and renamed once complete, so that a name without
    `.partial` always denotes a whole collection. If the context manager is left before that, the
    file is closed as it is, and another writer may resume it.

    Attributes:
        journal: Which reads of the collection are done.
    """

    def __init__(self, path: Path | None = None, *, resume: bool = False) -> None:
        """Begin a snapshot.

        Args:
            path: Path of the file; None: on disk, but only for as long as it is open.
            resume: Continue what an earlier writer left there, if anything.

        Raises:
            AmlauditError: The file cannot be written, is being written by another process, or is
                not a snapshot.
        """
        self._path = path
        self._partial = partial_of(path) if path else None
        self._lock = threading.RLock()
        self._depth = 0
        self._handed_over = False
        try:
            if path and path.exists() and not is_snapshot(path):
                raise _cannot_write(path, "the file exists and is not a snapshot")
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._connect(resume=resume)
        except (OSError, sqlite3.Error) as error:
            raise _cannot_write(path, _message(error)) from error
        self.journal = Journal(self._db, self.transaction)

    def _connect(self, *, resume: bool) -> sqlite3.Connection:
        """Return a connection to a file with the schema, empty unless it is resumed.

        A snapshot cut off by its deadline is kept until another takes its place.
        """
        if resume and self._path and self._partial and not self._partial.exists():
            _copy_if_cut(self._path, self._partial)
        if self._partial and self._partial.exists():
            db = _alone(self._partial)
            (kind,) = db.execute("PRAGMA application_id").fetchone()
            if resume and kind == APPLICATION_ID:
                return db
            db.close()
            self._partial.unlink()
        db = _alone(self._partial) if self._partial else connect(_TEMPORARY)
        try:
            db.executescript(SCHEMA)
        except BaseException:
            db.close()
            raise
        return db

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file, unless it was finished."""
        self.close()

    def close(self) -> None:
        """Close the file as it is; without `finish` it remains incomplete."""
        with self._lock:  # an abandoned thread may still be writing
            if not self._handed_over:
                self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything added in the block, or nothing, however the process ends.

        Raises:
            AmlauditError: It cannot be stored, for example because the disk is full.
        """
        with self._lock:
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._db.commit()
            except BaseException as error:
                with suppress(sqlite3.Error):
                    self._db.rollback()
                if isinstance(error, sqlite3.OperationalError):
                    raise _cannot_write(self._path, _message(error)) from error
                raise
            finally:
                self._depth -= 1

    def take_over(self, snapshot: Path) -> None:
        """Copy everything from another snapshot into a file that holds nothing yet.

        Raises:
            AmlauditError: It cannot be read.
        """
        try:
            self._db.execute("ATTACH DATABASE ? AS other", (str(snapshot),))
            with self.transaction():
                for table in ("call", "resource", "link", "seen", "gap"):
                    self._db.execute(
                        f"INSERT INTO main.{table} SELECT * FROM other.{table}"  # noqa: S608 - our own names
                    )
            self._db.execute("DETACH DATABASE other")
        except sqlite3.Error as error:
            raise _cannot_write(self._path, f"{snapshot} cannot be copied: {error}") from error

    def remove(self, resource_id: str) -> None:
        """Remove a resource and everything under it."""
        with self.transaction():
            for table, column in (("resource", "id"), ("link", "source")):
                self._db.execute(
                    f"DELETE FROM {table} WHERE {column} = ?"  # noqa: S608 - our own names
                    f" OR {is_under(column)}",
                    (resource_id, resource_id, resource_id),
                )

    def begin(self, collection: Collection) -> None:
        """Record what is to be collected, and that the collection has not ended."""
        about = (("collection", pack(collection)), ("version", __version__))
        with self.transaction():
            self._db.executemany("REPLACE INTO about VALUES (?, ?)", about)

    def begun(self) -> tuple[Collection, str] | None:
        """Return what is being collected, and by which version; None if nothing was begun.

        Raises:
            AmlauditError: The file left by an earlier writer is damaged.
        """
        try:
            about = dict(self._db.execute("SELECT key, value FROM about"))
            return (unpack(about["collection"], {}), about.get("version", "")) if about else None
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            raise _cannot_write(self._path, f"the existing file is damaged: {error}") from error

    def add_call(self, call: Call) -> int:
        """Record a call, and return its number."""
        row = (call.method, call.path, call.api_version, call.status, call.at.isoformat())
        with self.transaction():
            cursor = self._db.execute(
                "INSERT INTO call (method, path, api_version, status, at) VALUES (?, ?, ?, ?, ?)",
                row,
            )
        return int(cursor.lastrowid or 0)

    def add_resources(self, resources: Iterable[Resource], call: int) -> None:
        """Store resources returned by a call; a later document of an id replaces an earlier one."""
        kept = {each.id: each for each in resources}.values()
        with self.transaction():
            self._db.executemany(
                "REPLACE INTO resource VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                ((*_row(each), call) for each in kept),
            )
            self._db.executemany("DELETE FROM link WHERE source = ?", ((each.id,) for each in kept))
            self._db.executemany(
                "INSERT OR IGNORE INTO link VALUES (?, ?, ?)",
                ((each.id, *link) for each in kept for link in links_of(each)),
            )

    def add_seen(self, scope_id: str, *parts: str) -> None:
        """Record that all resources of some types under a scope were read."""
        with self.transaction():
            self._db.executemany(
                "INSERT OR IGNORE INTO seen VALUES (?, ?)", ((scope_id, part) for part in parts)
            )

    def add_gap(self, gap: Gap) -> None:
        """Record what could not be read; of several reasons one is kept, regardless of order."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO gap VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " reason = excluded.reason, detail = excluded.detail,"
                " permission = excluded.permission"
                " WHERE (excluded.reason, excluded.detail) < (reason, detail)",
                row_of(gap),
            )

    def types_seen(self) -> set[str]:
        """Return the types of which all resources of some scope were read."""
        with self._lock:
            found = self._db.execute("SELECT DISTINCT part FROM seen").fetchall()
        return {arm_type for (arm_type,) in found}

    def forget_seen(self, scope_id: str, part: str) -> None:
        """Withdraw that all resources of a type were read, in a scope and under it."""
        above = "" if scope_id == ROOT else scope_id
        with self.transaction():
            self._db.execute(
                f"DELETE FROM seen WHERE part = ? AND (scope = ? OR {is_under('scope')})",  # noqa: S608 - our own text
                (part, scope_id, above, above),
            )

    def ids_of_type(self, arm_type: str, scope_id: str = "") -> list[str]:
        """Return the ids of all resources of a type under a scope found so far, in order."""
        where = f"type = ? AND {is_under('id')}"
        query = f"SELECT id FROM resource WHERE {where} ORDER BY id"  # noqa: S608 - our own text
        with self._lock:
            found = self._db.execute(query, (arm_type, scope_id, scope_id)).fetchall()
        return [resource_id for (resource_id,) in found]

    def groups_above(self, subscription_id: str) -> list[str]:
        """Return the ids of the management groups above a subscription, as far as known."""
        query = "SELECT body FROM resource WHERE id = ?"
        with self._lock:
            found = self._db.execute(query, (subscription_id,)).fetchone()
        return (groups_above(value_in(found[0])) or []) if found else []

    def path_of(self, resource_id: str) -> str:
        """Return the path of the call that returned a resource, empty if there is none."""
        query = "SELECT path FROM call JOIN resource ON call.id = call WHERE resource.id = ?"
        with self._lock:
            found = self._db.execute(query, (resource_id,)).fetchone()
        return str(found[0]) if found else ""

    def linked_from(self, is_source: Callable[[str], bool]) -> set[str]:
        """Return the ids that some resources refer to.

        Args:
            is_source: Tells from a resource's id whether it is one of them.
        """
        with self._lock:
            links = self._db.execute("SELECT source, target FROM link").fetchall()
        return {target for source, target in links if is_source(source)}

    def counted(self, scope_id: str) -> tuple[int, int]:
        """Return the number of resources and of gaps at a scope and under it so far."""
        gaps = "(SELECT scope, part FROM gap UNION SELECT scope, part FROM cut)"
        with self._lock:
            found = [
                self._db.execute(
                    f"SELECT count(*) FROM {table} WHERE {column} = ?"  # noqa: S608 - our own names
                    f" OR {is_under(column)}",
                    (scope_id, scope_id, scope_id),
                ).fetchone()[0]
                for table, column in (("resource", "id"), (gaps, "scope"))
            ]
        return found[0], found[1]

    def cut_off(self, scope: Scope) -> Estate:
        """Return the estate as far as it was read; a file stays partial so that it can be resumed.

        Args:
            scope: The requested scope.
        """
        self._handed_over = True
        return Estate(SnapshotStore(self._db, scope))

    def resume(self, collection: Collection) -> None:
        """Record that a collection that had ended, cut off by its deadline, is resumed."""
        with self.transaction():
            self.begin(collection)
            self.journal.reopen()

    def finish(self, collection: Collection) -> Estate:
        """Record the end of the collection, give the file its final name, and return its estate."""
        with self.transaction():
            self.begin(collection)
            self.journal.end()
        if self._path is None or self._partial is None:
            self._handed_over = True
            return Estate(SnapshotStore(self._db, collection.scope))
        try:
            self._db.execute("PRAGMA journal_mode = DELETE")
            self._db.close()
            self._partial.replace(self._path)
        except (OSError, sqlite3.Error) as error:
            raise _cannot_write(self._path, _message(error)) from error
        return open_snapshot(self._path, collection.scope)


def _row(resource: Resource) -> tuple[str | None, ...]:
    """Return a resource as a database row, without its call."""
    return (
        resource.id,
        resource.type,
        resource.name,
        attached_to(resource.id, resource.type, resource.body),
        text_of(resource.body),
        resource.origin.api_version,
        pack_gaps(resource.gaps),
        text_of([*resource.place, resource.lines]) if resource.place else None,
    )


def partial_of(path: Path) -> Path:
    """Return the path of a snapshot that is not complete yet."""
    return path.with_name(path.name + ".partial")


def _copy_if_cut(path: Path, partial: Path) -> None:
    """Copy a snapshot if it can be resumed.

    Raises:
        OSError: It cannot be copied.
    """
    if path.exists() and is_cut(path):
        copying = partial.with_name(partial.name + ".copy")
        copyfile(path, copying)
        copying.replace(partial)


def _alone(path: Path) -> sqlite3.Connection:
    """Return a connection to a file that nobody else can open in the meantime.

    Raises:
        sqlite3.Error: Another process has it open, or it is not a database.
    """
    db = sqlite3.connect(path, timeout=0, check_same_thread=False)
    try:
        # Without shared memory: the lock belongs to the process, and disappears with it.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.executescript("BEGIN IMMEDIATE; COMMIT;")
    except BaseException:
        db.close()
        raise
    return db


def _message(error: OSError | sqlite3.Error) -> str:
    """Return the message of an error, in helpful words."""
    if getattr(error, "sqlite_errorname", "") == "SQLITE_BUSY":
        return "another collection is writing to it"
    return getattr(error, "strerror", None) or str(error)


def _cannot_write(path: Path | None, cause: str) -> AmlauditError:
    """Return the error for a snapshot that cannot be written."""
    return AmlauditError(
        "E301",
        f"Cannot write snapshot {path or 'to the temporary folder'}",
        cause=cause,
        advice="free some space there, or choose another location",
        exit_code=Exit.INPUT_OUTPUT,
    )

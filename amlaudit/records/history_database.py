"""The database file of a history: opened without trusting it, and changed atomically."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.databases import distrust, foreign_parts, misfits
from amlaudit.records.history_schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION, TABLES
from amlaudit.sizes import is_there

_CREATE_IT: Final = "create it with `amlaudit history add REPORT`, or use another file with --db"
_ELSEWHERE: Final = "make its folder writable, or choose another path"
_AGAIN: Final = "its earlier content is unchanged; free the disk or the file, and try again"
_ANOTHER: Final = "use a history that amlaudit wrote, or the name of a new one"
_PATIENCE: Final = 60
"""Seconds to wait for another process that is writing."""


class HistoryDatabase:
    """The rows of a history; see `amlaudit.records.history_file`.

    Every change is one transaction that waits for its turn, so that concurrent runs, a full disk or
    a killed process leave either the old or the new state, and nothing in between.
    """

    def __init__(self, path: Path, *, create: bool) -> None:
        """Open a file; see `HistoryFile`."""
        self._path = path
        with self._failures_reported("write" if create and not is_there(path) else "read"):
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
            elif not path.is_file():
                raise self._refused("read", "file not found", _CREATE_IT)
            self._db = self._connect(create=create)
        try:
            with self.reading():
                self._refuse_other_files()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been stored in it yet."""
        return not self.rows("SELECT 1 FROM sqlite_schema")

    def rows(self, query: str, *values: object) -> list[Any]:
        """Return the rows of a query."""
        return self._db.execute(query, values).fetchall()

    def one(self, query: str, *values: object) -> Any:  # noqa: ANN401 - a row of any columns
        """Return the first row of a query, None if there is none."""
        return self._db.execute(query, values).fetchone()

    def change(self, statement: str, *values: object) -> None:
        """Execute a change; only while writing."""
        self._db.execute(statement, values)

    def change_each(self, statement: str, rows: Iterator[tuple[object, ...]]) -> None:
        """Execute a change once for each row; only while writing."""
        self._db.executemany(statement, rows)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read a consistent state of the file, regardless of concurrent writers.

        Raises:
            AmlauditError: It cannot be read, or is damaged.
        """
        with self._failures_reported("read"):
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.rollback()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Commit everything changed in the block, or nothing, however the process ends.

        Raises:
            AmlauditError: It cannot be written; its content is unchanged.
        """
        with self._failures_reported("write"):
            if self.is_empty:
                self._db.execute("PRAGMA auto_vacuum = FULL")  # deleted data leaves no holes
            self._db.execute("BEGIN IMMEDIATE")
            try:
                if self.is_empty:
                    self._create_tables()
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite rolls back by itself if the disk is full
                    self._db.execute("ROLLBACK")
                raise

    def _create_tables(self) -> None:
        """Create the tables."""
        for statement in TABLES:
            self._db.execute(statement)
        self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _connect(self, *, create: bool) -> sqlite3.Connection:
        """Return a connection; read-only if the file is not writable."""
        mode = "rwc" if create else "rw" if os.access(self._path, os.W_OK) else "ro"
        name = f"{self._path.absolute().as_uri()}?mode={mode}"
        db = sqlite3.connect(name, timeout=_PATIENCE, uri=True, isolation_level=None)
        distrust(db)
        return db

    def _refuse_other_files(self) -> None:
        """Raise if the file is not a history that this version reads."""
        if self.is_empty:
            return
        (kind,) = self.one("PRAGMA application_id")
        (version,) = self.one("PRAGMA user_version")
        if kind != APPLICATION_ID:
            raise self._no_history("it is a SQLite database, but not an amlaudit history")
        if version != SCHEMA_VERSION:
            raise self._no_history(f"it has schema {version}, this version reads {SCHEMA_VERSION}")
        if foreign := foreign_parts(self._db, SCHEMA):
            raise self._no_history(f"it contains unexpected parts: {', '.join(foreign[:3])}")
        if wrong := misfits(self._db):
            raise self._no_history(f"it is damaged: wrong type in {', '.join(wrong[:3])}")

    @contextmanager
    def _failures_reported(self, action: str) -> Iterator[None]:
        """Turn any failure to read or write into one error that says what happened."""
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            busy = f"another run has been writing for {_PATIENCE} seconds"
            cause = busy if name == "SQLITE_BUSY" else str(error)
            advice = _ANOTHER if name == "SQLITE_NOTADB" else _AGAIN
            raise self._refused(
                action, cause, advice if is_there(self._path) else _ELSEWHERE
            ) from error
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            cause = getattr(error, "strerror", None) or f"it is damaged: {error}"
            raise self._refused(
                action, cause, "" if is_there(self._path) else _ELSEWHERE
            ) from error

    def _no_history(self, cause: str) -> AmlauditError:
        """Return the error for a file that is not a history."""
        return self._refused("read", cause, "use a file written by `amlaudit history add`")

    def _refused(self, action: str, cause: str, advice: str) -> AmlauditError:
        """Return the error for a file that cannot be read or written."""
        return AmlauditError(
            "E301" if action == "write" else "E302",
            f"Cannot {action} history {self._path}",
            cause=cause,
            advice=advice,
            exit_code=Exit.INPUT_OUTPUT,
        )

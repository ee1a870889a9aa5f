"""The journal of a running collection: completed reads, so that no other run repeats them.

It is stored in the snapshot, with each entry committed together with the read's result, and removed
when everything has been read. A snapshot whose collection was cut off by its deadline keeps it,
with the gaps that exist only for that reason.
"""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Final

from msgspec import Struct

from amlaudit.core.arm_id import encodable
from amlaudit.core.gap import Gap

GAP_COLUMNS: Final = """(
    scope TEXT,
    part TEXT,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (scope, part)
) WITHOUT ROWID"""
"""Columns of gaps, and of cut reads, which become gaps unchanged."""
JOURNAL_SCHEMA: Final = f"""
CREATE TABLE step (key TEXT PRIMARY KEY, next TEXT, done INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE step_row (step TEXT, row TEXT, PRIMARY KEY (step, row)) WITHOUT ROWID;
CREATE TABLE cut {GAP_COLUMNS};
"""


class Step(Struct, frozen=True):
    """One read of a collection: a document, a list with all its pages, a graph query.

    Attributes:
        key: What it reads.
        done: It has ended, successfully or not.
        next: Where it resumes; None: at the beginning.
    """

    key: str
    done: bool = False
    next: str | None = None


class Journal:
    """The steps of one collection; safe to share between threads."""

    def __init__(
        self, db: sqlite3.Connection, transaction: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """Store the journal in a snapshot.

        Args:
            db: The snapshot.
            transaction: Commits everything added in its block, or nothing.
        """
        self._db = db
        self._transaction = transaction

    def step(self, *what: str) -> Step:
        """Return how far a read has come."""
        key = sha256("\n".join(what).encode()).hexdigest()
        with self._transaction():
            query = "SELECT done, next FROM step WHERE key = ?"
            found = self._db.execute(query, (key,)).fetchone()
        return Step(key, bool(found[0]), found[1]) if found else Step(key)

    def rows(self, step: Step) -> frozenset[str]:
        """Return the rows that a step has stored for itself so far."""
        with self._transaction():
            found = self._db.execute("SELECT row FROM step_row WHERE step = ?", (step.key,))
            return frozenset(row for (row,) in found)

    def continues_at(self, step: Step, following: str, rows: Iterable[str] = ()) -> None:
        """Record where a read resumes, and the rows that it stores for itself."""
        with self._transaction():
            self._db.execute("REPLACE INTO step VALUES (?, ?, 0)", (step.key, following))
            self._keep(step, rows)

    def done(self, step: Step, rows: Iterable[str] | None = None) -> None:
        """Record that a read has ended.

        Args:
            step: The read.
            rows: Rows kept for later, in addition to those stored before; None: keep none of
                either.
        """
        with self._transaction():
            self._db.execute("REPLACE INTO step VALUES (?, NULL, 1)", (step.key,))
            if rows is None:
                self._db.execute("DELETE FROM step_row WHERE step = ?", (step.key,))
            else:
                self._keep(step, rows)

    def cut(self, gap: Gap) -> None:
        """Record what was not read because the time was up."""
        with self._transaction():
            self._db.execute("REPLACE INTO cut VALUES (?, ?, ?, ?, ?)", row_of(gap))

    @property
    def is_cut(self) -> bool:
        """Tell whether something was not read because the time was up."""
        with self._transaction():
            return has_cuts(self._db)

    def end(self) -> None:
        """Clear the journal if everything was read; else record what was not as gaps."""
        with self._transaction():
            if self.is_cut:  # a gap for another reason survives a resumption
                self._db.execute("INSERT OR IGNORE INTO gap SELECT * FROM cut")
                return
            for table in ("step", "step_row", "cut"):
                self._db.execute(f"DROP TABLE IF EXISTS {table}")

    def reopen(self) -> None:
        """Remove the gaps of what was not read because the time was up."""
        with self._transaction():
            self._db.execute(
                "DELETE FROM gap WHERE (scope, part, reason, detail, permission)"
                " IN (SELECT * FROM cut)"
            )
            self._db.execute("DELETE FROM cut")

    def _keep(self, step: Step, rows: Iterable[str]) -> None:
        """Store rows of a step."""
        self._db.executemany(
            "INSERT OR IGNORE INTO step_row VALUES (?, ?)", ((step.key, row) for row in rows)
        )


def has_cuts(db: sqlite3.Connection) -> bool:
    """Tell whether something was not read into a snapshot because the time was up."""
    is_there = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'cut'").fetchone()
    return bool(is_there and db.execute("SELECT 1 FROM cut").fetchone())


def row_of(gap: Gap) -> tuple[str, ...]:
    """Return a gap as a row."""
    texts = (gap.scope_id, gap.part, gap.reason, gap.detail, gap.permission)
    return tuple(map(encodable, texts))

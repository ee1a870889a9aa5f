"""The journal of a collection under way: which reads were made, so that no other run repeats them.

It lies in the snapshot, each entry committed together with what the read gave, and goes away when
all was read. A snapshot whose collection was cut off by its deadline keeps it, with the gaps that
are there for no other reason.
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
"""Of gaps, and of what is cut, which becomes a gap as it is."""
JOURNAL_SCHEMA: Final = f"""
CREATE TABLE step (key TEXT PRIMARY KEY, next TEXT, done INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE step_row (step TEXT, row TEXT, PRIMARY KEY (step, row)) WITHOUT ROWID;
CREATE TABLE cut {GAP_COLUMNS};
"""


class Step(Struct, frozen=True):
    """One read of a collection: a document, a list with all its pages, a graph query.

    Attributes:
        key: What it reads.
        done: It came to its end, good or bad.
        next: Where it goes on; None: at the beginning.
    """

    key: str
    done: bool = False
    next: str | None = None


class Journal:
    """The steps of one collection; safe to share between threads."""

    def __init__(
        self, db: sqlite3.Connection, together: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """Keep the journal in a snapshot.

        Args:
            db: The snapshot.
            together: Keeps all that is added meanwhile, or nothing.
        """
        self._db = db
        self._together = together

    def step(self, *what: str) -> Step:
        """Return how far a read came."""
        key = sha256("\n".join(what).encode()).hexdigest()
        with self._together():
            query = "SELECT done, next FROM step WHERE key = ?"
            found = self._db.execute(query, (key,)).fetchone()
        return Step(key, bool(found[0]), found[1]) if found else Step(key)

    def rows(self, step: Step) -> frozenset[str]:
        """Return what a step kept for itself so far."""
        with self._together():
            found = self._db.execute("SELECT row FROM step_row WHERE step = ?", (step.key,))
            return frozenset(row for (row,) in found)

    def goes_on(self, step: Step, following: str, rows: Iterable[str] = ()) -> None:
        """Note where a read goes on, and what it keeps for itself."""
        with self._together():
            self._db.execute("REPLACE INTO step VALUES (?, ?, 0)", (step.key, following))
            self._keep(step, rows)

    def done(self, step: Step, rows: Iterable[str] | None = None) -> None:
        """Note that a read came to its end.

        Args:
            step: The read.
            rows: What it keeps for later, with what it kept before; None: nothing of either.
        """
        with self._together():
            self._db.execute("REPLACE INTO step VALUES (?, NULL, 1)", (step.key,))
            if rows is None:
                self._db.execute("DELETE FROM step_row WHERE step = ?", (step.key,))
            else:
                self._keep(step, rows)

    def cut(self, gap: Gap) -> None:
        """Note what was not read because the time was up."""
        with self._together():
            self._db.execute("REPLACE INTO cut VALUES (?, ?, ?, ?, ?)", row_of(gap))

    @property
    def is_cut(self) -> bool:
        """Tell whether something was not read because the time was up."""
        with self._together():
            return has_cuts(self._db)

    def end(self) -> None:
        """Forget everything if all was read; else show as gaps what was not."""
        with self._together():
            if self.is_cut:  # a gap that is there for another reason stays after a resumption
                self._db.execute("INSERT OR IGNORE INTO gap SELECT * FROM cut")
                return
            for table in ("step", "step_row", "cut"):
                self._db.execute(f"DROP TABLE IF EXISTS {table}")

    def reopen(self) -> None:
        """Take back the gaps of what was not read because the time was up."""
        with self._together():
            self._db.execute(
                "DELETE FROM gap WHERE (scope, part, reason, detail, permission)"
                " IN (SELECT * FROM cut)"
            )
            self._db.execute("DELETE FROM cut")

    def _keep(self, step: Step, rows: Iterable[str]) -> None:
        """Keep rows of a step."""
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

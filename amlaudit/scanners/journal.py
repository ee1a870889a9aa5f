"""The journal of a collection under way: which reads were made, so that no other run repeats them.

It lies in the partial snapshot, each entry committed together with what the read gave, and goes
away when the collection is complete.
"""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

JOURNAL_SCHEMA: Final = """
CREATE TABLE step (key TEXT PRIMARY KEY, next TEXT, done INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE step_row (step TEXT, row TEXT, PRIMARY KEY (step, row)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Step:
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

    def end(self) -> None:
        """Forget everything: the collection is complete."""
        with self._together():
            self._db.execute("DROP TABLE IF EXISTS step")
            self._db.execute("DROP TABLE IF EXISTS step_row")

    def _keep(self, step: Step, rows: Iterable[str]) -> None:
        """Keep rows of a step."""
        self._db.executemany(
            "INSERT OR IGNORE INTO step_row VALUES (?, ?)", ((step.key, row) for row in rows)
        )

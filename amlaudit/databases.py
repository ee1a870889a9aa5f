"""SQLite files that may come from others: nothing that they bring is run, only our rows are read.

What SQLite advises for such files: https://www.sqlite.org/security.html
"""

import sqlite3
from typing import Final

_LONGEST_VALUE: Final = 2**28
"""Bytes of one value; the largest is a document."""


def distrust(db: sqlite3.Connection) -> None:
    """Let nothing that a file brings be run, and nothing in it be larger than a document."""
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    db.execute("PRAGMA mmap_size = 0")
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)


def foreign_parts(db: sqlite3.Connection, schema: str) -> list[str]:
    """Return the names of what a schema does not have: views, triggers, other tables and columns.

    A view in the place of a table could keep its reader busy for ever, or show what is not there.
    """
    ours = sqlite3.connect(":memory:")
    try:
        ours.executescript(schema)
        return sorted(name for _, name, _ in _parts(db) - _parts(ours))
    finally:
        ours.close()


def misfits(db: sqlite3.Connection) -> list[str]:
    """Return the names of columns that hold what they are not made for, as damage leaves it.

    SQLite takes the type of a value from the value itself, not from its column, whatever the column
    says: https://www.sqlite.org/datatype3.html
    """
    tables = [name for kind, name, _ in _parts(db) if kind == "table"]
    return sorted(f"{table}.{column}" for table in tables for column in _misfits(db, table))


def _misfits(db: sqlite3.Connection, table: str) -> list[str]:
    """Return the names of the columns of a table that hold what they are not made for."""
    made_for: dict[str, tuple[str, ...]] = {}
    for _, name, kind, is_needed, _, in_key in db.execute(f"PRAGMA table_info({table})"):
        made_for[name] = (kind.lower(),) if is_needed or in_key else (kind.lower(), "null")
    wrong = ", ".join(
        f"max(typeof({name}) NOT IN ({', '.join(repr(kind) for kind in kinds)}))"
        for name, kinds in made_for.items()
    )
    found = db.execute(f"SELECT {wrong} FROM {table}").fetchone()  # noqa: S608 - names of our schema
    return [name for name, is_wrong in zip(made_for, found, strict=True) if is_wrong]


def _parts(db: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """Return (kind, name, definition) of all that a file is made of."""
    return set(db.execute("SELECT type, name, ifnull(sql, '') FROM sqlite_schema"))

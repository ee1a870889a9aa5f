"""Untrusted SQLite files: nothing in them is executed, and only rows of our schema are read.

SQLite's advice for such files: https://www.sqlite.org/security.html
"""

import sqlite3
from typing import Final

_LONGEST_VALUE: Final = 2**28
"""Maximum bytes of one value; the largest values are documents."""


def distrust(db: sqlite3.Connection) -> None:
    """Prevent execution of anything in a file, and limit its values to the size of a document."""
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    db.execute("PRAGMA mmap_size = 0")
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)


def foreign_parts(db: sqlite3.Connection, schema: str) -> list[str]:
    """Return the names of what is not in a schema: views, triggers, other tables and columns.

    A view in place of a table could keep its reader busy for ever, or show rows that do not exist.
    """
    ours = sqlite3.connect(":memory:")
    try:
        ours.executescript(schema)
        return sorted(name for _, name, _ in _parts(db) - _parts(ours))
    finally:
        ours.close()


def misfits(db: sqlite3.Connection) -> list[str]:
    """Return the names of columns that contain values of the wrong type, as damage can cause.

    SQLite takes the type of a value from the value itself, whatever type its column declares:
    https://www.sqlite.org/datatype3.html
    """
    tables = [name for kind, name, _ in _parts(db) if kind == "table"]
    return sorted(f"{table}.{column}" for table in tables for column in _misfits(db, table))


def _misfits(db: sqlite3.Connection, table: str) -> list[str]:
    """Return the names of the columns of a table that contain values of the wrong type."""
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
    """Return (kind, name, definition) of every object in the schema of a file."""
    return set(db.execute("SELECT type, name, ifnull(sql, '') FROM sqlite_schema"))

"""What a snapshot is made of; a file that is made of anything else is refused."""

import json
import sqlite3
from typing import Any, Final

from amlaudit.scanners.journal import JOURNAL_SCHEMA

APPLICATION_ID: Final = 0x616D6C61
"""Spells "amla" in the file's header, see https://www.sqlite.org/fileformat.html#application_id."""
SCHEMA_VERSION: Final = 2

SCHEMA: Final = f"""
BEGIN;
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
    place TEXT,
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
{JOURNAL_SCHEMA}
COMMIT;
"""

_LONGEST_VALUE: Final = 2**28
"""Bytes of one value; the largest is a document."""


def distrust(db: sqlite3.Connection) -> None:
    """Let nothing that a file brings with it be run, and nothing in it be larger than a document.

    What SQLite advises for files from others: https://www.sqlite.org/security.html
    """
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    db.execute("PRAGMA mmap_size = 0")
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)


def foreign_parts(db: sqlite3.Connection) -> list[str]:
    """Return the names of what a snapshot does not have: views, triggers, other tables and columns.

    A view in the place of a table could keep its reader busy for ever, or show what is not there.
    """
    ours = sqlite3.connect(":memory:")
    try:
        ours.executescript(SCHEMA)
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


def document_in(text: str) -> dict[str, Any]:
    """Return the document that a body holds.

    Raises:
        ValueError: It holds none.
    """
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(f"a {type(value).__name__} in the place of a document")  # noqa: TRY004 - as of other damage
    return value


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

"""The schema of a history; a file with any other schema is rejected."""

from typing import Final

APPLICATION_ID: Final = 0x616D6C68
"""Spells "amlh" in the file's header, see https://www.sqlite.org/fileformat.html#application_id."""
SCHEMA_VERSION: Final = 1

TABLES: Final = (
    """CREATE TABLE series (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    about TEXT NOT NULL,
    begins TEXT NOT NULL
)""",
    """CREATE TABLE run (
    number INTEGER PRIMARY KEY,
    series INTEGER NOT NULL REFERENCES series (number),
    at TEXT NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    coverage REAL NOT NULL,
    fails TEXT NOT NULL,
    version TEXT NOT NULL,
    asked BLOB NOT NULL,
    standings BLOB NOT NULL,
    UNIQUE (series, at)
)""",
    """CREATE TABLE topic (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    rule_id TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    subject_key TEXT NOT NULL
)""",
    """CREATE TABLE standing (
    number INTEGER PRIMARY KEY,
    status TEXT NOT NULL,
    severity TEXT NOT NULL,
    waived INTEGER NOT NULL,
    teams TEXT NOT NULL,
    UNIQUE (status, severity, waived, teams)
)""",
    """CREATE TABLE carried (
    series INTEGER NOT NULL REFERENCES series (number),
    topic INTEGER NOT NULL REFERENCES topic (number),
    was_fixed INTEGER NOT NULL,
    opened TEXT,
    last_seen TEXT,
    standing INTEGER REFERENCES standing (number),
    from_start INTEGER,
    reopened INTEGER,
    PRIMARY KEY (series, topic)
) WITHOUT ROWID""",
)
"""A run's states are pairs of numbers, of a topic and its state: two columns, packed. As rows they
would take fifty times the space, and they are always needed as a whole."""

SCHEMA: Final = ";\n".join(TABLES) + ";"

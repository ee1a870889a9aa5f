"""The schema of a snapshot; a file with any other schema is rejected."""

import json
from typing import Any, Final

from msgspec import to_builtins
from msgspec.json import Decoder, Encoder

from amlaudit.scanners.journal import GAP_COLUMNS, JOURNAL_SCHEMA

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
CREATE TABLE gap {GAP_COLUMNS};
{JOURNAL_SCHEMA}
COMMIT;
"""


def is_under(column: str) -> str:
    """Return the SQL condition that a column has an id under another one, which is bound twice.

    Everything that begins with that id and a slash: "0" follows "/" in every collation used here.
    """
    return f"{column} > ? || '/' AND {column} < ? || '0'"


_decode: Final = Decoder().decode
_encode: Final = Encoder().encode
_encode_all: Final = json.JSONEncoder(separators=(",", ":"), default=to_builtins).encode


def text_of(value: object) -> str:
    """Return the JSON text for a value, possibly containing records, as stored in a snapshot.

    The fast encoder accepts less than Python reads, and writes `null` for `NaN`.
    """
    try:
        text = _encode(value).decode()
    except (ValueError, TypeError):
        return _encode_all(value)
    return _encode_all(value) if "null" in text else text


def value_in(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON value of a text stored in a snapshot.

    The fast decoder reads less than Python writes: no half of a surrogate pair, no `NaN`.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is nested too deeply.
    """
    try:
        return _decode(text)
    except (ValueError, RecursionError):
        return json.loads(text)


def document_in(text: str) -> dict[str, Any]:
    """Return the document in a body.

    Raises:
        ValueError: It is not a document.
        RecursionError: It is nested too deeply.
    """
    value = value_in(text)
    if not isinstance(value, dict):
        raise ValueError(f"a {type(value).__name__} instead of a document")  # noqa: TRY004 - as of other damage
    return value

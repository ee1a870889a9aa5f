"""What a snapshot file holds, told so that two of them can be compared."""

import sqlite3
from pathlib import Path
from typing import Any, Final

from tests.loopback.wire import Request

_TABLES: Final = {
    "resource": "id, type, name, parent, body, api_version, gaps",
    "link": "source, relation, target",
    "seen": "scope, part",
    "gap": "scope, part, reason, detail, permission",
}
"""What a snapshot holds, but for the times and the numbers of its calls."""


def content(path: Path) -> dict[str, list[Any]]:
    """Return what a snapshot holds."""
    db = sqlite3.connect(path)
    try:
        found = {
            table: sorted(db.execute(f"SELECT {columns} FROM {table}"), key=repr)  # noqa: S608
            for table, columns in _TABLES.items()
        }
        calls = "SELECT DISTINCT method, path, api_version, status FROM call"
        return {**found, "call": sorted(db.execute(calls))}
    finally:
        db.close()


def told(request: Request) -> tuple[str, ...]:
    """Return what tells a request from others."""
    return (request.method, request.path, str(sorted(request.query.items())), str(request.body))

"""The contents of a snapshot file, in a form that can be compared."""

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any, Final

from tests.loopback.wire import Request

_TABLES: Final = {
    "resource": "id, type, name, parent, body, api_version, gaps",
    "link": "source, relation, target",
    "seen": "scope, part",
    "gap": "scope, part, reason, detail, permission",
}
"""The contents of a snapshot, except for the times and the numbers of its calls."""


def content(path: Path) -> dict[str, list[Any]]:
    """Return the contents of a snapshot."""
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
    """Return what identifies a request."""
    return (request.method, request.path, str(sorted(request.query.items())), str(request.body))


def completed_calls(path: Path) -> Counter[tuple[str, str]]:
    """Return method and path of the calls in a partial snapshot that need not be repeated."""
    completed = "SELECT method, path FROM call WHERE status IN ('200', '403', '404')"
    db = sqlite3.connect(path)
    try:
        return Counter(db.execute(completed))
    except sqlite3.OperationalError:  # killed before there was a table
        return Counter()
    finally:
        db.close()


def needless(
    first: Counter[tuple[str, ...]],
    completed: Counter[tuple[str, str]],
    second: Counter[tuple[str, ...]],
) -> Counter[tuple[str, str]]:
    """Return the requests that a resumed collection need not have made.

    What was answered but not yet stored when the first run ended is requested again, nothing else.

    Args:
        first: The requests of the first run, as identified by `told`.
        completed: Those of them whose results were stored.
        second: The requests of the resumed run.
    """
    lost = _by_path(first) - completed
    return _by_path(first & second) - lost


def _by_path(requests: Counter[tuple[str, ...]]) -> Counter[tuple[str, str]]:
    """Return how many requests there were per method and path."""
    found = Counter[tuple[str, str]]()
    for (method, path, *_), times in requests.items():
        found[method, path] += times
    return found

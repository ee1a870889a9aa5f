"""Helpers for JSON values of unknown shape."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

SCALARS: Final = frozenset({str, bool, int, float, type(None)})
"""Types of JSON values that contain no others; most are."""


def object_of(value: object) -> Mapping[str, Any]:
    """Return a JSON value if it is an object, else an empty one: input may be malformed."""
    return value if isinstance(value, Mapping) else {}


def objects_of(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a list; nothing if the value is not a list."""
    yield from (each for each in (value if isinstance(value, list) else ()) if object_of(each))

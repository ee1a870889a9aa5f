"""Helpers for JSON values of unknown shape."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from amlaudit.strict_json import load_json

SCALARS: Final = frozenset({str, bool, int, float, type(None)})
"""Types of JSON values that contain no others; most are."""


def object_of(value: object) -> Mapping[str, Any]:
    """Return a JSON value if it is an object, else an empty one: input may be malformed."""
    if type(value) is dict:  # most are, and an abstract class takes three times as long
        return value
    return value if isinstance(value, Mapping) else {}


def objects_of(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a list; nothing if the value is not a list."""
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, Mapping))


def object_in(text: object) -> Mapping[str, Any] | None:
    """Return the JSON object that a text holds, None if it is no text or holds anything else."""
    if not (isinstance(text, str) and text.startswith("{")):
        return None
    try:
        value = load_json(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, Mapping) else None

"""Reads members of JSON objects as the types they must have.

Each function raises KeyError, TypeError or ValueError if a member is something else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeAlias, TypeVar

from amlaudit.core.patterns import late_pattern

Noun = TypeVar("Noun")

Fields: TypeAlias = Mapping[str, Any]
"""A JSON object."""

WRONG: Final = (KeyError, TypeError, ValueError, AttributeError)
"""Exceptions raised when reading a noun from something else."""

_HIDING: Final = late_pattern(
    r"[^\t\n\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\U0010ffff]"
)
"""Control characters, other line breaks, characters that change the text direction, and halves of
characters, which no file can hold."""
_SHOWN: Final = 40
"""Maximum number of characters of a text in an error."""


def text(fields: Fields, key: str) -> str:
    """Return a required text."""
    value = fields[key]
    if not isinstance(value, str):
        raise TypeError(f'"{key}" must be a string')
    return value


def line(fields: Fields, key: str, default: str | None = None) -> str:
    """Return a rule's one-line text without hidden characters; see `line_of`."""
    return line_of(text(fields, key) if default is None or key in fields else default)


def line_of(value: str) -> str:
    """Return a rule's text if it is a single line.

    Texts of rules appear in scripts, comments and terminals, where an additional line is an
    additional command; a report may come from others.

    Raises:
        ValueError: It has further lines, or hides something.
    """
    if "\n" in value:
        raise ValueError(f"{value[:_SHOWN]!r} must be a single line")
    return shown(value)


def shown(value: str) -> str:
    """Return a rule's text if it hides nothing.

    Raises:
        ValueError: It contains a terminal control character, one that changes the text direction,
            or half of one.
    """
    if _HIDING.search(value):
        raise ValueError(f"{value[:_SHOWN]!r} contains a hidden or direction-changing character")
    return value


def texts(fields: Fields, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """Return a list of texts, required unless there is a default."""
    if default is not None and key not in fields:
        return default
    values = fields[key]
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise TypeError(f'"{key}" must be a list of strings')
    return tuple(values)


def optional(fields: Fields, key: str) -> str:
    """Return an optional text, empty if absent."""
    return text(fields, key) if key in fields else ""


def counts(fields: Fields, key: str) -> dict[str, int]:
    """Return the counts in an object, by what they count."""
    found = dict(fields[key].items())
    if not all(isinstance(each, int) for each in found.values()):
        raise TypeError(f'"{key}" must contain only numbers')
    return found


def number(fields: Fields, key: str) -> float:
    """Return a required number."""
    value = fields[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f'"{key}" must be a number')
    return value


def moment(fields: Fields, key: str) -> datetime:
    """Return a required time."""
    return datetime.fromisoformat(text(fields, key))


def optional_moment(fields: Fields, key: str) -> datetime | None:
    """Return an optional time, None if absent or null."""
    return datetime.fromisoformat(fields[key]) if fields.get(key) else None


def optional_day(fields: Fields, key: str) -> date | None:
    """Return an optional date, None if absent or null."""
    return date.fromisoformat(fields[key]) if fields.get(key) else None


def each_of(fields: Fields, key: str, read: Callable[[Fields], Noun]) -> Iterator[Noun]:
    """Yield the nouns of a list that was only added to the format in a later minor version."""
    return decoded_in(key, fields.get(key, ()), read)


def decoded_in(key: str, listed: Iterable[Any], read: Callable[[Fields], Noun]) -> Iterator[Noun]:
    """Yield the nouns of a list.

    Raises:
        TypeError: It is not a list.
        ValueError: An item is something else; the message says which, and why.
    """
    if not isinstance(listed, list | tuple | Iterator):
        raise TypeError(f'"{key}" must be a list')
    for place, member in enumerate(listed):
        try:
            yield read(member)
        except WRONG as error:
            raise ValueError(f"{key}[{place}]: {cause_of(error)}") from error


def cause_of(error: Exception) -> str:
    """Return what is wrong, in helpful words."""
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)

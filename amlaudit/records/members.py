"""Members of JSON objects, read back as what they must be.

Each function raises KeyError, TypeError or ValueError where a member is something else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias, TypeVar

from amlaudit.core.patterns import late_pattern

Noun = TypeVar("Noun")

Fields: TypeAlias = Mapping[str, Any]
"""A JSON object."""

WRONG: Final = (KeyError, TypeError, ValueError, AttributeError)
"""What reading a noun raises where something else stands."""

_HIDING: Final = late_pattern(r"[^\t\n\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\U0010ffff]")
"""Control characters, further kinds of line breaks, and what turns the direction of a text."""
_SHOWN: Final = 40
"""Characters of a text that an error shows."""


def text(fields: Fields, key: str) -> str:
    """Return a text that must be there."""
    value = fields[key]
    if not isinstance(value, str):
        raise TypeError(f'"{key}" is no text')
    return value


def line(fields: Fields, key: str, default: str | None = None) -> str:
    """Return a text of a rule that is one line, and shows what it says; see `line_of`."""
    return line_of(text(fields, key) if default is None or key in fields else default)


def line_of(value: str) -> str:
    """Return a text of a rule that is one line.

    Rules speak in scripts, comments and terminals, where a line more is a command more; a report
    may come from others.

    Raises:
        ValueError: It has further lines, or hides something.
    """
    if "\n" in value:
        raise ValueError(f"{value[:_SHOWN]!r} is more than one line")
    return shown(value)


def shown(value: str) -> str:
    """Return a text of a rule that hides nothing.

    Raises:
        ValueError: A character in it drives a terminal, or turns the direction of what is shown.
    """
    if _HIDING.search(value):
        raise ValueError(f"{value[:_SHOWN]!r} holds a character that hides something")
    return value


def texts(fields: Fields, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """Return a list of texts that must be there, unless there is a default."""
    if default is not None and key not in fields:
        return default
    values = fields[key]
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise TypeError(f'"{key}" is no list of texts')
    return tuple(values)


def optional(fields: Fields, key: str) -> str:
    """Return a text that may be there, else an empty one."""
    return text(fields, key) if key in fields else ""


def counts(fields: Fields, key: str) -> dict[str, int]:
    """Return the numbers of an object, by what they count."""
    found = dict(fields[key].items())
    if not all(isinstance(each, int) for each in found.values()):
        raise TypeError(f'"{key}" holds what is no number')
    return found


def number(fields: Fields, key: str) -> float:
    """Return a number that must be there."""
    value = fields[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f'"{key}" is no number')
    return value


def moment(fields: Fields, key: str) -> datetime:
    """Return a moment that must be there."""
    return datetime.fromisoformat(text(fields, key))


def each_of(fields: Fields, key: str, read: Callable[[Fields], Noun]) -> Iterator[Noun]:
    """Yield the nouns of a list, which only a later minor version made a part of the format."""
    return nouns_in(key, fields.get(key, ()), read)


def nouns_in(key: str, listed: Iterable[Any], read: Callable[[Fields], Noun]) -> Iterator[Noun]:
    """Yield the nouns of a list.

    Raises:
        TypeError: It is no list.
        ValueError: One is something else; the message says which, and why.
    """
    if not isinstance(listed, list | tuple | Iterator):
        raise TypeError(f'"{key}" is no list')
    for place, member in enumerate(listed):
        try:
            yield read(member)
        except WRONG as error:
            raise ValueError(f"{key}[{place}]: {told(error)}") from error


def told(error: Exception) -> str:
    """Return what is wrong, in words that help."""
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)

"""Values stored once and referred to by number everywhere else."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from amlaudit.reporters import words
from amlaudit.reporters.encoding import encodable

Value = TypeVar("Value", bound=Hashable)


class Index(Generic[Value]):
    """Distinct values in order of first occurrence."""

    def __init__(self) -> None:
        """Start empty."""
        self._places: dict[Value, int] = {}

    def of(self, value: Value) -> int:
        """Return the number of a value."""
        return self._places.setdefault(value, len(self._places))

    def values(self) -> list[Value]:
        """Return the values; the number of each is its position."""
        return list(self._places)


def shown(text: str) -> str:
    """Return a text that is safe to display: nothing in it hides, reorders or breaks."""
    if text.isascii() and text.isprintable():  # true of most
        return text
    return encodable(text).translate(words.VISIBLE)

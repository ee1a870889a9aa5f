"""Values that stand for themselves once, and for which numbers stand everywhere else."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from amlaudit.reporters import words
from amlaudit.reporters.encoding import encodable

Value = TypeVar("Value", bound=Hashable)


class Index(Generic[Value]):
    """Values in the order in which they came up, each once."""

    def __init__(self) -> None:
        """Begin without any."""
        self._places: dict[Value, int] = {}

    def of(self, value: Value) -> int:
        """Return the number that stands for a value."""
        return self._places.setdefault(value, len(self._places))

    def values(self) -> list[Value]:
        """Return the values; each one's number is its place."""
        return list(self._places)


def shown(text: str) -> str:
    """Return a text as a page can show it: nothing in it hides, reorders or breaks."""
    if text.isascii() and text.isprintable():  # most are
        return text
    return encodable(text).translate(words.VISIBLE)

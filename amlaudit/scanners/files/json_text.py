"""JSON as people write it: with comments.

Deployment templates may hold comments, line breaks inside strings, and a comma after the last
member: https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax#comments
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, Final

_SKIPPED: Final = re.compile(r"(?:[\s\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PLAIN: Final = re.compile(r"[^\s,:{}\[\]\"/]+")
DEEPEST: Final = 250
"""Levels of nesting: what nested deployments need, many times over."""


SCALARS: Final = frozenset({str, bool, int, float, type(None)})
"""Of what type the JSON values are that hold no others; most are."""


def object_of(value: object) -> Mapping[str, Any]:
    """Return a JSON value if it is an object, else an empty one: what is read may be malformed."""
    return value if isinstance(value, Mapping) else {}


def objects_of(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a list; nothing of what is no list."""
    yield from (each for each in (value if isinstance(value, list) else ()) if object_of(each))


def parse_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value.

    Raises:
        ValueError: The text is not JSON, even with comments; the message names line and column.
    """
    parser = _Parser(text)
    value = parser.value(0)
    parser.end()
    return value


class _Parser:
    """Reads one JSON text."""

    def __init__(self, text: str) -> None:
        """Stand before the first value."""
        self._text = text
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._at = 0
        self._skip()

    def value(self, depth: int) -> object:
        """Read a value."""
        if depth > DEEPEST:
            raise self._error(f"a value nests deeper than {DEEPEST} levels")
        match self._text[self._at : self._at + 1]:
            case "{":
                return self._object(depth)
            case "[":
                return self._list(depth)
            case '"':
                return self._string()
            case _:
                return self._plain()

    def end(self) -> None:
        """Refuse anything after the value."""
        if self._at < len(self._text):
            raise self._error("there is something after the end")

    def _object(self, depth: int) -> dict[str, object]:
        """Read an object; of two equal keys the later one counts."""
        found: dict[str, object] = {}
        self._take("{")
        while not self._is_at("}"):
            key = self._string()
            self._take(":")
            found[key] = self.value(depth + 1)
            self._separate("}")
        self._take("}")
        return found

    def _list(self, depth: int) -> list[object]:
        """Read a list."""
        found: list[object] = []
        self._take("[")
        while not self._is_at("]"):
            found.append(self.value(depth + 1))
            self._separate("]")
        self._take("]")
        return found

    def _string(self) -> str:
        """Read a string, which may hold line breaks."""
        match = _STRING.match(self._text, self._at)
        if not match:
            raise self._error("a string is expected")
        written = match[0]
        try:
            value = written[1:-1] if "\\" not in written else json.loads(written, strict=False)
        except ValueError:
            raise self._error("a string has an escape that JSON does not know") from None
        self._go_to(match.end())
        return str(value)

    def _plain(self) -> object:
        """Read a number, a truth value or null."""
        match = _PLAIN.match(self._text, self._at)
        if not match:
            raise self._error("a value is expected")
        try:
            value: object = json.loads(match[0])
        except ValueError:
            raise self._error(f"{match[0][:20]!r} is no value") from None
        self._go_to(match.end())
        return value

    def _separate(self, closing: str) -> None:
        """Read the comma after a member; the last one may have none."""
        if self._is_at(","):
            self._take(",")
        elif not self._is_at(closing):
            raise self._error(f"',' or {closing!r} is expected")

    def _take(self, mark: str) -> None:
        """Read a mark."""
        if not self._is_at(mark):
            raise self._error(f"{mark!r} is expected")
        self._go_to(self._at + 1)

    def _is_at(self, mark: str) -> bool:
        """Tell whether a mark comes next."""
        return self._text.startswith(mark, self._at)

    def _go_to(self, at: int) -> None:
        """Stand at the next thing that says something."""
        self._at = at
        self._skip()

    def _skip(self) -> None:
        """Leave out white space and comments."""
        if match := _SKIPPED.match(self._text, self._at):
            self._at = match.end()

    def _line(self) -> int:
        """Return the line at hand."""
        return bisect_right(self._breaks, self._at - 1) + 1

    def _error(self, problem: str) -> ValueError:
        """Return the error for what stands here."""
        line = self._line()
        start = self._breaks[line - 2] if line > 1 else -1
        return ValueError(f"{problem}: line {line} column {self._at - start}")

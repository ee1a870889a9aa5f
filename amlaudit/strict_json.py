"""Strict parsing of external JSON, without duplicate keys; also JSON as people write it.

Deployment templates may contain comments, line breaks inside strings, and a comma after the last
member: https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax#comments

RFC 8259 leaves open which of two equal keys counts. Azure silently takes the last
(https://github.com/Azure/azure-quickstart-templates/issues/5855), while a reviewer of the file may
have read the first: such a file is rejected.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final

from amlaudit.core.patterns import late_pattern

_SKIPPED: Final = late_pattern(r"(?:[\s\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_BLANK: Final = late_pattern(r"[ \t\n\r]*")
_STRING: Final = late_pattern(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PLAIN: Final = late_pattern(r"[^\s,:{}\[\]\"/]+")
DEEPEST: Final = 250
"""Levels of nesting: many times more than nested deployments need."""

START: Final = 400
"""Bytes of a JSON file that suffice to recognise its kind."""
_SHOWN: Final = 40
"""Characters of invalid text that a message shows."""


class TwiceError(ValueError):
    """An object has a duplicate key."""


class MisreadError(ValueError):
    """A text is not JSON, even with comments.

    Attributes:
        problem: What is wrong, in words.
        at: Where in the text.
    """

    def __init__(self, problem: str, at: int, place: str) -> None:
        """Describe what is wrong, and its position in words."""
        super().__init__(f"{problem}: {place}")
        self.problem = problem
        self.at = at


def load_json(written: bytes | str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value.

    Args:
        written: Its text, in any encoding that JSON may have.

    Raises:
        ValueError: The text is not JSON, or an object has a duplicate key; the message names line
            and column.
        RecursionError: It is nested too deep.
    """
    text = written if isinstance(written, str) else text_of_json(written)
    try:
        return json.loads(text, object_pairs_hook=once)
    except TwiceError:
        return parse_json(text)  # its error has the position


def load_commented_json(written: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value that may be hand-written, with comments; see `load_json`."""
    text = text_of_json(written)
    try:
        return json.loads(text, object_pairs_hook=once)
    except ValueError:
        return parse_json(text)


def load_exported_json(written: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value, or several concatenated ones as a list; see `load_commented_json`.

    Programs write one line per row, or one page after another: https://jsonlines.org/.
    """
    text = text_of_json(written)
    try:
        found = list(_values_of(text))
    except ValueError:
        parser = _Parser(text)
        found = [parser.value(0)]
        while not parser.is_at_end:
            found.append(parser.value(0))
    return found if len(found) > 1 else found[0]


def _values_of(text: str) -> Iterator[Any]:
    """Yield the concatenated JSON values in a text, at least one.

    Raises:
        ValueError: One is not strict JSON, such as one with comments.
    """
    decoder, at = json.JSONDecoder(object_pairs_hook=once), 0
    while at < len(text) or not at:
        value, end = decoder.raw_decode(text, _BLANK.match(text, at).end())  # type: ignore[union-attr] # it matches nothing too
        yield value
        at = _BLANK.match(text, end).end()  # type: ignore[union-attr] # see above


def text_of_json(written: bytes) -> str:
    """Return the text of a JSON file.

    Raises:
        UnicodeDecodeError: It is not text.
    """
    return written.decode(json.detect_encoding(written))


def start_of_json(written: bytes) -> str:
    """Return the beginning of the text of a JSON file, given its first bytes, in any encoding."""
    return written[:START].decode(json.detect_encoding(written), "ignore")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object without duplicate keys.

    Raises:
        TwiceError: It has a duplicate key.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TwiceError
    return found


def parse_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value.

    Raises:
        MisreadError: The text is not JSON, even with comments; the message names line and column.
    """
    parser = _Parser(text)
    value = parser.value(0)
    parser.end()
    return value


def parse_with_places(text: str) -> tuple[Any, dict[tuple[str, ...], tuple[int, int]]]:
    """Return a JSON value, and the line and column, from 1, of each of its members.

    They are found by path: keys in lower case, and indexes as text; the empty one is the value.

    Raises:
        MisreadError: The text is not JSON, even with comments.
    """
    parser = _Placing(text)
    value = parser.value(0)
    parser.end()
    return value, parser.places


class _Parser:
    """A parser of one JSON text."""

    def __init__(self, text: str) -> None:
        """Start before the first value."""
        self._text = text
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._at = 0
        self._skip()

    def value(self, depth: int) -> object:
        """Read a value."""
        if depth > DEEPEST:
            raise self._error(f"a value is nested more than {DEEPEST} levels deep")
        match self._text[self._at : self._at + 1]:
            case "{":
                return self._object(depth)
            case "[":
                return self._list(depth)
            case '"':
                return self._string()
            case _:
                return self._plain()

    @property
    def is_at_end(self) -> bool:
        """Whether nothing but white space and comments is left."""
        return self._at >= len(self._text)

    def end(self) -> None:
        """Reject anything after the value."""
        if not self.is_at_end:
            raise self._error("unexpected content after the end")

    def _object(self, depth: int) -> dict[str, object]:
        """Read an object, without duplicate keys."""
        found: dict[str, object] = {}
        self._take("{")
        while not self._is_at("}"):
            at = self._at
            key = self._string()
            if key in found:
                self._at = at
                raise self._error(f"duplicate key {key[:_SHOWN]!r}")
            self._take(":")
            found[key] = self._member(key, at, depth + 1)
            self._separate("}")
        self._take("}")
        return found

    def _list(self, depth: int) -> list[object]:
        """Read a list."""
        found: list[object] = []
        self._take("[")
        while not self._is_at("]"):
            found.append(self._member(str(len(found)), self._at, depth + 1))
            self._separate("]")
        self._take("]")
        return found

    def _member(self, key: str, at: int, depth: int) -> object:  # noqa: ARG002 - for `_Placing`
        """Read the value of a member.

        Args:
            key: Its key, or its index in a list.
            at: Where the member begins.
            depth: How deep the value is nested.
        """
        return self.value(depth)

    def _string(self) -> str:
        """Read a string, which may contain line breaks."""
        match = _STRING.match(self._text, self._at)
        if not match:
            raise self._error("expected a string")
        written = match[0]
        try:
            value = written[1:-1] if "\\" not in written else json.loads(written, strict=False)
        except ValueError:
            raise self._error("invalid escape sequence in a string") from None
        self._go_to(match.end())
        return str(value)

    def _plain(self) -> object:
        """Read a number, a truth value or null."""
        match = _PLAIN.match(self._text, self._at)
        if not match:
            raise self._error("expected a value")
        try:
            value: object = json.loads(match[0])
        except ValueError:
            raise self._error(f"{match[0][:_SHOWN]!r} is not a value") from None
        self._go_to(match.end())
        return value

    def _separate(self, closing: str) -> None:
        """Read the comma after a member, which the last one may lack."""
        if self._is_at(","):
            self._take(",")
        elif not self._is_at(closing):
            raise self._error(f"expected ',' or {closing!r}")

    def _take(self, mark: str) -> None:
        """Consume a mark."""
        if not self._is_at(mark):
            raise self._error(f"expected {mark!r}")
        self._go_to(self._at + 1)

    def _is_at(self, mark: str) -> bool:
        """Tell whether a mark comes next."""
        return self._text.startswith(mark, self._at)

    def _go_to(self, at: int) -> None:
        """Move to a position and past white space and comments."""
        self._at = at
        self._skip()

    def _skip(self) -> None:
        """Skip white space and comments."""
        if match := _SKIPPED.match(self._text, self._at):
            self._at = match.end()

    def _place(self, at: int) -> tuple[int, int]:
        """Return the line and column of a position."""
        line = bisect_right(self._breaks, at - 1) + 1
        start = self._breaks[line - 2] if line > 1 else -1
        return line, at - start

    def _error(self, problem: str) -> MisreadError:
        """Return the error for the current position."""
        line, column = self._place(self._at)
        return MisreadError(problem, self._at, f"line {line} column {column}")


class _Placing(_Parser):
    """A parser that records where each member begins."""

    def __init__(self, text: str) -> None:
        """Record the position of the whole value under the empty path."""
        super().__init__(text)
        self._path: list[str] = []
        self.places: dict[tuple[str, ...], tuple[int, int]] = {(): self._place(self._at)}

    def _member(self, key: str, at: int, depth: int) -> object:
        """See `_Parser._member`."""
        self._path.append(key.lower())
        self.places[tuple(self._path)] = self._place(at)
        found = self.value(depth)
        self._path.pop()
        return found

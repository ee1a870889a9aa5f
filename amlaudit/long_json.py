"""Strict streaming JSON of any length, one member at a time: no more than one member is held.

Beyond what `amlaudit.strict_json` rejects, numbers must be valid JSON: Python accepts `NaN` and
`Infinity`, which cannot be written back (https://www.rfc-editor.org/rfc/rfc8259#section-6).
"""

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from itertools import chain
from math import isfinite
from typing import Any, Final

from amlaudit.core.patterns import late_pattern
from amlaudit.strict_json import MisreadError, TwiceError, once, parse_json

_BLANK: Final = late_pattern(r"[ \t\n\r]*")
_TOKEN: Final = late_pattern(r'"(?:[^"\\]|\\.)*"|[^\s,:{}\[\]"]+', re.DOTALL)
_TAIL: Final = 16
"""Characters at the end of the buffer that may be an incomplete token: `-Infinit`, `\\ud83d`."""


class BrokenJsonError(Exception):
    """A text is not JSON; the message begins with the position: `line 3, column 7: …`."""


class _NumberError(ValueError):
    """A number is not valid JSON; its text is the only argument."""


def members(pieces: Iterable[bytes]) -> Iterator[tuple[str, Any]]:
    """Yield (key, value) of a JSON object; each list comes as an iterator over its members.

    The rest of a list is skipped as soon as the next key is requested.

    Args:
        pieces: The bytes of the text in chunks, in any encoding that JSON may have.

    Raises:
        BrokenJsonError: It is not a JSON object, or an object has a duplicate key.
        RecursionError: It is nested too deep.
    """
    text = _Text(pieces)
    known: set[str] = set()
    for _ in text.enclosed("{", "}"):
        key = text.key(known)
        if text.mark() == "[":
            listed = text.listed()
            yield key, listed
            for _ in listed:
                pass
        else:
            yield key, text.value()
    text.end()


class _Text:
    """A buffer of text that was read and not consumed yet."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        """Start at the beginning."""
        self._pieces = _decoded(pieces)
        self._held = ""
        self._at = 0
        self._is_all = False
        # Position of the first character in the buffer.
        self._line = self._column = 1

    def mark(self) -> str:
        """Return the next character that is not white space, `""` at the end."""
        while True:
            self._at = _BLANK.match(self._held, self._at).end()  # type: ignore[union-attr] # it matches nothing too
            if self._at < len(self._held) or self._is_all:
                return self._held[self._at : self._at + 1]
            self._read_on()

    def enclosed(self, opening: str, closing: str) -> Iterator[None]:
        """Yield before each member between two marks, positioned at the member."""
        self._take(opening)
        if self.mark() != closing:
            yield
            while self.mark() == ",":
                self._take(",")
                yield
        if self.mark() != closing:
            raise self._broken(f"expected ',' or {closing!r}", self._at)
        self._take(closing)

    def listed(self) -> Iterator[Any]:
        """Yield the members of a list."""
        for _ in self.enclosed("[", "]"):
            yield self.value()

    def key(self, known: set[str]) -> str:
        """Return a key and move to its value; add the key to the known ones."""
        if self.mark() != '"':
            raise self._broken("expected a string", self._at)
        line, column = self._place(self._at)
        key: str = self.value()
        if key in known:
            raise BrokenJsonError(_at_place(line, column, f"duplicate key {key!r}"))
        known.add(key)
        self._take(":")
        return key

    def value(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return a complete value."""
        self.mark()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                if not self._is_cut(error):
                    raise self._broken(error.msg, error.pos) from error
            except ValueError as error:
                raise self._refusal(error) from error
            else:
                if self._is_all or end < len(self._held) - _TAIL:
                    self._at = end
                    return value
            self._read_on()

    def end(self) -> None:
        """Reject anything after the value."""
        if self.mark():
            raise self._broken("unexpected content after the end", self._at)

    def _take(self, mark: str) -> None:
        """Consume a mark."""
        if self.mark() != mark:
            raise self._broken(f"expected {mark!r}", self._at)
        self._at += 1

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Tell whether a value may only seem invalid because its rest was not read yet."""
        is_open = error.msg.startswith("Unterminated string")
        return not self._is_all and (is_open or error.pos > len(self._held) - _TAIL)

    def _read_on(self) -> None:
        """Read at least one more chunk, and at least as much again as is held."""
        self._line, self._column = self._place(self._at)
        parts = [self._held[self._at :]]
        wanted = len(parts[0])
        for part in self._pieces:
            parts.append(part)
            wanted -= len(part)
            if wanted <= 0:
                break
        else:
            self._is_all = True
        self._held, self._at = "".join(parts), 0

    def _place(self, at: int) -> tuple[int, int]:
        """Return line and column of a character in the buffer."""
        breaks = self._held.count("\n", 0, at)
        if not breaks:
            return self._line, self._column + at
        return self._line + breaks, at - self._held.rindex("\n", 0, at)

    def _broken(self, problem: str, at: int) -> BrokenJsonError:
        """Return the error for a position in the buffer."""
        return BrokenJsonError(_at_place(*self._place(at), problem))

    def _refusal(self, error: ValueError) -> BrokenJsonError:
        """Return the error for a value that Python accepts but that is rejected here."""
        if isinstance(error, TwiceError):
            try:
                parse_json(self._held[self._at :])  # its error has the position
            except MisreadError as misread:
                return self._broken(misread.problem, self._at + misread.at)
        if isinstance(error, _NumberError):
            found = _TOKEN.finditer(self._held, self._at)
            at = next(each.start() for each in found if each[0] == error.args[0])
            return self._broken(f"{error} is not a JSON number", at)
        return self._broken(str(error), self._at)


def _refuse(spelled: str) -> float:
    """Reject a number that JSON cannot represent."""
    raise _NumberError(spelled)


def _finite(spelled: str) -> float:
    """Return a number; reject one so large that it becomes infinite."""
    number = float(spelled)
    return number if isfinite(number) else _refuse(spelled)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=once, parse_constant=_refuse, parse_float=_finite
)


def _decoded(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield the text of chunks, whose boundaries may be within a character."""
    source = iter(pieces)
    first = next(source, b"")
    decoder = getincrementaldecoder(json.detect_encoding(first))()
    start = 0
    for piece in chain([first], source, [b""]):
        kept = len(decoder.getstate()[0])
        try:
            yield decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise BrokenJsonError(f"byte {start - kept + error.start:,}: invalid UTF-8") from error
        start += len(piece)


def _at_place(line: int, column: int, problem: str) -> str:
    """Return a message with position and problem."""
    return f"line {line}, column {column}: {problem}"

"""JSON of any length, read strictly and a member at a time: no more is held than one member.

Beyond what `amlaudit.strict_json` refuses, numbers must be such as JSON has: Python reads `NaN` and
`Infinity`, which nobody can write out again (https://www.rfc-editor.org/rfc/rfc8259#section-6).
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
"""Characters at the end of what was read so far that may be half a word: `-Infinit`, `\\ud83d`."""


class BrokenJsonError(Exception):
    """A text is not JSON; the message names the place first: `line 3, column 7: …`."""


class _NumberError(ValueError):
    """A number is none of JSON; its text is the only argument."""


def members(pieces: Iterable[bytes]) -> Iterator[tuple[str, Any]]:
    """Yield (key, value) of a JSON object; each list comes as an iterator over its members.

    What is left of a list is passed over as soon as the next key is asked for.

    Args:
        pieces: The bytes of the text one after the other, in whatever encoding JSON may have.

    Raises:
        BrokenJsonError: It is no JSON object, or an object has a key twice.
        RecursionError: It nests too deep.
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
    """What was read of a text and not used yet."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        """Stand at the beginning."""
        self._pieces = _decoded(pieces)
        self._held = ""
        self._at = 0
        self._is_all = False
        # Of the first character that is held.
        self._line = self._column = 1

    def mark(self) -> str:
        """Return the next character that says something, `""` at the end."""
        while True:
            self._at = _BLANK.match(self._held, self._at).end()  # type: ignore[union-attr] # it matches nothing too
            if self._at < len(self._held) or self._is_all:
                return self._held[self._at : self._at + 1]
            self._read_on()

    def enclosed(self, opening: str, closing: str) -> Iterator[None]:
        """Stand before each member of what is enclosed by two marks."""
        self._take(opening)
        if self.mark() != closing:
            yield
            while self.mark() == ",":
                self._take(",")
                yield
        if self.mark() != closing:
            raise self._broken(f"',' or {closing!r} is expected", self._at)
        self._take(closing)

    def listed(self) -> Iterator[Any]:
        """Yield the members of a list."""
        for _ in self.enclosed("[", "]"):
            yield self.value()

    def key(self, known: set[str]) -> str:
        """Return a key, and stand before its value; it joins the ones that are known."""
        if self.mark() != '"':
            raise self._broken("a string is expected", self._at)
        line, column = self._place(self._at)
        key: str = self.value()
        if key in known:
            raise BrokenJsonError(_told(line, column, f"{key!r} stands twice in one object"))
        known.add(key)
        self._take(":")
        return key

    def value(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return a value, whole."""
        self.mark()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                if not self._is_cut(error):
                    raise self._broken(error.msg, error.pos) from error
            except ValueError as error:
                raise self._unwanted(error) from error
            else:
                if self._is_all or end < len(self._held) - _TAIL:
                    self._at = end
                    return value
            self._read_on()

    def end(self) -> None:
        """Refuse anything after the value."""
        if self.mark():
            raise self._broken("there is something after the end", self._at)

    def _take(self, mark: str) -> None:
        """Read a mark."""
        if self.mark() != mark:
            raise self._broken(f"{mark!r} is expected", self._at)
        self._at += 1

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Tell whether a value may only seem wrong, because the rest of it was not read yet."""
        is_open = error.msg.startswith("Unterminated string")
        return not self._is_all and (is_open or error.pos > len(self._held) - _TAIL)

    def _read_on(self) -> None:
        """Read a piece further, of a long value as much again."""
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
        """Return line and column of a character that is held."""
        breaks = self._held.count("\n", 0, at)
        if not breaks:
            return self._line, self._column + at
        return self._line + breaks, at - self._held.rindex("\n", 0, at)

    def _broken(self, problem: str, at: int) -> BrokenJsonError:
        """Return the error for what is held at a place."""
        return BrokenJsonError(_told(*self._place(at), problem))

    def _unwanted(self, error: ValueError) -> BrokenJsonError:
        """Return the error for a value that Python reads, and that is refused."""
        if isinstance(error, TwiceError):
            try:
                parse_json(self._held[self._at :])  # which says where
            except MisreadError as misread:
                return self._broken(misread.problem, self._at + misread.at)
        if isinstance(error, _NumberError):
            found = _TOKEN.finditer(self._held, self._at)
            at = next(each.start() for each in found if each[0] == error.args[0])
            return self._broken(f"{error} is no number of JSON", at)
        return self._broken(str(error), self._at)


def _refuse(spelled: str) -> float:
    """Refuse what is no number."""
    raise _NumberError(spelled)


def _finite(spelled: str) -> float:
    """Return a number; one that is too large becomes infinite, which is none."""
    number = float(spelled)
    return number if isfinite(number) else _refuse(spelled)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=once, parse_constant=_refuse, parse_float=_finite
)


def _decoded(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield the text of pieces, whose borders may lie within a character."""
    source = iter(pieces)
    first = next(source, b"")
    decoder = getincrementaldecoder(json.detect_encoding(first))()
    start = 0
    for piece in chain([first], source, [b""]):
        kept = len(decoder.getstate()[0])
        try:
            yield decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise BrokenJsonError(f"byte {start - kept + error.start:,}: it is no text") from error
        start += len(piece)


def _told(line: int, column: int, problem: str) -> str:
    """Return what is wrong where."""
    return f"line {line}, column {column}: {problem}"

"""Texts for a terminal: harmless ones of texts of others, with styles, broken into lines.

Rich would do the same; to load it takes longer than to judge a small deployment.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct

from amlaudit.cli.harmless import harmless
from amlaudit.core.patterns import late_pattern

_NARROW: Final = late_pattern(
    "[ -~\N{NO-BREAK SPACE}-\N{NOT SIGN}\N{REGISTERED SIGN}-\u02ff\N{EN DASH}-…\u2190-\u21ff✔✖]*"
)
"""Signs that take one column each; most texts hold no others."""
_WORD: Final = late_pattern(r"\s*\S+\s*")
_CUT: Final = "…"

BOLD: Final = "1"
DIM: Final = "2"
RED: Final = "31"
GREEN: Final = "32"
YELLOW: Final = "33"
CYAN: Final = "36"
"""Styles, as terminals are told them; several are joined by a semicolon."""


class Text(Struct, frozen=True):
    """A text of which parts may have styles.

    Attributes:
        parts: Its parts, each with its style, empty for none.
    """

    parts: tuple[tuple[str, str], ...] = ()

    @property
    def plain(self) -> str:
        """The text without its styles."""
        return "".join(part for part, _ in self.parts)

    def __add__(self, other: "Text") -> "Text":
        """Return the text followed by another one."""
        return Text((*self.parts, *other.parts))

    def between(self, start: int, end: int) -> "Text":
        """Return a part of the text, given by places in it."""
        found: list[tuple[str, str]] = []
        for part, style in self.parts:
            if kept := part[max(start, 0) : max(end, 0)]:
                found.append((kept, style))
            start, end = start - len(part), end - len(part)
        return Text(tuple(found))

    def trimmed(self) -> "Text":
        """Return the text without the spaces at its end."""
        return self.between(0, len(self.plain.rstrip()))


def text_of(text: str, *styles: str) -> Text:
    """Return a text in one style."""
    return Text(((text, ";".join(styles)),))


def in_line(text: str, *styles: str) -> Text:
    """Return a text of others as one line, harmless."""
    return text_of(one_line(text), *styles)


def one_line(text: str) -> str:
    """Return a text of others as one line, harmless, without a style."""
    return harmless(" ".join(text.split()))


def width_of(text: str) -> int:
    """Return how many columns of a terminal a line takes."""
    if _NARROW.fullmatch(text):
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - few texts have wide signs

    return cell_len(text)


def cropped(line: Text, width: int) -> Text:
    """Return a line, cut off where it is wider than there is room."""
    plain = line.plain
    if width_of(plain) <= width:
        return line
    return line.between(0, len(_folded(plain, max(width - 1, 1))[0])) + text_of(_CUT)


def wrapped(text: Text, width: int) -> Iterator[Text]:
    """Yield the lines of a text, broken between words, and in those that are longer than a line.

    Args:
        text: The text.
        width: Columns that there are, one at least.
    """
    start = 0
    for line in text.plain.split("\n"):
        breaks = [0, *_breaks(line, width), len(line)]
        for first, last in pairwise(breaks):
            yield text.between(start + first, start + last).trimmed()
        start += len(line) + 1


def _breaks(line: str, width: int) -> Iterator[int]:
    """Yield the places within a line at which another one begins."""
    taken = 0
    for word in _WORD.finditer(line):
        start, size = word.start(), width_of(word[0].rstrip())
        if size <= width - taken:
            taken += width_of(word[0])
        elif size > width:
            pieces = _folded(word[0], width)
            for piece in pieces:
                if start:
                    yield start
                start += len(piece)
            taken = width_of(pieces[-1])
        else:
            if start:
                yield start
            taken = width_of(word[0])


def _folded(word: str, width: int) -> Sequence[str]:
    """Return the pieces of a word, each as long as there is room."""
    if _NARROW.fullmatch(word):
        return [word[at : at + width] for at in range(0, len(word), width)]
    from rich.cells import chop_cells  # noqa: PLC0415 - few texts have wide signs

    return chop_cells(word, width)

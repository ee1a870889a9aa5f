"""Lines that Rich prints: sanitised ones of texts of others, and none with spaces at its end."""

from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.segment import Segment, Segments
from rich.text import Text

from amlaudit.cli.sanitise import sanitised

_INDENT: Final = 2
"""Columns."""


def in_line(text: str, style: str = "") -> Text:
    """Return a sanitised text as one line; of what looks like markup of Rich nothing is obeyed."""
    return Text(sanitised(" ".join(text.split())), style=style)


def print_trimmed(console: Console, shown: RenderableType) -> None:
    """Print a table or a text without the spaces by which Rich fills its lines."""
    segments: list[Segment] = []
    for line in console.render_lines(shown, pad=False):
        segments += [*_trimmed(line), Segment.line()]
    console.print(Segments(segments), soft_wrap=True, end="")


def print_indented(console: Console, text: str) -> None:
    """Print a text as a line below another one; where it takes several, all of them stand in."""
    print_trimmed(console, Padding(in_line(text), (0, 0, 0, _INDENT)))


def _trimmed(line: list[Segment]) -> list[Segment]:
    """Return the parts of a line without the spaces at its end."""
    while line:
        last = line.pop()
        if kept := last.text.rstrip():
            return [*line, Segment(kept, last.style)]
    return line

"""Lines printed by Rich: safe for third-party text, and without trailing spaces."""

from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.segment import Segment, Segments
from rich.text import Text

from amlaudit.cli.sanitise import sanitised

_INDENT: Final = 2
"""Columns."""


def in_line(text: str, style: str = "") -> Text:
    """Return a sanitised text on one line; Rich markup in it is not interpreted."""
    return Text(sanitised(" ".join(text.split())), style=style)


def print_trimmed(console: Console, shown: RenderableType) -> None:
    """Print a table or a text without the spaces with which Rich pads its lines."""
    segments: list[Segment] = []
    for line in console.render_lines(shown, pad=False):
        segments += [*_trimmed(line), Segment.line()]
    console.print(Segments(segments), soft_wrap=True, end="")


def print_indented(console: Console, text: str) -> None:
    """Print an indented text below another line; if it wraps, all of its lines are indented."""
    print_trimmed(console, Padding(in_line(text), (0, 0, 0, _INDENT)))


def _trimmed(line: list[Segment]) -> list[Segment]:
    """Return the segments of a line without its trailing spaces."""
    while line:
        last = line.pop()
        if kept := last.text.rstrip():
            return [*line, Segment(kept, last.style)]
    return line

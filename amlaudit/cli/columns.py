"""Plain columns, the last one wrapped on a terminal: what needs no colour needs no more."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Final

_BETWEEN: Final = "  "
_NARROWEST: Final = 20
"""Columns that the last one has at least."""


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; its first row is the head.

    Where nobody looks, in a pipe or a file, a row is a line, however long, so that it can be
    searched for; COLUMNS says otherwise.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    indent = sum(widths) + len(_BETWEEN) * len(widths)
    room = line_width()
    last = max(room - indent, _NARROWEST) if room else sys.maxsize
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        first, *rest = _wrapped(row[-1], last)
        yield _BETWEEN.join([*cells, first]).rstrip()
        yield from (" " * indent + line for line in rest)


def line_width() -> int:
    """Return how many columns a line has; 0: as many as it takes."""
    if "COLUMNS" not in os.environ and not (sys.stdout and sys.stdout.isatty()):
        return 0
    from shutil import get_terminal_size  # noqa: PLC0415 - a pipe does without

    return get_terminal_size().columns


def _wrapped(text: str, width: int) -> Sequence[str]:
    """Return the lines of a text, one at least."""
    if len(text) <= width:
        return [text]
    from textwrap import wrap  # noqa: PLC0415 - seldom needed

    return wrap(text, width)

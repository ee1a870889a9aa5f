"""Plain columns, the last one wrapped on a terminal, for output that needs no colour."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Final

_BETWEEN: Final = "  "
_NARROWEST: Final = 20
"""Minimum width of the last column, in characters."""


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; its first row is the header.

    When the output is a pipe or a file, every row is a single line, however long, so that it can be
    searched; COLUMNS overrides that.
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
    """Return the line width in characters; 0: unlimited."""
    if "COLUMNS" not in os.environ and not (sys.stdout and sys.stdout.isatty()):
        return 0
    from shutil import get_terminal_size  # noqa: PLC0415 - not needed in a pipe

    return get_terminal_size().columns


def _wrapped(text: str, width: int) -> Sequence[str]:
    """Return the lines of a text, at least one."""
    if len(text) <= width:
        return [text]
    from textwrap import wrap  # noqa: PLC0415 - seldom needed

    return wrap(text, width)


def place_of(resource_id: str) -> str:
    """Return the name of a resource, preceded by its parent's: `mlw-fraud/ci-lead`."""
    return "/".join(resource_id.rpartition("/providers/")[2].split("/")[2::2][-2:])

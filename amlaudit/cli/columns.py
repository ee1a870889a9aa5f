"""Plain columns on a terminal, the last one wrapped: what needs no colour needs no more."""

from collections.abc import Iterator, Sequence
from shutil import get_terminal_size
from textwrap import wrap
from typing import Final

_BETWEEN: Final = "  "
_NARROWEST: Final = 20
"""Columns that the last one has at least."""


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; its first row is the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    indent = sum(widths) + len(_BETWEEN) * len(widths)
    last = max(get_terminal_size().columns - indent, _NARROWEST)
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        first, *rest = wrap(row[-1], last) or [""]
        yield _BETWEEN.join([*cells, first]).rstrip()
        yield from (" " * indent + line for line in rest)

"""Rows in columns, as wide as their texts want and the terminal has room for."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from msgspec import Struct, field

from amlaudit.cli.lines import BOLD, Text, cropped, text_of, width_of, wrapped

_BETWEEN: Final = "  "


class Column(Struct, frozen=True):
    """How a column is to look.

    Attributes:
        head: What stands above it.
        is_whole: Its texts are not broken into lines, but cut off where there is no room at all.
        is_right: They end together, as numbers do.
        width: Columns of the terminal that it has, whatever stands in it; 0: as many as it takes.
        most: How many it has at most; 0: any number.
    """

    head: str = ""
    is_whole: bool = False
    is_right: bool = False
    width: int = 0
    most: int = 0


class Grid(Struct, frozen=True):
    """Rows of texts in columns.

    Attributes:
        columns: The columns; there is a head above them if one of them has one.
        rows: The rows.
    """

    columns: Sequence[Column]
    rows: list[Sequence[Text]] = field(default_factory=list)

    def add(self, *cells: Text | str) -> None:
        """Add a row."""
        self.rows.append([text_of(each) if isinstance(each, str) else each for each in cells])

    def lines(self, room: int) -> Iterator[Text]:
        """Yield the lines of all rows.

        Args:
            room: Columns of the terminal.
        """
        widths = self._widths(room)
        for row in self._all_rows():
            cells = [
                list(_lines_of(cell, column, width))
                for cell, column, width in zip(row, self.columns, widths, strict=True)
            ]
            for parts in zip_longest(*cells, fillvalue=Text()):
                yield _joined(parts, self.columns, widths).trimmed()

    def _all_rows(self) -> Iterator[Sequence[Text]]:
        """Yield the rows, with the head if there is one."""
        if any(each.head for each in self.columns):
            yield [text_of(each.head, BOLD) for each in self.columns]
        yield from self.rows

    def _widths(self, room: int) -> Sequence[int]:
        """Return how many columns of the terminal each column has for its texts."""
        found: list[int] = []
        for at, column in enumerate(self.columns):
            lines = (line for row in self._all_rows() for line in row[at].plain.split("\n"))
            wanted = column.width or max(map(width_of, lines), default=0)
            found.append(min(wanted, column.most) if column.most else wanted)
        # Half of what is between two columns belongs to each.
        beside = [(at > 0) + (at < len(found) - 1) for at in range(len(found))]
        widths = [min(sum(each), room) for each in zip(found, beside, strict=True)]
        narrowed = _narrowed(widths, [not each.is_whole for each in self.columns], room)
        return [
            max(width - each, min(wanted, 1))  # whatever has a text has room for a sign
            for width, each, wanted in zip(narrowed, beside, found, strict=True)
        ]


def _narrowed(widths: Sequence[int], may_break: Sequence[bool], room: int) -> Sequence[int]:
    """Return widths that there is room for.

    The widest columns whose texts may be broken give first, until they are as wide as the next;
    where that is not enough each gives as much.
    """
    found = list(widths)
    able = [at for at, each in enumerate(may_break) if each]
    while able and (over := sum(found) - room) > 0:
        widest = max(found[at] for at in able)
        below = max((found[at] for at in able if found[at] < widest), default=0)
        if not widest:
            break
        _take(over, found, [at for at in able if found[at] == widest], widest - below)
    if (over := sum(found) - room) > 0:
        _take(over, found, range(len(found)), room)
    return found


def _take(over: int, widths: list[int], places: Sequence[int], most: int) -> None:
    """Take some columns of a terminal from those at some places, from each about as many."""
    for taken, at in enumerate(places):
        share = min(most, widths[at], round(over / (len(places) - taken)))
        widths[at] -= share
        over -= share


def _lines_of(cell: Text, column: Column, width: int) -> Iterator[Text]:
    """Yield the lines of a cell."""
    if column.is_whole:
        yield cropped(cell, width)
    else:
        yield from wrapped(cell, width)


def _joined(cells: Sequence[Text], columns: Sequence[Column], widths: Sequence[int]) -> Text:
    """Return one line of a row."""
    found = Text()
    for at, (cell, column, width) in enumerate(zip(cells, columns, widths, strict=True)):
        blank = text_of(" " * (width - width_of(cell.plain)))
        between = text_of(_BETWEEN) if at else Text()
        found = found + between + (blank + cell if column.is_right else cell + blank)
    return found

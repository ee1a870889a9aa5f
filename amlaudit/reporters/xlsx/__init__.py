"""The report as an Excel workbook, for auditors to filter, annotate and archive.

One sheet for each question. No macros and no formulas: every text is written as text.
"""

from collections.abc import Iterable
from datetime import UTC
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from amlaudit.core.report import Report
from amlaudit.reporters.checklist.sheet import write_checklist
from amlaudit.reporters.rows import in_lines
from amlaudit.reporters.xlsx.sheets import Sheet, sheets_of

_MAX_ROWS: Final = 1_048_576
"""Maximum number of rows in an Excel sheet, including headings."""
_COLOURS: Final = {
    "fail": "#F8D7DA",
    "FAIL": "#F8D7DA",
    "unknown": "#FFF3CD",
    "INCOMPLETE": "#FFF3CD",
    "manual": "#D9E8FB",
    "pass": "#D8F0DD",
    "PASS": "#D8F0DD",
}
"""Background colours of statuses and verdicts; the word says the same."""


def render(report: Report) -> bytes:
    """Return the report as a workbook; equal reports give equal bytes."""
    content = BytesIO()
    # Rows are written to disk immediately: a million need no more memory than a few.
    book = Workbook(content, {"constant_memory": True})
    book.set_properties(
        {
            "title": "amlaudit",
            "comments": f"amlaudit {report.version}",
            "created": report.at.astimezone(UTC).replace(tzinfo=None),
        }
    )
    styles = _Styles(book)
    for sheet in sheets_of(report):
        _write(book.add_worksheet(sheet.name), sheet, styles)
    if report.checklist:
        write_checklist(book, report.checklist)
    book.close()
    return content.getvalue()


class _Styles:
    """Cell formats."""

    def __init__(self, book: Workbook) -> None:
        self.heading = book.add_format({"bold": True, "bg_color": "#E8ECF1", "text_wrap": True})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.number = book.add_format({"valign": "top"})
        self._coloured = {
            word: book.add_format({"bg_color": colour, "valign": "top"})
            for word, colour in _COLOURS.items()
        }

    def of(self, text: str) -> Format:
        """Return the format of a text."""
        return self._coloured.get(text, self.text)


def _write(page: Worksheet, sheet: Sheet, styles: _Styles) -> None:
    """Write a sheet: frozen headings with filters, then the rows."""
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, column.width)
        page.write_string(0, number, column.name, styles.heading)
    page.freeze_panes(1, sheet.frozen)
    last = _write_rows(page, sheet.rows, styles)
    page.autofilter(0, 0, max(last, 1), len(sheet.columns) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _write_rows(page: Worksheet, rows: Iterable[tuple[str | float, ...]], styles: _Styles) -> int:
    """Write rows, and return the number of the last one, which states what did not fit."""
    row = 0
    for row, cells in enumerate(rows, 1):
        if row == _MAX_ROWS - 1:
            page.write_string(row, 0, "More rows than a sheet holds; the others are in the CSV.")
            break
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                text = in_lines(cell)
                page.write_string(row, column, text, styles.of(text))
            else:
                page.write_number(row, column, cell, styles.number)
    return row

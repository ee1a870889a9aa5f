"""The findings as CSV (RFC 4180), for spreadsheets and ticket systems; UTF-8, CRLF.

The first column states the outcome of the run, so that no row can be mistaken for a whole result.
https://www.rfc-editor.org/rfc/rfc4180
"""

import csv
from collections.abc import Iterator
from io import StringIO

from msgspec import Struct

from amlaudit.core.report import Report
from amlaudit.reporters.rows import COLUMNS, run_of, safe


class CsvOptions(Struct, frozen=True):
    """Options for CSV.

    Attributes:
        bom: Whether it begins with a byte order mark, without which Excel misreads UTF-8.
    """

    bom: bool = False


def stream(report: Report, options: CsvOptions) -> Iterator[str]:
    """Yield the findings, one per row, after a header row."""
    row = StringIO(newline="")
    writer = csv.writer(row, lineterminator="\r\n")
    if options.bom:
        row.write("\ufeff")
    writer.writerow(["run", *(column.name for column in COLUMNS)])
    run = run_of(report)
    for finding in report.findings:
        yield _emptied(row)
        writer.writerow([run, *(safe(column.cell(finding)) for column in COLUMNS)])
    yield _emptied(row)


def _emptied(row: StringIO) -> str:
    """Return what was written, and clear the buffer."""
    text = row.getvalue()
    row.seek(0)
    row.truncate()
    return text

"""The findings as CSV (RFC 4180), for spreadsheets and ticket systems; UTF-8, CRLF.

The first column says how the run came out, so that no row can be taken for a whole result.
https://www.rfc-editor.org/rfc/rfc4180
"""

import csv
from collections.abc import Iterator
from io import StringIO

from msgspec import Struct

from amlaudit.core.report import Report
from amlaudit.reporters.rows import COLUMNS, run_of, safe


class CsvOptions(Struct, frozen=True):
    """How CSV is written.

    Attributes:
        bom: Whether it begins with a byte order mark, without which Excel takes UTF-8 for
            something else.
    """

    bom: bool = False


def stream(report: Report, options: CsvOptions) -> Iterator[str]:
    """Yield the findings, one a row, after a row of headings."""
    row = StringIO(newline="")
    writer = csv.writer(row, lineterminator="\r\n")
    if options.bom:
        row.write("\ufeff")
    writer.writerow(["run", *(column.name for column in COLUMNS)])
    run = run_of(report)
    for finding in report.findings:
        yield _taken(row)
        writer.writerow([run, *(safe(column.cell(finding)) for column in COLUMNS)])
    yield _taken(row)


def _taken(row: StringIO) -> str:
    """Return what was written, and make room."""
    text = row.getvalue()
    row.seek(0)
    row.truncate()
    return text

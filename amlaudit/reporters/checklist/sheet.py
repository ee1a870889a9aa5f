"""The checklist as a workbook sheet, with cells for answers and signatures."""

from io import BytesIO
from typing import TYPE_CHECKING, Final

from amlaudit.core.checklist import AnswerState, Checklist, Decision, QuestionResult
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.reporters.checklist.words import (
    CHECKS,
    ITEMS,
    answer_of,
    check_text,
    level_of,
    rules_of,
    sum_of,
)
from amlaudit.reporters.words import moment_of, visible

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_COLUMNS: Final = (
    ("Item", 8), ("Key", 34), ("Asks or checks", 60), ("Who", 16), ("Level", 18), ("State", 16),
    ("What is known", 60), ("Answer", 16), ("Evidence or justification", 40), ("Answered by", 20),
)  # fmt: skip
_SIGNED: Final = ("Role", "Name", "When, UTC", "Decision", "Comment", "Stands")
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_LONGEST_CELL: Final = 32_767
"""Maximum number of characters.
https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3"""


def workbook(checklist: Checklist) -> bytes:
    """Return a workbook that contains only the checklist.

    Raises:
        AmlauditError: XlsxWriter is not installed.
    """
    try:
        from xlsxwriter import Workbook  # noqa: PLC0415 - comes with an extra
    except ImportError as error:
        raise AmlauditError(
            "E305",
            "Workbooks need XlsxWriter, which is not installed",
            advice="pip install 'amlaudit[xlsx]'",
            exit_code=Exit.USAGE,
        ) from error
    content = BytesIO()
    with Workbook(content, _OPTIONS) as book:
        book.set_properties({"created": checklist.at.replace(tzinfo=None)})
        write_checklist(book, checklist)
    return content.getvalue()


def write_checklist(book: "Workbook", checklist: Checklist) -> None:
    """Add the sheets Checklist and Sign-off to a workbook."""
    bold, wrapped = (
        book.add_format({"bold": True}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    _write_items(book.add_worksheet("Checklist"), checklist, bold, wrapped)
    _write_signatures(book.add_worksheet("Sign-off"), checklist, bold, wrapped)


def _write_items(
    sheet: "Worksheet", checklist: Checklist, bold: "Format", wrapped: "Format"
) -> None:
    """Write a row for every check and every question."""
    for column, (title, width) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width, wrapped)
        _put(sheet, 0, column, title, bold)
    row = 0
    for item in checklist.items:
        for check in item.checks:
            row += 1
            cells = (item.item.key, check.key, f"{item.item.subject} ({rules_of(check)})", "scan",
                    "blocking", CHECKS[check.state], check_text(check))  # fmt: skip
            _put_row(sheet, row, cells)
        for each in item.questions:
            row += 1
            _put_row(sheet, row, (item.item.key, *_question(each)))
            _choice(sheet, row, 7, [state.value for state in AnswerState])
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, row, len(_COLUMNS) - 1)
    _fit_paper(sheet)
    sheet.repeat_rows(0)


def _question(result: QuestionResult) -> tuple[str, ...]:
    """Return the cells of a question after that of its item."""
    question, given = result.question, result.answer
    state = "settled" if result.settled else "open" if result.required else "advised"
    return (
        question.id,
        f"{question.asks} (shown by {question.evidence})",
        question.role,
        level_of(result),
        state,
        answer_of(result),
        given.state if given else AnswerState.NOT_VERIFIED,
        given.text if given else "",
        given.answered_by if given else "",
    )


def _write_signatures(
    sheet: "Worksheet", checklist: Checklist, bold: "Format", wrapped: "Format"
) -> None:
    """Write the verdict, and a row for every signature, given or missing."""
    sheet.set_column(0, len(_SIGNED) - 1, 24, wrapped)
    about = (
        ("Workspace", checklist.workspace),
        ("Verdict", checklist.readiness),
        ("Open", sum_of(checklist)),
        ("Items", ", ".join(f"{each.item.key} {ITEMS[each.state]}" for each in checklist.items)),
        ("Judged at, UTC", moment_of(checklist.at)),
        ("Scan", checklist.scan_id),
        ("What is signed, SHA-256", checklist.sha256),
        *(("Exception", each) for each in checklist.exceptions),
    )
    for row, pair in enumerate(about):
        _put_row(sheet, row, pair)
    top = len(about) + 1
    for column, title in enumerate(_SIGNED):
        _put(sheet, top, column, title, bold)
    signed = [
        (each.sign_off.role, each.sign_off.name, moment_of(each.sign_off.at),
         each.sign_off.decision, each.sign_off.comment, each.message or "yes")
        for each in checklist.signatures
    ]  # fmt: skip
    missing = [(role, "", "", "", "", "not signed") for role in checklist.missing_roles]
    for row, cells in enumerate([*signed, *missing], start=top + 1):
        _put_row(sheet, row, cells)
        _choice(sheet, row, 3, [each.value for each in Decision])
    _fit_paper(sheet)


def _fit_paper(sheet: "Worksheet") -> None:
    """Fit all columns of a sheet on one page."""
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _choice(sheet: "Worksheet", row: int, column: int, words: list[str]) -> None:
    """Restrict a cell to a list of words."""
    sheet.data_validation(row, column, row, column, {"validate": "list", "source": words})


def _put_row(sheet: "Worksheet", row: int, texts: tuple[str, ...]) -> None:
    """Write texts into the cells of a row."""
    for column, text in enumerate(texts):
        _put(sheet, row, column, text)


def _put(
    sheet: "Worksheet", row: int, column: int, text: str, style: "Format | None" = None
) -> None:
    """Write a text, which is never interpreted as a formula."""
    shown = str(visible(str(text)))[:_LONGEST_CELL]
    sheet.write_string(row, column, shown, style)

"""The state of a checklist for the terminal; fits in 80 columns."""

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from amlaudit.cli.lines import in_line, print_trimmed
from amlaudit.core.checklist import Checklist, CheckState, ItemResult, ItemState, Readiness
from amlaudit.reporters.checklist.words import (
    CHECKS,
    advice,
    answer_of,
    open_checks,
    open_questions,
    result_text,
    sum_of,
)

_STYLES: Final = {
    Readiness.READY: "bold green",
    Readiness.EXCEPTIONS: "bold yellow",
    Readiness.NOT_READY: "bold red",
}
_CHECK_STYLES: Final = {
    CheckState.FAIL: "red",
    CheckState.UNKNOWN: "yellow",
    CheckState.NOT_AUTOMATED: "cyan",
}


def print_status(checklist: Checklist) -> None:
    """Print what is open and what it depends on, who has signed, and the verdict."""
    console = Console(highlight=False)
    for item in checklist.items:
        if item.state is ItemState.OPEN:
            _print_item(console, item)
    advised = [each.question.id for item in checklist.items for each in advice(item)]
    if advised:
        print_trimmed(console, Text(f"Recommended but not answered: {', '.join(advised)}"))
    for line in checklist.exceptions:
        print_trimmed(console, in_line(f"Exception: {line}", "yellow"))
    for line in _signatures(checklist):
        print_trimmed(console, in_line(line))
    verdict = Text(str(checklist.readiness), style=_STYLES[checklist.readiness])
    rest = in_line(f"· {checklist.workspace} · {sum_of(checklist)}")
    print_trimmed(console, Text.assemble(verdict, " ", rest))


def _print_item(console: Console, item: ItemResult) -> None:
    """Print what keeps an item open."""
    console.print(Text(f"{item.item.key} {item.item.subject}", style="bold"))
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(width=17)
    table.add_column(overflow="fold")
    for check in open_checks(item):
        word = Text(CHECKS[check.state], style=_CHECK_STYLES.get(check.state, ""))
        waits = (
            f" → {', '.join(check.questions)}" if check.state is CheckState.NOT_AUTOMATED else ""
        )
        table.add_row(word, in_line(f"{check.key}: {result_text(check)}{waits}"))
    for result in open_questions(item):
        question = result.question
        text = f"{question.asks} ({question.role}): {answer_of(result)}"
        table.add_row(Text(question.id, style="bold"), in_line(text))
    print_trimmed(console, table)


def _signatures(checklist: Checklist) -> Iterator[str]:
    """Yield who has signed, and the roles that nobody has signed for."""
    for each in checklist.signatures:
        signed = each.sign_off
        doubt = f" ({each.message})" if each.message else ""
        yield f"Signed for {signed.role}: {signed.name}, {signed.decision}{doubt}"
    if checklist.missing_roles:
        yield f"Not signed for: {', '.join(checklist.missing_roles)}"

"""The state of a checklist in a terminal; 80 columns do."""

from collections.abc import Iterator
from typing import Final

from amlaudit.cli.grid import Column, Grid
from amlaudit.cli.lines import BOLD, CYAN, GREEN, RED, YELLOW, in_line, text_of
from amlaudit.cli.terminal import print_lines
from amlaudit.core.checklist import Checklist, CheckState, ItemResult, ItemState, Readiness
from amlaudit.reporters.checklist.words import (
    CHECKS,
    advice,
    answer_of,
    open_checks,
    open_questions,
    said_of,
    sum_of,
)

_STYLES: Final = {
    Readiness.READY: f"{BOLD};{GREEN}",
    Readiness.EXCEPTIONS: f"{BOLD};{YELLOW}",
    Readiness.NOT_READY: f"{BOLD};{RED}",
}
_CHECK_STYLES: Final = {
    CheckState.FAIL: RED,
    CheckState.UNKNOWN: YELLOW,
    CheckState.NOT_AUTOMATED: CYAN,
}


def print_status(checklist: Checklist) -> None:
    """Print what is open, what it leans on, who has signed, and the verdict."""
    for item in checklist.items:
        if item.state is ItemState.OPEN:
            _print_item(item)
    advised = [each.question.id for item in checklist.items for each in advice(item)]
    if advised:
        print_lines(f"Advised and not answered: {', '.join(advised)}")
    for told in checklist.exceptions:
        print_lines(in_line(f"Exception: {told}", YELLOW))
    for told in _signatures(checklist):
        print_lines(in_line(told))
    verdict = text_of(str(checklist.readiness), _STYLES[checklist.readiness])
    rest = in_line(f"· {checklist.workspace} · {sum_of(checklist)}")
    print_lines(verdict + text_of(" ") + rest)


def _print_item(item: ItemResult) -> None:
    """Print what keeps an item open."""
    print_lines(f"{item.item.key} {item.item.subject}", BOLD)
    grid = Grid((Column(width=17), Column()))
    for check in open_checks(item):
        word = text_of(CHECKS[check.state], _CHECK_STYLES.get(check.state, ""))
        waits = (
            f" → {', '.join(check.questions)}" if check.state is CheckState.NOT_AUTOMATED else ""
        )
        grid.add(word, in_line(f"{check.key}: {said_of(check)}{waits}"))
    for result in open_questions(item):
        question = result.question
        told = f"{question.asks} ({question.role}): {answer_of(result)}"
        grid.add(text_of(question.id, BOLD), in_line(told))
    print_lines(grid)


def _signatures(checklist: Checklist) -> Iterator[str]:
    """Yield who signed, and for whom nobody has."""
    for each in checklist.signatures:
        signed = each.sign_off
        doubt = f" ({each.message})" if each.message else ""
        yield f"Signed for {signed.role}: {signed.name}, {signed.decision}{doubt}"
    if checklist.missing_roles:
        yield f"Not signed for: {', '.join(checklist.missing_roles)}"

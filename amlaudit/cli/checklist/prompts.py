"""Prompts a person for answers at a terminal, one question after the other."""

from collections.abc import Iterator
from textwrap import fill
from typing import Final

import click

from amlaudit.cli.checklist.answers import signed
from amlaudit.cli.checklist.opening import Opened
from amlaudit.core.checklist import (
    Answer,
    AnswerState,
    Checklist,
    CheckResult,
    CheckState,
    ItemResult,
    QuestionResult,
    Role,
)
from amlaudit.engine.checklist.answers import lacking
from amlaudit.reporters.checklist.words import CHECKS, answer_of, level_of
from amlaudit.reporters.words import visible

_LEAVE: Final = "q"
_SKIP: Final = ""
_WORDS: Final = [each.value for each in AnswerState if each is not AnswerState.NOT_VERIFIED]
_TEXTS: Final = {
    AnswerState.YES: "Evidence, text or link",
    AnswerState.NO: "What is missing",
    AnswerState.PLANNED: "What is planned",
    AnswerState.NOT_REQUIRED: "Why it is not required",
    AnswerState.NOT_APPLICABLE: "Why it does not apply",
}
_WIDTH: Final = 78


def open_for(checklist: Checklist, role: Role | None) -> list[tuple[ItemResult, QuestionResult]]:
    """Return the open questions, only those of one role if one is given."""
    return [
        (item, each)
        for item in checklist.items
        for each in item.questions
        if role in (None, each.question.role)
        and (each.state is AnswerState.NOT_VERIFIED or (each.required and not each.settled))
    ]


def ask(opened: Opened, role: Role | None, by: str) -> Opened:
    """Ask a person every open question, and save each answer before the next question.

    Args:
        opened: The answer file, and the report that is shown with each question.
        role: Whose questions to ask; None: everybody's.
        by: Who answers.
    """
    todo = open_for(opened.checklist, role)
    checks = {each.key: each for item in opened.checklist.items for each in item.checks}
    for number, (item, result) in enumerate(todo, start=1):
        _say(f"\n{item.item.key} {item.item.subject} · question {number} of {len(todo)}")
        for line in _background(result, checks):
            _say(line)
        answer = _asked(result)
        if answer is None:
            break
        if answer.state is not AnswerState.NOT_VERIFIED:
            opened = opened.answered(signed(opened, [answer], by, opened.report.at))
    return opened


def _background(result: QuestionResult, checks: dict[str, CheckResult]) -> Iterator[str]:
    """Yield what a person should know before answering, but never an answer."""
    question = result.question
    need = " · a yes needs evidence" if question.needs_evidence else ""
    yield f"{question.id} · {question.role} · {level_of(result)}{need}"
    yield _indented(question.asks)
    yield _indented(f"Evidence: {question.evidence}")
    if keys := dict.fromkeys((*question.depends_on, *result.stands_in_for)):
        yield "  The scan says:"
        for key in keys:
            yield from _seen(checks[key])
    if result.answer and result.answer.state is not AnswerState.NOT_VERIFIED:
        yield _indented(f"Current answer: {answer_of(result)}")


def _seen(check: CheckResult) -> Iterator[str]:
    """Yield the result of a check in the scan."""
    yield _indented(f"{check.key}: {CHECKS[check.state]}, {check.message}", 4)
    if check.state in (CheckState.FAIL, CheckState.UNKNOWN, CheckState.WAIVED):
        for each in check.sightings:
            yield _indented(f"{each.rule_id} {each.resource}: {each.message}", 6)


def _asked(result: QuestionResult) -> Answer | None:
    """Prompt for an answer; an unverified one means skip, None means quit."""
    choice = click.Choice([*_WORDS, _LEAVE, _SKIP])
    while True:
        word = click.prompt(
            f"  {', '.join(_WORDS)}; Enter to skip, {_LEAVE} to quit",
            type=choice,
            default=_SKIP,
            show_default=False,
            show_choices=False,
            err=True,
        )
        if word == _LEAVE:
            return None
        if word == _SKIP:
            return Answer(result.question.id, AnswerState.NOT_VERIFIED)
        answer = _with_details(result.question.id, AnswerState(word))
        missing = lacking(result.question, answer)
        if not missing:
            return answer
        _say(f"  {missing}.")


def _with_details(question: str, state: AnswerState) -> Answer:
    """Prompt for the details that an answer needs, and return it."""
    text = _line(_TEXTS[state])
    owner, due = "", None
    if state is AnswerState.PLANNED:
        owner = _line("Owner")
        day = click.prompt("  Due date", type=click.DateTime(["%Y-%m-%d"]), err=True)
        due = day.date()
    return Answer(question, state, text, owner=owner, due=due)


def _line(prompt: str) -> str:
    """Prompt for one line, which may be empty."""
    text: str = click.prompt(f"  {prompt}", default="", show_default=False, err=True)
    return text.strip()


def _indented(text: str, by: int = 2) -> str:
    """Return a text wrapped and indented, with control characters from the cloud made visible."""
    lead = " " * by
    shown = str(visible(text))
    return fill(shown, _WIDTH, initial_indent=lead, subsequent_indent=lead + "  ")


def _say(text: str) -> None:
    """Print something next to the prompts."""
    click.echo(text, err=True)

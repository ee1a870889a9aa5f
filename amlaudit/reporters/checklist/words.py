"""How human-readable reports word the contents of a checklist."""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.checklist import (
    AnswerState,
    Checklist,
    CheckResult,
    CheckState,
    ItemResult,
    ItemState,
    QuestionResult,
)
from amlaudit.reporters.texts import number
from amlaudit.reporters.words import moment_of

CHECKS: Final = {
    CheckState.FAIL: "failing",
    CheckState.UNKNOWN: "not known",
    CheckState.NOT_AUTOMATED: "not automated yet",
    CheckState.WAIVED: "waived",
    CheckState.PASS: "passed",
    CheckState.NOT_APPLICABLE: "not applicable",
}
ANSWERS: Final = {
    AnswerState.NOT_VERIFIED: "not verified",
    AnswerState.YES: "yes",
    AnswerState.NO: "no",
    AnswerState.PLANNED: "planned",
    AnswerState.NOT_REQUIRED: "not required",
    AnswerState.NOT_APPLICABLE: "not applicable",
}
ITEMS: Final = {
    ItemState.OPEN: "open",
    ItemState.EXCEPTIONS: "ready with exceptions",
    ItemState.READY: "ready",
}


def level_of(result: QuestionResult) -> str:
    """Return how much depends on a question."""
    if result.question.blocking:
        return "blocking"
    reason = result.question.level_reason
    company = f" by the company: {reason}" if reason else ""
    if result.stands_in_for:
        return f"must be settled, as no rule covers {', '.join(result.stands_in_for)}{company}"
    return f"advised{company}"


def result_text(check: CheckResult) -> str:
    """Return why a check is in its state, with the first of the findings that determine it."""
    shown = check.sightings if check.state in (CheckState.FAIL, CheckState.UNKNOWN) else ()
    text = "; ".join(f"{each.rule_id} {each.resource}" for each in shown[:2])
    more = check.total - min(len(shown), 2) if shown else 0
    rest = f" and {more} more" if more else ""
    return f"{check.message} ({text}{rest})" if text else check.message


def check_text(check: CheckResult) -> str:
    """Return `result_text` a check, with who answers it if no rule does, and what excuses it."""
    text = result_text(check)
    if check.state is CheckState.NOT_AUTOMATED:
        text += f"; answered by {', '.join(check.questions)}"
    return f"{text} (waivers {', '.join(check.waivers)})" if check.waivers else text


def rules_of(check: CheckResult) -> str:
    """Return what a check is answered by."""
    if check.rules:
        return ", ".join(check.rules)
    return "people" if check.state is CheckState.NOT_AUTOMATED else "the report itself"


def answer_of(result: QuestionResult) -> str:
    """Return the answer, by whom and when it was given, and why it does not count."""
    given = result.answer
    if given is None or given.state is AnswerState.NOT_VERIFIED:
        return "not answered"
    parts = [ANSWERS[given.state], given.text]
    if given.state is AnswerState.PLANNED:
        parts.append(f"by {given.owner or 'nobody'} until {given.due or 'no date'}")
    text = ": ".join(filter(None, parts))
    when = f", {moment_of(given.answered_at)} UTC" if given.answered_at else ""
    who = f" ({given.answered_by or 'nobody'}{when})"
    return f"{text}{who}" + (f"; not verified: {result.message}" if result.message else "")


def open_checks(item: ItemResult) -> Iterator[CheckResult]:
    """Yield the checks that keep an item open."""
    return (each for each in item.checks if not each.settled)


def open_questions(item: ItemResult) -> Iterator[QuestionResult]:
    """Yield the questions that keep an item open."""
    return (each for each in item.questions if each.required and not each.settled)


def advice(item: ItemResult) -> Iterator[QuestionResult]:
    """Yield the questions that should be answered but do not keep anything open."""
    return (
        each
        for each in item.questions
        if not each.required and each.state is AnswerState.NOT_VERIFIED
    )


def sum_of(checklist: Checklist) -> str:
    """Return the number of open items, and of the checks and questions that keep them open."""
    waiting = [each for each in checklist.items if each.state is ItemState.OPEN]
    checks = {each.key for item in waiting for each in open_checks(item)}
    questions = {each.question.id for item in waiting for each in open_questions(item)}
    return (
        f"{len(waiting)} of {number(len(checklist.items), 'item')} open: "
        f"{number(len(checks), 'check')}, {number(len(questions), 'question')}"
    )

"""Which answers count, and which questions they settle."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec.structs import asdict

from amlaudit.core.checklist import (
    Answer,
    Answers,
    AnswerState,
    CheckResult,
    CheckState,
    Item,
    Question,
    QuestionResult,
)
from amlaudit.engine.checklist.facts import Facts

_SETTLED = (AnswerState.YES, AnswerState.NOT_REQUIRED, AnswerState.NOT_APPLICABLE)


def questions_of(
    items: Collection[Item],
    checks: Mapping[str, CheckResult],
    facts: Facts,
    answers: Answers,
    at: datetime,
) -> dict[str, QuestionResult]:
    """Return the result of every question, by id.

    Args:
        items: The items that ask them.
        checks: What a report says about the checks.
        facts: What it says about each rule.
        answers: What people said.
        at: The time at which answers are judged, UTC.
    """
    found: dict[str, QuestionResult] = {}
    for question in (each for item in items for each in item.questions):
        hashed = _facts_of(question, checks, facts)
        answer = answers.given.get(question.id)
        problem = _problem(question, answer, hashed, at, answers.max_age_days) if answer else ""
        state = answer.state if answer and not problem else AnswerState.NOT_VERIFIED
        stands_in_for = tuple(
            key
            for key, check in checks.items()
            if check.state is CheckState.NOT_AUTOMATED and question.id in check.questions
        )
        found[question.id] = QuestionResult(
            question=question,
            answer=answer,
            state=state,
            message=problem,
            required=question.blocking or bool(stands_in_for),
            settled=state in _SETTLED or (state is AnswerState.PLANNED and not question.blocking),
            stands_in_for=stands_in_for,
            facts=hashed,
        )
    return found


def lacking(question: Question, answer: Answer) -> str:
    """Return what an answer lacks besides who gave it and when, empty if nothing."""
    match answer.state:
        case AnswerState.YES if question.needs_evidence and not answer.text:
            return "a yes to this question needs evidence: text or a link"
        case AnswerState.PLANNED if not answer.owner or answer.due is None:
            return "a plan needs an owner and a due date"
        case AnswerState.NOT_REQUIRED | AnswerState.NOT_APPLICABLE if not answer.text:
            return f"{answer.state} needs a justification"
    return ""


def _problem(
    question: Question, answer: Answer, facts: str, at: datetime, max_age_days: int
) -> str:
    """Return why an answer does not count at a given time, empty if it does."""
    if answer.state is AnswerState.NOT_VERIFIED:
        return ""
    if not answer.answered_by or answer.answered_at is None:
        return "who answered, and when, is not recorded"
    return (
        lacking(question, answer)
        or _out_of_time(answer, at, max_age_days)
        or _overtaken(question, answer, facts)
    )


def _out_of_time(answer: Answer, at: datetime, max_age_days: int) -> str:
    """Return why the dates of an answer keep it from counting, empty if they do not."""
    given = answer.answered_at
    if given and given > at:
        return "it is dated in the future"
    if given and at - given > timedelta(days=max_age_days):
        return f"it is older than {max_age_days} days"
    if answer.state is AnswerState.PLANNED and answer.due and answer.due < at.date():
        return f"the plan was due on {answer.due}"
    return ""


def _overtaken(question: Question, answer: Answer, facts: str) -> str:
    """Return what has changed since an answer, empty if nothing has."""
    if facts == answer.facts:
        return ""
    what = ", ".join(question.depends_on)
    if not answer.facts:
        return f"it depends on {what}, but was given without a scan"
    return f"what it depends on has changed since ({what})"


def _facts_of(question: Question, checks: Mapping[str, CheckResult], facts: Facts) -> str:
    """Return a hash over what the report says about the checks that a question depends on."""
    if not question.depends_on:
        return ""
    digest = sha256()
    for key in question.depends_on:
        check = checks[key]
        digest.update(f"{key} {check.state}\n".encode())
        for rule in check.rules:
            known = facts.rules.get(rule)
            digest.update(f"{rule} {known.digest.hexdigest() if known else ''}\n".encode())
    return digest.hexdigest()[:16]


def digest_of(answers: Answers) -> str:
    """Return a hash over all answers, without signatures."""
    fields = {key: asdict(answer) for key, answer in answers.given.items()}
    text = json.dumps([answers.workspace, fields], sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()

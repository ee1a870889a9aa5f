"""The verdict on a checklist, and whose signatures are valid."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from itertools import chain

from msgspec.structs import replace

from amlaudit.core.checklist import (
    Answers,
    AnswerState,
    Checklist,
    CheckResult,
    CheckState,
    Item,
    ItemResult,
    ItemState,
    QuestionResult,
    Readiness,
    Role,
    Signature,
    SignOff,
)
from amlaudit.core.report import Report
from amlaudit.engine.checklist.answers import digest_of, questions_of
from amlaudit.engine.checklist.checks import checks_of
from amlaudit.engine.checklist.facts import facts_of

_SCAN_ID_LENGTH = 12


def judge(
    items: Collection[Item], gaps: Mapping[str, str], report: Report, answers: Answers
) -> Checklist:
    """Return the checklist as of the day of a report.

    Args:
        items: What is asked.
        gaps: Why no rule answers a check, by key.
        report: What a scan says.
        answers: What people said.
    """
    answering = {key: ids for item in items for key, ids in item.checks.items()}
    depended_on = {key for item in items for each in item.questions for key in each.depends_on}
    facts = facts_of(
        report,
        wanted=chain.from_iterable(answering.values()),
        watched={each for key in depended_on for each in answering[key]},
    )
    checks = checks_of(items, gaps, report, facts)
    questions = questions_of(items, checks, facts, answers, report.at)
    checks = {key: _settled(check, questions) for key, check in checks.items()}
    judged = tuple(_item(item, checks, questions) for item in items)
    signed = sha256(f"{facts.digest} {digest_of(answers)}".encode()).hexdigest()
    return Checklist(
        workspace=answers.workspace,
        at=report.at,
        scan_id=facts.digest[:_SCAN_ID_LENGTH],
        max_answer_age_days=answers.max_age_days,
        items=judged,
        signatures=tuple(_signatures(answers.sign_offs, signed, report.at)),
        readiness=_readiness(judged),
        exceptions=tuple(
            dict.fromkeys(exception for each in judged for exception in each.exceptions)
        ),
        sha256=signed,
    )


def _settled(check: CheckResult, questions: Mapping[str, QuestionResult]) -> CheckResult:
    """Return a check, settled by people where no rule can."""
    if check.state is not CheckState.NOT_AUTOMATED or not check.questions:
        return check
    return replace(check, settled=all(questions[each].settled for each in check.questions))


def _item(
    item: Item, checks: Mapping[str, CheckResult], questions: Mapping[str, QuestionResult]
) -> ItemResult:
    """Return the result of an item."""
    checked = tuple(checks[key] for key in item.checks)
    asked = tuple(questions[each.id] for each in item.questions)
    exceptions = (*_waived(item, checked), *_planned(asked))
    unsettled = [each for each in checked if not each.settled]
    unanswered = [each for each in asked if each.required and not each.settled]
    if unsettled or unanswered:
        return ItemResult(item, checked, asked, ItemState.OPEN, exceptions)
    state = ItemState.EXCEPTIONS if exceptions else ItemState.READY
    return ItemResult(item, checked, asked, state, exceptions)


def _waived(item: Item, checks: Iterable[CheckResult]) -> Iterator[str]:
    """Yield the waivers that an item relies on, in words."""
    for check in checks:
        if check.waivers:
            yield f"{item.key} {check.key}: waived by {', '.join(check.waivers)}"


def _planned(questions: Iterable[QuestionResult]) -> Iterator[str]:
    """Yield the plans that an item relies on, in words."""
    for each in questions:
        if each.state is AnswerState.PLANNED and each.answer:
            plan = each.answer
            yield f"{each.question.id}: planned by {plan.owner} until {plan.due}"


def _readiness(items: Iterable[ItemResult]) -> Readiness:
    """Return the verdict on all items together."""
    states = {each.state for each in items}
    if ItemState.OPEN in states:
        return Readiness.NOT_READY
    return Readiness.EXCEPTIONS if ItemState.EXCEPTIONS in states else Readiness.READY


def _signatures(sign_offs: Collection[SignOff], signed: str, at: datetime) -> Iterator[Signature]:
    """Yield each sign-off with what keeps it from counting."""
    last = {each.role: each for each in sign_offs}
    standing = [each for each in last.values() if each.sha256 == signed and each.at <= at]
    for each in sign_offs:
        superseded = each.sha256 != signed
        message = ""
        if superseded:
            message = "superseded: the answers or the report have changed since"
        elif each is not last[each.role]:
            message = "signed again since"
        elif each not in standing:
            message = "it is dated in the future"
        elif each.role is Role.APPROVER and not others_signed(each.name, standing):
            message = "nobody else has signed the current version"
        yield Signature(each, superseded, message)


def others_signed(approver: str, standing: Iterable[SignOff]) -> bool:
    """Tell whether anybody other than the approver has signed for another role."""
    names = {each.name.casefold() for each in standing if each.role is not Role.APPROVER}
    return bool(names - {approver.casefold()})

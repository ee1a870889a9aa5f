"""Answers given on the command line or in a file instead of at a prompt."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

import click
from msgspec.structs import replace

from amlaudit.cli.checklist.opening import Opened
from amlaudit.core.checklist import Answer, AnswerState
from amlaudit.core.suggestions import did_you_mean
from amlaudit.engine.checklist.answers import lacking
from amlaudit.rulebook.answer_reader import read_answers


class AnswerType(click.ParamType[Answer]):
    """An option value of the form `ID=ANSWER[:TEXT]`, or `ID=planned:OWNER:DAY[:TEXT]`."""

    name = "id=answer[:text]"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Answer:
        """Return the answer, or fail if it is not one."""
        if isinstance(value, Answer):
            return value
        question, equals, said = str(value).partition("=")
        word, _, text = said.partition(":")
        known = [state.value for state in AnswerState]
        if not equals:
            self.fail(f'"{value}" does not have the form {self.name}', param, ctx)
        if word not in known:
            hint = did_you_mean(word, known)
            self.fail(f'"{word}" is not one of {", ".join(known)}.{hint}', param, ctx)
        if word != AnswerState.PLANNED:
            return Answer(question.strip(), AnswerState(word), text.strip())
        owner, _, rest = text.partition(":")
        day, _, text = rest.partition(":")
        try:
            due = date.fromisoformat(day.strip())
        except ValueError:
            self.fail(
                f'"{value}": a plan must have the form ID=planned:OWNER:YYYY-MM-DD', param, ctx
            )
        return Answer(
            question.strip(), AnswerState.PLANNED, text.strip(), owner=owner.strip(), due=due
        )


def signed(opened: Opened, answers: Iterable[Answer], by: str, at: datetime) -> Iterator[Answer]:
    """Yield answers completed with who gave them, when, and for which scan.

    Raises:
        UsageError: There is no such question, or an answer is incomplete.
    """
    checklist, questions = opened.checklist, opened.questions
    facts = {each.question.id: each.facts for item in checklist.items for each in item.questions}
    for answer in answers:
        if answer.question not in questions:
            hint = did_you_mean(answer.question, questions)
            raise click.UsageError(f'Unknown question "{answer.question}".{hint}')
        whole = replace(
            answer,
            answered_by=by,
            answered_at=at,
            scan_id=checklist.scan_id,
            facts=facts[answer.question],
        )
        if missing := lacking(questions[answer.question], whole):
            raise click.UsageError(f"{answer.question}: {missing}.")
        yield whole


def imported(opened: Opened, path: Path) -> Iterator[Answer]:
    """Yield the answers from another file that are newer than the existing ones.

    Raises:
        AmlauditError: The file is invalid.
        UsageError: It is about another workspace.
    """
    other = read_answers(path, opened.questions)
    if other.workspace.casefold() != opened.answers.workspace.casefold():
        raise click.UsageError(
            f"{path} is about {other.workspace}, {opened.path} about {opened.answers.workspace}."
        )
    for key, answer in other.given.items():
        known = opened.answers.given.get(key)
        if answer.state is not AnswerState.NOT_VERIFIED and (
            known is None or _age(known) < _age(answer)
        ):
            yield answer


def _age(answer: Answer) -> float:
    """Return when an answer was given, in seconds since 1970; 0 if it does not say."""
    return answer.answered_at.timestamp() if answer.answered_at else 0

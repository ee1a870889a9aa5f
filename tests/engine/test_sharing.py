"""The surroundings of a resource are judged once for all conditions that ask the same."""

import pytest

from amlaudit.core.conditions import (
    FALSE,
    TRUE,
    Comparison,
    Condition,
    CountNeighbours,
    Operator,
    Scalar,
)
from amlaudit.core.subject import Subject
from amlaudit.engine import sharing as module
from amlaudit.engine.outcome import Judge, Outcome
from amlaudit.engine.sharing import judged_once
from tests.estates import WORKSPACE_ID, estate, resource


class Asked:
    """A judge that records what it was asked about."""

    def __init__(self) -> None:
        self.subjects: list[Subject] = []

    def __call__(self, subject: Subject) -> Outcome:
        self.subjects.append(subject)
        return Outcome(TRUE, ())


def computes(operand: Scalar) -> Condition:
    where = Comparison(("kind",), Operator.EQUALS, operand)
    return CountNeighbours("computes", where, Operator.GREATER_OR_EQUALS, 1)


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_conditions_that_ask_the_same_ask_once(asked: Asked) -> None:
    found = Subject(resource(WORKSPACE_ID), estate())
    one, other = (
        judged_once(computes(operand=True), asked),
        judged_once(computes(operand=True), asked),
    )
    assert one(found) is other(found)
    assert len(asked.subjects) == 1


def test_conditions_that_are_equal_and_ask_something_else_do_not() -> None:
    found = Subject(resource(WORKSPACE_ID), estate())
    no: Judge = lambda _: Outcome(FALSE, ())  # noqa: E731 - a judge
    assert computes(operand=True) == computes(1)
    assert judged_once(computes(operand=True), Asked())(found).truth == TRUE
    assert judged_once(computes(1), no)(found).truth == FALSE


def test_another_document_with_the_same_id_is_judged_again(asked: Asked) -> None:
    ask, held = judged_once(computes(operand=True), asked), estate()
    ask(Subject(resource(WORKSPACE_ID), held))
    ask(Subject(resource(WORKSPACE_ID), held))
    assert len(asked.subjects) == 2


def test_outcomes_of_one_question_survive_another(asked: Asked) -> None:
    found = Subject(resource(WORKSPACE_ID), estate())
    ask = judged_once(computes("a"), asked)
    ask(found)
    judged_once(computes("b"), asked)(found)
    ask(found)
    assert len(asked.subjects) == 2


def test_another_estate_is_queried_again(asked: Asked) -> None:
    ask, found = judged_once(computes(operand=True), asked), resource(WORKSPACE_ID)
    ask(Subject(found, estate()))
    ask(Subject(found, estate()))
    assert len(asked.subjects) == 2


def test_parts_of_a_resource_are_judged_separately(asked: Asked) -> None:
    ask, found = (
        judged_once(computes(operand=True), asked),
        Subject(resource(WORKSPACE_ID), estate()),
    )
    parts = [found.part({}, ("members", key)) for key in ("0", "1", "0")]
    for each in parts:
        ask(each)
    assert asked.subjects == parts


def test_the_oldest_are_forgotten(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_REMEMBERED", 2)
    ask, held = judged_once(computes(operand=True), asked), estate()
    subjects = [Subject(resource(f"{WORKSPACE_ID}{at}"), held) for at in range(4)]
    for each in (*subjects, subjects[0]):
        ask(each)
    assert len(asked.subjects) == 5

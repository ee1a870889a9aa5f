"""Failed evaluations say which part and why; values are quoted as far as they fit on a line."""

from typing import Any

import pytest

from amlaudit.engine.policy.evaluate import State
from tests.engine.policy.policies import BODY, NO, THING, YES, failure_of, judge

TEXT = f"{THING}/text"


@pytest.mark.parametrize(
    ("operator", "operand", "problem"),
    [
        ("match", {"a": 1}, "match needs a string, not an object"),
        ("matchInsensitively", {"a": 1}, "matchInsensitively needs a string, not an object"),
        ("notMatch", [1], "match needs a string, not a list"),
        ("like", {"a": 1}, "like needs a string, not an object"),
        ("like", "a*b*", "like takes one * at most"),
        ("contains", {"a": 1}, "contains needs a string, not an object"),
        ("containsKey", {"a": 1}, "containsKey needs a string, not an object"),
        ("in", "a", "in needs a list, not a string"),
        ("exists", "maybe", "exists needs true or false, not a string"),
        ("exists", {"a": 1}, "exists needs true or false, not an object"),
        ("less", True, "a boolean cannot be ordered against a boolean"),
    ],
)
def test_an_unsuitable_operand_is_reported(operator: str, operand: Any, problem: str) -> None:
    outcome = judge({"field": TEXT, operator: operand})
    assert outcome.state is State.ERROR
    assert outcome.message.endswith(problem)


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("if(1)", "if(): needs three arguments"),
        ("resourceGroup('x')", "resourceGroup(): it takes no arguments"),
        ("current()", "current(): without a name it is only allowed in a count that is not nested"),
    ],
)
def test_an_unsuitable_function_is_reported(expression: str, problem: str) -> None:
    assert problem.lower() in failure_of(expression).lower()


def test_keywords_of_a_function_are_shown_as_written() -> None:
    assert "needs three arguments" in failure_of("if(1)")
    told = failure_of("current()")
    assert "current(): without a name it is only allowed in a count that is not nested" in told


def test_absence_is_stated() -> None:
    outcome = judge({"field": f"{THING}/absent", "exists": False})
    assert outcome.message == "properties.absent is absent (exists false)"


@pytest.mark.parametrize(
    ("length", "shown"),
    [(79, "x" * 79), (80, "x" * 80), (81, "x" * 79 + "…"), (500, "x" * 79 + "…")],
)
def test_a_long_value_is_cut_at_the_end_of_a_line(length: int, shown: str) -> None:
    body = {**BODY, "kind": "x" * length}
    outcome = judge({"field": "kind", "notEquals": "y"}, body)
    assert outcome.message == f"kind is {shown} (notEquals y)"


@pytest.mark.parametrize(
    ("value", "pattern", "state"),
    [
        ("ab1", "??#", YES),
        ("ab", "??#", NO),
        ("ab12", "??#", NO),
        ("a1b", "??#", NO),
        (7, "#", YES),
    ],
)
@pytest.mark.parametrize("operator", ["match", "matchInsensitively"])
def test_a_pattern_matches_position_by_position_and_as_a_whole(
    value: object, pattern: str, state: State, operator: str
) -> None:
    wanted = State.NOT_APPLICABLE if state is NO else state
    found = judge({"value": value, operator: pattern}).state
    assert found in (state, wanted)
    assert (found is YES) is (state is YES)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ({"a": 1}, {"A": "1"}, True),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"a": 1, "b": 1}, False),
        ([1, "X"], ["1", "x"], True),
        ([1], [1, 2], False),
        ([1, 2], [1], False),
        ([], {}, False),
        ({}, "", False),
        ([], "", False),
    ],
)
def test_values_are_equal_by_text_and_shape(left: object, right: object, *, same: bool) -> None:
    assert (judge({"value": left, "equals": right}).state is YES) is same

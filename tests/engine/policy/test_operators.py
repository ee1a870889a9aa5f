"""Every operator: what it compares, how it treats null, and which operands it rejects."""

import pytest

from amlaudit.engine.policy.evaluate import State
from tests.engine.policy.policies import NO, THING, YES, judge

T = f"{THING}/"


@pytest.mark.parametrize(
    ("field", "operator", "operand", "state"),
    [
        ("text", "equals", "aBC", YES),
        ("text", "EQUALS", "abc", YES),
        ("text", "notEquals", "abc", NO),
        ("number", "equals", "5", YES),
        ("number", "equals", "05", NO),
        ("number", "equals", 5, YES),
        ("float", "equals", "5", NO),
        ("float", "equals", "5.0", YES),
        ("flag", "equals", "true", YES),
        ("flag", "equals", True, YES),
        ("list", "equals", "a", NO),
        ("list", "notEquals", "a", YES),
        ("list", "equals", ["A", "b", "C"], YES),
        ("list", "equals", ["A", "b"], NO),
        ("object", "equals", {"key": "1"}, YES),
        ("object", "equals", {"other": 1}, NO),
        ("text", "in", ["x", "ABC"], YES),
        ("number", "in", ["5"], YES),
        ("text", "notIn", ["x"], YES),
        ("list", "in", ["a"], NO),
        ("text", "like", "a*C", YES),
        ("text", "like", "abc", YES),
        ("text", "like", "a*bc*"[:3], NO),
        ("text", "like", "abc*abc", NO),
        ("list", "like", "*", NO),
        ("number", "like", "5*", YES),
        ("text", "notLike", "b*", YES),
        ("text", "match", "A??", YES),
        ("text", "match", "a??", NO),
        ("text", "match", "A.", NO),
        ("number", "match", "#", YES),
        ("text", "match", "..#", NO),
        ("list", "match", "...", NO),
        ("text", "matchInsensitively", "a?c", YES),
        ("list", "matchInsensitively", "...", NO),
        ("text", "notMatch", "a??", YES),
        ("text", "notMatchInsensitively", "a??", NO),
        ("text", "contains", "BC", YES),
        ("text", "notContains", "x", YES),
        ("list", "contains", "B", YES),
        ("list", "contains", "bc", NO),
        ("object", "contains", "key", NO),
        ("object", "containsKey", "KEY", YES),
        ("object", "notContainsKey", "x", YES),
        ("text", "containsKey", "x", NO),
        ("number", "less", 6, YES),
        ("number", "lessOrEquals", 5, YES),
        ("number", "greater", 5, NO),
        ("float", "greaterOrEquals", 5, YES),
        ("text", "greater", "ABB", YES),
        ("date", "greater", "2026-01-01T23:00:00-02:00", NO),
        ("date", "greaterOrEquals", "2026-01-02", YES),
        ("text", "exists", "true", YES),
        ("null", "exists", True, NO),
        ("absent", "exists", "False", YES),
        ("text.deeper", "exists", False, YES),
    ],
)
def test_an_operator_compares(field: str, operator: str, operand: object, state: State) -> None:
    assert judge({"field": T + field, operator: operand}).state is state


@pytest.mark.parametrize(
    ("operator", "operand", "state"),
    [
        ("equals", "", YES),
        ("equals", "x", NO),
        ("notEquals", "x", YES),
        ("in", ["", "x"], YES),
        ("notIn", ["x"], YES),
        ("like", "*", YES),
        ("notLike", "x*", YES),
        ("match", "#", NO),
        ("match", "", YES),
        ("matchInsensitively", "", YES),
        ("contains", "", YES),
        ("contains", "x", NO),
        ("notContains", "x", YES),
        ("containsKey", "x", NO),
        ("notContainsKey", "x", YES),
        ("less", 5, NO),
        ("greaterOrEquals", "x", NO),
        ("exists", "false", YES),
    ],
)
def test_null_counts_as_an_empty_text(operator: str, operand: object, state: State) -> None:
    assert judge({"field": f"{T}null", operator: operand}).state is state
    assert judge({"value": "[null()]", operator: operand}).state is state


@pytest.mark.parametrize(
    ("value", "operator", "operand", "state"),
    [
        ("Straße", "equals", "STRASSE", YES),
        ("STRASSE", "equals", "straße", YES),
        ("Die Straße ist lang", "contains", "STRASSE", YES),
        ("Straße 7", "like", "STRASSE*", YES),
        ("MÜNCHEN", "in", ["münchen"], YES),
        ("Straße", "matchInsensitively", "STRA?E", YES),
        ("Straße", "matchInsensitively", "STRA??E", NO),
        ("Straße", "match", "straße", NO),
    ],
)
def test_texts_are_compared_without_case_in_every_script(
    value: str, operator: str, operand: object, state: State
) -> None:
    assert judge({"value": value, operator: operand}).state is state


def test_how_a_missing_value_is_ordered_is_noted_as_uncertain() -> None:
    outcome = judge({"field": f"{T}null", "less": 5})
    assert "how the service orders a missing value is not documented" in outcome.message


@pytest.mark.parametrize(
    ("operator", "operand", "why"),
    [
        ("equals", None, "cannot compare with null"),
        ("equals", "[null()]", "cannot compare with null"),
        ("equals", "[field('kind').x]", "has no 'x'"),
        ("in", "abc", "in needs a list, not a string"),
        ("like", "a*b*", "one * at most"),
        ("like", ["a"], "like needs a string, not a list"),
        ("contains", ["a"], "contains needs a string"),
        ("containsKey", {}, "containsKey needs a string"),
        ("less", True, "a boolean cannot be ordered"),
        ("less", 5, "a string cannot be ordered against a number"),
        ("exists", "maybe", "exists needs true or false"),
    ],
)
def test_an_operand_that_cannot_be_compared_fails(operator: str, operand: object, why: str) -> None:
    outcome = judge({"field": f"{T}text", operator: operand})
    assert outcome.state is State.ERROR
    assert why in outcome.message


def test_a_boolean_cannot_be_ordered() -> None:
    assert judge({"field": f"{T}flag", "greater": 5}).state is State.ERROR

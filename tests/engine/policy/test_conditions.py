"""Logical operators with three truth values, and what is not a condition."""

from typing import Any

import pytest

from amlaudit.core.gap import Reason
from amlaudit.engine.policy.conditions import read_condition
from amlaudit.engine.policy.evaluate import State
from amlaudit.engine.policy.values import DefinitionError
from tests.engine.policy.policies import BODY, NO, THING, YES, judge

TRUE = {"field": f"{THING}/text", "exists": True}
FALSE = {"field": f"{THING}/text", "exists": False}
UNKNOWN = {"field": f"{THING}/secret", "equals": "x"}
ERROR = {"value": "[int('x')]", "equals": 1}


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        ({"allOf": []}, YES),
        ({"anyOf": []}, State.NOT_APPLICABLE),
        ({"allOf": [TRUE, FALSE]}, NO),
        ({"ANYOF": [FALSE, TRUE]}, YES),
        ({"not": TRUE}, NO),
        ({"not": {"not": TRUE}}, YES),
        ({"not": UNKNOWN}, State.UNKNOWN),
        ({"allOf": [UNKNOWN, FALSE]}, NO),
        ({"allOf": [UNKNOWN, TRUE]}, State.UNKNOWN),
        ({"anyOf": [UNKNOWN, TRUE]}, YES),
        ({"anyOf": [UNKNOWN, FALSE]}, State.UNKNOWN),
        ({"allOf": [TRUE, ERROR]}, State.ERROR),
        ({"allOf": [FALSE, ERROR]}, NO),
        ({"anyOf": [TRUE, ERROR]}, YES),
        ({"allOf": [UNKNOWN, ERROR, FALSE]}, State.UNKNOWN),
        ({"not": ERROR}, State.ERROR),
    ],
)
def test_conditions_are_combined_from_left_to_right(
    condition: dict[str, Any], state: State
) -> None:
    assert judge(condition, gaps=("properties.secret",)).state is state


@pytest.mark.parametrize(
    ("condition", "gaps", "state"),
    [
        ({"field": f"{THING}/text", "equals": "abc"}, ("properties",), State.UNKNOWN),
        ({"field": f"{THING}/text", "exists": False}, ("properties",), State.UNKNOWN),
        ({"field": f"{THING}/object", "equals": "x"}, ("properties.object.Key",), State.UNKNOWN),
        ({"field": f"{THING}/object", "exists": True}, ("properties.object.Key",), YES),
        ({"field": "tags.env", "equals": "x"}, ("tags",), State.UNKNOWN),
        ({"field": f"{THING}/list[*]", "equals": "x"}, ("properties.list",), State.UNKNOWN),
        (
            {"field": f"{THING}/list[*]", "equals": "a"},
            ("properties.list['0']",),
            NO,
        ),
        (
            {"field": f"{THING}/list[*]", "in": ["b", "c"]},
            ("properties.list['0']", "properties.list['1']"),
            State.UNKNOWN,
        ),
        ({"field": "name", "equals": f"[field('{THING}/text')]"}, ("properties",), State.UNKNOWN),
        ({"value": f"[field('{THING}/text')]", "equals": "x"}, ("properties",), State.UNKNOWN),
        ({"field": f"[field('{THING}/text')]", "equals": "x"}, ("properties",), State.UNKNOWN),
        ({"field": "Test.Provider/text", "exists": True}, ("properties",), State.UNKNOWN),
    ],
)
def test_what_is_missing_is_never_good(
    condition: dict[str, Any], gaps: tuple[str, ...], state: State
) -> None:
    outcome = judge(condition, gaps=gaps)
    assert outcome.state is state
    if outcome.gap:
        assert outcome.gap.reason is Reason.FORBIDDEN


def test_the_looks_that_decided_are_the_evidence() -> None:
    outcome = judge({"allOf": [TRUE, {"anyOf": [FALSE, FALSE]}, TRUE]})
    assert [each.path for each in outcome.evidence] == ["properties.text"] * 2
    assert outcome.message == "properties.text is Abc (exists false)"
    told = judge({"field": f"{THING}/members", "notEquals": "x"}).message
    assert told == "properties.members is a list (notEquals x)"
    empty = judge({"field": f"{THING}/empty", "notEquals": True}).message
    assert empty == "properties.empty is an empty list (notEquals true)"
    long = judge({"field": f"{THING}/text", "equals": "x" * 100}).message
    assert len(long) < 150


def test_every_name_and_value_may_be_an_expression() -> None:
    condition = {
        "value": {"a": ["[concat('x', 'y')]", "[[z]"]},
        "equals": {"a": ["xy", "[concat('[', 'z', ']')]"]},
    }
    assert judge(condition).state is YES
    assert judge({"value": ["[field('name')]"], "equals": ["THING"]}).state is YES
    assert judge({"value": {"k": "[field('name')]"}, "equals": {"k": "thing"}}).state is YES
    assert judge({"value": 5, "equals": 5}, BODY).state is YES


@pytest.mark.parametrize(
    ("condition", "at"),
    [
        ([], "if: must be an object, not a list"),
        ({}, "if: one of field, value and count"),
        ({"field": "name"}, "if: one of field"),
        ({"field": "name", "value": 1, "equals": 1}, "if: one of field"),
        ({"field": "name", "equals": 1, "like": "x"}, "if: one of field"),
        ({"field": "name", "eqals": 1}, "if.eqals: neither an accessor nor an operator"),
        ({"field": 5, "equals": 1}, "if.field: must be a string, not a number"),
        ({"field": "name", "equals": 1, "Equals": 2}, "if: duplicate key"),
        ({"allOf": {}}, "if.allOf: must be a list"),
        ({"allOf": [], "not": {}}, "if: allOf cannot be combined with other keys"),
        ({"anyOf": [{"not": 1}]}, "if.anyOf[0].not: must be an object"),
        ({"count": {}, "equals": 1}, "if.count: a count needs either"),
        ({"count": {"field": "a", "wher": 1}, "equals": 1}, "if.count.wher: no part"),
        ({"count": {"value": [], "name": 1}, "equals": 1}, "if.count.name: must be a string"),
        ({"count": {"field": "a", "where": 1}, "equals": 1}, "if.count.where: must be an object"),
    ],
)
def test_an_invalid_condition_is_reported_with_its_position(condition: object, at: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_condition(condition, "if")
    assert str(caught.value).startswith(at)


def test_conditions_nest_only_so_deep() -> None:
    condition: dict[str, Any] = TRUE
    for _ in range(100):
        condition = {"not": condition}
    with pytest.raises(DefinitionError, match="nest deeper"):
        read_condition(condition, "if")

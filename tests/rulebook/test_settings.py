"""Conditions say what to declare so that they hold, or that there is more than one way."""

from typing import Any

import pytest
import yaml

from amlaudit.core.conditions import Condition, ParameterValue
from amlaudit.core.spelling import spell
from amlaudit.resources import shipped
from amlaudit.rulebook.condition_reader import ConditionReader
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.settings import settings_for
from amlaudit.strict_yaml import Node

_, UNSET = load_pack(shipped("rules"), "built-in")
# An empty list can only be the value of a parameter, which a literal condition does not name.
FILLED: dict[str, ParameterValue] = {
    f"{rule.id}.{name}": ("x",)
    for rule in UNSET
    for name, parameter in rule.parameters.items()
    if parameter.value == ()
}
_, RULES = load_pack(shipped("rules"), "built-in", FILLED)


def _read(written: Any, arm_type: str = "a.b/c") -> Condition:
    root = yaml.compose(yaml.safe_dump(written, allow_unicode=True), yaml.SafeLoader)
    assert root is not None
    return ConditionReader({}).read(Node("case", root), arm_type)


A_IS_1 = {"field": "a", "equals": 1}
B_IS_X = {"field": "b", "equals": "x"}


@pytest.mark.parametrize(
    ("written", "declared"),
    [
        (A_IS_1, {"a": 1}),
        ({"field": "a.b", "in": ["x", "y"]}, {"a.b": "x"}),
        ({"field": "a", "notEquals": True}, {"a": False}),
        ({"not": {"field": "a", "equals": False}}, {"a": True}),
        ({"field": "a", "notEquals": "x", "known": ["x", "y"]}, {"a": "y"}),
        ({"field": "a", "greaterOrEquals": 7}, {"a": 7}),
        ({"field": "a", "as": "seconds", "lessOrEquals": 900}, {"a": "PT900S"}),
        ({"count": {"field": "a", "where": B_IS_X, "default": []}, "equals": 0}, {"a": ()}),
        ({"allOf": [A_IS_1, B_IS_X]}, {"a": 1, "b": "x"}),
        ({"anyOf": [{"field": "a", "like": "x*"}, B_IS_X]}, {"b": "x"}),
        ({"not": {"anyOf": [{"field": "a", "notEquals": 1}, {"field": "b", "equals": True}]}},
         {"a": 1, "b": False}),
        ({"allOf": [{"field": "a", "exists": True}, {"field": "a.b", "equals": 1}]}, {"a.b": 1}),
    ],
)  # fmt: skip
def test_one_way_to_satisfy_a_rule_is_declared(
    written: Any, declared: dict[str, ParameterValue]
) -> None:
    assert settings_for(_read(written)) == declared


@pytest.mark.parametrize(
    "written",
    [
        {"field": "a", "exists": True},
        {"field": "a", "like": "x*"},
        {"field": "a", "notEquals": "x"},
        {"field": "a", "notEquals": "x", "known": ["y", "z"]},
        {"field": "a", "as": "age_days", "lessOrEquals": 9},
        {"count": {"field": "a"}, "greaterOrEquals": 1},
        {"allOf": [A_IS_1, {"field": "a", "equals": 2}]},
        {"allOf": [A_IS_1, {"field": "b", "like": "x*"}]},
        {"allOf": [A_IS_1, {"field": "b", "exists": True}]},
        {"context": "environment", "equals": "prod"},
    ],
)
def test_where_people_must_decide_no_settings_are_declared(written: Any) -> None:
    assert settings_for(_read(written)) == {}


CONDITIONS = [
    (f"{rule.id} {name}", rule.applies_to, condition)
    for rule in RULES
    for name, condition in (("when", rule.when), ("require", rule.require))
    if condition
]


@pytest.mark.parametrize(
    ("arm_type", "condition"),
    [each[1:] for each in CONDITIONS],
    ids=[each[0] for each in CONDITIONS],
)
def test_a_condition_written_out_reads_as_itself(arm_type: str, condition: Condition) -> None:
    assert _read(spell(condition), arm_type) == condition

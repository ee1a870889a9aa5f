"""What the service would reject is reported in full, with its location."""

from typing import Any

import pytest

from amlaudit.engine.policy.conditions import read_condition
from amlaudit.engine.policy.definition import check_expressions, read_definition
from amlaudit.engine.policy.evaluate import compile_policy, types_of
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.values import DEEPEST
from tests.engine.policy.policies import ALIASES, THING, policy

ALWAYS: dict[str, Any] = {"allOf": []}
NAMED = {"field": "name", "equals": "[parameters('wanted')]"}


def refused(document: Any) -> str:
    with pytest.raises(DefinitionError) as caught:
        read_definition(document, "file")
    return str(caught.value)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ([], "definition: must be an object, not a list"),
        ({"properties": {"policyRule": 3}},
         "properties.policyRule: must be an object, not a number"),
        ({"policyRule": {"if": ALWAYS, "then": 3}},
         "policyRule.then: must be an object, not a number"),
        ({"policyRule": {"if": ALWAYS, "then": {"effect": 3}}},
         "policyRule.then.effect: must be a string, not a number"),
        ({**policy(ALWAYS), "parameters": {"wanted": 3}},
         "parameters.wanted: must be an object, not a number"),
        ({**policy(ALWAYS), "parameters": {"wanted": {"type": "String", "allowedValues": 3}}},
         "parameters.wanted.allowedValues: must be a list"),
        (policy({"allOf": 3}), "policyRule.if.allOf: must be a list, not a number"),
        (policy({"not": {"field": 3, "equals": 1}}),
         "policyRule.if.not.field: must be a string, not a number"),
        (policy({"count": {"field": 3}, "equals": 1}),
         "policyRule.if.count.field: must be a string, not a number"),
        (policy({"count": {"value": [1], "name": 3}, "equals": 1}),
         "policyRule.if.count.name: must be a string, not a number"),
        (policy({"count": 3, "equals": 1}),
         "policyRule.if.count: must be an object, not a number"),
        (policy({"count": {"field": "a", "value": [1]}, "equals": 1}),
         "policyRule.if.count: a count needs either field or value"),
        (policy({"count": {"field": "a", "colour": 1}, "equals": 1}),
         "policyRule.if.count.colour: no part of a count"),
        (policy({"field": "a", "count": {"field": "b"}, "equals": 1}),
         "policyRule.if: one of field, value and count, and one operator are required"),
        (policy({"field": "a", "eqauls": 1}),
         'policyRule.if.eqauls: neither an accessor nor an operator. Did you mean "equals"?'),
        (policy({"field": "a", "colour": 1}),
         "policyRule.if.colour: neither an accessor nor an operator"),
        (policy({"allOf": [], "field": "a"}),
         "policyRule.if: allOf cannot be combined with other keys"),
    ],
)  # fmt: skip
def test_an_invalid_definition_is_reported_in_full(document: Any, told: str) -> None:
    assert refused(document) == told


def test_conditions_nest_as_deep_as_is_documented_and_no_deeper() -> None:
    condition: object = {"field": "name", "equals": "x"}
    for _ in range(DEEPEST):
        condition = {"not": condition}
    read_condition(condition, "if")
    with pytest.raises(DefinitionError, match=f"conditions nest deeper than {DEEPEST}"):
        read_condition({"allOf": [condition]}, "if")
    with pytest.raises(DefinitionError, match=f"conditions nest deeper than {DEEPEST}") as caught:
        read_condition({"not": condition}, "if")
    assert caught.value.at == ".".join(["if", *["not"] * (DEEPEST + 1)])


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}])
def test_json_nests_four_times_as_deep_and_no_deeper(wrap: Any) -> None:
    value: object = "x"
    for _ in range(4 * DEEPEST):
        value = wrap(value)
    check_expressions(value, "at")
    with pytest.raises(DefinitionError, match="JSON nests too deep") as caught:
        check_expressions(wrap(value), "at")
    assert caught.value.at.startswith("at")


@pytest.mark.parametrize(
    ("declared", "given", "told"),
    [
        ({"type": "String"}, {"other": 1},
         "parameters.other: the definition has no such parameter"),
        ({"type": "Colour"}, {"wanted": 1}, "parameters.wanted: unknown type colour"),
        ({"type": "Array"}, {"wanted": "x"},
         "parameters.wanted: must be a value of type array, not a string"),
        ({"type": "String", "allowedValues": ["a"]}, {"wanted": "b"},
         "parameters.wanted: the value is not one of the allowed values"),
    ],
)  # fmt: skip
def test_unsuitable_values_are_reported_in_full(
    declared: dict[str, Any], given: dict[str, Any], told: str
) -> None:
    definition = read_definition(policy(NAMED, parameters={"wanted": declared}), "file")
    with pytest.raises(DefinitionError) as caught:
        compile_policy(definition, given, ALIASES)
    assert str(caught.value) == told


def test_a_value_is_allowed_in_any_case() -> None:
    allowed = {"wanted": {"type": "String", "allowedValues": ["Deny", "Audit"]}}
    definition = read_definition(policy(NAMED, parameters=allowed), "file")
    compile_policy(definition, {"wanted": "AUDIT"}, ALIASES)


def test_a_definition_without_descriptions_has_empty_texts() -> None:
    plain = read_definition(policy(ALWAYS), "file")
    assert (plain.id, plain.display_name, plain.description, plain.category) == ("file", "", "", "")
    other = read_definition(policy(ALWAYS, metadata={"version": "1"}), "file")
    assert other.category == ""
    assert read_definition(policy(ALWAYS, metadata=3), "file").category == ""


def test_the_types_that_a_rule_tests_may_be_given_by_parameters() -> None:
    condition = {
        "anyOf": [
            {"field": "type", "equals": "[parameters('wanted')]"},
            {"allOf": [{"field": "type", "equals": THING}, {"field": "name", "equals": "x"}]},
        ]
    }
    parameters = {"wanted": {"type": "String"}}
    definition = read_definition(policy(condition, parameters=parameters), "file")
    assert types_of(definition, {"wanted": "Other/Things"}) == {"other/things", THING.lower()}
    assert (
        types_of(read_definition(policy({"field": "name", "equals": "x"}), "file")) == frozenset()
    )

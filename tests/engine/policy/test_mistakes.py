"""Mistakes in a definition that do not depend on the resource."""

from typing import Any

import pytest

from amlaudit.engine.policy.definition import read_definition
from amlaudit.engine.policy.mistakes import mistakes, unknown_fields
from tests.engine.policy.policies import policy

PLAIN = {"field": "name", "equals": "x"}
RELATED = {"type": "A.B/cs"}
EFFECT = "[parameters('effect')]"


def told(condition: object, **properties: Any) -> list[str]:
    return list(mistakes(read_definition(policy(condition, **properties), "p")))


def declared(default: str) -> dict[str, Any]:
    return {"effect": {"type": "String", "defaultValue": default}}


@pytest.mark.parametrize(
    ("condition", "mistake"),
    [
        ({"field": "name", "like": "a*b*"}, "field name: like takes one * at most"),
        ({"field": "name", "notLike": "a*b*"}, "field name: notLike: like takes one * at most"),
        ({"field": "name", "in": "x"}, "field name: in needs a list, not a string"),
        (
            {"field": "name", "exists": "yes"},
            "field name: exists needs true or false, not a string",
        ),
        (
            {"value": 1, "greater": True},
            "value 1: greater: a boolean cannot be ordered against a boolean",
        ),
        ({"field": "name", "equals": "[null()]"}, "field name: equals cannot compare with null"),
        ({"count": {"field": "A.B/cs/d"}, "equals": 1}, "a count over A.B/cs/d, which has no [*]"),
        (
            {"field": "A.B/cs/d[].e", "equals": 1},
            "field A.B/cs/d[].e: 'properties.d[].e' is not a property path",
        ),
        (
            {"count": {"field": "A.B/cs/d..e[*]"}, "equals": 1},
            "field A.B/cs/d..e[*]: 'properties.d..e[*]' is not a property path",
        ),
        (
            {"count": {"value": [1], "where": {"value": 1, "in": 1}}, "equals": 1},
            "value 1: in needs a list, not a number",
        ),
        (
            {"count": {"field": "A.B/cs/d[*]"}, "less": True},
            "count of A.B/cs/d[*]: less: a boolean cannot be ordered against a boolean",
        ),
        (
            {"count": {"value": [1], "name": "n"}, "less": True},
            "count n: less: a boolean cannot be ordered against a boolean",
        ),
        ({"count": {"value": "x"}, "equals": 1}, "a count needs a list, not a string"),
    ],
)
def test_an_impossible_operand_is_reported(condition: dict[str, Any], mistake: str) -> None:
    assert told({"not": {"anyOf": [PLAIN, condition]}}) == [mistake]
    assert told(PLAIN, details={**RELATED, "existenceCondition": condition}) == [mistake]


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "name", "like": "[parameters('pattern')]"},
        {"field": "name", "in": ["a", "[field('kind')]"]},
        {"field": "name", "in": "[createArray('a')]"},
        {"field": "name", "equals": "[[x]"},
        {"count": {"field": "[concat('A.B/cs/d', '[*]')]"}, "equals": 1},
        {"count": {"field": "A.B/cs/d[*]", "where": PLAIN}, "less": 1},
        {"field": "name", "contains": "[int('x')]"},
    ],
)
def test_whatever_depends_on_values_is_not_a_mistake(condition: dict[str, Any]) -> None:
    assert told(condition) == []


def test_a_field_that_cannot_be_evaluated_offline_is_not_a_mistake() -> None:
    assert told({"field": "priority", "equals": "x"}) == []


@pytest.mark.parametrize(
    "default", ["Audit", "AuditAction", "denyAction", "MANUAL", "Disabled", "modify"]
)
def test_an_effect_may_be_written_in_any_case(default: str) -> None:
    assert told(PLAIN, effect=default) == []
    assert told(PLAIN, effect=EFFECT, parameters=declared(default)) == []


@pytest.mark.parametrize("effect", ["refuse", EFFECT])
def test_a_nonexistent_effect_is_reported(effect: str) -> None:
    assert told(PLAIN, effect=effect, parameters=declared("Refuse")) == ["unknown effect refuse"]


def test_a_resource_provider_may_have_its_own_effect() -> None:
    own = policy(PLAIN, effect="enforceSetting")
    data = {**own, "mode": "Microsoft.MachineLearningServices.Data"}
    assert list(mistakes(read_definition(data, "p"))) == []
    (mistake,) = mistakes(read_definition(own, "p"))
    assert mistake.startswith("unknown effect enforcesetting")


def test_what_is_misspelt_is_told_with_the_word_that_is_meant() -> None:
    assert told(PLAIN, effect="audti") == ['unknown effect audti. Did you mean "audit"?']
    odd = {**policy(PLAIN), "mode": "Index"}
    assert list(mistakes(read_definition(odd, "p"))) == [
        'unknown mode Index. Did you mean "Indexed"?'
    ]


@pytest.mark.parametrize("effect", ["[if(equals(1, 1), 'a', 'b')]", "[parameters('other')]"])
def test_an_effect_that_is_computed_is_not_looked_at(effect: str) -> None:
    assert told(PLAIN, effect=effect, parameters={"other": {"type": "String"}}) == []


def test_an_existence_check_needs_something_to_look_for() -> None:
    assert told(PLAIN, effect="auditIfNotExists", details={"name": "x"}) == [
        "the effect auditifnotexists needs details.type, which the rule lacks"
    ]
    assert told(PLAIN, effect="auditIfNotExists", details=RELATED) == []


@pytest.mark.parametrize("mode", ["All", "indexed", "NotSpecified", "Microsoft.KeyVault.Data"])
def test_a_mode_is_one_that_there_is(mode: str) -> None:
    document = {**policy(PLAIN), "mode": mode}
    assert list(mistakes(read_definition(document, "p"))) == []
    odd = {**document, "mode": "Every"}
    assert list(mistakes(read_definition(odd, "p"))) == ["unknown mode Every"]


@pytest.mark.parametrize(
    ("declared_as", "mistake"),
    [
        ({"type": "Text", "defaultValue": "x"}, ["parameters.p: unknown type text"]),
        (
            {"type": "Array", "defaultValue": "x"},
            ["parameters.p: must be a value of type array, not a string"],
        ),
        ({"type": "Array", "defaultValue": []}, []),
        (
            {"type": "String", "defaultValue": "x", "allowedValues": ["y", "z"]},
            ["parameters.p: its value is not one of the allowed values"],
        ),
        (
            {"type": "Array", "defaultValue": ["y", "x"], "allowedValues": ["y", "z"]},
            ["parameters.p: its value is not one of the allowed values"],
        ),
        ({"type": "String", "defaultValue": "Y", "allowedValues": ["y", "z"]}, []),
        ({"type": "Array", "defaultValue": ["z", "y"], "allowedValues": ["y", "z"]}, []),
        ({"type": "Integer", "defaultValue": 0}, []),
        ({"type": "Array"}, []),
    ],
)
def test_a_default_is_of_the_type_that_is_declared_and_allowed(
    declared_as: dict[str, Any], mistake: list[str]
) -> None:
    assert told(PLAIN, parameters={"p": declared_as}) == mistake


def test_an_effect_whose_parameter_is_not_declared_is_left_to_who_tells_of_that() -> None:
    assert told(PLAIN, effect="[parameters('gone')]") == []


TYPES = {"a": {"type": "Array"}, "o": {"type": "Object"}, "s": {"type": "String"}}


@pytest.mark.parametrize(
    ("operator", "name", "mistake"),
    [
        ("in", "s", "field name: in needs a list, not a string (parameters('s'))"),
        ("notIn", "O", "field name: notIn: in needs a list, not an object (parameters('o'))"),
        ("like", "a", "field name: like needs a string, not a list (parameters('a'))"),
        ("exists", "a", "field name: exists needs true or false, not a list (parameters('a'))"),
        ("in", "a", ""),
        ("exists", "s", ""),
        ("less", "s", ""),
        ("in", "gone", ""),
    ],
)
def test_an_operator_takes_the_type_of_a_parameter(operator: str, name: str, mistake: str) -> None:
    compared = {"field": "name", operator: f"[parameters('{name}')]"}
    assert told(compared, parameters=TYPES) == ([mistake] if mistake else [])


@pytest.mark.parametrize("scope", ["Subscription", "resourceGroup", "", "[parameters('s')]"])
def test_an_existence_check_looks_in_a_scope_that_there_is(scope: str) -> None:
    details = {**RELATED, "existenceScope": scope}
    assert told(PLAIN, details=details, parameters=TYPES) == []
    for odd, meant in {"subscriptions": "Subscription", "resourceGroups": "ResourceGroup"}.items():
        assert told(PLAIN, details={**RELATED, "existenceScope": odd}) == [
            f'unknown existenceScope {odd}. Did you mean "{meant}"?'
        ]


def test_fields_that_cannot_be_evaluated_are_told_wherever_they_are_named() -> None:
    condition = {
        "anyOf": [
            PLAIN,
            {"field": "sku", "equals": "[field('zones')]"},
            {"field": "[concat('tags', '')]", "exists": True},
            {"count": {"field": "A.B/cs/d[*]"}, "equals": 0},
            {"value": "[field(concat('a', 'b'))]", "equals": "[field('A.B/cs/d[]')]"},
        ]
    }
    inside = {**RELATED, "existenceCondition": {"field": "plan", "exists": True}}
    definition = read_definition(policy(condition, details=inside), "p")
    assert list(unknown_fields(definition)) == [
        "the field 'sku' is not known",
        "the field 'plan' is not known",
        "the field 'zones' is not known",
    ]

"""Definitions: the forms of their JSON, their parameters, and what the service would reject."""

import re
from typing import Any

import pytest
from msgspec.structs import replace

from amlaudit.core.gap import Reason
from amlaudit.core.path import ABSENT
from amlaudit.engine.policy.definition import (
    COMPUTED,
    Details,
    Parameter,
    PolicyDefinition,
    read_definition,
)
from amlaudit.engine.policy.evaluate import State, compile_policy, types_of
from amlaudit.engine.policy.values import DefinitionError
from tests.engine.policy.policies import (
    ALIASES,
    BODY,
    NO,
    THING_ID,
    YES,
    Around,
    policy,
    run,
)
from tests.estates import resource

NAME = {"field": "name", "equals": "[parameters('Wanted')]"}


def declared(kind: str = "String", **more: Any) -> dict[str, Any]:
    return {"wanted": {"type": kind, **more}}


def read(document: dict[str, Any]) -> PolicyDefinition:
    return read_definition(document, "file")


def test_a_definition_is_read_with_and_without_its_properties() -> None:
    inner = policy(
        {"field": "type", "equals": "A/B"},
        displayName="Title",
        description="Why",
        metadata={"category": "Storage"},
    )
    plain, wrapped = read(inner), read({"name": "guid", "properties": inner})
    assert (plain.id, wrapped.id) == ("file", "guid")
    assert (plain.display_name, plain.description) == ("Title", "Why")
    assert (plain.category, plain.mode, plain.effect) == ("Storage", "All", "audit")
    assert plain.condition == wrapped.condition


def test_values_computed_from_a_parameter_are_not_its_allowed_values() -> None:
    for allowed in (COMPUTED, ["thing", COMPUTED]):
        more = {"allowedValues": allowed, "defaultValue": {"a": [COMPUTED]}}
        document = policy(NAME, parameters=declared("Object", **more))
        (parameter,) = read(document).parameters.values()
        assert (parameter.allowed, parameter.default) == ((), ABSENT)


def test_a_mode_that_is_missing_is_indexed() -> None:
    document = policy({"allOf": []})
    del document["mode"]
    assert read(document).mode == "Indexed"


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"policyRule": None}, "policyRule: it is missing, so this is not a definition"),
        ({"policyRule": []}, "policyRule: must be an object, not a list"),
        ({"policyRule": {"if": {"allOf": []}, "then": None}}, "policyRule: if and then"),
        ({"policyRule": {"if": {}}}, "policyRule: if and then"),
        ({"policyRule": {"if": {}, "then": {}}}, "policyRule.if: one of field, value and count"),
        (
            {"policyRule": {"if": {"allOf": []}, "then": {}}},
            "policyRule.then.effect: must be a string",
        ),
        (
            {"policyRule": {"if": {"allOf": [{"value": "[x]", "equals": 1}]}, "then": {}}},
            "policyRule.if.allOf[0].value: expression",
        ),
        ({"parameters": []}, "parameters: must be an object"),
        ({"parameters": {"x": {}}}, "parameters.x.type: must be a string"),
        ({"parameters": declared(allowedValues="x")}, "parameters.wanted.allowedValues"),
    ],
)
def test_an_invalid_definition_is_reported_with_its_position(
    change: dict[str, Any], at: str
) -> None:
    with pytest.raises(DefinitionError, match=f"^{re.escape(at)}"):
        read({**policy({"allOf": []}), **change})


def test_a_null_counts_as_not_given() -> None:
    document = policy(
        {"allOf": []}, details={"type": "A/B", "name": None, "existenceCondition": None}
    )
    nothing = {"mode": None, "metadata": None, "description": None, "displayName": None}
    written = {"type": "String", "allowedValues": None, "defaultValue": None, "metadata": None}
    found = read({**document, **nothing, "parameters": {"wanted": written}})
    assert found.parameters == {"wanted": Parameter("wanted", "string")}
    assert found.details == Details("A/B")
    assert (found.mode, found.category, found.description) == ("Indexed", "", "")


@pytest.mark.parametrize("key", ["type", "name", "resourceGroupName", "existenceScope"])
def test_an_invalid_expression_is_reported_with_its_position(key: str) -> None:
    with pytest.raises(DefinitionError, match=r"^policyRule\.then\.effect: expression"):
        read(policy({"allOf": []}, effect="[x]"))
    with pytest.raises(
        DefinitionError, match=rf"^policyRule\.then\.details\.{key.lower()}: expression"
    ):
        read(policy({"allOf": []}, details={"type": "A/B", key: "[x]"}))


def test_details_are_checked() -> None:
    details = {"type": "A/B", "existenceCondition": {"field": "[x]", "equals": 1}}
    with pytest.raises(DefinitionError, match=r"details\.existenceCondition\.field"):
        read(policy({"allOf": []}, details=details))
    with pytest.raises(DefinitionError, match=r"details\.type"):
        read(policy({"allOf": []}, details={"type": 5}))
    assert read(policy({"allOf": []}, details=[{"field": "x"}])).details is None
    assert read(policy({"allOf": []}, details={"operations": []})).details is None


def test_values_nest_only_so_deep() -> None:
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    with pytest.raises(DefinitionError, match=r": JSON nests too deep$"):
        read(policy({"value": deep, "equals": 1}))


def test_the_bracket_that_an_export_adds_is_undone() -> None:
    condition = {"value": "[[concat(parameters('a'), '[[')]", "in": ["[[[x]", "b"]}
    document = policy(
        condition,
        effect="[[parameters('effect')]",
        details={"deployment": {"x": "[resourceId('y')]"}},
        parameters={"effect": {"type": "String", "defaultValue": "[[x"}},
    )
    found = read(document)
    assert found.effect == "[parameters('effect')]"
    assert found.parameters["effect"].default == "[[x"
    mixed = policy({"value": "[[concat('a')]", "equals": "[toLower('B')]"})
    assert run(mixed).state is NO
    literal = policy({"value": "[[nofunction(a)]", "equals": "[[nofunction(a)]"})
    assert run(literal).state is YES


@pytest.mark.parametrize(
    ("parameters", "given", "state"),
    [
        (declared(), {"WANTED": "thing"}, YES),
        (declared(defaultValue="thing"), {}, YES),
        (declared(defaultValue="thing"), {"wanted": "other"}, NO),
        (declared(allowedValues=["Thing"]), {"wanted": "thing"}, YES),
        (declared("integer"), {"wanted": 5}, NO),
        (declared("Object", allowedValues=[{"a": 1}]), {"wanted": {"a": 1}}, NO),
        (declared("Boolean"), {"wanted": True}, NO),
        (declared("Float"), {"wanted": 1.5}, NO),
        (declared("DateTime"), {"wanted": "2026-01-01"}, NO),
    ],
)
def test_parameters_have_given_values_or_defaults(
    parameters: dict[str, Any], given: dict[str, Any], state: State
) -> None:
    assert run(policy(NAME, parameters=parameters), given=given).state is state


def test_an_array_may_have_any_of_the_allowed_members() -> None:
    within = {"field": "name", "in": "[parameters('wanted')]"}
    document = policy(within, parameters=declared("Array", allowedValues=["a", "thing"]))
    assert run(document, given={"wanted": ["a"]}).state is NO
    assert run(document, given={"wanted": ["a", "Thing"]}).state is YES


def test_a_parameter_without_a_value_is_needed_only_where_it_is_read() -> None:
    outcome = run(policy(NAME, parameters=declared()))
    assert outcome.state is State.UNKNOWN
    assert outcome.gap
    assert outcome.gap.reason is Reason.NOT_COLLECTED
    assert outcome.message == "the parameter wanted needs a value"
    unread = {"anyOf": [{"field": "name", "equals": "thing"}, NAME]}
    assert run(policy(unread, parameters=declared())).state is YES


@pytest.mark.parametrize(
    ("parameters", "given", "why"),
    [
        (declared(), {"other": 1}, "no such parameter"),
        (declared(allowedValues=["a"]), {"wanted": "b"}, "not one of the allowed"),
        (declared("Array", allowedValues=["a"]), {"wanted": ["a", "b"]}, "not one of the allowed"),
        (declared("Array"), {"wanted": "b"}, "must be a value of type array, not a string"),
        (declared("secret"), {"wanted": "b"}, "unknown type secret"),
    ],
)
def test_a_value_that_the_service_would_refuse(
    parameters: dict[str, Any], given: dict[str, Any], why: str
) -> None:
    with pytest.raises(DefinitionError, match=why):
        run(policy(NAME, parameters=parameters), given=given)


A, B = {"field": "Type", "equals": "A/Bs"}, {"field": "type", "in": ["a/cs", "A/Ds"]}
OTHER = {"field": "kind", "equals": "x"}


@pytest.mark.parametrize(
    ("condition", "types"),
    [
        (A, {"a/bs"}),
        (B, {"a/cs", "a/ds"}),
        ({"allOf": [A, OTHER]}, {"a/bs"}),
        ({"allOf": [B, {"field": "type", "equals": "a/cs"}]}, {"a/cs"}),
        ({"anyOf": [A, B]}, {"a/bs", "a/cs", "a/ds"}),
        ({"anyOf": [A, OTHER]}, set()),
        ({"allOf": [OTHER]}, set()),
        ({"not": A}, set()),
        ({"field": "type", "like": "a/*"}, set()),
        ({"field": "type", "in": ["a", 5]}, set()),
        ({"field": "type", "equals": "[parameters('wanted')]"}, {"p/q"}),
        ({"field": "type", "equals": "[field('kind')]"}, set()),
    ],
)
def test_the_types_that_a_rule_may_be_true_for(condition: dict[str, Any], types: set[str]) -> None:
    document = policy(condition, parameters=declared(defaultValue="P/q"))
    assert types_of(read(document)) == types


def test_a_policy_set_passes_its_parameters_on() -> None:
    inner = read(policy(NAME, parameters=declared(defaultValue="other")))
    outer = {"name": Parameter("name", "string"), "spare": Parameter("spare", "string", "thing")}
    passed = replace(inner, bound={"Wanted": "[parameters('NAME')]"}, outer=outer)

    def state(definition: PolicyDefinition, **given: object) -> State:
        evaluate = compile_policy(definition, given, ALIASES)
        return evaluate(resource(THING_ID, BODY), Around()).state

    assert state(passed, name="thing") is YES
    assert state(passed) is State.UNKNOWN
    unset = compile_policy(passed, {}, ALIASES)(resource(THING_ID, BODY), Around())
    why = "the parameter Wanted needs a value; the set passes on [parameters('NAME')]"
    assert unset.message == why
    parts = replace(passed, bound={"Wanted": ["[parameters('NAME')]", "ü"]})
    unset = compile_policy(parts, {}, ALIASES)(resource(THING_ID, BODY), Around())
    assert unset.message.endswith("""the set passes on ["[parameters('NAME')]", "ü"]""")
    assert state(replace(passed, bound={"wanted": "[parameters('spare')]"})) is YES
    assert state(replace(passed, bound={})) is NO

"""Which functions a rule calls, anywhere in it; rules about the caller judge no resource."""

from typing import Any

import pytest

from amlaudit.engine.policy.aliases import Aliases
from amlaudit.engine.policy.definition import read_definition
from amlaudit.engine.policy.evaluate import State, compile_policy, types_of
from amlaudit.engine.policy.usage import (
    arrays_compared,
    asks_who_calls,
    names_type,
    refused_functions,
    undeclared_parameters,
)
from amlaudit.engine.policy.values import DefinitionError
from tests.engine.policy.policies import NO, THING, judge, policy, run

CALL = "[reference('x')]"
PLAIN = {"field": "name", "equals": "x"}


def refused(document: dict[str, Any]) -> list[str]:
    return list(refused_functions(read_definition(document, "p")))


@pytest.mark.parametrize(
    "condition",
    [
        {"field": CALL, "equals": "x"},
        {"field": "name", "equals": CALL},
        {"field": "name", "in": ["x", CALL]},
        {"value": {"a": [CALL]}, "equals": "x"},
        {"value": "[concat('x', reference('x').a['b'])]", "equals": "x"},
        {"value": "[createArray('x')[reference('x')]]", "equals": "x"},
        {"not": {"allOf": [PLAIN, {"anyOf": [PLAIN, {"value": CALL, "equals": 1}]}]}},
        {"count": {"field": CALL}, "equals": 1},
        {"count": {"value": CALL}, "equals": 1},
        {"count": {"field": "A/b/c[*]", "where": {"value": CALL, "equals": 1}}, "equals": 1},
        {"count": {"value": [1], "where": {"value": CALL, "equals": 1}}, "equals": 1},
    ],
)
def test_a_function_is_found_anywhere(condition: dict[str, Any]) -> None:
    assert refused(policy(condition)) == ["reference"]
    assert refused(policy(PLAIN, details={"type": "A/b", "existenceCondition": condition})) == [
        "reference"
    ]


@pytest.mark.parametrize("key", ["type", "name", "resourceGroupName", "existenceScope"])
def test_a_function_is_found_in_what_a_check_looks_for(key: str) -> None:
    assert refused(policy(PLAIN, details={"type": "A/b", key: CALL})) == ["reference"]
    with pytest.raises(DefinitionError, match=rf"then\.details\.{key.lower()}: expression"):
        read_definition(policy(PLAIN, details={"type": "A/b", key: "[reference(]"}), "p")


def test_a_function_is_found_in_the_effect() -> None:
    assert refused(policy(PLAIN, effect=CALL)) == ["reference"]
    assert refused(policy(PLAIN, effect=CALL, details={"type": "A/b"})) == ["reference"]
    with pytest.raises(DefinitionError, match=r"policyRule\.then\.effect: expression"):
        read_definition(policy(PLAIN, effect="[parameters('x']"), "p")


def test_parameters_that_are_not_declared() -> None:
    rule = {"value": "[parameters('One')]", "equals": "[parameters('two')]"}
    given = {"ONE": {"type": "String"}}
    found = read_definition(policy(rule, parameters=given, effect="[parameters('three')]"), "p")
    assert list(undeclared_parameters(found)) == ["three", "two"]


def test_what_policies_may_call_is_not_refused() -> None:
    value = "[if(empty(field('name')), parameters('x'), utcNow())]"
    assert refused(policy({"value": value, "equals": "[[reference('x')]"})) == []


@pytest.mark.parametrize(
    "expression",
    [
        "requestContext().identity",
        "RequestContext().Identity.acrs",
        "requestContext()['identity']['http://schemas.microsoft.com/identity/claims/x']",
        "coalesce(tryGet(requestContext().identity, 'appid'), '')",
        "tryGet(requestContext(), 'identity', 'appid')",
    ],
)
def test_a_rule_about_who_calls_is_about_no_resource(expression: str) -> None:
    condition = {"anyOf": [{"field": "name", "equals": "thing"}, {"value": f"[{expression}]"} | {
        "equals": "x"}]}  # fmt: skip
    outcome = judge(condition)
    assert outcome.state is State.NOT_APPLICABLE
    assert outcome.message.startswith("requestContext().identity: the rule is about requests")


def test_a_rule_about_the_version_of_a_request_is_about_resources() -> None:
    condition = {"value": "[requestContext().apiVersion]", "less": "2020-01-01"}
    assert not asks_who_calls(read_definition(policy(condition), "p"))
    assert not asks_who_calls(
        read_definition(policy({"value": "[policy().identity]", "equals": 1}), "p")
    )
    assert judge(condition).state is NO


def test_a_disabled_rule_is_reported_as_disabled_whatever_it_asks() -> None:
    document = policy({"value": "[requestContext().identity]", "equals": 1}, effect="Disabled")
    assert run(document).message == "the effect is Disabled"


OTHER = {"field": "Other.Provider/others/text", "notEquals": "x"}
OWN = {"field": f"{THING}/text", "notEquals": "x"}
TAG = {"field": "tags.owner", "exists": False}


@pytest.mark.parametrize(
    ("condition", "is_asked"),
    [
        ({"value": 1, "equals": 1}, False),
        ({"value": "[field('name')]", "equals": "x"}, False),
        ({"count": {"value": ["x"]}, "equals": 1}, False),
        ({"count": {"value": ["x"], "where": OTHER}, "equals": 1}, False),
        ({"count": {"value": ["x"], "where": {"field": "type", "like": "*"}}, "equals": 1}, True),
        ({"field": "type", "equals": THING}, True),
    ],
)
def test_a_type_is_selected_by_its_field(condition: dict[str, Any], *, is_asked: bool) -> None:
    assert names_type(read_definition(policy(condition), "p")) is is_asked


@pytest.mark.parametrize(
    ("condition", "types"),
    [
        (OTHER, {"other.provider/others"}),
        ({"not": OTHER}, {"other.provider/others"}),
        ({"allOf": [TAG, OTHER]}, {"other.provider/others"}),
        ({"anyOf": [OTHER, {"not": OTHER}]}, {"other.provider/others"}),
        ({"anyOf": [OTHER, OWN]}, {"other.provider/others", THING.lower()}),
        ({"count": {"field": "Other.Provider/others/list[*]"}, "equals": 0},
         {"other.provider/others"}),
        ({"anyOf": [OTHER, {"field": "Third.Provider/thirds/text", "exists": True}]},
         {"other.provider/others", "third.provider/thirds"}),
        ({"allOf": [OTHER, OWN]}, set()),
        ({"anyOf": [OTHER, TAG]}, set()),
        ({"anyOf": []}, set()),
        (TAG, set()),
        ({"field": "Other.Provider/text", "notEquals": "x"}, set()),
        ({"value": 1, "equals": 1}, set()),
        ({"allOf": [OTHER, {"value": "[field('type')]", "equals": THING}]}, set()),
        ({"allOf": [OTHER, {"value": "[field(parameters('what'))]", "equals": "x"}]}, set()),
        ({"allOf": [OTHER, {"field": "[concat('ty', 'pe')]", "equals": THING}]}, set()),
        ({"allOf": [OTHER, {"not": {"field": "Type", "equals": "A.B/cs"}}]}, set()),
        ({"allOf": [OTHER, {"count": {"value": ["x"], "where": {"field": "type", "like": "*"}},
                            "equals": 1}]}, set()),
    ],
)  # fmt: skip
def test_a_rule_that_names_no_type_is_about_the_types_of_its_aliases(
    condition: dict[str, Any], types: set[str]
) -> None:
    what = {"what": {"type": "String", "defaultValue": "name"}}
    document = policy(condition, parameters=what)
    definition = read_definition(document, "p")
    if not names_type(definition):
        assert types_of(definition) == types
    outcome = run(document)
    is_about = not types or THING.lower() in types
    assert (outcome.message != f"the rule names properties of {', '.join(sorted(types))}") is (
        is_about
    )
    if not is_about:
        assert outcome.state is State.NOT_APPLICABLE


@pytest.mark.parametrize("operator", ["equals", "NotEquals"])
@pytest.mark.parametrize(
    "wrap", [lambda leaf: leaf, lambda leaf: {"count": {"value": [1], "where": leaf}, "equals": 1}]
)
def test_an_array_is_compared_by_no_equality(operator: str, wrap: Any) -> None:
    condition = wrap({"field": "name", operator: "[parameters('Several')]"})
    document = policy(condition, parameters={"several": {"type": "Array", "defaultValue": ["x"]}})
    definition = read_definition(document, "p")
    assert list(arrays_compared(definition)) == ["several"]
    told = "^parameters.several: an array cannot be compared by equals$"
    with pytest.raises(DefinitionError, match=told):
        compile_policy(definition, {}, Aliases())
    plain = policy(condition, parameters={"several": {"type": "String", "defaultValue": "x"}})
    assert list(arrays_compared(read_definition(plain, "p"))) == []


def test_an_array_is_compared_by_no_equality_in_what_must_exist_either() -> None:
    several = {"several": {"type": "Array", "defaultValue": ["x"]}}
    wanted = {"field": "name", "equals": "[parameters('several')]"}
    details = {"type": "A/B", "existenceCondition": wanted}
    document = policy(OTHER, parameters=several, effect="auditIfNotExists", details=details)
    assert list(arrays_compared(read_definition(document, "p"))) == ["several"]


def test_an_array_may_be_looked_through() -> None:
    several = {"several": {"type": "Array", "defaultValue": ["x"]}}
    for operand in ("[parameters('several')[0]]", "[first(parameters('several'))]", "x"):
        document = policy({"field": "name", "equals": operand}, parameters=several)
        assert list(arrays_compared(read_definition(document, "p"))) == []
    document = policy({"field": "name", "in": "[parameters('several')]"}, parameters=several)
    assert list(arrays_compared(read_definition(document, "p"))) == []

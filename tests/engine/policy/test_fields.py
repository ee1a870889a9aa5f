"""Fields and aliases: what they select, with `[*]` and without, and what `field()` returns."""

import pytest

from amlaudit.engine.policy.evaluate import State
from tests.engine.policy.policies import (
    BODY,
    NO,
    THING,
    THING_ID,
    YES,
    failure_of,
    judge,
    policy,
    run,
    value_of,
)

T = f"{THING}/"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", THING),
        ("name", "thing"),
        ("fullName", "thing"),
        ("kind", "hub"),
        ("location", "westeurope"),
        ("id", BODY["id"]),
        ("tags.env", "prod"),
        ("tags[env]", "prod"),
        ("tags['cost.centre']", "7"),
        ("tags['it''s']", "odd"),
        ("[concat('tags[', 'env', ']')]", "prod"),
        ("[concat('tags[', field('tags').env, ']')]", ""),
        ("identity.type", ""),
        ("Test.Provider/text", "abc"),
        ("Other.Provider/text", ""),
        ("Other.Provider/things/text", ""),
    ],
)
def test_a_field_selects_a_value(field: str, value: str) -> None:
    of_the_type = {"field": "type", "equals": THING}
    assert judge({"allOf": [of_the_type, {"field": field, "equals": value}]}).state is YES


def test_the_parents_stand_in_the_full_name() -> None:
    child = {"name": "a/b", "type": "P.Q/as/bs"}
    assert judge({"field": "fullName", "equals": "thing"}, child).state is YES
    assert judge({"field": "name", "equals": "b"}, child).state is YES
    bare: dict[str, object] = {"properties": {}}
    assert judge({"field": "name", "equals": "thing"}, bare).state is YES
    assert judge({"field": "type", "equals": THING.lower()}, bare).state is YES
    outside = {"id": "/subscriptions/x/resourceGroups/y", "name": "z"}
    assert judge({"field": "fullName", "equals": "z"}, outside).state is YES
    spelled = {"name": "thing", "id": "/x"}
    assert judge({"field": "fullName", "equals": "thing"}, spelled).state is YES


@pytest.mark.parametrize("operator", ["equals", "in"])
def test_locations_are_compared_without_spaces(operator: str) -> None:
    operand: object = "West Europe" if operator == "equals" else ["WEST europe", 5]
    assert judge({"field": "location", operator: operand}).state is YES


@pytest.mark.parametrize("field", ["[field('tags')]", "a b/c/d"])
def test_a_field_that_does_not_exist_fails(field: str) -> None:
    assert judge({"field": field, "equals": "x"}).state is State.ERROR


@pytest.mark.parametrize("field", ["tags['']", "tags[]", "[concat('tags[', '', ']')]"])
def test_no_resource_has_a_tag_without_a_name(field: str) -> None:
    assert judge({"field": field, "notEquals": "true"}).state is YES
    assert judge({"field": field, "exists": "false"}).state is YES
    assert judge({"value": "[field('tags[]')]", "equals": ""}).state is YES


def test_two_apostrophes_name_no_tag_that_is_called_like_that() -> None:
    tagged = {**BODY, "tags": {"''": "x"}}
    assert run(policy({"field": "tags['']", "exists": "false"}), tagged).state is YES


def test_an_unknown_field_is_unsupported() -> None:
    outcome = judge({"field": "sku", "equals": "x"})
    assert outcome.gap
    assert (outcome.state, outcome.gap.reason) == (State.UNKNOWN, "unsupported")


@pytest.mark.parametrize(
    ("field", "operator", "operand", "state"),
    [
        ("members[*].name", "in", ["one", "two"], YES),
        ("members[*].name", "equals", "one", NO),
        ("members[*].at", "exists", True, NO),
        ("members[*].inner[*]", "less", 5, YES),
        ("list[*]", "notEquals", "b", NO),
        ("empty[*]", "equals", "x", YES),
        ("empty[*]", "notEquals", "x", YES),
        ("absent[*]", "equals", "x", YES),
        ("absent[*].name", "exists", True, YES),
        ("absent[*].name", "exists", False, YES),
        ("null[*]", "equals", "x", YES),
    ],
)
def test_a_condition_on_a_list_applies_to_every_member(
    field: str, operator: str, operand: object, state: State
) -> None:
    assert judge({"field": T + field, operator: operand}).state is state


def test_exists_on_an_empty_list_is_noted_as_uncertain() -> None:
    outcome = judge({"field": f"{T}empty[*]", "exists": False})
    assert "what exists means for an empty list is not documented" in outcome.message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("absent", ""),
        ("absent[*]", []),
        ("empty[*]", []),
        ("list", ["a", "b", "c"]),
        ("list[*]", ["a", "b", "c"]),
        ("members[*].name", ["one", "two"]),
        ("members[*].at", ["x"]),
        ("members[*].inner", [[1, 2], [3, 4]]),
        ("members[*].inner[*]", [1, 2, 3, 4]),
    ],
)
def test_the_function_field_returns(field: str, value: object) -> None:
    assert value_of(f"field('{T}{field}')") == value


def test_a_member_that_is_null_is_one_of_those_that_field_returns() -> None:
    body = {"properties": {"list": ["a", None]}}
    assert value_of(f"field('{T}list[*]')", body=body) == ["a", None]
    lists = {"properties": {"members": [{"inner": [1, None]}, {"inner": [2]}]}}
    assert value_of(f"field('{T}members[*].inner[*]')", body=lists) == [1, None, 2]


def test_the_tags_of_a_resource_without_any_are_an_empty_object() -> None:
    assert value_of("field('tags')", body={"properties": {}}) == {}
    assert value_of("field('kind')", body={"properties": {}}) == ""


def test_the_properties_of_a_resource_are_a_field() -> None:
    """https://github.com/Azure/azure-policy-linter/blob/main/docs/Rules/tryget-use-with-null-coercing-operator.md"""
    body = {"properties": {"tier": "premium"}}
    assert value_of("tryGet(field('properties'), 'Tier')", body=body) == "premium"
    assert value_of("coalesce(tryGet(field('properties'), 'x'), 'none')", body=body) == "none"


def test_the_name_that_field_gets_may_depend_on_the_resource() -> None:
    assert value_of("field(toLower(field('kind')))", body={"kind": "NAME", "name": "n"}) == "n"


def test_an_object_where_a_list_should_be_is_not_known() -> None:
    outcome = judge({"field": f"{T}object[*]", "equals": "x"})
    assert outcome.state is State.UNKNOWN
    assert "properties.object holds an object where a list was expected" in outcome.message
    assert judge({"value": f"[field('{T}object[*]')]", "equals": 1}).state is State.UNKNOWN


def test_a_path_that_no_table_has_is_noted() -> None:
    body = {"type": "Other/kinds", "properties": {"x": 1}}
    outcome = judge({"field": f"{THING}/text", "exists": True}, body)
    assert "rule of thumb" not in outcome.message


def test_properties_of_a_value_are_read_without_case() -> None:
    assert value_of(f"field('{T}object').KEY") == 1
    assert "no property" in failure_of(f"field('{T}object').x")


def test_an_alias_that_types_of_a_provider_share_is_read_by_type() -> None:
    either = {"field": "Test.Provider/text", "equals": "abc"}
    everywhere = {"value": [1, 2], "where": either}
    assert judge({"count": everywhere, "equals": 2}).state is YES
    several = {"field": "Test.Provider/list[*]", "contains": "b"}
    assert judge(several).state is YES


@pytest.mark.parametrize("alias", ["Test.Provider/things.text", "Test.Provider/Things.text"])
def test_an_alias_of_a_provider_may_begin_with_the_type_that_it_is_for(alias: str) -> None:
    assert judge({"field": alias, "equals": "abc"}).state is YES


@pytest.mark.parametrize(
    ("field", "body", "value"),
    [
        ("type", BODY, THING),
        ("type", {"type": "Other/Things"}, THING.lower()),
        ("type", {}, THING.lower()),
        ("id", {"id": "/Subscriptions/S"}, "/Subscriptions/S"),
        ("id", {}, THING_ID.lower()),
        ("fullName", {"name": "Thing"}, "Thing"),
        ("fullName", {"name": "a/b", "id": "/providers/P.Q/as/A/providers/P.Q/as/X/bs/Y"}, "X/Y"),
        ("fullName", {"name": 7, "id": "/subscriptions/x"}, "thing"),
        ("name", {"name": "a/B"}, "B"),
    ],
)
def test_what_every_resource_has_is_given_as_its_document_spells_it(
    field: str, body: dict[str, object], value: str
) -> None:
    assert value_of(f"field('{field}')", body=body) == value


@pytest.mark.parametrize(
    ("operator", "operand", "state"),
    [
        ("exists", "true", NO),
        ("exists", "false", YES),
        ("equals", "x", NO),
        ("notEquals", "x", YES),
        ("in", ["x"], NO),
        ("like", "x*", NO),
    ],
)
def test_a_list_of_another_type_is_missing_and_not_empty(
    operator: str, operand: object, state: State
) -> None:
    members = {"field": "Test.Provider/others/members[*].name", operator: operand}
    condition = {"anyOf": [{"field": "type", "equals": "A.B/c"}, members]}
    outcome = run(policy(condition))
    assert outcome.state is state
    assert "what a list of another type selects is not documented" in outcome.message
    count = {"count": {"field": "Test.Provider/others/members[*]"}, "equals": 0}
    assert run(policy({"anyOf": [{"field": "type", "equals": "A.B/c"}, count]})).state is YES

"""What a policy says about itself, about where it looked and about what it lacks, word for word."""

from typing import Any

import pytest

from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.engine.policy.aliases import AliasPath, read_path, usual_path
from amlaudit.engine.policy.conditions import read_condition
from amlaudit.engine.policy.definition import COMPUTED, read_definition, unescape
from amlaudit.engine.policy.evaluate import State, compile_policy, types_of
from amlaudit.engine.policy.existence import is_named
from amlaudit.engine.policy.fields import Counted, binding, field_reader
from amlaudit.engine.policy.frame import MAX_STEPS, Frame
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.values import DEEPEST, LONGEST_TEXT
from tests.engine.policy.policies import (
    ALIASES,
    BODY,
    NO,
    THING,
    THING_ID,
    YES,
    Around,
    failure_of,
    judge,
    policy,
    run,
    value_of,
)
from tests.estates import GROUP, resource

LONG = "x" * 2_000_000


def long_of(kind: str) -> dict[str, Any]:
    return {**BODY, "properties": {"long": LONG if kind == "text" else ["y"] * 1_000_000}}


def reads(condition: dict[str, Any], times: int) -> dict[str, Any]:
    return {"allOf": [condition] * times}


@pytest.mark.parametrize(
    "condition",
    [
        {"field": f"{THING}/long", "notEquals": "z"},
        {"value": f"[field('{THING}/long')]", "notEquals": "z"},
        {"value": f"[length(field('{THING}/long'))]", "greater": 1},
    ],
)
def test_reading_what_is_long_takes_steps_and_ends(condition: dict[str, Any]) -> None:
    assert judge(condition, long_of("text")).state is YES
    outcome = judge(reads(condition, 2000), long_of("text"))
    assert outcome.state is State.ERROR
    assert outcome.message.endswith(f"the evaluation takes more than {MAX_STEPS} steps")


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("if(1)", "if(): needs three arguments"),
        ("current()", "current(): without a name it is only allowed in a count that is not nested"),
        ("resourceGroup('x')", "resourcegroup(): it takes no arguments"),
        ("parameters('a', 'b')", "parameters(): needs one argument"),
        ("field('a', 'b')", "field(): needs one argument"),
        ("current('a', 'b')", "current(): needs one argument"),
    ],
)
def test_an_invalid_call_is_reported_in_full(expression: str, told: str) -> None:
    assert failure_of(expression) == f"evaluation fails: {told}"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("claims()", "claims(): known only to the service, from an external evaluation"),
        ("templateExpression()", "what the template computes is known only during deployment"),
        (
            "requestContext().apiVersion",
            "the latest API version in a compliance scan is known only to the service",
        ),
    ],
)
def test_what_only_the_service_knows_is_unknown_for_that_reason(value: str, told: str) -> None:
    outcome = judge({"value": f"[{value}]", "equals": "x"}, BODY)
    assert (outcome.state, outcome.message) == (State.UNKNOWN, told)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("if(equals(field('kind'), 'Hub'), field('name'), field('type'))", "thing"),
        ("if(equals(field('kind'), 'x'), field('type'), field('name'))", "thing"),
        ("utcNow(if(equals(field('kind'), 'Hub'), 'yyyy', 'MM'))", "2026"),
        ("subscription().subscriptionId", "sub"),
        ("subscription()", {"subscriptionId": "sub", "id": "/subscriptions/sub"}),
        ("policy().definitionId",
         "/providers/Microsoft.Authorization/policyDefinitions/test"),
        (f"field('{THING}/object')[field('{THING}/key')]", 1),
        ("field('location')", "westeurope"),
    ],
)  # fmt: skip
def test_an_expression_gives_its_value(expression: str, value: object) -> None:
    body = {**BODY, "properties": {"object": {"Key": 1}, "key": "Key"}}
    found = value_of(expression, body=body)
    assert str(found) == str(value) if isinstance(value, dict) else found == value


def test_a_location_that_is_not_there_is_an_empty_text() -> None:
    body = {key: value for key, value in BODY.items() if key != "location"}
    assert value_of("field('location')", body=body) == ""


@pytest.mark.parametrize("key", ["assignmentId", "setDefinitionId", "definitionReferenceId"])
def test_what_only_the_service_knows_of_a_policy_is_not_known(key: str) -> None:
    outcome = judge({"value": f"[policy().{key}]", "equals": "x"})
    assert outcome.state is State.UNKNOWN
    assert outcome.message == "policy(): ids of assignment and set are known only in the service"
    assert outcome.gap
    assert outcome.gap.scope_id == THING_ID.lower()


def test_tags_of_a_group_are_null_where_they_are_not_there() -> None:
    around = Around(tags={"env": "prod"})
    assert value_of("resourceGroup().tags['other']", around=around) is None
    named = {**BODY, "kind": "env"}
    assert value_of("resourceGroup().tags[field('kind')]", body=named, around=around) == "prod"
    told = failure_of("resourceGroup().other['x']", around=around)
    assert "other" in told


INHERITED = {
    "allOf": [
        {"field": "tags['env']", "notEquals": "[resourceGroup().tags['env']]"},
        {"value": "[resourceGroup().tags['env']]", "notEquals": ""},
    ]
}


@pytest.mark.parametrize(
    ("of_group", "of_resource", "state"),
    [
        ({}, "dev", State.COMPLIANT),
        ({"env": ""}, "dev", State.COMPLIANT),
        ({"env": "prod"}, "dev", State.NON_COMPLIANT),
        ({"env": "prod"}, "Prod", State.COMPLIANT),
    ],
)
def test_a_tag_that_a_group_lacks_fails_no_rule_that_compares_with_it(
    of_group: dict[str, object], of_resource: str, state: State
) -> None:
    body = {**BODY, "tags": {"env": of_resource}}
    assert judge(INHERITED, body, around=Around(tags=of_group)).state is state


def test_a_tag_that_a_group_lacks_is_compared_as_an_empty_text() -> None:
    compared = {"value": "", "equals": "[resourceGroup().tags['env']]"}
    assert judge(compared, around=Around(tags={})).state is State.NON_COMPLIANT
    assert judge(compared, around=Around(tags={"env": "prod"})).state is State.COMPLIANT


def test_null_that_a_rule_compares_with_fails_it_otherwise() -> None:
    around = Around(tags={"env": "prod"})
    inside = {"field": "name", "notEquals": "[resourceGroup().name['other']]"}
    assert judge(inside, around=around).state is State.ERROR
    compared = {"field": "name", "equals": "[tryGet(resourceGroup().tags, 'other')]"}
    assert judge(compared, around=around).state is State.ERROR


@pytest.mark.parametrize(
    ("document", "outcome"),
    [
        (policy({"field": "type", "equals": THING}, effect="Disabled"), "the effect is Disabled"),
        (policy({"field": "type", "equals": THING}, effect="[concat('dis', 'abled')]"),
         "the effect is Disabled"),
    ],
)  # fmt: skip
def test_the_reason_why_a_policy_does_not_apply_is_stated(
    document: dict[str, Any], outcome: str
) -> None:
    found = run(document)
    assert (found.state, found.message) == (State.NOT_APPLICABLE, outcome)


def test_the_effect_may_be_one_of_the_resource() -> None:
    effect = "[if(equals(field('kind'), 'Hub'), 'disabled', 'audit')]"
    found = run(policy({"field": "type", "equals": THING}, effect=effect))
    assert found.message == "the effect is Disabled"


def test_a_rule_about_locations_does_not_concern_subscriptions() -> None:
    evaluate = compile_policy(
        read_definition(policy({"field": "location", "notIn": ["westeurope"]}), "test"),
        {},
        ALIASES,
    )
    found = evaluate(resource("/subscriptions/a", {}), Around())
    assert found.message == "a rule about locations does not concern subscriptions"


def test_a_mode_states_what_it_ignores() -> None:
    evaluate = compile_policy(
        read_definition({**policy({"field": "name", "equals": "x"}), "mode": "Indexed"},
                        "test"),
        {},
        ALIASES,
    )  # fmt: skip
    child = resource(f"{THING_ID}/parts/one", {})
    found = evaluate(child, Around())
    assert (found.state, found.message) == (
        State.NOT_APPLICABLE,
        "mode Indexed does not apply to test.provider/things/parts",
    )
    for sign in ("location", "tags"):
        hidden = evaluate(resource(child.id, {}, gaps=(sign,)), Around())
        assert (hidden.state, hidden.gap and hidden.gap.part) == (State.UNKNOWN, sign)
        assert evaluate(resource(child.id, {}, gaps=(f"{sign}.x",)), Around()).state is (
            State.NOT_APPLICABLE
        )


DATABASE_ID = f"{GROUP}/providers/Microsoft.Sql/servers/s/databases/d"
LOCK_ID = f"{THING_ID}/providers/Microsoft.Authorization/locks/one"


@pytest.mark.parametrize(
    ("resource_id", "mode", "doubtful"),
    [
        (f"{THING_ID}/parts/one", "Indexed", "test.provider/things/parts"),
        (LOCK_ID, "Indexed", "microsoft.authorization/locks"),
        (f"{THING_ID}/parts/one", "All", ""),
        (THING_ID, "Indexed", ""),
        (DATABASE_ID, "Indexed", ""),
    ],
)
def test_a_mode_that_may_pass_over_a_resource_is_told(
    resource_id: str, mode: str, doubtful: str
) -> None:
    rule = {**policy({"field": "location", "equals": "x"}), "mode": mode}
    evaluate = compile_policy(read_definition(rule, "test"), {}, ALIASES)
    told = f"; mode Indexed may pass over {doubtful}: Azure lists no tags and location"
    found = evaluate(resource(resource_id, {"location": "x"}), Around())
    assert found.message == f"location is x (equals x){told if doubtful else ''}"


def test_a_failure_names_the_resource_and_the_rule() -> None:
    gap = judge({"value": "[int('x')]", "equals": 1}).gap
    assert gap
    assert (gap.scope_id, gap.part, gap.reason) == (THING_ID.lower(), "test", Reason.RULE_ERROR)


def test_evidence_states_its_source() -> None:
    subject = resource(THING_ID, BODY)
    evaluate = compile_policy(
        read_definition(policy({"field": "kind", "equals": "Hub"}), "test"), {}, ALIASES
    )
    (seen,) = evaluate(subject, Around()).evidence
    assert (seen.resource_id, seen.origin) == (subject.id, subject.origin)


@pytest.mark.parametrize(
    ("name", "wanted", "named"),
    [
        ("a/b/c", "a/b/?", True),
        ("a/b/c", "a/x/?", False),
        ("a/b/c", "x/b/?", False),
        ("a/b/c", "C", True),
        ("a/b/c", "b", False),
        ("a/b/c", "a/b/c", True),
        ("a/b/c", "x/b/c", False),
        ("a/b/c", "", True),
    ],
)
def test_a_related_resource_is_named_with_its_parents_or_without(
    name: str, wanted: str, *, named: bool
) -> None:
    first, second, third = name.split("/")
    path = f"{GROUP}/providers/test.provider/things/{first}/parts/{second}/bits/{third}"
    assert is_named(resource(path, {}), wanted) is named


def test_related_resources_are_searched_where_the_resource_says() -> None:
    other = resource(f"{GROUP}/providers/other.provider/others/one", {"properties": {"on": True}})
    around = Around((other,))
    details = {
        "type": "[concat('Other.Provider', '/', if(equals(field('kind'), 'Hub'), 'Others', 'x'))]",
        "resourceGroupName": "[concat('of-', field('name'))]",
        "existenceScope": "[if(equals(field('kind'), 'Hub'), 'subscription', 'resourceGroup')]",
    }
    document = policy({"field": "type", "equals": THING}, effect="auditIfNotExists",
                      details=details)  # fmt: skip
    assert run(document, around=around).state is NO
    (search,) = around.asked
    assert (search.arm_type, search.group, search.everywhere) == (
        "other.provider/others", "of-thing", True
    )  # fmt: skip


def test_candidates_are_looked_at_to_the_last() -> None:
    ids = [f"{GROUP}/providers/other.provider/others/{name}" for name in ("a", "b", "c")]
    others = (
        resource(ids[0], {"properties": {"number": "none"}}),
        resource(ids[1], {"properties": {"number": 0}}),
        resource(ids[2], {"properties": {"number": 7}}),
    )
    path = "Other.Provider/others/number"
    details = {
        "type": "Other.Provider/others",
        "name": "c",
        "existenceCondition": {"field": path, "greater": 5},
    }
    document = policy({"field": "type", "equals": THING}, effect="auditIfNotExists",
                      details=details)  # fmt: skip
    assert run(document, around=Around(others)).state is NO
    del details["name"]
    assert run(document, around=Around(others)).state is NO


def test_looks_at_a_candidate_are_nested() -> None:
    other = resource(f"{GROUP}/providers/other.provider/others/one", {"properties": {"on": True}})
    details = {
        "type": "Other.Provider/others",
        "existenceCondition": {
            "allOf": [
                {"field": "Other.Provider/others/on", "equals": True},
                {"value": "[resourceGroup().name]", "equals": "rg"},
            ]
        },
    }
    document = policy({"field": "type", "equals": THING}, effect="auditIfNotExists",
                      details=details)  # fmt: skip
    outcome = run(document, around=Around((other,)))
    assert outcome.state is NO
    assert outcome.message.startswith("related Other.Provider/others is ")
    assert "equals" not in outcome.message
    assert [each.path for each in outcome.evidence][1:] == [
        "properties.on",
        "[resourceGroup().name]",
    ]


@pytest.mark.parametrize(
    ("rest", "path"),
    [
        ("a", "properties.a"),
        ("sku.name", "sku.name"),
        ("type", "properties.type"),
        ("subnets[*].addressPrefix", "properties.subnets[*].properties.addressPrefix"),
        ("subnets[*].name", "properties.subnets[*].name"),
        ("outer.subnets[*].addressPrefix", "properties.outer.subnets[*].properties.addressPrefix"),
        ("probes[*].port", "properties.probes[*].port"),
    ],
)
def test_an_alias_has_a_path_by_a_rule_of_thumb(rest: str, path: str) -> None:
    assert usual_path(rest) == path


def test_what_is_a_resource_within_another_is_so_in_its_own_provider() -> None:
    balancer = "microsoft.network/loadbalancers/more"
    assert usual_path("probes[*].port", balancer) == "properties.probes[*].properties.port"
    rule = policy({"field": "Microsoft.Network/loadBalancers/probes[*].port", "equals": 1})
    body = {"properties": {"probes": [{"properties": {"port": 1}}]}}
    subject = resource(f"{GROUP}/providers/microsoft.network/loadbalancers/one", body)
    assert (
        compile_policy(read_definition(rule, "test"), {}, ALIASES)(subject, Around()).state is YES
    )


def test_a_path_is_read_in_pieces_between_lists() -> None:
    path = read_path("x/y", "properties.a[*].b.c")
    assert path.groups == (("properties", "a"), ("b", "c"))
    assert read_path("x/y", "a[*]").groups == (("a",), ())


def counted(*groups: tuple[str, ...], kind: str = "x/y") -> AliasPath:
    return AliasPath(kind, groups, ".".join("/".join(each) for each in groups))


def test_a_path_is_bound_by_the_innermost_count_that_it_leads_through() -> None:
    path = counted(("a",), ("b",), ("c",))
    over_a, over_b = Counted("", counted(("a",), ())), Counted("", counted(("a",), ("b",), ()))
    other = Counted("", counted(("a",), (), kind="x/z"))
    assert binding(path, ()) == (0, 0)
    assert binding(path, (over_a,)) == (0, 1)
    assert binding(path, (over_a, over_b)) == (1, 2)
    assert binding(path, (over_b, over_a)) == (0, 2)
    assert binding(path, (over_a, over_a)) == (1, 1)
    assert binding(path, (other, Counted("n"), over_a)) == (2, 1)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("tags['a']", "a"),
        ("tags['it''s']", "it's"),
        ("tags[']", "'"),
        ("tags['a]", "'a"),
        ("tags[a']", "a'"),
        ("tags.a", "a"),
    ],
)
def test_tags_are_named_plainly_or_in_brackets(name: str, key: str) -> None:
    subject = resource(THING_ID, {"tags": {key: "yes", "": "no"}})
    reader = field_reader(name, ALIASES, ())
    assert reader.one
    found = reader.one(Frame(subject, Around()), True)  # noqa: FBT003 - see `Reader`
    assert found == "yes"
    assert reader.path.startswith("tags")
    assert reader.counted
    assert reader.counted.arm_type == ""


@pytest.mark.parametrize("name", ["Type", "FULLNAME", "Id", "name"])
def test_common_fields_are_shown_in_lower_case(name: str) -> None:
    assert field_reader(name, ALIASES, ()).path == name.lower()


def test_a_non_list_on_a_list_path_is_unknown() -> None:
    outcome = judge({"field": f"{THING}/text[*]", "equals": "x"})
    assert outcome.state is State.UNKNOWN
    assert outcome.gap == Gap(
        THING_ID.lower(),
        "properties.text",
        Reason.UNSUPPORTED,
        "properties.text holds a string where a list was expected",
    )


@pytest.mark.parametrize(
    ("gap", "known"),
    [("properties.list.0.x", True), ("properties.list", False), ("properties", False)],
)
def test_existence_of_a_list_needs_none_of_its_members(gap: str, *, known: bool) -> None:
    outcome = judge({"field": f"{THING}/list[*]", "exists": True}, gaps=(gap,))
    assert (outcome.state is not State.UNKNOWN) is known
    counted_all = judge({"count": {"field": f"{THING}/list[*]"}, "equals": 3}, gaps=(gap,))
    assert (counted_all.state is YES) is known


def test_an_empty_value_is_uncertain_only_for_exists() -> None:
    told = judge({"field": f"{THING}/empty[*]", "equals": "x"}).message
    assert "not documented" not in told
    full = judge({"field": f"{THING}/list[*]", "exists": True}).message
    assert "not documented" not in full


def test_conditions_within_a_count_nest_as_deep_as_others() -> None:
    condition: dict[str, Any] = {"field": "name", "equals": "x"}
    for _ in range(DEEPEST - 1):
        condition = {"not": condition}
    read_condition({"count": {"value": [1], "where": condition}, "equals": 1}, "if")
    read_condition({"anyOf": [condition]}, "if")
    with pytest.raises(DefinitionError, match=f"nest deeper than {DEEPEST}"):
        read_condition({"count": {"value": [1], "where": {"not": condition}}, "equals": 1}, "if")


def test_a_count_without_a_name_is_named_default() -> None:
    where = {"value": "[current('default')]", "equals": "p"}
    assert judge({"count": {"value": ["p", "q"], "where": where}, "equals": 1}).state is YES


def test_an_export_as_a_template_is_known_by_any_of_its_rules() -> None:
    rule = {"if": {"field": "name", "in": [["[[concat('a', 'b')]"]]}, "then": {"effect": "audit"}}
    for key in ("policyRule", "PolicyRule"):
        assert unescape({key: rule})[key]["if"]["in"] == [["[concat('a', 'b')]"]]
    members = [{"parameters": {"a": {"value": "[[parameters('a')]"}}}]
    found = unescape({"policyDefinitions": members})
    assert found["policyDefinitions"][0]["parameters"]["a"]["value"] == "[parameters('a')]"


def test_what_a_template_computes_is_left_out_of_the_rule_and_kept_beside_it() -> None:
    rule = {"if": {"value": "[[field('name')]", "equals": "[variables('computed')]"}}
    found = unescape({"policyRule": rule, "displayName": "[variables('shown')]"}, deployed=True)
    assert found["policyRule"]["if"] == {"value": "[field('name')]", "equals": COMPUTED}
    assert found["displayName"] == "[variables('shown')]"


def test_the_name_of_a_definition_may_stand_in_it_or_be_that_of_its_file() -> None:
    rule = policy({"field": "name", "equals": "x"})
    assert read_definition({"properties": rule}, "file").id == "file"
    assert read_definition({"name": "own", "properties": rule}, "file").id == "own"
    with pytest.raises(DefinitionError, match="properties: duplicate key"):
        read_definition({"properties": {"policyRule": {}, "PolicyRule": {}}}, "file")


def test_a_parameter_without_a_value_is_not_known_where_it_is_needed() -> None:
    rule = policy({"field": "name", "equals": "[parameters('wanted')]"},
                  parameters={"wanted": {"type": "String"}})  # fmt: skip
    outcome = run(rule)
    assert outcome.state is State.UNKNOWN
    assert outcome.gap
    assert outcome.gap.part == "parameters.wanted"
    assert outcome.gap.detail == "the parameter wanted needs a value"


@pytest.mark.parametrize(
    ("allowed", "given", "fits"),
    [
        (["a", "b"], "A", True),
        (["a", "b"], "c", False),
        ([["a"], ["b"]], ["A"], True),
        (["a", "b"], ["a", "b"], True),
        (["a", "b"], ["a", "c"], False),
    ],
)
def test_a_value_is_an_allowed_one_or_consists_of_them(
    allowed: list[object], given: object, *, fits: bool
) -> None:
    kind = "Array" if isinstance(given, list) else "String"
    rule = policy({"field": "name", "equals": "x"},
                  parameters={"wanted": {"type": kind, "allowedValues": allowed}})  # fmt: skip
    definition = read_definition(rule, "file")
    if fits:
        compile_policy(definition, {"wanted": given}, ALIASES)
    else:
        with pytest.raises(DefinitionError, match="not one of the allowed values"):
            compile_policy(definition, {"wanted": given}, ALIASES)


@pytest.mark.parametrize(
    ("condition", "types"),
    [
        ({"not": {"field": "type", "equals": "a/b"}}, frozenset()),
        ({"anyOf": [{"field": "type", "equals": "A/b"}, {"field": "type", "in": ["c/d"]}]},
         {"a/b", "c/d"}),
        ({"anyOf": [{"field": "type", "equals": "a/b"}, {"field": "name", "equals": "x"}]},
         frozenset()),
        ({"allOf": [{"field": "type", "in": ["a/b", "c/d"]}, {"field": "type", "equals": "a/b"}]},
         {"a/b"}),
        ({"field": "kind", "equals": "a/b"}, frozenset()),
        ({"allOf": [{"field": "type", "equals": "[concat('a', '/b')]"}]}, {"a/b"}),
    ],
)  # fmt: skip
def test_the_types_that_a_rule_may_be_true_for(condition: dict[str, Any], types: set[str]) -> None:
    assert types_of(read_definition(policy(condition), "file")) == types


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        ({"allOf": [{"field": "type", "equals": THING}, {"field": "kind", "equals": "x"}]}, NO),
        ({"allOf": [{"field": "type", "equals": "a/b"}, {"field": "kind", "equals": "Hub"}]},
         State.NOT_APPLICABLE),
        ({"allOf": [{"field": "type", "equals": THING}, {"field": "name", "equals": "x"}]}, NO),
        ({"field": "kind", "equals": "x"}, NO),
        ({"field": "type", "equals": "a/b"}, State.NOT_APPLICABLE),
        ({"allOf": [{"field": "type", "equals": THING}, {"field": "location", "equals": "x"}]}, NO),
        ({"allOf": [{"field": "type", "equals": THING}, {"field": "kind", "equals": "x"},
                    {"field": "name", "equals": "thing"}]}, State.NOT_APPLICABLE),
    ],
)  # fmt: skip
def test_not_applicable_is_distinguished_from_compliant(
    condition: dict[str, Any], state: State
) -> None:
    assert judge(condition).state is state


def test_a_bounded_count_is_decided_if_all_possible_values_agree() -> None:
    count = {"field": f"{THING}/members[*]",
             "where": {"field": f"{THING}/members[*].name", "equals": "one"}}  # fmt: skip
    gaps = ("properties.members.1.name",)
    for operator, operand, state in (
        ("less", 3, YES),
        ("lessOrEquals", 0, NO),
        ("greaterOrEquals", 1, YES),
        ("greater", 1, State.UNKNOWN),
        ("equals", 1, State.UNKNOWN),
        ("equals", 2, State.UNKNOWN),
        ("equals", 3, NO),
        ("notEquals", 3, YES),
        ("less", 1, NO),
    ):
        outcome = judge({"count": count, operator: operand}, gaps=gaps)
        assert (operator, operand, outcome.state) == (operator, operand, state)
        if state is State.UNKNOWN:
            assert outcome.gap
            assert outcome.gap.part == "properties.members.1.name"


def test_no_data_is_raised_for_what_a_function_cannot_know() -> None:
    with pytest.raises(NoDataError):
        field_reader("unheard-of", ALIASES, ())


@pytest.mark.parametrize(
    ("condition", "gap", "state"),
    [
        ({"field": f"{THING}/members[*]", "notEquals": "x"}, "properties.members.0.inner",
         State.UNKNOWN),
        ({"value": f"[field('{THING}/object')]", "equals": "x"}, "properties.object.Key",
         State.UNKNOWN),
        ({"value": f"[field('{THING}/members[*]')]", "equals": "x"}, "properties.members.0.inner",
         State.UNKNOWN),
        ({"field": "Test.Provider/object", "equals": "x"}, "properties.object.Key", State.UNKNOWN),
        ({"field": "Test.Provider/object", "exists": True}, "properties.object.Key", YES),
        ({"field": f"{THING}/object", "exists": True}, "properties.object.Key", YES),
    ],
)  # fmt: skip
def test_comparing_needs_the_whole_value_but_existence_does_not(
    condition: dict[str, Any], gap: str, state: State
) -> None:
    assert judge(condition, gaps=(gap,)).state is state


def test_members_behind_one_that_is_not_known_are_counted() -> None:
    count = {"count": {"field": f"{THING}/members[*].inner[*]"}, "greaterOrEquals": 2}
    outcome = judge(count, gaps=("properties.members.0.inner",))
    assert outcome.state is YES
    assert [str(each.seen) for each in outcome.evidence] == ["present"]


def test_a_count_that_is_not_known_shows_what_is_not() -> None:
    where = {"field": f"{THING}/members[*].name", "equals": "one"}
    count = {"count": {"field": f"{THING}/members[*]", "where": where}, "equals": 2}
    outcome = judge(count, gaps=("properties.members.1.name",))
    assert outcome.state is State.UNKNOWN
    assert [(each.path, str(each.seen)) for each in outcome.evidence] == [
        ("properties.members[*]", "gap"),
        ("properties.members[*].name", "gap"),
    ]
    truth = {"count": {"field": f"{THING}/members[*]", "where": where}, "equals": True}
    assert judge(truth, gaps=("properties.members.1.name",)).state is State.UNKNOWN


def test_only_locations_are_compared_without_spaces() -> None:
    assert judge({"value": "a b", "equals": "A B"}).state is YES
    assert judge({"value": "ab", "equals": "A B"}).state is NO
    assert judge({"count": {"value": ["x"]}, "equals": "1"}).state is YES
    assert judge({"count": {"value": ["x"]}, "equals": "1 "}).state is NO


@pytest.mark.parametrize(
    "condition",
    [
        {"field": f"{THING}/list[*]", "notEquals": "[field('kind')]"},
        {"value": "Hub", "equals": "[field('kind')]"},
        {"value": "wanted", "equals": "[parameters('wanted')]"},
        {"value": "wanted", "equals": "[parameters(parameters('name'))]"},
        {"count": {"value": [1, 2]}, "equals": "[length(parameters('pair'))]"},
        {
            "allOf": [
                {"field": "type", "equals": THING},
                {"field": "Other.Provider/others/list[*]", "notEquals": "x"},
            ]
        },
    ],
)
def test_an_operand_may_be_worked_out(condition: dict[str, Any]) -> None:
    parameters = {
        "wanted": {"type": "String", "defaultValue": "wanted"},
        "name": {"type": "String", "defaultValue": "wanted"},
        "pair": {"type": "Array", "defaultValue": ["a", "b"]},
    }
    assert run(policy(condition, parameters=parameters)).state is YES


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"field": "[int('1')]", "equals": 1}, "the name of a field is not a string"),
        ({"count": {"value": 7}, "equals": 1}, "a count needs a list"),
    ],
)
def test_only_what_fails_is_reported(condition: dict[str, Any], told: str) -> None:
    assert judge(condition).message == f"evaluation fails: {told}"


@pytest.mark.parametrize(
    "name", [f"[concat('{THING}/', field('name'))]", "[createArray('a', 'b')]"]
)
def test_a_count_that_cannot_be_compiled_names_its_list(name: str) -> None:
    outcome = judge({"count": {"field": name}, "less": 3})
    assert outcome.state is State.UNKNOWN
    assert [(each.path, each.expected) for each in outcome.evidence] == [(name, "less 3")]


def test_a_guessed_path_is_shown_with_its_alias() -> None:
    other = resource(f"{GROUP}/providers/other.provider/others/one", {"properties": {"list": [1]}})
    for condition in (
        {"field": "Other.Provider/others/on", "exists": False},
        {"count": {"field": "Other.Provider/others/list[*]"}, "equals": 1},
        {"field": "Other.Provider/on", "exists": False},
    ):
        evaluate = compile_policy(read_definition(policy(condition), "test"), {}, ALIASES)
        found = evaluate(other, Around())
        name = condition.get("field") or "Other.Provider/others/list[*]"
        assert found.state is YES
        assert f"the path of {name} follows from a rule of thumb" in found.message


def test_an_alias_shared_by_types_is_shown_as_written() -> None:
    (seen,) = judge({"field": "Test.Provider/text", "equals": "abc"}).evidence
    assert (seen.path, seen.observed) == ("Test.Provider/text", "Abc")


def test_what_a_member_does_not_have_is_an_empty_text_in_an_expression() -> None:
    where = {"value": f"[concat(current('{THING}/members[*].at'), '!')]", "equals": "!"}
    count = {"count": {"field": f"{THING}/members[*]", "where": where}, "equals": 1}
    assert judge(count).state is YES


def test_field_within_a_count_over_a_candidate_refers_to_the_resource_of_the_rule() -> None:
    other = resource(f"{GROUP}/providers/{THING}/other", {"properties": {"members": [{}]}})
    names = f"[length(field('{THING}/members[*].name'))]"
    details = {
        "type": THING,
        "existenceCondition": {
            "count": {"field": f"{THING}/members[*]", "where": {"value": names, "equals": 2}},
            "equals": 1,
        },
    }
    document = policy({"field": "kind", "equals": "Hub"}, effect="auditIfNotExists",
                      details=details)  # fmt: skip
    assert run(document, around=Around((other,))).state is NO


@pytest.mark.parametrize(
    ("details", "at"),
    [
        ({"type": "a", "Type": "b"}, "policyRule.then.details"),
        ({"type": "a", "existenceCondition": {"field": "x"}},
         "policyRule.then.details.existenceCondition"),
    ],
)  # fmt: skip
def test_a_mistake_in_details_is_reported_with_its_position(
    details: dict[str, Any], at: str
) -> None:
    document = policy({"field": "name", "equals": "x"}, effect="auditIfNotExists", details=details)
    with pytest.raises(DefinitionError) as caught:
        read_definition(document, "file")
    assert caught.value.at == at


def test_a_type_in_a_conjunction_may_be_given_by_a_parameter() -> None:
    condition = {"allOf": [{"field": "type", "equals": "[parameters('wanted')]"}]}
    rule = policy(condition, parameters={"wanted": {"type": "String"}})
    assert types_of(read_definition(rule, "file"), {"wanted": "A/b"}) == {"a/b"}


def test_a_parameter_that_is_not_given_is_a_gap_of_the_resource() -> None:
    rule = policy({"field": "name", "equals": "[parameters('wanted')]"},
                  parameters={"wanted": {"type": "String"}})  # fmt: skip
    gap = run(rule).gap
    assert gap
    assert gap.scope_id == THING_ID.lower()


@pytest.mark.parametrize("extra", [0, 1])
def test_a_text_may_be_as_long_as_this_and_no_longer(extra: int) -> None:
    expression = f"padLeft('x', {LONGEST_TEXT + extra})"
    if extra:
        assert f"a text of more than {LONGEST_TEXT} characters" in failure_of(expression)
    else:
        assert len(str(value_of(expression))) == LONGEST_TEXT

"""Modes, effects and applicability: when a rule gives a verdict, and which."""

from typing import Any

import pytest

from amlaudit.core.resource import Document
from amlaudit.engine.policy.aliases import Aliases
from amlaudit.engine.policy.definition import read_definition
from amlaudit.engine.policy.evaluate import State, compile_policy, decided_elsewhere
from tests.engine.policy.policies import BODY, NO, THING, YES, Around, judge, policy, run
from tests.estates import GROUP, SUBSCRIPTION, resource

TYPE = {"field": "type", "equals": THING}
HUB = {"field": "kind", "equals": "hub"}
THING_NAME = {"field": "name", "equals": "thing"}
TEXT = {"field": f"{THING}/text", "equals": "abc"}
NOT_CONCERNED = State.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("effect", "condition", "state"),
    [
        ("Audit", TEXT, YES),
        ("deny", TEXT, YES),
        ("append", TEXT, YES),
        ("modify", TEXT, YES),
        ("modify", {"not": TEXT}, NO),
        ("Disabled", TEXT, NOT_CONCERNED),
        ("denyAction", TEXT, State.UNKNOWN),
        ("denyAction", {"field": "type", "equals": "A.B/c"}, NOT_CONCERNED),
        ("auditAction", TEXT, State.UNKNOWN),
        ("AuditAction", {"field": "type", "equals": "A.B/c"}, NOT_CONCERNED),
        ("mutate", TEXT, State.UNKNOWN),
        ("addToNetworkGroup", TEXT, State.UNKNOWN),
        ("enforceOPAConstraint", TEXT, State.UNKNOWN),
        ("EnforceRegoPolicy", TEXT, State.UNKNOWN),
        ("Manual", TEXT, State.MANUAL),
        ("Manual", {"not": TEXT}, State.MANUAL),
        ("manual", {"field": "type", "equals": "A.B/c"}, NOT_CONCERNED),
        ("auditIfNotExists", TEXT, State.ERROR),
        ("permit", TEXT, State.ERROR),
        ("[parameters('effect')]", TEXT, YES),
        ("[parameters('none')]", TEXT, State.UNKNOWN),
    ],
)
def test_the_effect_decides_the_meaning_of_the_rule(
    effect: str, condition: dict[str, Any], state: State
) -> None:
    parameters = {
        "effect": {"type": "String", "defaultValue": "DENY"},
        "none": {"type": "String"},
    }
    assert run(policy(condition, effect=effect, parameters=parameters)).state is state


def test_without_a_verdict_the_reason_is_stated() -> None:
    effect = run(policy(TEXT, effect="denyAction"))
    told = "the effect denyAction is about delete requests, not resources"
    assert effect.message == told
    assert run(policy(TEXT, effect="permit")).message == "evaluation fails: unknown effect permit"
    without = run(policy(TEXT, effect="auditIfNotExists"))
    told = "the effect auditifnotexists needs details.type, which the rule lacks"
    assert without.message == f"evaluation fails: {told}"
    attested = run(policy(TEXT, effect="manual"))
    assert attested.message == "the effect manual is decided by attestations in the service"
    concerned = run(policy({"allOf": [TYPE, TEXT]}, effect="manual"))
    assert [each.path for each in concerned.evidence] == ["type"]
    mode = run(policy(TEXT, mode="Microsoft.Kubernetes.Data"))
    assert mode.state is State.UNKNOWN
    assert "mode Microsoft.Kubernetes.Data" in mode.message
    assert mode.gap
    assert mode.gap.scope_id.endswith("/things/thing")


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        (TYPE, YES),
        ({"not": TYPE}, NOT_CONCERNED),
        ({"allOf": [TYPE, {"not": TEXT}]}, NO),
        ({"allOf": [{"not": TYPE}, TEXT]}, NOT_CONCERNED),
        ({"allOf": [TYPE, {"not": HUB}, TEXT]}, NOT_CONCERNED),
        ({"allOf": [TYPE, {"not": THING_NAME}, TEXT]}, NOT_CONCERNED),
        ({"allOf": [TYPE, {"not": HUB}]}, NO),
        ({"allOf": [TYPE, {"not": THING_NAME}]}, NO),
        ({"not": HUB}, NO),
        ({"not": THING_NAME}, NO),
        ({"anyOf": [{"not": TYPE}, {"not": TEXT}]}, NO),
        ({"not": {"anyOf": [TEXT, {"not": TYPE}]}}, NO),
        ({"count": {"value": [1]}, "equals": 2}, NO),
    ],
)
def test_type_name_and_kind_decide_whether_a_resource_is_concerned(
    condition: dict[str, Any], state: State
) -> None:
    assert judge(condition).state is state


@pytest.mark.parametrize(
    ("resource_id", "body", "modes"),
    [
        ("/providers/A.B/cs/c", {"location": "x"}, {"all", "indexed"}),
        ("/providers/A.B/cs/c", {}, {"all", "indexed"}),
        ("/providers/A.B/cs/c/ds/d", {"location": "x"}, {"all", "indexed"}),
        ("/providers/A.B/cs/c/ds/d", {"tags": {}}, {"all", "indexed"}),
        ("/providers/A.B/cs/c/ds/d", {}, {"all"}),
        ("/providers/Microsoft.Network/networkWatchers/w/flowLogs/f", {}, {"all", "indexed"}),
        ("/providers/Microsoft.Sql/servers/s/databases/d", {}, {"all", "indexed"}),
        ("/providers/Microsoft.Sql/servers/s/firewallRules/r", {}, {"all"}),
        ("/providers/Microsoft.Web/sites/s/slots/t", {}, {"all", "indexed"}),
        ("/providers/Microsoft.HybridCompute/machines/m/extensions/e", {}, {"all", "indexed"}),
        ("/providers/Microsoft.Network/virtualNetworks/v/subnets/s", {}, {"all"}),
        ("/providers/Microsoft.ContainerService/fleetMemberships/default", {}, {"all"}),
        ("/providers/Microsoft.Authorization/locks/l", {}, {"all"}),
        ("/providers/Microsoft.ManagedServices/registrationAssignments/r", {}, {"all"}),
        ("/providers/Microsoft.Insights/metrics/m", {"location": "x"}, set()),
        ("/providers/Microsoft.PolicyInsights/policyStates/s", {}, set()),
        ("/providers/Microsoft.MachineLearningServices/workspaces/w/previews/v", {}, set()),
        ("/providers/Microsoft.Resources/deployments/d", {"location": "x"}, set()),
        ("", {"location": "x"}, {"all"}),
    ],
)
def test_a_mode_decides_which_types_are_looked_at(
    resource_id: str, body: Document, modes: set[str]
) -> None:
    found = resource(GROUP + resource_id, body)
    for mode in ("all", "Indexed", "NotSpecified"):
        definition = read_definition(policy({"allOf": []}, mode=mode), "test")
        outcome = compile_policy(definition, {}, Aliases())(found, Around())
        meant = "indexed" if mode == "NotSpecified" else mode.lower()
        assert outcome.state is (YES if meant in modes else NOT_CONCERNED)
    subscription = resource(SUBSCRIPTION, {})
    definition = read_definition(policy({"allOf": []}), "test")
    assert compile_policy(definition, {}, Aliases())(subscription, Around()).state is YES


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "Location", "notIn": ["westeurope"]},
        {"not": {"field": "location", "in": ["westeurope"]}},
        {"anyOf": [TEXT, {"allOf": [{"field": "location", "equals": ""}]}]},
    ],
)
def test_a_rule_about_locations_does_not_concern_subscriptions(condition: dict[str, Any]) -> None:
    evaluate = compile_policy(read_definition(policy(condition), "test"), {}, Aliases())
    outcome = evaluate(resource(SUBSCRIPTION, {}), Around())
    assert outcome.state is NOT_CONCERNED
    assert "locations" in outcome.message
    assert evaluate(resource(GROUP, {}), Around()).state is YES
    seeking = policy(condition, effect="auditIfNotExists", details={"type": "A.B/cs"})
    evaluate = compile_policy(read_definition(seeking, "test"), {}, Aliases())
    assert evaluate(resource(SUBSCRIPTION, {}), Around()).state is NOT_CONCERNED
    assert evaluate(resource(GROUP, {}), Around()).state is YES


@pytest.mark.parametrize(
    ("parameters", "state"),
    [
        ({"where": {"value": "[Field( 'location' )]"}}, NOT_CONCERNED),
        ({"where": {"value": "[concat('x', field('location'))]"}}, NOT_CONCERNED),
        ({"where": {"value": "[field('fullName')]"}}, YES),
        ({"where": {"value": "field('location')"}}, YES),
        (None, YES),
    ],
)
def test_what_is_deployed_where_the_resource_is_is_not_deployed_for_subscriptions(
    parameters: object, state: State
) -> None:
    deployment = {"location": "[field('location')]", "properties": {"parameters": parameters}}
    details = {"type": "A.B/cs", "deployment": deployment}
    document = policy({"allOf": []}, effect="deployIfNotExists", details=details)
    evaluate = compile_policy(read_definition(document, "test"), {}, Aliases())
    assert evaluate(resource(SUBSCRIPTION, {}), Around()).state is state


@pytest.mark.parametrize("deployment", [None, "x", {"properties": "x"}])
def test_an_invalid_deployment_has_no_effect(deployment: object) -> None:
    details = {"type": "A.B/cs", "deployment": deployment}
    document = policy({"allOf": []}, effect="deployIfNotExists", details=details)
    evaluate = compile_policy(read_definition(document, "test"), {}, Aliases())
    assert evaluate(resource(SUBSCRIPTION, {}), Around()).state is YES


def test_whether_a_type_has_tags_may_not_be_known() -> None:
    hidden = resource(f"{GROUP}/providers/A.B/cs/c/ds/d", {}, gaps=("tags",))
    definition = read_definition(policy({"allOf": []}, mode="Indexed"), "test")
    assert compile_policy(definition, {}, Aliases())(hidden, Around()).state is State.UNKNOWN


def test_whether_a_resource_is_concerned_may_not_be_known() -> None:
    assert judge({"allOf": [TYPE, HUB, TEXT]}, gaps=("kind",)).state is State.UNKNOWN


def test_a_failing_evaluation_names_the_function() -> None:
    outcome = judge({"value": "[substring(field('name'), 9)]", "equals": "x"}, BODY)
    assert outcome.state is State.ERROR
    assert outcome.message == (
        "evaluation fails: substring(): characters 9 to 5 are outside a text of 5"
    )
    assert outcome.gap
    assert outcome.gap.reason == "rule_error"


def test_what_audits_of_microsoft_decide_no_resource_tells() -> None:
    rule = {"field": "type", "equals": THING}
    found = run(policy(rule, policyType="Static"))
    assert found.state is State.UNKNOWN
    assert found.message.startswith(
        "policyType Static: decided by audits of Microsoft's infrastructure"
    )
    assert run(policy(rule, policyType="BuiltIn")).state is State.NON_COMPLIANT


@pytest.mark.parametrize("effect", ["denyAction", "DENYACTION", "auditaction", "mutate"])
def test_an_effect_that_needs_more_than_documents_says_so(effect: str) -> None:
    assert decided_elsewhere(effect).lower().startswith(f"the effect {effect.lower()} is about ")


@pytest.mark.parametrize("effect", ["manual", "Manual", "audit", "Disabled", "other", ""])
def test_documents_decide_the_other_effects_and_people_attest(effect: str) -> None:
    assert decided_elsewhere(effect) == ""

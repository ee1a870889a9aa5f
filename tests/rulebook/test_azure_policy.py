"""Policy definitions as files, and as checks of the resources in an estate."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.errors import AmlauditError
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.memory import MemoryStore
from amlaudit.core.path import ABSENT
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.policy.aliases import Aliases
from amlaudit.engine.policy.definition import PolicyDefinition
from amlaudit.engine.policy.evaluate import types_of
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.rulebook.azure_policy import policy_check, shipped_aliases
from amlaudit.rulebook.policy_files import read_policies
from tests.estates import GROUP, STORAGE_ID, SUBSCRIPTION, estate, gap, resource

DEFINITIONS = Path(__file__).parents[3] / "shared" / "azure-policy" / "definitions"
STORAGE = "Microsoft.Storage/storageAccounts"
TYPE = {"field": "type", "equals": STORAGE}
VALUES = {
    "string": "x", "array": [], "object": {}, "boolean": True, "integer": 1, "float": 1.0,
    "datetime": "2026-01-01T00:00:00Z",
}  # fmt: skip


def rule(condition: object, effect: str = "audit", **details: Any) -> dict[str, Any]:
    then = {"effect": effect, **({"details": details} if details else {})}
    return {"mode": "All", "policyRule": {"if": condition, "then": then}}


def write(folder: Path, name: str, document: object) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


def check(
    folder: Path, document: dict[str, Any], subject: Resource, around: Estate, **given: object
) -> Verdict:
    (definition,) = read_policies(write(folder, "policy.json", document))
    return policy_check(definition, given)(Subject(subject, around))


def storage(body: dict[str, Any] | None = None, gaps: tuple[str, ...] = ()) -> Resource:
    written = STORAGE_ID.replace("resourcegroups/rg", "resourceGroups/RG")
    return resource(STORAGE_ID, {"id": written, "location": "x", **(body or {})}, gaps=gaps)


def test_a_file_contains_one_definition_or_several(tmp_path: Path) -> None:
    one = {"name": "one", "properties": rule(TYPE)}
    two = {"name": "two", **rule(TYPE)}
    template = {
        "resources": [
            {"type": "Microsoft.Authorization/policyDefinitions", **one},
            {"type": "Microsoft.Authorization/roleAssignments"},
            "x",
        ]
    }
    deployment = {
        "type": "Microsoft.Resources/deployments",
        "properties": {"template": {"resources": {"symbol": template["resources"][0]}}},
    }
    rule_alone = {"if": TYPE, "then": {"effect": "audit"}}
    for document, names in (
        (one, ["one"]),
        ({"resources": {"d": deployment, "e": {**deployment, "properties": {}}}}, ["one"]),
        (rule_alone, ["file"]),
        (rule(TYPE), ["file"]),
        ([one, two], ["one", "two"]),
        ({"value": [two]}, ["two"]),
        (template, ["one"]),
    ):
        path = write(tmp_path, "file.json", document)
        assert [each.id for each in read_policies(path)] == names


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "policy.json: not JSON"),
        ("[" * 100_000, "policy.json: not JSON"),
        ("5", "policy.json: definition: must be an object, not a number"),
        ({"policyRule": {"if": {}, "then": {}}}, "policy.json:1:17: policyRule.if: one of"),
        (rule({"field": "name", "eq": 1}), "policy.json:1:56: policyRule.if.eq: neither"),
        ({"policyDefinitions": ["x"]}, "policyDefinitions[0]: must be an object"),
        (
            {"properties": {"policyDefinitions": [{"policyDefinitionReferenceId": "x"}]}},
            "policyDefinitions[0]: policyDefinitionId is needed",
        ),
    ],
)
def test_a_wrong_file_is_named_with_the_place(
    tmp_path: Path, document: object, message: str
) -> None:
    with pytest.raises(AmlauditError) as caught:
        read_policies(write(tmp_path, "policy.json", document))
    assert caught.value.code == "E201"
    assert message in caught.value.message


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(AmlauditError, match="E302"):
        read_policies(tmp_path / "absent.json")


def test_a_set_finds_its_definitions_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "broken.json", "{")
    write(tmp_path, "number.json", "5")
    named = rule({"field": "name", "equals": "[parameters('wanted')]"})
    named["parameters"] = {"wanted": {"type": "String"}}
    write(tmp_path, "below/named.json", {"name": "GUID", "properties": named})
    write(tmp_path, "stem.json", rule(TYPE))
    references = [
        {
            "policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/guid",
            "policyDefinitionReferenceId": "first",
            "parameters": {"wanted": {"value": "[parameters('name')]"}},
        },
        {"policyDefinitionId": "/x/stem"},
    ]
    document = {
        "properties": {
            "parameters": {"name": {"type": "String"}},
            "policyDefinitions": references,
        }
    }
    policies = read_policies(write(tmp_path, "set.json", document))
    assert [each.id for each in policies] == ["first", "stem"]
    subject = Subject(storage(), estate(storage()))
    assert policy_check(policies[0], {"name": "st"})(subject).status is Status.FAIL
    assert policy_check(policies[0], {"name": "x"})(subject).status is Status.PASS


def test_parameters_that_the_service_would_refuse(tmp_path: Path) -> None:
    (definition,) = read_policies(write(tmp_path, "p.json", rule(TYPE)))
    with pytest.raises(DefinitionError, match="no such parameter"):
        policy_check(definition, {"x": 1})


@pytest.mark.parametrize(
    ("condition", "status", "reason"),
    [
        (TYPE, Status.FAIL, None),
        ({"not": {"field": "name", "equals": "st"}}, Status.PASS, None),
        ({"field": "type", "equals": "A/B"}, Status.NOT_APPLICABLE, None),
        ({"value": "[int('x')]", "equals": 1}, Status.UNKNOWN, Reason.RULE_ERROR),
        ({"value": "[reference('x')]", "equals": 1}, Status.UNKNOWN, Reason.RULE_ERROR),
        ({"value": "[newerThanThis('x')]", "equals": 1}, Status.UNKNOWN, Reason.UNSUPPORTED),
        ({"field": f"{STORAGE}/secret", "equals": 1}, Status.UNKNOWN, Reason.FORBIDDEN),
    ],
)
def test_an_outcome_is_a_verdict(
    tmp_path: Path, condition: dict[str, Any], status: Status, reason: Reason | None
) -> None:
    subject = storage(gaps=("properties.secret",))
    verdict = check(tmp_path, rule(condition), subject, estate(subject))
    assert (verdict.status, verdict.reason) == (status, reason)


def test_the_missing_permission_is_named(tmp_path: Path) -> None:
    forbidden = Gap(STORAGE_ID, "properties", Reason.FORBIDDEN, "no", "a/b/read")
    subject = storage()
    hidden = Resource(
        subject.id,
        subject.type,
        "st",
        subject.body,
        subject.origin,
        ((("properties",), forbidden),),
    )
    verdict = check(
        tmp_path, rule({"field": f"{STORAGE}/x", "exists": True}), hidden, estate(hidden)
    )
    assert verdict.permission == "a/b/read"


GROUP_BODY = {"name": "RG", "location": "norway", "tags": {"a": "b"}}


@pytest.mark.parametrize(
    ("expression", "scopes", "found"),
    [
        ("resourceGroup().name", (), "RG"),
        ("resourceGroup().id", (), f"{SUBSCRIPTION}/resourceGroups/RG"),
        ("resourceGroup().location", (resource(GROUP, GROUP_BODY),), "norway"),
        ("resourceGroup().tags.a", (resource(GROUP, GROUP_BODY),), "b"),
        ("empty(resourceGroup().managedBy)", (resource(GROUP, {}),), "True"),
        ("empty(resourceGroup().tags)", (resource(GROUP, {}),), "True"),
        ("subscription().subscriptionId", (), SUBSCRIPTION.rpartition("/")[2]),
        ("subscription().displayName", (resource(SUBSCRIPTION, {"displayName": "S"}),), "S"),
    ],
)
def test_the_scopes_around_a_resource(
    tmp_path: Path, expression: str, scopes: tuple[Resource, ...], found: str
) -> None:
    subject = storage()
    document = rule({"value": f"[{expression}]", "equals": found})
    verdict = check(tmp_path, document, subject, estate(subject, *scopes))
    assert verdict.status is Status.FAIL, verdict.message


def test_a_role_definition_is_in_the_scope_of_its_document(tmp_path: Path) -> None:
    path = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/r"
    role = resource(path, {"id": path})
    document = rule({"value": "[subscription().id]", "equals": SUBSCRIPTION})
    assert check(tmp_path, document, role, estate(role)).status is Status.FAIL
    elsewhere = resource(path, {"id": path.replace(SUBSCRIPTION, "")})
    assert check(tmp_path, document, elsewhere, estate(role)).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("expression", "around", "reason"),
    [
        ("resourceGroup().tags", estate(), Reason.NOT_COLLECTED),
        ("subscription().tags", estate(), Reason.NOT_COLLECTED),
        (
            "resourceGroup().location",
            estate(
                missing=(gap(SUBSCRIPTION, "microsoft.resources/subscriptions/resourcegroups"),)
            ),
            Reason.FORBIDDEN,
        ),
        (
            "resourceGroup().location",
            estate(seen=((SUBSCRIPTION, "microsoft.resources/subscriptions/resourcegroups"),)),
            Reason.NOT_COLLECTED,
        ),
        (
            "resourceGroup().tags",
            estate(resource(GROUP, {}, gaps=("tags",))),
            Reason.FORBIDDEN,
        ),
        ("resourceGroup().location", estate(resource(GROUP, {})), Reason.NOT_COLLECTED),
        ("subscription().tenantId", estate(resource(SUBSCRIPTION, {})), Reason.NOT_COLLECTED),
        ("subscription().displayName", estate(resource(SUBSCRIPTION, {})), Reason.NOT_COLLECTED),
    ],
)
def test_what_was_not_read_around_a_resource_is_not_known(
    tmp_path: Path, expression: str, around: Estate, reason: Reason
) -> None:
    document = rule({"value": f"[{expression}]", "equals": "x"})
    verdict = check(tmp_path, document, storage(), around)
    assert (verdict.status, verdict.reason) == (Status.UNKNOWN, reason)


@pytest.mark.parametrize("function", ["resourceGroup", "subscription"])
def test_a_resource_outside_scopes_has_no_scope_facts(tmp_path: Path, function: str) -> None:
    subject = resource("/providers/Microsoft.Management/managementGroups/m", {"location": "x"})
    document = rule({"value": f"[{function}().id]", "equals": "x"})
    assert check(tmp_path, document, subject, estate()).reason is Reason.UNSUPPORTED


SETTING = "Microsoft.Insights/diagnosticSettings"
CHILD = f"{STORAGE}/blobServices"
NETWORK = "Microsoft.Network/networkWatchers"
VNET = "Microsoft.Network/virtualNetworks"


def other(where: str, arm_type: str) -> Resource:
    return resource(f"{where}/providers/{arm_type}/n", {})


@pytest.mark.parametrize(
    ("details", "found", "seen_at"),
    [
        ({"type": SETTING}, other(STORAGE_ID, SETTING), STORAGE_ID),
        ({"type": CHILD}, resource(f"{STORAGE_ID}/blobservices/d", {}), STORAGE_ID),
        ({"type": NETWORK}, other(GROUP, NETWORK), GROUP),
        (
            {"type": NETWORK, "resourceGroupName": "Net"},
            other(f"{SUBSCRIPTION}/resourceGroups/net", NETWORK),
            f"{SUBSCRIPTION}/resourcegroups/net",
        ),
        (
            {"type": NETWORK, "existenceScope": "subscription"},
            other(f"{SUBSCRIPTION}/resourceGroups/elsewhere", NETWORK),
            SUBSCRIPTION,
        ),
        ({"type": STORAGE, "name": "[field('name')]"}, storage(), GROUP),
    ],
)
def test_related_resources_are_found_in_the_estate(
    tmp_path: Path, details: dict[str, Any], found: Resource, seen_at: str
) -> None:
    document = rule(TYPE, "auditIfNotExists", **details)
    elsewhere = other(f"{SUBSCRIPTION}/resourceGroups/rg2", details["type"])
    missing = dict(details, name="nothing")
    seen = ((seen_at, found.type),)
    assert check(tmp_path, document, storage(), estate(found)).status is Status.PASS
    nothing = rule(TYPE, "auditIfNotExists", **missing)
    assert check(tmp_path, nothing, storage(), estate(elsewhere, seen=seen)).status is Status.FAIL
    blind = check(tmp_path, nothing, storage(), estate(found))
    assert (blind.status, blind.reason) == (Status.UNKNOWN, Reason.NOT_COLLECTED)


@pytest.mark.parametrize(
    ("connections", "gaps", "status"),
    [
        ([{"name": "c", "properties": {"state": "Approved"}}], (), Status.PASS),
        ([{"name": "c", "properties": {"state": "Pending"}}], (), Status.FAIL),
        ([{"name": "c", "properties": {"state": "Pending"}}, "x"], (), Status.UNKNOWN),
        (None, (), Status.FAIL),
        ([], ("properties.privateEndpointConnections",), Status.UNKNOWN),
    ],
)
def test_private_endpoint_connections_stand_in_the_document_of_the_resource(
    tmp_path: Path, connections: object, gaps: tuple[str, ...], status: Status
) -> None:
    child = f"{STORAGE}/privateEndpointConnections"
    condition = {"field": f"{child}/state", "equals": "approved"}
    document = rule(TYPE, "auditIfNotExists", type=child, existenceCondition=condition)
    body: dict[str, Any] = {"properties": {"privateEndpointConnections": connections}}
    subject = storage(body, gaps)
    assert check(tmp_path, document, subject, estate(subject)).status is status


@pytest.mark.parametrize(
    ("properties", "gaps", "status"),
    [
        ({"subnets": [{"name": "GatewaySubnet", "properties": {"state": "on"}}]}, (), Status.PASS),
        ({"Subnets": [{"name": "GatewaySubnet", "properties": {"state": "off"}}]}, (), Status.FAIL),
        ({"subnets": [{"name": "other", "properties": {"state": "on"}}]}, (), Status.FAIL),
        ({"subnets": []}, (), Status.FAIL),
        ({"subnets": []}, ("properties.subnets",), Status.UNKNOWN),
        ({}, (), Status.UNKNOWN),
    ],
)
def test_subnets_stand_in_the_document_of_their_network(
    tmp_path: Path, properties: dict[str, Any], gaps: tuple[str, ...], status: Status
) -> None:
    child = f"{VNET}/subnets"
    condition = {"field": f"{child}/state", "equals": "on"}
    document = rule(
        {"field": "type", "equals": VNET}, "auditIfNotExists",
        type=child, name="GatewaySubnet", existenceCondition=condition,
    )  # fmt: skip
    network_id = f"{GROUP}/providers/{VNET.lower()}/v"
    network = resource(network_id, {"location": "x", "properties": properties}, gaps=gaps)
    assert check(tmp_path, document, network, estate(network)).status is status


def test_a_subscription_looks_in_itself(tmp_path: Path) -> None:
    subject = resource(SUBSCRIPTION, {})
    condition = {"field": "type", "equals": "Microsoft.Resources/subscriptions"}
    document = rule(condition, "auditIfNotExists", type=NETWORK)
    around = estate(subject, other(GROUP, NETWORK))
    assert check(tmp_path, document, subject, around).status is Status.PASS


@pytest.mark.parametrize("scope", [{"existenceScope": "subscription"}, {}])
def test_a_subscription_has_its_own_diagnostic_settings(
    scope: dict[str, str], tmp_path: Path
) -> None:
    kind = "Microsoft.Insights/diagnosticSettings"
    conditions = [
        {"field": "type", "equals": kind},
        {"field": f"{kind}/logs.enabled", "equals": "True"},
        {"field": f"{kind}/workspaceId", "equals": "here"},
    ]
    document = rule(
        {"field": "type", "equals": "Microsoft.Resources/subscriptions"}, "deployIfNotExists",
        type=kind, existenceCondition={"allOf": conditions}, **scope,
    )  # fmt: skip
    body = {"properties": {"workspaceId": "here", "logs": [{"enabled": True}]}}
    subject = resource(SUBSCRIPTION, {})
    other_setting = resource(f"{STORAGE_ID}/providers/{kind.lower()}/s", body)
    export = "microsoft.insights/activitylogexports"
    own = resource(f"{SUBSCRIPTION}/providers/{export}/s", body)
    seen = ((SUBSCRIPTION, export),)
    for around, status in (
        (estate(subject, other_setting, seen=seen), Status.FAIL),
        (estate(subject, other_setting, own), Status.PASS),
        (estate(subject, other_setting), Status.UNKNOWN),
    ):
        assert check(tmp_path, document, subject, around).status is status


def test_the_shipped_table_knows_what_the_rule_of_thumb_does_not() -> None:
    table = shipped_aliases()
    compute = "Microsoft.MachineLearningServices/workspaces/computes"
    assert table.path(f"{compute}/subnet.id").spelled == "properties.properties.subnet.id"
    assert table.path(f"{compute}/computeType").spelled == "properties.computeType"
    assert not table.path(f"{STORAGE}/anythingNew").guessed
    site = "Microsoft.Web/sites/config/web.minTlsVersion"
    assert table.path(site).spelled == "properties.minTlsVersion"
    assert shipped_aliases() is table


def _documents() -> list[Path]:
    return [path for path in sorted(DEFINITIONS.rglob("*.json")) if path.name != "index.json"]


def _made_up(definition: PolicyDefinition) -> dict[str, object]:
    return {
        each.name: each.allowed[0] if each.allowed else VALUES[each.kind]
        for each in definition.parameters.values()
        if each.default is ABSENT
    }


def _id_of(arm_type: str) -> str:
    scopes = {
        "microsoft.resources/subscriptions": SUBSCRIPTION,
        "microsoft.resources/subscriptions/resourcegroups": GROUP,
    }
    provider, *types = arm_type.split("/")
    path = "/".join(f"{each}/n" for each in types)
    return scopes.get(arm_type, f"{GROUP}/providers/{provider}/{path}")


class Everything(frozenset[tuple[str, str]]):
    """The claim that everything has been seen."""

    def __contains__(self, _: object) -> bool:
        return True


@pytest.mark.skipif(not DEFINITIONS.is_dir(), reason=f"{DEFINITIONS} is not there")
def test_published_definitions_are_evaluated_on_an_estate() -> None:
    policies = [each for path in _documents() for each in read_policies(path)]
    types = sorted({each for definition in policies for each in types_of(definition)})
    subjects = [
        resource(_id_of(arm_type), {"location": "x", "properties": {}}) for arm_type in types
    ]
    around = Estate(MemoryStore(tuple(subjects), Everything()))
    unsupported: set[str] = set()
    for definition in policies:
        judge = policy_check(definition, _made_up(definition))
        concerned = types_of(definition)
        for subject in subjects:
            verdict = judge(Subject(subject, around))
            if verdict.reason is Reason.UNSUPPORTED:
                unsupported.add(definition.id)
            if concerned and subject.type not in concerned:
                assert verdict.status is Status.NOT_APPLICABLE
    assert not unsupported


def test_an_own_table_may_stand_in_for_the_shipped_one(tmp_path: Path) -> None:
    (definition,) = read_policies(
        write(tmp_path, "p.json", rule({"field": "Own.P/ts/x", "equals": "v"}))
    )
    subject = resource(f"{GROUP}/providers/Own.P/ts/t", {"location": "l", "odd": "v"})
    table = Aliases().with_paths({"Own.P/ts/x": "odd"})
    verdict = policy_check(definition, None, table)(Subject(subject, estate(subject)))
    assert verdict.status is Status.FAIL

"""Policies on resources that only appear in the document of their parent."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from amlaudit.core.estate import Estate
from amlaudit.core.gap import Reason
from amlaudit.core.place import Place
from amlaudit.core.report import Finding
from amlaudit.core.resource import AS_DECLARED, Resource
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import judge
from amlaudit.engine.policy import POLICY_AREA
from amlaudit.engine.policy.children import children_of, held, judge_children
from amlaudit.pipeline import Policy, audit
from amlaudit.rulebook.policy_rules import load_policies
from tests.estates import GROUP, READ_AT, estate, resource

NETWORK = "Microsoft.Network"
GROUP_TYPE = f"{NETWORK}/networkSecurityGroups"
RULE_TYPE = f"{GROUP_TYPE}/securityRules"
NSG_ID = f"{GROUP}/providers/{NETWORK}/networkSecurityGroups/nsg"
OPEN = {"name": "open", "properties": {"access": "Allow", "sourceAddressPrefix": "*"}}
CLOSED = {"name": "closed", "properties": {"access": "Deny", "sourceAddressPrefix": "*"}}
CHILDREN = ("subnets", "virtualNetworkPeerings")
ALLOWS = {
    "allOf": [
        {"field": "type", "equals": RULE_TYPE},
        {"field": f"{RULE_TYPE}/access", "equals": "Allow"},
    ]
}


def found(folder: Path, condition: object, around: Estate, mode: str = "All") -> list[Finding]:
    rule = {"mode": mode, "policyRule": {"if": condition, "then": {"effect": "audit"}}}
    (folder / "p.json").write_text(json.dumps(rule), "utf-8")
    return list(judge_children(load_policies(folder)[1], around))


def group(rules: object, gaps: tuple[str, ...] = (), api_version: str = "") -> Resource:
    properties = {} if rules is None else {"securityRules": rules}
    body = {"id": NSG_ID, "location": "x", "properties": properties}
    return resource(NSG_ID, body, gaps=gaps, api_version=api_version)


def test_each_rule_of_a_security_group_is_judged_by_itself(tmp_path: Path) -> None:
    findings = found(tmp_path, ALLOWS, estate(group([OPEN, CLOSED])))
    assert [(each.resource.id, each.verdict.status) for each in findings] == [
        (f"{NSG_ID}/securityRules/open".lower(), Status.FAIL),
        (f"{NSG_ID}/securityRules/closed".lower(), Status.PASS),
    ]
    (look,) = (each for each in findings[0].evidence if each.path != "type")
    assert (look.path, look.observed) == ("properties.access", "Allow")


def test_a_child_is_a_document_like_any_other() -> None:
    where = held(RULE_TYPE.lower())
    assert where
    parent = group([{"properties": {}}, OPEN])
    lines = {".properties.securityrules[1]": 4, ".properties.securityrules[1].name": 5}
    declared = replace(parent, place=Place("main.bicep", 2), lines=lines)
    (child,) = children_of(declared, where)
    spelled = f"{NSG_ID}/securityRules/open"
    assert (child.id, child.type, child.name) == (spelled.lower(), RULE_TYPE.lower(), "open")
    assert child.body == {"id": spelled, "type": RULE_TYPE, **OPEN}
    assert child.origin is parent.origin
    assert child.place == Place("main.bicep", 6, end_line=6)
    assert child.lines == {".name": 1}


def test_a_child_is_judged_in_the_estate_of_its_parent(tmp_path: Path) -> None:
    here = {"value": "[resourceGroup().location]", "equals": "westeurope"}
    around = estate(group([OPEN]), resource(GROUP, {"location": "westeurope"}))
    (finding,) = found(tmp_path, {"allOf": [*ALLOWS["allOf"], here]}, around)
    assert finding.verdict.status is Status.FAIL


def test_what_was_read_by_itself_is_judged_once(tmp_path: Path) -> None:
    itself = resource(f"{NSG_ID}/securityRules/OPEN", dict(OPEN))
    findings = found(tmp_path, ALLOWS, estate(group([OPEN, CLOSED]), itself))
    assert [each.resource.name for each in findings] == ["closed"]
    vouched = estate(group([OPEN]), seen=((NSG_ID.lower(), RULE_TYPE.lower()),))
    assert found(tmp_path, ALLOWS, vouched) == []


@pytest.mark.parametrize(
    ("parent", "reason", "told"),
    [
        (group([], gaps=("properties",)), Reason.FORBIDDEN, "properties: forbidden"),
        (group([], gaps=("properties.securityRules",)), Reason.FORBIDDEN, "properties.security"),
        (group([], gaps=("properties.securityRules['*']",)), Reason.FORBIDDEN, "forbidden"),
        (group(None), Reason.NOT_COLLECTED, "has no list properties.securityRules"),
        (group("x"), Reason.NOT_COLLECTED, "has no list properties.securityRules"),
        (group([{"properties": {}}]), Reason.NOT_COLLECTED, "not every member of"),
    ],
)
def test_possibly_unseen_children_are_unknown_at_their_parent(
    tmp_path: Path, parent: Resource, reason: Reason, told: str
) -> None:
    (finding,) = found(tmp_path, ALLOWS, estate(parent))
    assert finding.rule.area == POLICY_AREA
    assert (finding.resource.id, finding.subject_key) == (parent.id, RULE_TYPE.lower())
    assert (finding.verdict.status, finding.verdict.reason) == (Status.UNKNOWN, reason)
    assert told in finding.verdict.message


def test_a_group_declared_without_rules_has_none(tmp_path: Path) -> None:
    assert found(tmp_path, ALLOWS, estate(group(None, api_version=AS_DECLARED))) == []


def test_a_gap_in_the_parent_is_one_of_the_child(tmp_path: Path) -> None:
    parent = group([OPEN, CLOSED], gaps=("properties.securityRules['1'].properties.access",))
    opened, closed = found(tmp_path, ALLOWS, estate(parent))
    assert opened.verdict.status is Status.FAIL
    assert (closed.verdict.status, closed.verdict.reason) == (Status.UNKNOWN, Reason.FORBIDDEN)


def test_a_node_pool_is_the_member_of_a_list_without_properties(tmp_path: Path) -> None:
    kind = "Microsoft.ContainerService/managedClusters"
    cluster_id = f"{GROUP}/providers/{kind}/aks"
    pool = {"name": "system", "enableNodePublicIP": True, "osType": "Linux"}
    body: dict[str, Any] = {"properties": {"agentPoolProfiles": [pool]}}
    condition = {
        "allOf": [
            {"field": "type", "equals": f"{kind}/agentPools"},
            {"field": f"{kind}/agentPools/enableNodePublicIP", "equals": "true"},
        ]
    }
    (finding,) = found(tmp_path, condition, estate(resource(cluster_id, body)))
    assert (finding.resource.name, finding.verdict.status) == ("system", Status.FAIL)
    where = held(f"{kind}/agentPools".lower())
    assert where
    (child,) = children_of(resource(cluster_id, body), where)
    assert child.body["properties"] == {"enableNodePublicIP": True, "osType": "Linux"}
    hidden = "properties.agentPoolProfiles['0'].enableNodePublicIP"
    (finding,) = found(tmp_path, condition, estate(resource(cluster_id, body, gaps=(hidden,))))
    assert finding.verdict.status is Status.UNKNOWN


def test_reading_one_type_proves_nothing_about_another(tmp_path: Path) -> None:
    network_id = f"{GROUP}/providers/{NETWORK}/virtualNetworks/vnet"
    subnets, peerings = (f"{NETWORK}/virtualNetworks/{each}" for each in CHILDREN)
    body = {"properties": {each: [{"name": "one", "properties": {}}] for each in CHILDREN}}
    around = estate(resource(network_id, body), seen=((network_id.lower(), subnets.lower()),))
    condition = {"field": "type", "in": [subnets, peerings]}
    (finding,) = found(tmp_path, condition, around)
    assert finding.resource.type == peerings.lower()


def test_a_policy_on_any_type_covers_children_according_to_its_mode(tmp_path: Path) -> None:
    condition = {"field": "name", "like": "o*"}
    around = estate(group([OPEN]))
    (finding,) = found(tmp_path, condition, around)
    assert finding.verdict.status is Status.FAIL
    (finding,) = found(tmp_path, condition, around, mode="Indexed")
    assert finding.verdict.status is Status.NOT_APPLICABLE


def test_connections_of_any_resource_are_children(tmp_path: Path) -> None:
    vault = "Microsoft.KeyVault/vaults"
    kind = f"{vault}/privateEndpointConnections"
    state = {"privateLinkServiceConnectionState": {"status": "Pending"}}
    vault_id = f"{GROUP}/providers/{vault}/kv"
    connection = {"id": f"{vault_id}/privateEndpointConnections/c", "properties": state}
    body = {"properties": {"privateEndpointConnections": [connection]}}
    condition = {
        "allOf": [
            {"field": "type", "equals": kind},
            {"field": f"{kind}/privateLinkServiceConnectionState.status", "equals": "Pending"},
        ]
    }
    (finding,) = found(tmp_path, condition, estate(resource(vault_id, body)))
    assert (finding.resource.name, finding.verdict.status) == ("c", Status.FAIL)
    assert found(tmp_path, condition, estate(resource(vault_id, {"properties": {}}))) == []


def test_a_declared_connection_is_called_as_its_private_endpoint(tmp_path: Path) -> None:
    vault = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv"
    kind = "Microsoft.KeyVault/vaults/privateEndpointConnections"
    endpoint = {"id": f"{GROUP}/providers/{NETWORK}/privateEndpoints/pe"}
    connection = {"properties": {"privateEndpoint": endpoint}}
    body = {"id": vault, "properties": {"privateEndpointConnections": [connection]}}
    around = estate(resource(vault, body, api_version=AS_DECLARED))
    (finding,) = found(tmp_path, {"field": "type", "equals": kind}, around)
    assert finding.resource.id == f"{vault}/privateEndpointConnections/pe".lower()
    assert finding.verdict.status is Status.FAIL
    anything = {"field": "tags.owner", "exists": False}
    (about_all,) = found(tmp_path, anything, around, mode="Indexed")
    assert about_all.verdict.status is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("shown", "apart", "status"),
    [
        (None, [], Status.FAIL),
        (None, ["good"], Status.PASS),
        (None, ["bad"], Status.FAIL),
        (["good"], ["bad"], Status.PASS),
        (["bad"], ["good"], Status.PASS),
        ([], ["bad"], Status.FAIL),
    ],
)
def test_children_that_stand_by_themselves_exist_beside_those_of_their_parent(
    shown: list[str] | None, apart: list[str], status: Status, tmp_path: Path
) -> None:
    sets = "Microsoft.Compute/virtualMachineScaleSets"
    set_id = f"{GROUP}/providers/{sets}/s"
    type_of_good = {"field": f"{sets}/extensions/type", "equals": "good"}
    details = {"type": f"{sets}/extensions", "existenceCondition": type_of_good}
    rule = {
        "if": {"field": "type", "equals": sets},
        "then": {"effect": "auditIfNotExists", "details": details},
    }
    (tmp_path / "p.json").write_text(json.dumps({"policyRule": rule}), "utf-8")
    members = [{"name": each, "properties": {"type": each}} for each in shown or ()]
    profile = {"extensionProfile": {"extensions": members}} if shown is not None else {}
    body = {"id": set_id, "location": "x", "properties": {"virtualMachineProfile": profile}}
    machines = resource(set_id, body)
    others = (
        resource(f"{set_id}/extensions/{each}", {"properties": {"type": each}}) for each in apart
    )
    (policy,) = load_policies(tmp_path)[1]
    assert judge(policy, machines, estate(machines, *others)).status is status


def test_an_audit_has_the_findings_on_children_too(tmp_path: Path) -> None:
    rule = {"mode": "All", "policyRule": {"if": ALLOWS, "then": {"effect": "audit"}}}
    (tmp_path / "p.json").write_text(json.dumps(rule), "utf-8")
    pack, rules = load_policies(tmp_path)

    class Source:
        def collect(self, scope: Scope) -> Estate:
            assert scope == Scope()
            return estate(group([OPEN, CLOSED]))

    report = audit(Scope(), Source(), Policy((pack,), rules), READ_AT)
    children = [each for each in report.findings if each.resource.type == RULE_TYPE.lower()]
    judged = {each.resource.name: each.verdict.status for each in children}
    assert judged == {"open": Status.FAIL, "closed": Status.PASS}

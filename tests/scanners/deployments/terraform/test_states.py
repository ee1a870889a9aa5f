"""For existing resources a plan shows ids of its own, and parts in two places; none is lost."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.arm_id import normalise
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Reason
from amlaudit.core.path import parse_path, read
from amlaudit.core.relations import (
    DIAGNOSTIC_SETTING,
    KEY_VAULT,
    ROLE_ASSIGNMENT,
    ROLE_DEFINITION,
    SECURITY_GROUP,
    STORAGE,
    SUBNET,
    WORKSPACE,
)
from amlaudit.core.resource import Resource
from tests.scanners.deployments.terraform.plans import PROVIDERS, SUBSCRIPTION, collect, plan
from tests.scanners.deployments.terraform.plans import change as any_change

WORKSPACE_ID = f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/mlw"
SUBNET_ID = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/net/subnets/ml"
GROUP_ID = f"{PROVIDERS}/Microsoft.Network/networkSecurityGroups/nsg"
ACCOUNT_ID = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/data"
VAULT_ID = f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv"
ROLE = "22222222-2222-4222-8222-222222222222"
ROLE_ID = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}"


def change(address: str, values: dict[str, Any], *actions: str) -> dict[str, Any]:
    return any_change(address, values, actions=actions or ("no-op",))


def only(estate: Estate, arm_type: str) -> Resource:
    (found,) = estate.of_type(arm_type)
    return found


def value(resource: Resource, path: str) -> object:
    return read(resource.body, parse_path(path))


WORKSPACE_ENTRY = change(
    "azurerm_machine_learning_workspace.x", {"id": WORKSPACE_ID, "name": "mlw"}
)


def raw(*resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": 4,
        "terraform_version": "1.9.0",
        "serial": 3,
        "lineage": "f2968801-fa14-41ab-a044-224f3a4adf04",
        "outputs": {},
        "resources": list(resources),
    }


def kept(kind: str, *instances: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "name": "x", "instances": list(instances), **more}


def test_a_state_as_terraform_keeps_it_is_read(tmp_path: Path) -> None:
    values = {"id": ACCOUNT_ID, "name": "data", "min_tls_version": "TLS1_0", "tags": {"a": "b"}}
    secret = [[{"type": "get_attr", "value": "tags"}, {"type": "index", "value": "a"}]]
    instance = {"index_key": "eu", "attributes": values, "sensitive_attributes": secret}
    old = {"deposed": "00000000", "attributes": {**values, "id": f"{ACCOUNT_ID}old"}}
    resource = kept("azurerm_storage_account", instance, old, module='module.data["x"]')
    found = only(collect(tmp_path, raw(resource)), STORAGE)
    assert value(found, "properties.minimumTlsVersion") == "TLS1_0"
    assert found.place
    assert found.place.address == 'module.data["x"].azurerm_storage_account.x["eu"]'
    assert ("tags",) in dict(found.gaps)


DEPOSED = {
    "address": "azurerm_storage_account.x",
    "mode": "managed",
    "type": "azurerm_storage_account",
    "name": "x",
    "deposed_key": "00000000",
    "values": {"id": f"{ACCOUNT_ID}old", "name": "dataold"},
}


def test_deposed_objects_of_a_state_hide_nothing_and_are_reported(tmp_path: Path) -> None:
    now = {**DEPOSED, "values": {"id": ACCOUNT_ID, "name": "data"}}
    del now["deposed_key"]
    children = [{"address": "module.m", "resources": [{**DEPOSED, "address": "module.m.x"}]}]
    root = {"resources": [DEPOSED, now], "child_modules": children}
    estate = collect(tmp_path, {"format_version": "1.0", "values": {"root_module": root}})
    assert only(estate, STORAGE).name == "data"
    left = [each for each in estate.store.gaps() if each.part.startswith("deposed")]
    assert {each.scope_id for each in left} == {normalise(f"{ACCOUNT_ID}old")}
    assert {each.part for each in left} == {
        "deposed azurerm_storage_account.x",
        "deposed module.m.x",
    }


def test_a_raw_state_tells_what_it_has_left_over(tmp_path: Path) -> None:
    old = {"deposed": "00000000", "attributes": {"id": ACCOUNT_ID, "name": "data"}}
    estate = collect(tmp_path, raw(kept("azurerm_storage_account", old)))
    assert list(estate.of_type(STORAGE)) == []
    told = {each.scope_id for each in estate.store.gaps() if each.part.startswith("deposed")}
    assert told == {normalise(ACCOUNT_ID)}


def test_deposed_objects_that_a_plan_destroys_are_gone(tmp_path: Path) -> None:
    destroyed = change("azurerm_storage_account.x", {"id": ACCOUNT_ID}, "delete")
    before = {"values": {"root_module": {"resources": [DEPOSED]}}}
    entry = {**destroyed, "deposed": "00000000"}
    estate = collect(tmp_path, plan(entry, WORKSPACE_ENTRY, prior_state=before))
    assert list(estate.of_type(STORAGE)) == []


@pytest.mark.parametrize("actions", [("create", "forget"), ("forget", "create")])
def test_what_is_forgotten_while_it_is_replaced_stays_and_is_reported(
    tmp_path: Path, actions: tuple[str, ...]
) -> None:
    entry = change("azurerm_storage_account.x", {"name": "new"}, *actions)
    entry["change"]["before"] = {"id": ACCOUNT_ID, "name": "data"}
    elsewhere = {**entry, "address": "random_id.x", "type": "random_id"}
    estate = collect(tmp_path, plan(entry, elsewhere))
    assert only(estate, STORAGE).name == "new"
    told = [each for each in estate.store.gaps() if each.part.startswith("forgotten")]
    assert [each.scope_id for each in told] == [normalise(ACCOUNT_ID)]


def test_the_body_that_a_state_keeps_with_its_type_is_read(tmp_path: Path) -> None:
    body = {
        "value": {"properties": {"publicNetworkAccess": "Disabled"}},
        "type": ["object", {"properties": ["object", {"publicNetworkAccess": "string"}]}],
    }
    values = {
        "id": WORKSPACE_ID,
        "name": "mlw",
        "type": "Microsoft.MachineLearningServices/workspaces@2025-06-01",
        "body": body,
    }
    found = only(collect(tmp_path, raw(kept("azapi_resource", {"attributes": values}))), WORKSPACE)
    assert value(found, "properties.publicNetworkAccess") == "Disabled"


@pytest.mark.parametrize(("said", "means"), [({}, True), ({"soft_delete_enabled": False}, False)])
def test_what_later_versions_of_the_provider_always_send_is_known_of_what_exists(
    tmp_path: Path, said: dict[str, bool], *, means: bool
) -> None:
    vault = {"attributes": {"id": VAULT_ID, "name": "kv", "sku_name": "standard", **said}}
    found = only(collect(tmp_path, raw(kept("azurerm_key_vault", vault))), KEY_VAULT)
    assert value(found, "properties.enableSoftDelete") is means


def test_a_diagnostic_setting_is_identified_by_target_and_name(
    tmp_path: Path,
) -> None:
    values = {"id": f"{WORKSPACE_ID}|all", "name": "all", "target_resource_id": WORKSPACE_ID}
    setting = change("azurerm_monitor_diagnostic_setting.x", values)
    estate = collect(tmp_path, plan(WORKSPACE_ENTRY, setting))
    assert only(estate, WORKSPACE).name == "mlw"
    assert only(estate, DIAGNOSTIC_SETTING).id.startswith(WORKSPACE_ID.lower())


def test_a_custom_role_is_identified_by_id_and_scope(tmp_path: Path) -> None:
    values = {
        "id": f"{ROLE_ID}|{SUBSCRIPTION}",
        "role_definition_id": ROLE,
        "scope": SUBSCRIPTION,
        "name": "Our own role",
    }
    given = {"scope": WORKSPACE_ID, "name": "g", "role_definition_id": ROLE_ID}
    role = change("azurerm_role_definition.x", values)
    estate = collect(tmp_path, plan(role, change("azurerm_role_assignment.x", given)))
    assignment, definition = only(estate, ROLE_ASSIGNMENT), only(estate, ROLE_DEFINITION)
    assert list(estate.neighbours(assignment, "role-definition")) == [definition]
    assert value(definition, "properties.roleName") == "Our own role"


def test_a_destroyed_association_is_not_mistaken_for_a_remaining_one(tmp_path: Path) -> None:
    subnet = change("azurerm_subnet.ml", {"id": SUBNET_ID, "name": "ml"})
    values = {"id": SUBNET_ID, "subnet_id": SUBNET_ID, "network_security_group_id": GROUP_ID}
    join = change("azurerm_subnet_network_security_group_association.x", values, "delete")
    gaps = dict(only(collect(tmp_path, plan(subnet, join)), SUBNET).gaps)
    found = gaps["properties", "networksecuritygroup", "id"]
    assert found.reason is Reason.UNRESOLVED
    assert "is destroyed" in found.detail


def rule(port: str) -> dict[str, Any]:
    return {"name": "in", "access": "Allow", "direction": "Inbound", "destination_port_range": port}


def ports(estate: Estate) -> list[str]:
    rules = value(only(estate, SECURITY_GROUP), "properties.securityRules")
    assert isinstance(rules, list)
    return [each["properties"]["destinationPortRange"] for each in rules]


GROUP = change(
    "azurerm_network_security_group.x",
    {"id": GROUP_ID, "name": "nsg", "security_rule": [rule("22")]},
)


@pytest.mark.parametrize(("action", "left"), [("update", ["443"]), ("delete", [])])
def test_a_separate_rule_replaces_the_one_shown_by_its_group(
    tmp_path: Path, action: str, left: list[str]
) -> None:
    values = {**rule("443"), "network_security_group_name": "nsg", "resource_group_name": "rg"}
    alone = change("azurerm_network_security_rule.x", values, action)
    assert ports(collect(tmp_path, plan(GROUP, alone))) == left


def test_destroyed_network_rules_leave_the_result_unknown(
    tmp_path: Path,
) -> None:
    account = change("azurerm_storage_account.x", {"id": ACCOUNT_ID, "name": "data"})
    values = {"storage_account_id": ACCOUNT_ID, "default_action": "Deny"}
    alone = change("azurerm_storage_account_network_rules.x", values, "delete")
    gaps = dict(only(collect(tmp_path, plan(account, alone)), STORAGE).gaps)
    assert gaps["properties", "networkacls", "defaultaction"].reason is Reason.UNRESOLVED

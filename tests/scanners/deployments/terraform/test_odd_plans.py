"""Oddities in a plan or in a mapping are reported, and never mistaken for something else."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.arm_id import subscription_of
from amlaudit.core.estate import Estate
from amlaudit.core.gap import NoDataError, Reason
from amlaudit.core.members import FURTHER
from amlaudit.core.path import parse_path, read
from amlaudit.core.relations import (
    DIAGNOSTIC_SETTING,
    ROLE_ASSIGNMENT,
    STORAGE,
    SUBNET,
    WORKSPACE,
)
from amlaudit.core.resource import Resource
from amlaudit.scanners.deployments.terraform import mapping
from tests.scanners.deployments.terraform.plans import PROVIDERS, change, collect, plan, written

ACCOUNT = "azurerm_storage_account.data"
ACCOUNT_ID = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/data"
WORKSPACE_ID = f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/ml"


def account(**values: Any) -> dict[str, Any]:
    return change(ACCOUNT, {"name": "data"} | values)


def only(estate: Estate, arm_type: str) -> Resource:
    (found,) = estate.of_type(arm_type)
    return found


def reasons(resource: Resource) -> dict[str, Reason]:
    return {".".join(path): gap.reason for path, gap in resource.gaps}


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"public_network_access_enabled": "yes"}, "properties.publicnetworkaccess"),
        (
            {"customer_managed_key": [{"key_vault_key_id": "https://kv/secrets/x"}]},
            "properties.encryption.keyvaultproperties",
        ),
        ({"account_tier": "Standard"}, "sku.name"),
        ({"network_rules": [{"ip_rules": "203.0.113.7"}]}, "properties.networkacls.iprules"),
    ],
)
def test_a_value_that_is_not_understood_is_a_gap(
    tmp_path: Path, values: dict[str, Any], path: str
) -> None:
    found = only(collect(tmp_path, plan(account(**values))), STORAGE)
    assert reasons(found)[path] is Reason.UNSUPPORTED


def test_a_role_of_ones_own_is_known_by_its_definition_only(tmp_path: Path) -> None:
    values = {"scope": f"{PROVIDERS}/a.b/c/d", "role_definition_name": "Our own role"}
    found = only(
        collect(tmp_path, plan(change("azurerm_role_assignment.x", values))), ROLE_ASSIGNMENT
    )
    assert reasons(found)["properties.roledefinitionid"] is Reason.UNSUPPORTED


def test_a_sensitive_block_hides_its_content(tmp_path: Path) -> None:
    entry = account(network_rules=[{"default_action": "Deny"}])
    entry["change"]["after_sensitive"] = {"network_rules": True}
    found = only(collect(tmp_path, plan(entry)), STORAGE)
    assert reasons(found)["properties.networkacls.defaultaction"] is Reason.UNSUPPORTED


def test_of_two_declarations_of_one_resource_the_first_is_judged(tmp_path: Path) -> None:
    other = change("azurerm_storage_account.other", {"name": "data", "account_kind": "BlobStorage"})
    estate = collect(tmp_path, plan(account(), other))
    assert read(only(estate, STORAGE).body, ("kind",)) == "StorageV2"
    named = [each.scope_id for each in estate.gaps() if each.part == other["address"]]
    assert only(estate, STORAGE).id in named


def test_a_change_to_what_the_plan_does_not_show_is_named(tmp_path: Path) -> None:
    subnet = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/net/subnets/ml"
    values = {"subnet_id": subnet, "network_security_group_id": f"{PROVIDERS}/x.y/z/nsg"}
    join = change("azurerm_subnet_network_security_group_association.x", values)
    estate = collect(tmp_path, plan(account(), join))
    assert list(estate.of_type(SUBNET)) == []
    (named,) = [each for each in estate.gaps() if each.part == join["address"]]
    assert named.reason is Reason.NOT_COLLECTED
    assert named.scope_id == subnet.lower()


@pytest.mark.parametrize(("constraint", "tls"), [("< 3.0", "TLS1_0"), ("!= 4.0, >= 4.1", "TLS1_2")])
def test_constraints_of_every_form_are_understood(
    tmp_path: Path, constraint: str, tls: str
) -> None:
    value = plan(account())
    value["configuration"]["provider_config"]["azurerm"] = {"version_constraint": constraint}
    found = only(collect(tmp_path, value), STORAGE)
    assert read(found.body, parse_path("properties.minimumTlsVersion")) == tls


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("type: a.b/c\nrowz: []", "x.yaml: unknown key 'rowz'"),
        ("type: a.b/c\nrows: [{from: a, too: b}]", "x.yaml: a: unknown key 'too'"),
        (
            "type: a.b/c\nrows: [{from: a, to: b, as: magic}]",
            "x.yaml: a: unknown transform 'magic'",
        ),
    ],
)
def test_an_invalid_mapping_states_its_position(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "x.yaml").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=problem):
        mapping.read_map(tmp_path / "x.yaml", "azurerm_x")


def test_a_block_without_a_list_around_it_is_read(tmp_path: Path) -> None:
    found = only(
        collect(tmp_path, plan(account(network_rules={"default_action": "Deny"}))), STORAGE
    )
    assert read(found.body, parse_path("properties.networkAcls.defaultAction")) == "Deny"


def test_a_malformed_block_is_a_gap(tmp_path: Path) -> None:
    found = only(collect(tmp_path, plan(account(network_rules="Deny"))), STORAGE)
    assert reasons(found)["properties.networkacls.defaultaction"] is Reason.UNSUPPORTED


@pytest.mark.parametrize("key", ["after", "change"])
def test_values_that_a_change_does_not_show_are_unknown(tmp_path: Path, key: str) -> None:
    entry = account()
    del (entry if key == "change" else entry["change"])[key]
    found = only(collect(tmp_path, plan(entry)), STORAGE)
    assert reasons(found)["properties.publicnetworkaccess"] is Reason.UNRESOLVED


def test_what_a_change_does_not_show_is_read_from_the_planned_values(tmp_path: Path) -> None:
    entry = account()
    del entry["change"]["after"]
    shown = {**entry, "values": {"name": "data", "public_network_access_enabled": False}}
    planned = {"root_module": {"resources": [shown]}}
    found = only(collect(tmp_path, plan(entry, planned_values=planned)), STORAGE)
    assert read(found.body, parse_path("properties.publicNetworkAccess")) == "Disabled"


def put_off(entry: dict[str, Any]) -> dict[str, Any]:
    return {"reason": "instance_count_unknown", "resource_change": entry}


def test_what_is_left_to_a_later_plan_is_declared_and_perhaps_not_alone(tmp_path: Path) -> None:
    workspace = change("azurerm_machine_learning_workspace.ml", {"name": "ml"})
    values = {"name": "c", "machine_learning_workspace_id": WORKSPACE_ID}
    cluster = change("azurerm_machine_learning_compute_cluster.c", values)
    estate = collect(tmp_path, plan(workspace, deferred_changes=[put_off(cluster)]))
    computes = estate.neighbours(only(estate, WORKSPACE), "computes")
    assert next(iter(computes)).name == "c"
    with pytest.raises(NoDataError):
        list(computes)


def test_what_a_later_plan_may_change_is_not_known(tmp_path: Path) -> None:
    rules = {"storage_account_id": ACCOUNT_ID, "default_action": "Deny"}
    later = change("azurerm_storage_account_network_rules.x", rules)
    found = only(collect(tmp_path, plan(account(), deferred_changes=[put_off(later)])), STORAGE)
    assert reasons(found)["properties.networkacls.defaultaction"] is Reason.UNRESOLVED


def test_endpoints_may_come_with_a_later_plan(tmp_path: Path) -> None:
    later = change("azurerm_private_endpoint.pe", {"name": "pe", "private_service_connection": []})
    shown = collect(tmp_path, plan(account(), deferred_changes=[put_off(later)]))
    path = ("properties", "privateendpointconnections", FURTHER)
    assert path in dict(only(shown, STORAGE).gaps)
    group = {"parent_id": True}
    kind = "Microsoft.Network/privateEndpoints@2024-05-01"
    endpoint = change("azapi_resource.pe", {"type": kind, "name": "pe", "body": {}}, unknown=group)
    placed = collect(tmp_path, plan(account(), endpoint))
    assert path not in dict(only(placed, STORAGE).gaps)


@pytest.mark.parametrize(
    "kind",
    [
        "azurerm_resource_group_template_deployment",
        "azurerm_managed_application",
        "azurerm_blueprint_assignment",
    ],
)
def test_a_template_within_a_plan_may_create_anything(tmp_path: Path, kind: str) -> None:
    template = change(f"{kind}.x", {"name": "x"})
    estate = collect(tmp_path, plan(account(), template))
    assert template["address"] in {gap.part for gap in estate.store.gaps()}
    with pytest.raises(NoDataError):
        list(estate.neighbours(only(estate, STORAGE), "diagnostic-settings"))


@pytest.mark.parametrize(
    ("kind", "command", "actions", "may_make"),
    [
        ("local-exec", {"constant_value": "az ml compute create -f c.yml"}, ("create",), True),
        ("local-exec", {"references": ["var.command"]}, ("create",), True),
        ("local-exec", {"constant_value": "sleep 30"}, ("create",), False),
        ("local-exec", {"constant_value": "sleep 30; ./deploy.sh"}, ("create",), True),
        ("local-exec", {"constant_value": "./deploy.sh"}, ("no-op",), False),
        ("file", {}, ("create",), False),
    ],
)
def test_a_provisioner_of_a_new_resource_may_create_anything(
    tmp_path: Path, kind: str, command: object, actions: tuple[str, ...], *, may_make: bool
) -> None:
    address = "module.later.null_resource.run"
    run = {
        **written("null_resource.run"),
        "provisioners": [{"type": kind, "expressions": {"command": command}}],
    }
    root = {"module_calls": {"later": {"source": "./later", "module": {"resources": [run]}}}}
    estate = collect(tmp_path, plan(account(), change(address, {}, actions=actions), root=root))
    told = [gap.detail for gap in estate.store.gaps() if gap.part == address]
    assert told == [f"{address} runs a command, which may create or change anything"] * may_make
    seen = estate.store.sight(only(estate, STORAGE).id, DIAGNOSTIC_SETTING)
    assert (seen is not True) is may_make


@pytest.mark.parametrize(
    "more",
    [
        {"action_invocations": [{"address": "action.local_command.run"}]},
        {
            "deferred_action_invocations": [
                {"reason": "x", "action_invocation": {"address": "action.local_command.run"}}
            ]
        },
    ],
)
def test_an_action_may_create_anything(tmp_path: Path, more: dict[str, Any]) -> None:
    estate = collect(tmp_path, plan(account(), **more))
    assert "action.local_command.run" in {gap.part for gap in estate.store.gaps()}
    gaps = dict(only(estate, STORAGE).gaps)
    assert ("properties", "privateendpointconnections", FURTHER) in gaps
    assert estate.store.sight(only(estate, STORAGE).id, DIAGNOSTIC_SETTING) is not True


def test_what_azapi_does_beside_resources_is_listed_as_not_looked_at(tmp_path: Path) -> None:
    action = change("azapi_resource_action.stop", {"type": "a.b/c@2024-01-01", "action": "stop"})
    estate = collect(tmp_path, plan(account(), action))
    assert "azapi_resource_action.stop" in {gap.part for gap in estate.store.gaps()}


@pytest.mark.parametrize("mark", [{"complete": False}, {"errored": True}])
def test_values_omitted_from_a_plan_are_not_absent(tmp_path: Path, mark: dict[str, bool]) -> None:
    estate = collect(tmp_path, plan(account()) | mark)
    assert "the rest of the plan" in {gap.part for gap in estate.store.gaps()}
    with pytest.raises(NoDataError):
        list(estate.neighbours(only(estate, STORAGE), "diagnostic-settings"))


def test_a_plan_that_names_what_it_leaves_to_a_later_one_is_whole_without(tmp_path: Path) -> None:
    later = put_off(change("azurerm_key_vault.later", {"name": "later"}))
    estate = collect(tmp_path, plan(account(), complete=False, deferred_changes=[later]))
    assert list(estate.neighbours(only(estate, STORAGE), "diagnostic-settings")) == []


HUB = "22222222-2222-4222-8222-222222222222"


@pytest.mark.parametrize("key", ["azurerm.hub", "module.data:azurerm.hub"])
def test_a_provider_of_another_subscription_is_that_of_its_resources(
    tmp_path: Path, key: str
) -> None:
    value = plan(account(), root={"resources": [written(ACCOUNT) | {"provider_config_key": key}]})
    value["configuration"]["provider_config"]["azurerm.hub"] = {
        "name": "azurerm",
        "alias": "hub",
        "expressions": {"subscription_id": {"constant_value": HUB}},
    }
    found = only(collect(tmp_path, value), STORAGE)
    assert subscription_of(found.id) == f"/subscriptions/{HUB}"


def test_one_provider_serves_all_modules(tmp_path: Path) -> None:
    value = plan(account(cross_tenant_replication_enabled=None))
    value["configuration"]["provider_config"] = {
        "azurerm": {"name": "azurerm", "version_constraint": ">= 3.0"},
        "azurerm.hub": {"name": "azurerm", "alias": "hub"},
        "module.net:azurerm": {"name": "azurerm", "version_constraint": "< 4.0"},
        "azapi": {"name": "azapi", "version_constraint": "~> 2.0"},
    }
    found = only(collect(tmp_path, value), STORAGE)
    assert read(found.body, parse_path("properties.allowCrossTenantReplication")) is True
    assert "properties.minimumtlsversion" not in reasons(found)


def test_an_invalid_provider_configures_nothing(tmp_path: Path) -> None:
    value = plan(account())
    value["configuration"]["provider_config"] = {"azurerm": "~> 4.0"}
    assert only(collect(tmp_path, value), STORAGE).name == "data"


def test_names_that_are_not_text_identify_nothing(tmp_path: Path) -> None:
    role = change("azurerm_role_definition.x", {"name": ["a"], "scope": PROVIDERS})
    given = {"scope": PROVIDERS, "principal_id": ["p"], "role_definition_name": ["a"]}
    estate = collect(tmp_path, plan(role, change("azurerm_role_assignment.x", given)))
    found = only(estate, ROLE_ASSIGNMENT)
    assert reasons(found)["properties.roledefinitionid"] is Reason.UNSUPPORTED


def test_a_change_to_an_unknown_resource_is_named(tmp_path: Path) -> None:
    pool = change("azurerm_kubernetes_cluster_node_pool.x", {"name": "gpu"})
    pool["change"]["after_unknown"] = {"kubernetes_cluster_id": True}
    (found,) = collect(tmp_path, plan(pool)).store.gaps()
    assert (found.part, found.reason) == (pool["address"], Reason.UNRESOLVED)


def test_what_has_moved_is_not_there_twice(tmp_path: Path) -> None:
    values = {"id": ACCOUNT_ID, "name": "data"}
    moved = change("azurerm_storage_account.new", values, actions=("no-op",))
    old = {**moved, "address": "azurerm_storage_account.old", "name": "old", "values": values}
    state = {"values": {"root_module": {"resources": [old]}}}
    entry = {**moved, "previous_address": "azurerm_storage_account.old"}
    estate = collect(tmp_path, plan(entry, prior_state=state))
    assert only(estate, STORAGE).name == "data"
    assert "azurerm_storage_account.old" not in {gap.part for gap in estate.store.gaps()}

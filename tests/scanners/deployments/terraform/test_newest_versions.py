"""Types and attributes that the newest versions of the provider have are judged, too."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.gap import Reason
from amlaudit.core.path import ABSENT, parse_path, read
from amlaudit.core.relations import (
    BLOB_CONTAINER,
    FILE_SHARE,
    KEY,
    KUBERNETES_EXTENSION,
    MANAGED_CLUSTER,
    POLICY_ASSIGNMENT,
    POLICY_SET,
    REPLICATION,
    STORAGE,
    SUBNET,
)
from amlaudit.core.relations import WORKSPACE as WORKSPACE_TYPE
from amlaudit.core.resource import Resource
from amlaudit.core.verdict import Status
from tests.scanners.deployments.terraform.plans import PROVIDERS, change, collect, plan, refers
from tests.scanners.deployments.terraform.plans import written as declared
from tests.scanners.deployments.terraform.test_round_trips import verdicts

ACCOUNT_ID = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/data"
VAULT_ID = f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv"
GROUP_ID = f"{PROVIDERS}/Microsoft.Network/networkSecurityGroups/nsg"
NETWORK = {"name": "ml", "virtual_network_name": "net"}
SUBNET_ID = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/net/subnets/ml"
WRITE_ONLY = {"network_security_group_id_wo_version": None, "route_table_id_wo_version": None}
SHOWN = {"network_security_group_id": True, "route_table_id": True}
FILTER = "properties.networkSecurityGroup.id"
WORKSPACE = change(
    "azurerm_machine_learning_workspace.ml", {"name": "ml", "location": "westeurope"}
)


def only(estate: Estate, arm_type: str) -> Resource:
    (found,) = estate.of_type(arm_type)
    return found


def value(resource: Resource, path: str) -> object:
    return read(resource.body, parse_path(path))


def open_in(resource: Resource) -> set[str]:
    return {".".join(path) for path, _ in resource.gaps}


def existing(address: str, values: dict[str, Any]) -> dict[str, Any]:
    return change(address, values, actions=("no-op",))


# What a subnet shows of its security group and route table


@pytest.mark.parametrize("group", [GROUP_ID, ""])
def test_an_existing_subnet_shows_its_security_group(tmp_path: Path, group: str) -> None:
    shown = {"network_security_group_id": group, "route_table_id": ""}
    subnet = existing("azurerm_subnet.ml", NETWORK | WRITE_ONLY | shown)
    found = only(collect(tmp_path, plan(subnet)), SUBNET)
    assert value(found, FILTER) == (group or ABSENT)
    assert value(found, "properties.routeTable.id") is ABSENT
    gaps = open_in(found)
    assert not {each for each in gaps if "securitygroup" in each or "routetable" in each}
    assert "properties.*" not in gaps


def test_what_a_new_subnet_will_show_is_what_the_plan_associates_with_it(tmp_path: Path) -> None:
    root = {"resources": [declared("azurerm_subnet.ml", name={"constant_value": "ml"})]}
    subnet = change("azurerm_subnet.ml", NETWORK | WRITE_ONLY, unknown=SHOWN)
    alone = only(collect(tmp_path, plan(subnet, root=root)), SUBNET)
    assert value(alone, FILTER) is ABSENT
    assert not open_in(alone)
    entry = change(
        "azurerm_subnet_network_security_group_association.ml",
        {"subnet_id": SUBNET_ID, "network_security_group_id": GROUP_ID},
    )
    assert (
        value(only(collect(tmp_path, plan(subnet, entry, root=root)), SUBNET), FILTER) == GROUP_ID
    )


def test_an_association_counts_more_than_what_its_subnet_still_shows(tmp_path: Path) -> None:
    old = {"network_security_group_id": f"{GROUP_ID}-old", "route_table_id": ""}
    entry = change(
        "azurerm_subnet_network_security_group_association.ml",
        {"subnet_id": SUBNET_ID, "network_security_group_id": GROUP_ID},
    )
    subnet = existing("azurerm_subnet.ml", NETWORK | WRITE_ONLY | old)
    assert value(only(collect(tmp_path, plan(subnet, entry)), SUBNET), FILTER) == GROUP_ID


def test_a_security_group_that_is_write_only_stays_unknown(tmp_path: Path) -> None:
    """The shown one may be the one before it."""
    shown = {"network_security_group_id": GROUP_ID, "network_security_group_id_wo_version": 2}
    subnet = change("azurerm_subnet.ml", NETWORK | shown, actions=("update",))
    found = only(collect(tmp_path, plan(subnet)), SUBNET)
    assert "properties.networksecuritygroup" in open_in(found)


@pytest.mark.parametrize(("used", "status"), [("ml", Status.PASS), ("pe", Status.FAIL)])
def test_a_new_subnet_is_filtered_if_the_association_with_its_key_is(
    tmp_path: Path, used: str, status: Status
) -> None:
    """Of the two subnets of a `for_each`, only `ml` has a security group."""
    subnets = [
        change(f'azurerm_subnet.all["{key}"]', NETWORK | WRITE_ONLY | {"name": key}, unknown=SHOWN)
        for key in ("ml", "pe")
    ]
    entry = change(
        'azurerm_subnet_network_security_group_association.all["ml"]',
        {"network_security_group_id": GROUP_ID},
        unknown={"subnet_id": True},
    )
    compute = change(
        "azurerm_machine_learning_compute_cluster.c",
        {"name": "c", "vm_size": "Standard_DS3_v2"},
        unknown={"subnet_resource_id": True, "machine_learning_workspace_id": True},
    )
    resources = [
        declared("azurerm_subnet.all", name={"references": ["each.key", "each"]}),
        declared(
            "azurerm_subnet_network_security_group_association.all",
            subnet_id={"references": ["azurerm_subnet.all", "each.key", "each"]},
        ),
        declared(
            "azurerm_machine_learning_compute_cluster.c",
            subnet_resource_id=refers(f'azurerm_subnet.all["{used}"].id'),
            machine_learning_workspace_id=refers("azurerm_machine_learning_workspace.ml.id"),
        ),
    ]
    value = plan(WORKSPACE, *subnets, entry, compute, root={"resources": resources})
    estate = collect(tmp_path, value)
    assert verdicts(estate, only(estate, WORKSPACE_TYPE).id)["AML1216"] is status


# What other types show


@pytest.mark.parametrize(
    ("address", "values", "arm_type"),
    [
        (
            "azurerm_storage_container.x",
            {"storage_account_id": ACCOUNT_ID, "url": "https://data.blob.core.windows.net/x"},
            BLOB_CONTAINER,
        ),
        (
            "azurerm_storage_share.x",
            {"storage_account_id": ACCOUNT_ID, "rbac_scope_id": f"{ACCOUNT_ID}/x"},
            FILE_SHARE,
        ),
    ],
)
def test_an_address_that_a_resource_shows_hides_nothing(
    tmp_path: Path, address: str, values: dict[str, Any], arm_type: str
) -> None:
    estate = collect(tmp_path, plan(existing(address, {"name": "x", **values})))
    assert "properties.*" not in open_in(only(estate, arm_type))


def test_a_release_policy_of_a_key_is_known_to_be_unread(tmp_path: Path) -> None:
    policy = [{"data": "e30", "content_type": None}]
    values = {"name": "cmk", "key_vault_id": VAULT_ID, "key_type": "RSA", "release_policy": policy}
    found = only(collect(tmp_path, plan(change("azurerm_key_vault_key.cmk", values))), KEY)
    reasons = {".".join(path): gap.reason for path, gap in found.gaps}
    assert reasons["properties.release_policy"] is Reason.UNSUPPORTED
    assert "properties.*" not in reasons


@pytest.mark.parametrize("name", ["regional_endpoint_enabled", "global_endpoint_routing_enabled"])
def test_routing_to_a_replica_has_two_names(tmp_path: Path, name: str) -> None:
    replica = {"location": "northeurope", name: False}
    registry = change("azurerm_container_registry.cr", {"name": "cr", "georeplications": [replica]})
    estate = collect(tmp_path, plan(registry))
    assert value(only(estate, REPLICATION), "properties.regionEndpointEnabled") is False


def test_properties_of_tables_change_nothing_that_a_rule_asks_for(tmp_path: Path) -> None:
    account = change("azurerm_storage_account.data", {"name": "data"})
    tables = change(
        "azurerm_storage_account_table_properties.data", {"storage_account_id": ACCOUNT_ID}
    )
    estate = collect(tmp_path, plan(account, tables))
    assert [each.name for each in estate.of_type(STORAGE)] == ["data"]
    assert not [gap for gap in estate.gaps() if "table_properties" in gap.part + gap.detail]


# Clusters


def attached(*clusters: dict[str, Any]) -> dict[str, Any]:
    """Return a plan with clusters, the first of which a workspace uses."""
    use = change(
        "azurerm_machine_learning_inference_cluster.use",
        {"name": "use", "cluster_purpose": None},
        unknown={"kubernetes_cluster_id": True, "machine_learning_workspace_id": True},
    )
    expressions = declared(
        "azurerm_machine_learning_inference_cluster.use",
        kubernetes_cluster_id=refers(f"{clusters[0]['address']}.id"),
        machine_learning_workspace_id=refers("azurerm_machine_learning_workspace.ml.id"),
    )
    root = {"resources": [expressions, *(declared(each["address"]) for each in clusters)]}
    found: dict[str, Any] = plan(WORKSPACE, use, *clusters, root=root)
    return found


@pytest.mark.parametrize(
    ("blocks", "status"),
    [
        ({"private_cluster": [{"private_dns_zone_id": "System"}]}, Status.PASS),
        ({"api_server_access": [{"authorized_ip_ranges": ["203.0.113.0/24"]}]}, Status.PASS),
        ({"api_server_access": [{"authorized_ip_ranges": ["0.0.0.0/0"]}]}, Status.FAIL),
        ({}, Status.FAIL),
    ],
)
def test_who_reaches_the_api_server_of_an_automatic_cluster(
    tmp_path: Path, blocks: dict[str, Any], status: Status
) -> None:
    values = {"name": "aks", "private_cluster": [], "api_server_access": [], **blocks}
    cluster = change("azurerm_kubernetes_automatic_cluster.aks", values)
    estate = collect(tmp_path, attached(cluster))
    found = verdicts(estate, only(estate, MANAGED_CLUSTER).id)
    assert found["AML1724"] is status
    assert found["AML1731"] is Status.PASS


def test_what_azure_decides_for_an_automatic_cluster_is_unknown(tmp_path: Path) -> None:
    cluster = change("azurerm_kubernetes_automatic_cluster.aks", {"name": "aks"})
    estate = collect(tmp_path, attached(cluster))
    found = verdicts(estate, only(estate, MANAGED_CLUSTER).id)
    assert {found[each] for each in ("AML1725", "AML1732", "AML1733")} == {Status.UNKNOWN}


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"enableInference": "True", "allowInsecureConnections": "True"}, Status.FAIL),
        ({"enableInference": "True", "sslCname": "models.contoso.com"}, Status.PASS),
        ({"enableTraining": "True"}, Status.NOT_APPLICABLE),
    ],
)
def test_the_extension_of_a_cluster_outside_azure_is_judged(
    tmp_path: Path, settings: dict[str, str], status: Status
) -> None:
    values = {
        "name": "azureml",
        "cluster_id": f"{PROVIDERS}/Microsoft.Kubernetes/connectedClusters/edge",
        "extension_type": "Microsoft.AzureML.Kubernetes",
        "configuration_settings": settings,
        "identity": [{"type": "SystemAssigned"}],
    }
    entry = change("azurerm_arc_kubernetes_cluster_extension.edge", values)
    estate = collect(tmp_path, plan(entry))
    found = verdicts(estate, only(estate, KUBERNETES_EXTENSION).id)
    assert found["AML1718"] is status
    assert found["AML1719"] is Status.NOT_APPLICABLE


# Policies


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("azurerm_policy_set_definition", {}),
        (
            "azurerm_management_group_policy_set_definition",
            {"management_group_id": "/providers/Microsoft.Management/managementGroups/ml"},
        ),
    ],
)
def test_an_assignment_leads_to_the_policies_of_the_set_that_is_to_come(
    tmp_path: Path, kind: str, scope: dict[str, str]
) -> None:
    policy = {"policy_definition_id": "/providers/Microsoft.Authorization/policyDefinitions/438c"}
    entry = change(
        f"{kind}.ml",
        {"name": "ml", "policy_definition_reference": [policy], **scope},
        unknown={"id": True},
    )
    assignment = change(
        "azurerm_management_group_policy_assignment.ml",
        {
            "name": "ml",
            "management_group_id": "/providers/Microsoft.Management/managementGroups/ml",
        },
        unknown={"policy_definition_id": True},
    )
    link = declared(
        "azurerm_management_group_policy_assignment.ml",
        policy_definition_id=refers(f"{kind}.ml.id"),
    )
    estate = collect(tmp_path, plan(entry, assignment, root={"resources": [link]}))
    found = only(estate, POLICY_SET)
    members = value(found, "properties.policyDefinitions")
    assert isinstance(members, list)
    assert [each["policyDefinitionId"] for each in members] == [policy["policy_definition_id"]]
    assigned = value(only(estate, POLICY_ASSIGNMENT), "properties.policyDefinitionId")
    assert str(assigned).lower() == found.id

"""An attribute means what the provider version that has it sends."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.gap import Reason
from amlaudit.core.path import ABSENT, parse_path, read
from amlaudit.core.relations import COMPUTE, MANAGED_CLUSTER, STORAGE, WORKSPACE
from amlaudit.core.resource import Resource
from tests.scanners.deployments.terraform.plans import PROVIDERS, change, collect, plan

WORKSPACE_ID = f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/x"
ACCESS = "properties.publicNetworkAccess"
BYPASS = "properties.allowPublicAccessWhenBehindVnet"
DIRECTORY = "azure_active_directory_role_based_access_control"


def declared(
    folder: Path, version: str, address: str, values: dict[str, Any], arm_type: str
) -> Resource:
    """Return a resource as declared in a plan of some provider version."""
    found = deepcopy(plan(change(address, {"name": "x", **values})))
    found["configuration"]["provider_config"]["azurerm"]["version_constraint"] = version
    (resource,) = collect(folder, found).of_type(arm_type)
    return resource


def value(resource: Resource, path: str) -> object:
    return read(resource.body, parse_path(path))


def is_open(resource: Resource, path: str) -> bool:
    return tuple(step.lower() for step in parse_path(path)) in dict(resource.gaps)


def workspace(folder: Path, version: str, **values: bool) -> Resource:
    return declared(folder, version, "azurerm_machine_learning_workspace.x", values, WORKSPACE)


@pytest.mark.parametrize("version", ["~> 3.0", "~> 4.0", ">= 3.0"])
def test_a_workspace_is_closed_by_the_flag_that_closes_it(tmp_path: Path, version: str) -> None:
    found = workspace(tmp_path, version, public_network_access_enabled=False)
    assert value(found, ACCESS) == "Disabled"
    assert value(found, BYPASS) is ABSENT


def test_a_flag_without_effect_does_not_close_the_workspace(tmp_path: Path) -> None:
    """It was sent as what its name says today, and as another property before version 3."""
    found = workspace(tmp_path, "2.72.0", public_network_access_enabled=False)
    assert is_open(found, ACCESS)
    assert value(found, BYPASS) is False


@pytest.mark.parametrize("open_", [True, False])
def test_access_from_behind_a_network_is_not_access_to_the_workspace(
    tmp_path: Path, *, open_: bool
) -> None:
    found = workspace(tmp_path, "~> 3.0", public_access_behind_virtual_network_enabled=open_)
    assert is_open(found, ACCESS)
    assert value(found, BYPASS) is open_


@pytest.mark.parametrize(
    ("version", "access"),
    [("~> 2.0", "NotSpecified"), ("~> 3.0", "Disabled"), ("~> 4.0", "Disabled")],
)
def test_what_a_cluster_without_the_flag_sends_of_ssh(
    tmp_path: Path, version: str, access: str
) -> None:
    values = {"machine_learning_workspace_id": WORKSPACE_ID}
    address = "azurerm_machine_learning_compute_cluster.x"
    found = declared(tmp_path, version, address, values, COMPUTE)
    assert value(found, "properties.properties.remoteLoginPortPublicAccess") == access


@pytest.mark.parametrize(
    ("version", "block", "managed"),
    [
        ("~> 3.0", {"managed": True}, True),
        ("~> 3.0", {"managed": False, "client_app_id": "x"}, False),
        ("~> 3.0", {}, False),
        ("~> 4.0", {"azure_rbac_enabled": True}, True),
    ],
)
def test_who_manages_the_directory_of_a_cluster(
    tmp_path: Path, version: str, block: dict[str, Any], *, managed: bool
) -> None:
    values = {DIRECTORY: [block]}
    found = declared(tmp_path, version, "azurerm_kubernetes_cluster.x", values, MANAGED_CLUSTER)
    assert value(found, "properties.aadProfile.managed") is managed


def test_a_cluster_was_private_by_another_name(tmp_path: Path) -> None:
    values = {"private_link_enabled": True, "private_cluster_enabled": None}
    found = declared(tmp_path, "~> 2.0", "azurerm_kubernetes_cluster.x", values, MANAGED_CLUSTER)
    assert value(found, "properties.apiServerAccessProfile.enablePrivateCluster") is True


@pytest.mark.parametrize(
    "target",
    [
        {"storage_account_id": f"{PROVIDERS}/Microsoft.Storage/storageAccounts/x"},
        {"storage_account_name": "x"},
    ],
)
def test_rules_of_a_network_are_those_of_the_account_that_they_name(
    tmp_path: Path, target: dict[str, str]
) -> None:
    rules = {**target, "default_action": "Deny", "bypass": ["AzureServices"]}
    account = change("azurerm_storage_account.x", {"name": "x"})
    entry = change("azurerm_storage_account_network_rules.x", rules)
    (found,) = collect(tmp_path, plan(account, entry)).of_type(STORAGE)
    assert value(found, "properties.networkAcls.defaultAction") == "Deny"
    assert not is_open(found, "properties.networkAcls.defaultAction")


def test_the_former_meaning_of_a_flag_is_reported_as_unsupported(tmp_path: Path) -> None:
    found = workspace(tmp_path, "2.72.0", public_network_access_enabled=False)
    gap = dict(found.gaps)["properties", "publicnetworkaccess"]
    assert gap.reason is Reason.UNSUPPORTED
    assert "before version 3 of the provider" in gap.detail


@pytest.mark.parametrize(
    ("version", "issues"), [("~> 3.0", False), ("~> 4.0", False), ("~> 5.0", True)]
)
def test_whether_a_cluster_issues_tokens_by_default(
    tmp_path: Path, version: str, *, issues: bool
) -> None:
    found = declared(tmp_path, version, "azurerm_kubernetes_cluster.x", {}, MANAGED_CLUSTER)
    assert value(found, "properties.oidcIssuerProfile.enabled") is issues


def test_whether_a_cluster_issues_tokens_by_default_depends_on_the_version(tmp_path: Path) -> None:
    found = declared(tmp_path, ">= 4.0", "azurerm_kubernetes_cluster.x", {}, MANAGED_CLUSTER)
    assert is_open(found, "properties.oidcIssuerProfile.enabled")


def test_add_ons_of_a_cluster_lay_in_one_block_before_version_3(tmp_path: Path) -> None:
    add_ons = {"azure_policy": [{"enabled": True}], "oms_agent": [{"enabled": False}]}
    values = {"addon_profile": [add_ons]}
    found = declared(tmp_path, "~> 2.0", "azurerm_kubernetes_cluster.x", values, MANAGED_CLUSTER)
    assert value(found, "properties.addonProfiles.azurepolicy.enabled") is True
    assert value(found, "properties.addonProfiles.omsagent.enabled") is False
    assert value(found, "properties.addonProfiles.openServiceMesh.enabled") is False


def test_what_azure_chooses_for_a_cluster_is_unknown(tmp_path: Path) -> None:
    found = declared(tmp_path, "~> 4.0", "azurerm_kubernetes_cluster.x", {}, MANAGED_CLUSTER)
    assert is_open(found, "properties.networkProfile")

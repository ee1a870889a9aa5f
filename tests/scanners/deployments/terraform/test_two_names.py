"""A provider that renames an attribute has both names for a time: either value is used."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.gap import Reason
from amlaudit.core.path import parse_path, read
from amlaudit.core.relations import CONTAINER_REGISTRY, DIAGNOSTIC_SETTING, MANAGED_CLUSTER, STORAGE
from amlaudit.core.resource import Resource
from tests.scanners.deployments.terraform.plans import PROVIDERS, change, collect, plan

SETTING = "azurerm_monitor_diagnostic_setting.x"
CLUSTER = "azurerm_kubernetes_cluster.x"
REGISTRY = "azurerm_container_registry.x"
VAULT_ID = f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv"


def declared(
    folder: Path, address: str, values: dict[str, Any], unknown: dict[str, Any], arm_type: str
) -> Resource:
    entry = change(address, {"name": "x", **values}, unknown=unknown)
    (found,) = collect(folder, plan(entry)).of_type(arm_type)
    return found


def value(resource: Resource, path: str) -> object:
    return read(resource.body, parse_path(path))


def reason(resource: Resource, path: str) -> Reason | None:
    gap = dict(resource.gaps).get(tuple(step.lower() for step in parse_path(path)))
    return gap.reason if gap else None


@pytest.mark.parametrize(("known", "open_"), [("enabled_log", "log"), ("log", "enabled_log")])
def test_logs_are_known_by_the_block_that_is_written(
    tmp_path: Path, known: str, open_: str
) -> None:
    values = {"target_resource_id": VAULT_ID, known: [{"category_group": "allLogs"}]}
    found = declared(tmp_path, SETTING, values, {open_: True}, DIAGNOSTIC_SETTING)
    logs = value(found, "properties.logs")
    assert isinstance(logs, list)
    assert [(each["categoryGroup"], each["enabled"]) for each in logs] == [("allLogs", True)]


def test_logs_that_neither_block_tells_are_not_known(tmp_path: Path) -> None:
    values = {"target_resource_id": VAULT_ID, "metric": [{"category": "AllMetrics"}]}
    unknown = {"enabled_log": True, "log": True}
    found = declared(tmp_path, SETTING, values, unknown, DIAGNOSTIC_SETTING)
    assert reason(found, "properties.logs") is Reason.UNRESOLVED
    assert value(found, "properties.metrics") == [{"category": "AllMetrics", "enabled": True}]


def test_ranges_are_known_though_the_block_that_has_them_now_is_not(tmp_path: Path) -> None:
    values = {"api_server_authorized_ip_ranges": ["10.0.0.0/24"]}
    unknown = {"api_server_access_profile": True}
    found = declared(tmp_path, CLUSTER, values, unknown, MANAGED_CLUSTER)
    path = "properties.apiServerAccessProfile.authorizedIPRanges"
    assert value(found, path) == ["10.0.0.0/24"]


def test_a_renamed_block_known_after_apply_is_not_absent(tmp_path: Path) -> None:
    found = declared(tmp_path, REGISTRY, {}, {"retention_policy": True}, CONTAINER_REGISTRY)
    assert reason(found, "properties.policies.retentionPolicy.status") is Reason.UNRESOLVED


def test_an_attribute_of_both_names_is_known_by_the_one_that_is_set(tmp_path: Path) -> None:
    values = {"enable_https_traffic_only": False}
    unknown = {"https_traffic_only_enabled": True}
    found = declared(tmp_path, "azurerm_storage_account.x", values, unknown, STORAGE)
    assert value(found, "properties.supportsHttpsTrafficOnly") is False


def test_a_cluster_of_the_second_version_tells_who_signs_in(tmp_path: Path) -> None:
    directory = {"managed": True, "azure_rbac_enabled": True}
    values = {
        "role_based_access_control": [{"enabled": True, "azure_active_directory": [directory]}]
    }
    found = declared(tmp_path, CLUSTER, values, {}, MANAGED_CLUSTER)
    assert value(found, "properties.enableRBAC") is True
    assert value(found, "properties.aadProfile.enableAzureRBAC") is True

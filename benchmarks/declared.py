"""Generated deployments: one estate as an ARM template, as a Terraform plan and as its `.tf` file.

Usage: python -m benchmarks.declared WORKSPACES FOLDER

Each workspace has a storage account, key vault, container registry, Application Insights and a
cluster, all in one resource group. A seeded generator varies the settings between good and bad.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple, TypeAlias

Body: TypeAlias = dict[str, Any]

TEMPLATE: Final = "template.json"
PLAN: Final = "plan.json"
HCL: Final = "main.tf"
GROUP: Final = "rg-ml"
TENANT: Final = "99999999-9999-4999-8999-999999999999"
_REGION: Final = "westeurope"
_SCHEMA: Final = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_PROVIDER: Final = "registry.terraform.io/hashicorp/azurerm"
_TAGS: Final = {"environment": "prod", "owner": "ml", "classification": "confidential"}


class Unit(NamedTuple):
    """A workspace and its dependencies: the settings that vary, true being the good value."""

    name: str
    closed_workspace: bool
    isolated: bool
    closed_account: bool
    https_only: bool
    new_tls: bool
    private_blobs: bool
    no_keys: bool
    closed_vault: bool
    purge_protected: bool
    by_roles: bool
    closed_registry: bool
    no_admin: bool
    no_local_insights: bool
    scales_to_zero: bool
    no_local_compute: bool


def units(count: int) -> Iterator[Unit]:
    """Yield units, the same ones in every run."""
    for number in range(count):
        random = Random(number)
        settings = [random.random() < 0.6 for _ in Unit._fields[1:]]  # noqa: PLR2004 - more good than bad
        yield Unit(f"{number:05d}", *settings)


def _switch(*, on: bool) -> str:
    """Return the value of an Azure setting: Enabled or Disabled."""
    return "Enabled" if on else "Disabled"


def template(count: int) -> Body:
    """Return an ARM template of units, as people write it: names are built with expressions."""
    resources = [resource for unit in units(count) for resource in _templated(unit)]
    return {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {"location": {"type": "string", "defaultValue": _REGION}},
        "resources": resources,
    }


def _templated(unit: Unit) -> Iterator[Body]:
    """Yield the resources of a unit, as declared in a template."""
    shared = {"location": "[parameters('location')]", "tags": _TAGS}
    for arm_type, version, name, rest in _arm(unit):
        yield {"type": arm_type, "apiVersion": version, "name": name, **shared, **rest}


def _arm(unit: Unit) -> Iterator[tuple[str, str, str, Body]]:
    """Yield (type, API version, name, the rest) of the resources of a unit."""
    names = {
        "storageAccount": ("Microsoft.Storage/storageAccounts", f"st{unit.name}"),
        "keyVault": ("Microsoft.KeyVault/vaults", f"kv-{unit.name}"),
        "containerRegistry": ("Microsoft.ContainerRegistry/registries", f"cr{unit.name}"),
        "applicationInsights": ("Microsoft.Insights/components", f"appi-{unit.name}"),
    }
    ids = {key: f"[resourceId('{kind}', '{name}')]" for key, (kind, name) in names.items()}
    yield *_named(names["storageAccount"], "2024-01-01"), _account_in_arm(unit)
    yield *_named(names["keyVault"], "2024-11-01"), {"properties": _vault_in_arm(unit)}
    registry = {
        "adminUserEnabled": not unit.no_admin,
        "publicNetworkAccess": _switch(on=not unit.closed_registry),
    }
    sku = {"name": "Premium"}
    yield (
        *_named(names["containerRegistry"], "2023-11-01-preview"),
        {"sku": sku, "properties": registry},
    )
    insights = {"Application_Type": "web", "DisableLocalAuth": unit.no_local_insights}
    yield (
        *_named(names["applicationInsights"], "2020-02-02"),
        {"kind": "web", "properties": insights},
    )
    workspace = {
        **ids,
        "publicNetworkAccess": _switch(on=not unit.closed_workspace),
        "managedNetwork": {
            "isolationMode": "AllowOnlyApprovedOutbound" if unit.isolated else "Disabled"
        },
    }
    kind, name = "Microsoft.MachineLearningServices/workspaces", f"mlw-{unit.name}"
    rest = {
        "identity": {"type": "SystemAssigned"},
        "sku": {"name": "Basic", "tier": "Basic"},
        "dependsOn": list(ids.values()),
        "properties": workspace,
    }
    yield kind, "2025-06-01", name, rest
    depends = [f"[resourceId('{kind}', '{name}')]"]
    cluster = {"dependsOn": depends, "properties": _cluster_in_arm(unit)}
    yield f"{kind}/computes", "2025-06-01", f"{name}/cpu", cluster


def _named(kind: tuple[str, str], version: str) -> tuple[str, str, str]:
    """Return (type, API version, name)."""
    return kind[0], version, kind[1]


def _account_in_arm(unit: Unit) -> Body:
    """Return a storage account, as declared in a template."""
    properties = {
        "supportsHttpsTrafficOnly": unit.https_only,
        "minimumTlsVersion": "TLS1_2" if unit.new_tls else "TLS1_0",
        "allowBlobPublicAccess": not unit.private_blobs,
        "allowSharedKeyAccess": not unit.no_keys,
        "publicNetworkAccess": _switch(on=not unit.closed_account),
    }
    return {"kind": "StorageV2", "sku": {"name": "Standard_ZRS"}, "properties": properties}


def _vault_in_arm(unit: Unit) -> Body:
    """Return the properties of a key vault, as declared in a template."""
    properties: Body = {
        "sku": {"family": "A", "name": "standard"},
        "tenantId": TENANT,
        "enableSoftDelete": True,
        "enableRbacAuthorization": unit.by_roles,
        "publicNetworkAccess": _switch(on=not unit.closed_vault),
        "accessPolicies": [],
    }
    return properties | ({"enablePurgeProtection": True} if unit.purge_protected else {})


def _cluster_in_arm(unit: Unit) -> Body:
    """Return the properties of a cluster, as declared in a template."""
    scale = {
        "minNodeCount": int(not unit.scales_to_zero),
        "maxNodeCount": 4,
        "nodeIdleTimeBeforeScaleDown": "PT30M",
    }
    properties = {
        "vmSize": "STANDARD_D4DS_V5",
        "vmPriority": "Dedicated",
        "scaleSettings": scale,
        "remoteLoginPortPublicAccess": "Disabled",
        "enableNodePublicIp": True,
    }
    return {
        "computeType": "AmlCompute",
        "disableLocalAuth": unit.no_local_compute,
        "properties": properties,
    }


class Declared(NamedTuple):
    """A resource, as declared in Terraform.

    Attributes:
        type: Its type.
        name: Its name in the module.
        values: Configured attributes, except references.
        unset: Attributes that are not configured, which a plan lists as null.
        links: Attributes that are references, and the addresses that they refer to.
    """

    type: str
    name: str
    values: Body
    unset: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


def _declared(unit: Unit) -> Iterator[Declared]:
    """Yield the resources of a unit, as declared in Terraform."""
    own = f"u{unit.name}"
    place = {"location": _REGION, "resource_group_name": GROUP, "tags": _TAGS}
    yield Declared("azurerm_storage_account", own, _account(unit) | place, _ACCOUNT_UNSET)
    yield Declared("azurerm_key_vault", own, _vault(unit) | place, ("contact", "timeouts"))
    registry = {
        "name": f"cr{unit.name}",
        "sku": "Premium",
        "admin_enabled": not unit.no_admin,
        "public_network_access_enabled": not unit.closed_registry,
        "anonymous_pull_enabled": False,
        "zone_redundancy_enabled": False,
        "georeplications": [],
        "identity": [],
    }
    yield Declared("azurerm_container_registry", own, registry | place, ("timeouts",))
    insights = {
        "name": f"appi-{unit.name}",
        "application_type": "web",
        "local_authentication_enabled": not unit.no_local_insights,
        "retention_in_days": 90,
    }
    yield Declared("azurerm_application_insights", own, insights | place, ("timeouts",))
    workspace = {
        "name": f"mlw-{unit.name}",
        "kind": "Default",
        "sku_name": "Basic",
        "public_network_access_enabled": not unit.closed_workspace,
        "managed_network": [
            {"isolation_mode": "AllowOnlyApprovedOutbound" if unit.isolated else "Disabled"}
        ],
        "identity": [{"type": "SystemAssigned", "identity_ids": None}],
        "encryption": [],
        "v1_legacy_mode_enabled": False,
    }
    yield Declared(
        "azurerm_machine_learning_workspace", own, workspace | place, _WORKSPACE_UNSET, _links(own)
    )
    link = ("machine_learning_workspace_id", f"azurerm_machine_learning_workspace.{own}")
    cluster = _cluster(unit) | {"location": _REGION, "tags": _TAGS}
    yield Declared("azurerm_machine_learning_compute_cluster", own, cluster, ("timeouts",), (link,))


_ACCOUNT_UNSET: Final = (
    "allowed_copy_scope", "azure_files_authentication", "edge_zone", "immutability_policy",
    "sas_policy", "timeouts",
)  # fmt: skip
_WORKSPACE_UNSET: Final = (
    "description", "friendly_name", "high_business_impact", "image_build_compute_name",
    "primary_user_assigned_identity", "timeouts",
)  # fmt: skip


def _links(own: str) -> tuple[tuple[str, str], ...]:
    """Return the references of a workspace."""
    return (
        ("storage_account_id", f"azurerm_storage_account.{own}"),
        ("key_vault_id", f"azurerm_key_vault.{own}"),
        ("container_registry_id", f"azurerm_container_registry.{own}"),
        ("application_insights_id", f"azurerm_application_insights.{own}"),
    )


def _account(unit: Unit) -> Body:
    """Return a storage account, as declared in Terraform."""
    return {
        "name": f"st{unit.name}",
        "account_kind": "StorageV2",
        "account_tier": "Standard",
        "account_replication_type": "ZRS",
        "https_traffic_only_enabled": unit.https_only,
        "min_tls_version": "TLS1_2" if unit.new_tls else "TLS1_0",
        "allow_nested_items_to_be_public": not unit.private_blobs,
        "shared_access_key_enabled": not unit.no_keys,
        "public_network_access_enabled": not unit.closed_account,
        "cross_tenant_replication_enabled": False,
        "infrastructure_encryption_enabled": False,
        "is_hns_enabled": False,
        "customer_managed_key": [],
        "identity": [],
    }


def _vault(unit: Unit) -> Body:
    """Return a key vault, as declared in Terraform."""
    return {
        "name": f"kv-{unit.name}",
        "sku_name": "standard",
        "tenant_id": TENANT,
        "rbac_authorization_enabled": unit.by_roles,
        "purge_protection_enabled": unit.purge_protected,
        "soft_delete_retention_days": 90,
        "public_network_access_enabled": not unit.closed_vault,
    }


def _cluster(unit: Unit) -> Body:
    """Return a cluster, as declared in Terraform."""
    scale = {
        "min_node_count": int(not unit.scales_to_zero),
        "max_node_count": 4,
        "scale_down_nodes_after_idle_duration": "PT30M",
    }
    return {
        "name": "cpu",
        "vm_size": "STANDARD_D4DS_V5",
        "vm_priority": "Dedicated",
        "scale_settings": [scale],
        "local_auth_enabled": not unit.no_local_compute,
        "ssh_public_access_enabled": False,
        "node_public_ip_enabled": True,
        "identity": [],
        "ssh": [],
    }


def plan(count: int) -> Body:
    """Return a first plan of units, as printed by `terraform show -json`: ids are still unknown."""
    declared = [each for unit in units(count) for each in _declared(unit)]
    provider = {"name": "azurerm", "full_name": _PROVIDER, "version_constraint": "~> 4.0"}
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.8",
        "planned_values": {"root_module": {"resources": [_planned(each) for each in declared]}},
        "resource_changes": [_change(each) for each in declared],
        "configuration": {
            "provider_config": {"azurerm": provider},
            "root_module": {"resources": [_written(each) for each in declared]},
        },
    }


def _head(each: Declared) -> Body:
    """Return what identifies a resource in each part of a plan."""
    address = f"{each.type}.{each.name}"
    return {"address": address, "mode": "managed", "type": each.type, "name": each.name}


def _values(each: Declared) -> Body:
    """Return the attributes that are known in a plan."""
    return each.values | dict.fromkeys(each.unset)


def _planned(each: Declared) -> Body:
    """Return a resource in the planned values."""
    head = _head(each) | {"provider_name": _PROVIDER, "schema_version": 0}
    return head | {"values": _values(each), "sensitive_values": {"tags": {}}}


def _change(each: Declared) -> Body:
    """Return a resource in the changes."""
    unknown = {"id": True, "tags": {}, **{name: True for name, _ in each.links}}
    change: Body = {
        "actions": ["create"],
        "before": None,
        "after": _values(each),
        "after_unknown": unknown,
        "before_sensitive": False,
        "after_sensitive": {"tags": {}},
    }
    return _head(each) | {"provider_name": _PROVIDER, "change": change}


def _written(each: Declared) -> Body:
    """Return a resource in the configuration."""
    expressions: Body = {
        name: _written_value(value) for name, value in each.values.items() if value != []
    }
    for name, address in each.links:
        expressions[name] = {"references": [f"{address}.id", address]}
    return _head(each) | {"provider_config_key": "azurerm", "expressions": expressions}


def _written_value(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a constant as represented in a configuration; blocks contain separate expressions."""
    if isinstance(value, list):
        return [{key: {"constant_value": each} for key, each in block.items()} for block in value]
    return {"constant_value": value}


def hcl(count: int) -> str:
    """Return the `.tf` file of the plan."""
    blocks = ['provider "azurerm" {\n  features {}\n}']
    blocks += [_block(each) for unit in units(count) for each in _declared(unit)]
    return "\n\n".join(blocks) + "\n"


def _block(each: Declared) -> str:
    """Return a resource as HCL."""
    lines = [f'resource "{each.type}" "{each.name}" {{']
    for name, value in each.values.items():
        if isinstance(value, list):
            for block in value:
                inner = [
                    f"    {key} = {json.dumps(part)}"
                    for key, part in block.items()
                    if part is not None
                ]
                lines += [f"  {name} {{", *inner, "  }"]
        else:
            shown = (
                json.dumps(value).replace('": ', '" = ')
                if isinstance(value, dict)
                else json.dumps(value)
            )
            lines.append(f"  {name} = {shown}")
    lines += [f"  {name} = {address}.id" for name, address in each.links]
    return "\n".join([*lines, "}"])


def write(count: int, folder: Path) -> None:
    """Write a deployment of units in all three forms."""
    (folder / TEMPLATE).write_text(json.dumps(template(count), indent=2), "utf-8")
    (folder / PLAN).write_text(json.dumps(plan(count), separators=(",", ":")), "utf-8")
    (folder / HCL).write_text(hcl(count), "utf-8")


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))

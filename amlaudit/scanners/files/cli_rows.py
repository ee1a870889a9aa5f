"""Resources as the Azure CLI prints them: many without `properties`, whose content it lifts out.

`az resource show` prints what Azure Resource Manager returns; commands for one type mostly do not.
"""

from collections.abc import Mapping
from typing import Any, Final

from amlaudit.core import arm_id
from amlaudit.core.relations import (
    CONTAINER_REGISTRY,
    DIAGNOSTIC_SETTING,
    INSIGHTS,
    LOCK,
    LOG_ANALYTICS,
    MANAGED_CLUSTER,
    POLICY_ASSIGNMENT,
    PRIVATE_ENDPOINT,
    ROLE_ASSIGNMENT,
    ROLE_DEFINITION,
    ROUTE_TABLE,
    SECURITY_GROUP,
    STORAGE,
    SUBNET,
    USER_ASSIGNED_IDENTITY,
    VIRTUAL_NETWORK,
)
from amlaudit.core.resource import Document

ENVELOPE: Final = frozenset(
    {
        "apiVersion", "changedTime", "createdTime", "etag", "extendedLocation", "id", "identity",
        "kind", "location", "managedBy", "name", "plan", "properties", "provisioningState",
        "resourceGroup",
        "sku", "subscriptionId", "systemData", "tags", "tenantId", "type", "zones",
    }
)  # fmt: skip
"""Keys that every resource listing has, whether or not it shows properties."""

_SHAPES: Final[Mapping[str, frozenset[str]]] = {
    CONTAINER_REGISTRY: frozenset({"loginServer"}),
    DIAGNOSTIC_SETTING: frozenset({"logs", "metrics"}),
    INSIGHTS: frozenset({"appId", "instrumentationKey"}),
    LOCK: frozenset({"level"}),
    LOG_ANALYTICS: frozenset({"customerId", "retentionInDays"}),
    MANAGED_CLUSTER: frozenset(
        {"agentPoolProfiles", "apiServerAccessProfile", "nodeResourceGroup"}
    ),
    POLICY_ASSIGNMENT: frozenset({"policyDefinitionId", "scope"}),
    PRIVATE_ENDPOINT: frozenset({"privateLinkServiceConnections", "subnet"}),
    ROLE_ASSIGNMENT: frozenset({"principalId", "scope"}),
    ROLE_DEFINITION: frozenset({"assignableScopes", "permissions", "roleName", "roleType"}),
    ROUTE_TABLE: frozenset({"disableBgpRoutePropagation", "routes"}),
    SECURITY_GROUP: frozenset({"defaultSecurityRules", "securityRules"}),
    SUBNET: frozenset({"privateEndpointNetworkPolicies", "privateLinkServiceNetworkPolicies"}),
    USER_ASSIGNED_IDENTITY: frozenset({"clientId", "principalId"}),
    VIRTUAL_NETWORK: frozenset({"addressSpace", "subnets", "virtualNetworkPeerings"}),
    STORAGE: frozenset({"encryption", "primaryEndpoints"}),
}
"""Types whose flat form in the Azure CLI is known, with properties that it always has.

The CLI shows many resources without `properties`. Where its names are unknown, or only a part of a
resource was requested, a property that is renamed or left out could be mistaken for absent.
"""

_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    ROLE_DEFINITION: {"roleType": "type"},
    STORAGE: {
        "enableHttpsTrafficOnly": "supportsHttpsTrafficOnly",
        "networkRuleSet": "networkAcls",
    },
}
"""Properties that the CLI names differently from Azure, following its SDK."""

_MEMBERS: Final = frozenset(
    {
        "defaultSecurityRules", "delegations", "manualPrivateLinkServiceConnections",
        "privateEndpointConnections", "privateLinkServiceConnections", "routes", "securityRules",
        "subnets", "virtualNetworkPeerings",
    }
)  # fmt: skip
"""Lists whose members have `properties` in Azure, and like the whole none in the CLI."""


def is_flat(row: Mapping[str, Any], arm_type: str) -> bool:
    """Tell whether a row is a whole resource in a flat form of the CLI that is known."""
    always = _SHAPES.get(arm_type)
    return always is not None and always | _names_beside(row["id"]) <= row.keys()


def is_of_extension(row: Mapping[str, Any], arm_type: str) -> bool:
    """Tell whether a row comes from `az ml`: its `properties` are user-defined annotations.

    It spells keys with underscores, and has its own word for the type, or none. None of its keys
    has the meaning it has in Azure Resource Manager.
    https://learn.microsoft.com/azure/machine-learning/reference-yaml-endpoint-online
    """
    return any("_" in key for key in row) and str(row.get("type")).lower() != arm_type


def _names_beside(resource_id: str) -> set[str]:
    """Return the keys that the Azure CLI shows next to a resource's properties, by its id.

    It states the resource group of whatever is in one; anything else has at least a name and a
    type, which rows reduced by a query do not.
    """
    in_group = arm_id.resource_group_of(arm_id.normalise(resource_id))
    return {"resourceGroup"} if in_group else {"name", "type"}


def unflattened(row: Mapping[str, Any], arm_type: str) -> Document:
    """Return the document of a resource whose properties the Azure CLI lifted to the top level."""
    names = _NAMES.get(arm_type, {})
    inside = {names.get(key, key): value for key, value in row.items() if key not in ENVELOPE}
    return {key: row[key] for key in row if key in ENVELOPE} | {
        "properties": {key: _with_members(key, value) for key, value in inside.items()}
    }


def _with_members(name: str, value: object) -> object:
    """Return a property with what the Azure CLI lifted out of its members put back into them."""
    if name not in _MEMBERS or not isinstance(value, list):
        return value
    return [
        each if "properties" in each else _member(each) for each in value if isinstance(each, dict)
    ]


def _member(shown: Mapping[str, Any]) -> Document:
    """Return a member of a list in the form of Azure, whatever it has in members of its own."""
    properties = {key: _with_members(key, value) for key, value in shown.items()}
    return {key: shown[key] for key in ("id", "name") if key in shown} | {"properties": properties}

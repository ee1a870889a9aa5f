"""The tables of Azure Resource Graph, their columns, and the types in them.

https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources

Some headings there lack a letter; the service uses the names that are listed in
https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language.
"""

from collections.abc import Mapping
from typing import Final

from amlaudit.core import arm_id

_ML: Final = "microsoft.machinelearningservices"
_NETWORK: Final = "microsoft.network"

TEXT_COLUMNS: Final = (
    "id",
    "name",
    "type",
    "tenantId",
    "kind",
    "location",
    "resourceGroup",
    "subscriptionId",
    "managedBy",
)
DYNAMIC_COLUMNS: Final = (
    "sku",
    "plan",
    "properties",
    "tags",
    "identity",
    "zones",
    "extendedLocation",
)
_COLUMNS: Final = frozenset((*TEXT_COLUMNS, *DYNAMIC_COLUMNS))

TYPES: Final[Mapping[str, frozenset[str]]] = {
    "resources": frozenset(
        {
            f"{_ML}/registries",
            f"{_ML}/virtualclusters",
            f"{_ML}/workspaces",
            f"{_ML}/workspaces/batchendpoints",
            f"{_ML}/workspaces/batchendpoints/deployments",
            f"{_ML}/workspaces/inferencepools",
            f"{_ML}/workspaces/inferencepools/endpoints",
            f"{_ML}/workspaces/inferencepools/groups",
            f"{_ML}/workspaces/onlineendpoints",
            f"{_ML}/workspaces/onlineendpoints/deployments",
            f"{_ML}/workspaces/registries",
            f"{_ML}/workspaces/serverlessendpoints",
            f"{_NETWORK}/azurefirewalls",
            f"{_NETWORK}/bastionhosts",
            f"{_NETWORK}/firewallpolicies",
            f"{_NETWORK}/natgateways",
            f"{_NETWORK}/networkinterfaces",
            f"{_NETWORK}/networksecuritygroups",
            f"{_NETWORK}/networksecurityperimeters",
            f"{_NETWORK}/networkwatchers/flowlogs",
            f"{_NETWORK}/privatednszones",
            f"{_NETWORK}/privatednszones/virtualnetworklinks",
            f"{_NETWORK}/privateendpoints",
            f"{_NETWORK}/publicipaddresses",
            f"{_NETWORK}/routetables",
            f"{_NETWORK}/serviceendpointpolicies",
            f"{_NETWORK}/virtualnetworks",
            "microsoft.cognitiveservices/accounts",
            "microsoft.containerinstance/containergroups",
            "microsoft.containerregistry/registries",
            "microsoft.containerregistry/registries/agentpools",
            "microsoft.containerregistry/registries/replications",
            "microsoft.containerregistry/registries/tasks",
            "microsoft.containerregistry/registries/webhooks",
            "microsoft.containerservice/managedclusters",
            "microsoft.dataprotection/backupvaults",
            "microsoft.insights/actiongroups",
            "microsoft.insights/activitylogalerts",
            "microsoft.insights/autoscalesettings",
            "microsoft.insights/components",
            "microsoft.insights/datacollectionrules",
            "microsoft.insights/metricalerts",
            "microsoft.insights/privatelinkscopes",
            "microsoft.insights/scheduledqueryrules",
            "microsoft.keyvault/managedhsms",
            "microsoft.keyvault/vaults",
            "microsoft.kubernetes/connectedclusters",
            "microsoft.managedidentity/userassignedidentities",
            "microsoft.operationalinsights/workspaces",
            "microsoft.recoveryservices/vaults",
            "microsoft.search/searchservices",
            "microsoft.storage/storageaccounts",
        }
    ),
    "resourcecontainers": frozenset(
        {
            arm_id.SUBSCRIPTION_TYPE,
            arm_id.RESOURCE_GROUP_TYPE,
            "microsoft.management/managementgroups",
        }
    ),
    "authorizationresources": frozenset(
        {
            "microsoft.authorization/classicadministrators",
            "microsoft.authorization/roleassignments",
            "microsoft.authorization/roledefinitions",
        }
    ),
    "policyresources": frozenset(
        {
            "microsoft.authorization/policyassignments",
            "microsoft.authorization/policydefinitions",
            "microsoft.authorization/policyexemptions",
            "microsoft.authorization/policysetdefinitions",
            "microsoft.policyinsights/policystates",
        }
    ),
    "securityresources": frozenset(
        {
            "microsoft.security/assessments",
            "microsoft.security/assessments/subassessments",
            "microsoft.security/pricings",
            "microsoft.security/securescores",
        }
    ),
    "recoveryservicesresources": frozenset(
        {
            "microsoft.dataprotection/backupvaults/backupinstances",
            "microsoft.dataprotection/backupvaults/backuppolicies",
            "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems",
        }
    ),
    "networkresources": frozenset(
        {
            f"{_NETWORK}/networksecurityperimeters/profiles",
            f"{_NETWORK}/networksecurityperimeters/profiles/accessrules",
            f"{_NETWORK}/networksecurityperimeters/resourceassociations",
        }
    ),
    "managedservicesresources": frozenset(
        {
            "microsoft.managedservices/registrationassignments",
            "microsoft.managedservices/registrationdefinitions",
        }
    ),
    "kubernetesconfigurationresources": frozenset({"microsoft.kubernetesconfiguration/extensions"}),
}
"""The types in each table that matter here; all others are in Resource Manager only."""

COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    table: _COLUMNS | {"apiVersion"} if table == "resources" else _COLUMNS for table in TYPES
}
"""The columns of each table."""

TABLE_OF: Final = {arm_type: table for table, types in TYPES.items() for arm_type in types}
"""The table that holds a type."""

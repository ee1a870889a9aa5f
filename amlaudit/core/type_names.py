"""ARM types as Azure spells them: an estate's join keys are lower case, templates are not."""

from typing import Final

_WORDS: Final = (
    "Microsoft.Authorization", "Microsoft.Consumption", "Microsoft.ContainerInstance",
    "Microsoft.ContainerRegistry", "Microsoft.Insights", "Microsoft.KeyVault",
    "Microsoft.KubernetesConfiguration", "Microsoft.MachineLearningServices",
    "Microsoft.ManagedIdentity", "Microsoft.Network", "Microsoft.OperationalInsights",
    "Microsoft.Resources", "Microsoft.Security", "Microsoft.Storage",
    "batchEndpoints", "blobServices", "containerGroups", "diagnosticSettings", "fileServices",
    "flowLogs", "managementPolicies", "metricAlerts", "networkSecurityGroups", "networkWatchers",
    "objectReplicationPolicies", "onlineEndpoints", "outboundRules", "policyAssignments",
    "privateDnsZoneGroups", "privateDnsZones", "privateEndpoints", "resourceGroups",
    "roleAssignments", "roleDefinitions", "routeTables", "scheduledQueryRules",
    "serverlessEndpoints", "storageAccounts", "userAssignedIdentities", "virtualNetworkLinks",
    "virtualNetworks",
)  # fmt: skip
_SPELLED: Final = {word.lower(): word for word in _WORDS}


def spelled_type(arm_type: str) -> str:
    """Return an ARM type as Azure spells it; unknown words are left unchanged."""
    return "/".join(_SPELLED.get(word.lower(), word) for word in arm_type.split("/"))

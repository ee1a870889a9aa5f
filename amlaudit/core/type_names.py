"""ARM types as Azure spells them: an estate's join keys are lower case, templates are not."""

from typing import Final

_WORDS: Final = (
    "Microsoft.AlertsManagement", "Microsoft.Authorization", "Microsoft.CognitiveServices",
    "Microsoft.Compute",
    "Microsoft.Consumption", "Microsoft.ContainerInstance", "Microsoft.ContainerRegistry",
    "Microsoft.ContainerService", "Microsoft.DataProtection", "Microsoft.Databricks",
    "Microsoft.Insights", "Microsoft.KeyVault", "Microsoft.KubernetesConfiguration",
    "Microsoft.MachineLearningServices", "Microsoft.ManagedIdentity", "Microsoft.Network",
    "Microsoft.OperationalInsights", "Microsoft.RecoveryServices", "Microsoft.Resources",
    "Microsoft.Search", "Microsoft.Security", "Microsoft.Storage",
    "accessRules", "actionGroups", "actionRules", "activityLogAlerts", "applicationGateways",
    "azureFirewalls",
    "backupVaults", "batchEndpoints", "blobServices", "containerGroups", "dataCollectionRules",
    "diagnosticSettings", "fileServices", "firewallPolicies", "flowLogs", "kubernetesVersions",
    "managedClusters",
    "managementGroups", "managementPolicies", "metricAlerts", "natGateways",
    "networkInterfaces", "networkSecurityGroups", "networkSecurityPerimeters",
    "networkWatchers", "objectReplicationPolicies", "onlineEndpoints", "outboundRules",
    "policyAssignments", "privateDnsZoneGroups", "privateDnsZones", "privateEndpoints",
    "publicIPAddresses", "resourceAssociations", "resourceGroups", "roleAssignments",
    "roleDefinitions", "routeTables",
    "scheduledQueryRules", "searchServices", "serverlessEndpoints", "storageAccounts",
    "userAssignedIdentities", "virtualMachines", "virtualMachineScaleSets",
    "virtualNetworkLinks", "virtualNetworks",
)  # fmt: skip
_SPELLED: Final = {word.lower(): word for word in _WORDS}


def spelled_type(arm_type: str) -> str:
    """Return an ARM type as Azure spells it; unknown words are left unchanged."""
    return "/".join(_SPELLED.get(word.lower(), word) for word in arm_type.split("/"))

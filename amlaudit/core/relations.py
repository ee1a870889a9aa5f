"""How resources relate: the named relations that rules follow, as data."""

from typing import Final

from amlaudit.core.arm_id import RESOURCE_GROUP_TYPE, SUBSCRIPTION_TYPE
from amlaudit.core.path import parse_path
from amlaudit.core.relation_kinds import (
    Above,
    AtOrAbove,
    ByName,
    Children,
    Inside,
    Named,
    Reference,
    Referrers,
    Relation,
)

WORKSPACE: Final = "microsoft.machinelearningservices/workspaces"
COMPUTE: Final = "microsoft.machinelearningservices/workspaces/computes"
JOB: Final = "microsoft.machinelearningservices/workspaces/jobs"
DATASTORE: Final = "microsoft.machinelearningservices/workspaces/datastores"
CONNECTION: Final = "microsoft.machinelearningservices/workspaces/connections"
COMPUTE_PREVIEW: Final = f"{COMPUTE}/previews"
"""What only a preview API shows about a compute; a document with a type of our own."""
OUTBOUND_RULE: Final = "microsoft.machinelearningservices/workspaces/outboundrules"
ONLINE_ENDPOINT: Final = "microsoft.machinelearningservices/workspaces/onlineendpoints"
ONLINE_DEPLOYMENT: Final = f"{ONLINE_ENDPOINT}/deployments"
BATCH_ENDPOINT: Final = "microsoft.machinelearningservices/workspaces/batchendpoints"
BATCH_DEPLOYMENT: Final = "microsoft.machinelearningservices/workspaces/batchendpoints/deployments"
SERVERLESS_ENDPOINT: Final = "microsoft.machinelearningservices/workspaces/serverlessendpoints"
ENVIRONMENT: Final = "microsoft.machinelearningservices/workspaces/environments"
ENV_VERSION: Final = f"{ENVIRONMENT}/versions"
SCHEDULE: Final = "microsoft.machinelearningservices/workspaces/schedules"
DATA_ASSET: Final = "microsoft.machinelearningservices/workspaces/data"
DATA_VERSION: Final = f"{DATA_ASSET}/versions"
WORKSPACE_PREVIEW: Final = f"{WORKSPACE}/previews"
ML_REGISTRY: Final = "microsoft.machinelearningservices/registries"
ML_LOCATION: Final = "microsoft.machinelearningservices/locations"
QUOTA: Final = "microsoft.machinelearningservices/locations/quotas"
QUOTA_USAGE: Final = "microsoft.machinelearningservices/locations/usages"
STORAGE: Final = "microsoft.storage/storageaccounts"
BLOB_SERVICE: Final = "microsoft.storage/storageaccounts/blobservices"
BLOB_CONTAINER: Final = "microsoft.storage/storageaccounts/blobservices/containers"
FILE_SERVICE: Final = "microsoft.storage/storageaccounts/fileservices"
FILE_SHARE: Final = "microsoft.storage/storageaccounts/fileservices/shares"
OBJECT_REPLICATION: Final = "microsoft.storage/storageaccounts/objectreplicationpolicies"
LIFECYCLE: Final = "microsoft.storage/storageaccounts/managementpolicies"
KEY_VAULT: Final = "microsoft.keyvault/vaults"
KEY: Final = "microsoft.keyvault/vaults/keys"
SECRET: Final = "microsoft.keyvault/vaults/secrets"  # noqa: S105 - a type
CONTAINER_REGISTRY: Final = "microsoft.containerregistry/registries"
REGISTRY_PREVIEW: Final = f"{CONTAINER_REGISTRY}/previews"
REGISTRY_USAGE: Final = "microsoft.containerregistry/registries/listusages"
REPLICATION: Final = "microsoft.containerregistry/registries/replications"
REGISTRY_TOKEN: Final = "microsoft.containerregistry/registries/tokens"  # noqa: S105 - a type
INSIGHTS: Final = "microsoft.insights/components"
LOG_ANALYTICS: Final = "microsoft.operationalinsights/workspaces"
LOG_TABLE: Final = "microsoft.operationalinsights/workspaces/tables"
METRIC: Final = "microsoft.insights/metrics"
DIAGNOSTIC_SETTING: Final = "microsoft.insights/diagnosticsettings"
ACTIVITY_LOG_EXPORT: Final = "microsoft.insights/activitylogexports"
AUTOSCALE_SETTING: Final = "microsoft.insights/autoscalesettings"
MANAGED_CLUSTER: Final = "microsoft.containerservice/managedclusters"
CLUSTER_LOCATION: Final = "microsoft.containerservice/locations"
KUBERNETES_VERSIONS: Final = "microsoft.containerservice/locations/kubernetesversions"
"""The versions that a region supports: one document that lists them all."""
KUBERNETES_EXTENSION: Final = "microsoft.kubernetesconfiguration/extensions"
CONTAINER_GROUP: Final = "microsoft.containerinstance/containergroups"
ASSESSMENT: Final = "microsoft.security/assessments"
SUB_ASSESSMENT: Final = "microsoft.security/assessments/subassessments"
METRIC_ALERT: Final = "microsoft.insights/metricalerts"
QUERY_ALERT: Final = "microsoft.insights/scheduledqueryrules"
ACTIVITY_LOG_ALERT: Final = "microsoft.insights/activitylogalerts"
ACTION_GROUP: Final = "microsoft.insights/actiongroups"
ALERT_PROCESSING_RULE: Final = "microsoft.alertsmanagement/actionrules"
DEFENDER_PLAN: Final = "microsoft.security/pricings"
BACKUP_INSTANCE: Final = "microsoft.dataprotection/backupvaults/backupinstances"
PROTECTED_ITEM: Final = (
    "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems"
)
PRIVATE_ENDPOINT: Final = "microsoft.network/privateendpoints"
DNS_ZONE_GROUP: Final = "microsoft.network/privateendpoints/privatednszonegroups"
PRIVATE_DNS_ZONE: Final = "microsoft.network/privatednszones"
NETWORK_LINK: Final = "microsoft.network/privatednszones/virtualnetworklinks"
ADDRESS_RECORD: Final = "microsoft.network/privatednszones/a"
VIRTUAL_NETWORK: Final = "microsoft.network/virtualnetworks"
SUBNET: Final = "microsoft.network/virtualnetworks/subnets"
SECURITY_GROUP: Final = "microsoft.network/networksecuritygroups"
ROUTE_TABLE: Final = "microsoft.network/routetables"
ENDPOINT_POLICY: Final = "microsoft.network/serviceendpointpolicies"
FLOW_LOG: Final = "microsoft.network/networkwatchers/flowlogs"
FIREWALL: Final = "microsoft.network/azurefirewalls"
FIREWALL_POLICY: Final = "microsoft.network/firewallpolicies"
PUBLIC_ADDRESS: Final = "microsoft.network/publicipaddresses"
NETWORK_INTERFACE: Final = "microsoft.network/networkinterfaces"
PERIMETER: Final = "microsoft.network/networksecurityperimeters"
PERIMETER_PROFILE: Final = f"{PERIMETER}/profiles"
PERIMETER_RULE: Final = f"{PERIMETER_PROFILE}/accessrules"
PERIMETER_ASSOCIATION: Final = f"{PERIMETER}/resourceassociations"
USER_ASSIGNED_IDENTITY: Final = "microsoft.managedidentity/userassignedidentities"
FEDERATED_CREDENTIAL: Final = (
    "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials"
)
ROLE_ASSIGNMENT: Final = "microsoft.authorization/roleassignments"
ROLE_DEFINITION: Final = "microsoft.authorization/roledefinitions"
ROLE_SCHEDULE: Final = "microsoft.authorization/roleassignmentscheduleinstances"
ROLE_ELIGIBILITY: Final = "microsoft.authorization/roleeligibilityscheduleinstances"
DENY_ASSIGNMENT: Final = "microsoft.authorization/denyassignments"
DELEGATION: Final = "microsoft.managedservices/registrationassignments"
DELEGATION_OFFER: Final = "microsoft.managedservices/registrationdefinitions"
LOCK: Final = "microsoft.authorization/locks"
BUDGET: Final = "microsoft.consumption/budgets"
POLICY_ASSIGNMENT: Final = "microsoft.authorization/policyassignments"
POLICY_SET: Final = "microsoft.authorization/policysetdefinitions"
POLICY_STATE: Final = "microsoft.policyinsights/policystates"
POLICY_EXEMPTION: Final = "microsoft.authorization/policyexemptions"
POLICY_REMEDIATION: Final = "microsoft.policyinsights/remediations"
POLICY_EVALUATION: Final = "microsoft.policyinsights/policyevaluations"
"""A policy state of a resource with what was evaluated: Azure also calls it a state, but returns it
only for queries about a single resource."""
POLICY_ATTESTATION: Final = "microsoft.policyinsights/attestations"

_PRIVATE_ENDPOINT_ID = parse_path("properties.privateEndpoint.id")
_CONNECTIONS = parse_path("properties.privateEndpointConnections")
_ASSOCIATED = "properties.privateLinkResource.id"
_WITH_PRIVATE_ENDPOINTS = (WORKSPACE, STORAGE, KEY_VAULT, CONTAINER_REGISTRY)
_WITH_IDENTITIES = (WORKSPACE, COMPUTE, ONLINE_ENDPOINT, BATCH_ENDPOINT)


def _named(target: str, path: str, *sources: str) -> Named:
    """Return the relation given by a property that holds an id, in documents of some types."""
    return Named(target, tuple(Reference(source, parse_path(path)) for source in sources))


RELATIONS: Final[dict[str, Relation]] = {
    "hub": _named(WORKSPACE, "properties.hubResourceId", WORKSPACE),
    "storage": _named(STORAGE, "properties.storageAccount", WORKSPACE),
    "key-vault": _named(KEY_VAULT, "properties.keyVault", WORKSPACE),
    "container-registry": _named(CONTAINER_REGISTRY, "properties.containerRegistry", WORKSPACE),
    "application-insights": _named(INSIGHTS, "properties.applicationInsights", WORKSPACE),
    "encryption-key-vault": _named(
        KEY_VAULT, "properties.encryption.keyVaultProperties.keyVaultArmId", WORKSPACE
    ),
    "vaults": Named(
        KEY_VAULT,
        tuple(
            Reference(WORKSPACE, parse_path(path))
            for path in (
                "properties.keyVault",
                "properties.encryption.keyVaultProperties.keyVaultArmId",
            )
        ),
    ),
    "managed-group": _named(
        RESOURCE_GROUP_TYPE, "properties.managedResourceGroup.resourceId", ML_REGISTRY
    ),
    "log-analytics": Named(
        LOG_ANALYTICS,
        (
            Reference(INSIGHTS, parse_path("properties.WorkspaceResourceId")),
            Reference(DIAGNOSTIC_SETTING, parse_path("properties.workspaceId")),
        ),
    ),
    "identities": Named(
        USER_ASSIGNED_IDENTITY,
        tuple(
            Reference(source, parse_path("identity.userAssignedIdentities"), ("*",))
            for source in _WITH_IDENTITIES
        ),
    ),
    "private-endpoints": Named(
        PRIVATE_ENDPOINT,
        (
            *(
                Reference(source, _CONNECTIONS, _PRIVATE_ENDPOINT_ID)
                for source in _WITH_PRIVATE_ENDPOINTS
            ),
            Reference(
                ML_REGISTRY,
                parse_path("properties.registryPrivateEndpointConnections"),
                _PRIVATE_ENDPOINT_ID,
            ),
        ),
    ),
    "dns-zones": Named(
        PRIVATE_DNS_ZONE,
        (
            Reference(
                DNS_ZONE_GROUP,
                parse_path("properties.privateDnsZoneConfigs"),
                parse_path("properties.privateDnsZoneId"),
            ),
        ),
    ),
    "linked-network": _named(VIRTUAL_NETWORK, "properties.virtualNetwork.id", NETWORK_LINK),
    "subnet": Named(
        SUBNET,
        (
            Reference(COMPUTE, parse_path("properties.properties.subnet.id")),
            Reference(PRIVATE_ENDPOINT, parse_path("properties.subnet.id")),
            Reference(  # of serverless computes
                WORKSPACE,
                parse_path("properties.serverlessComputeSettings.serverlessComputeCustomSubnet"),
            ),
        ),
    ),
    "cluster": _named(MANAGED_CLUSTER, "properties.resourceId", COMPUTE),
    "online-environment": _named(ENV_VERSION, "properties.environmentId", ONLINE_DEPLOYMENT),
    "batch-environment": _named(ENV_VERSION, "properties.environmentId", BATCH_DEPLOYMENT),
    "job-environment": Named(
        ENV_VERSION,
        (
            Reference(JOB, parse_path("properties.environmentId")),
            Reference(JOB, parse_path("properties.trial.environmentId")),  # of a sweep
        ),
    ),
    "security-group": _named(SECURITY_GROUP, "properties.networkSecurityGroup.id", SUBNET),
    "route-table": _named(ROUTE_TABLE, "properties.routeTable.id", SUBNET),
    "endpoint-policies": Named(
        ENDPOINT_POLICY,
        (Reference(SUBNET, parse_path("properties.serviceEndpointPolicies"), ("id",)),),
    ),
    # A flow log has one target, which can be of any of these types.
    "logged-network": _named(VIRTUAL_NETWORK, "properties.targetResourceId", FLOW_LOG),
    "logged-subnet": _named(SUBNET, "properties.targetResourceId", FLOW_LOG),
    "logged-security-group": _named(SECURITY_GROUP, "properties.targetResourceId", FLOW_LOG),
    # An outbound rule with a private endpoint targets one resource, of any of these types.
    "outbound-storage": _named(STORAGE, "properties.destination.serviceResourceId", OUTBOUND_RULE),
    "outbound-key-vault": _named(
        KEY_VAULT, "properties.destination.serviceResourceId", OUTBOUND_RULE
    ),
    "outbound-container-registry": _named(
        CONTAINER_REGISTRY, "properties.destination.serviceResourceId", OUTBOUND_RULE
    ),
    # An association with a perimeter is that of one resource, of any of these types.
    "perimeter-storage": _named(STORAGE, _ASSOCIATED, PERIMETER_ASSOCIATION),
    "perimeter-key-vault": _named(KEY_VAULT, _ASSOCIATED, PERIMETER_ASSOCIATION),
    "perimeter-log-analytics": _named(LOG_ANALYTICS, _ASSOCIATED, PERIMETER_ASSOCIATION),
    "perimeter-profile": _named(PERIMETER_PROFILE, "properties.profile.id", PERIMETER_ASSOCIATION),
    "role-definition": _named(
        ROLE_DEFINITION,
        "properties.roleDefinitionId",
        ROLE_ASSIGNMENT,
        ROLE_SCHEDULE,
        ROLE_ELIGIBILITY,
    ),
    "delegation-offer": _named(DELEGATION_OFFER, "properties.registrationDefinitionId", DELEGATION),
    "backed-up-account": _named(STORAGE, "properties.sourceResourceId", PROTECTED_ITEM),
    "initiative": _named(POLICY_SET, "properties.policyDefinitionId", POLICY_ASSIGNMENT),
    "autoscale-target": _named(
        ONLINE_DEPLOYMENT, "properties.targetResourceUri", AUTOSCALE_SETTING
    ),
    "replicated-to": _named(STORAGE, "properties.destinationAccount", OBJECT_REPLICATION),
    "backed-up-storage": _named(STORAGE, "properties.dataSourceInfo.resourceID", BACKUP_INSTANCE),
    "workspace": Above(WORKSPACE),
    "online-endpoint": Above(ONLINE_ENDPOINT),
    "subscription": Above(SUBSCRIPTION_TYPE),
    "resource-group": Above(RESOURCE_GROUP_TYPE),
    "virtual-network": Above(VIRTUAL_NETWORK),
    "storage-accounts": Inside(STORAGE, (SUBSCRIPTION_TYPE, RESOURCE_GROUP_TYPE)),
    "container-registries": Inside(CONTAINER_REGISTRY, (RESOURCE_GROUP_TYPE,)),
    "workspaces": Inside(WORKSPACE, (SUBSCRIPTION_TYPE, RESOURCE_GROUP_TYPE)),
    "locations": Children(ML_LOCATION, (SUBSCRIPTION_TYPE,)),
    "quotas": Children(QUOTA, (ML_LOCATION,)),
    "quota-usages": Children(QUOTA_USAGE, (ML_LOCATION,)),
    "cluster-locations": Children(CLUSTER_LOCATION, (SUBSCRIPTION_TYPE,)),
    "kubernetes-versions": Children(KUBERNETES_VERSIONS, (CLUSTER_LOCATION,)),
    "ml-registries": Inside(ML_REGISTRY, (SUBSCRIPTION_TYPE,)),
    "metric-alerts": Inside(METRIC_ALERT, (SUBSCRIPTION_TYPE, RESOURCE_GROUP_TYPE)),
    "query-alerts": Inside(QUERY_ALERT, (SUBSCRIPTION_TYPE, RESOURCE_GROUP_TYPE)),
    "action-groups": Inside(ACTION_GROUP, (SUBSCRIPTION_TYPE,)),
    "alert-processing-rules": Inside(ALERT_PROCESSING_RULE, (SUBSCRIPTION_TYPE,)),
    "activity-log-alerts": Inside(ACTIVITY_LOG_ALERT, (SUBSCRIPTION_TYPE,)),
    "activity-log-exports": Children(ACTIVITY_LOG_EXPORT, (SUBSCRIPTION_TYPE,)),
    "defender-plans": Children(DEFENDER_PLAN, (SUBSCRIPTION_TYPE,)),
    "computes": Children(COMPUTE, (WORKSPACE,)),
    "jobs": Children(JOB, (WORKSPACE,)),
    "datastores": Children(DATASTORE, (WORKSPACE,)),
    "connections": Children(CONNECTION, (WORKSPACE,)),
    "outbound-rules": Children(OUTBOUND_RULE, (WORKSPACE,)),
    "online-endpoints": Children(ONLINE_ENDPOINT, (WORKSPACE,)),
    "online-deployments": Children(ONLINE_DEPLOYMENT, (ONLINE_ENDPOINT,)),
    "batch-endpoints": Children(BATCH_ENDPOINT, (WORKSPACE,)),
    "batch-deployments": Children(BATCH_DEPLOYMENT, (BATCH_ENDPOINT,)),
    "environments": Children(ENVIRONMENT, (WORKSPACE,)),
    "environment-versions": Children(ENV_VERSION, (ENVIRONMENT,)),
    "serverless-endpoints": Children(SERVERLESS_ENDPOINT, (WORKSPACE,)),
    "dns-zone-groups": Children(DNS_ZONE_GROUP, (PRIVATE_ENDPOINT,)),
    "network-links": Children(NETWORK_LINK, (PRIVATE_DNS_ZONE,)),
    "address-records": Children(ADDRESS_RECORD, (PRIVATE_DNS_ZONE,)),
    "perimeter-rules": Children(PERIMETER_RULE, (PERIMETER_PROFILE,)),
    "schedules": Children(SCHEDULE, (WORKSPACE,)),
    "data-assets": Children(DATA_ASSET, (WORKSPACE,)),
    "data-versions": Children(DATA_VERSION, (DATA_ASSET,)),
    "workspace-preview": Children(WORKSPACE_PREVIEW, (WORKSPACE,)),
    "compute-preview": Children(COMPUTE_PREVIEW, (COMPUTE,)),
    "container-registry-preview": Children(REGISTRY_PREVIEW, (CONTAINER_REGISTRY,)),
    "replications": Children(REPLICATION, (CONTAINER_REGISTRY,)),
    "object-replications": Children(OBJECT_REPLICATION, (STORAGE,)),
    "blob-service": Children(BLOB_SERVICE, (STORAGE,)),
    "blob-containers": Children(BLOB_CONTAINER, (BLOB_SERVICE,)),
    "file-service": Children(FILE_SERVICE, (STORAGE,)),
    "file-shares": Children(FILE_SHARE, (FILE_SERVICE,)),
    "lifecycle": Children(LIFECYCLE, (STORAGE,)),
    "keys": Children(KEY, (KEY_VAULT,)),
    "secrets": Children(SECRET, (KEY_VAULT,)),
    "usages": Children(REGISTRY_USAGE, (CONTAINER_REGISTRY,)),
    "tokens": Children(REGISTRY_TOKEN, (CONTAINER_REGISTRY,)),
    "federated-credentials": Children(FEDERATED_CREDENTIAL, (USER_ASSIGNED_IDENTITY,)),
    "diagnostic-settings": Children(DIAGNOSTIC_SETTING),
    "metrics": Children(METRIC, (ONLINE_ENDPOINT, ONLINE_DEPLOYMENT)),
    "assessments": Children(ASSESSMENT),
    "sub-assessments": Children(SUB_ASSESSMENT, (ASSESSMENT,)),
    "log-tables": Children(LOG_TABLE),
    "own-locks": Children(LOCK),
    "role-assignments": AtOrAbove(ROLE_ASSIGNMENT),
    "role-definitions": AtOrAbove(ROLE_DEFINITION),
    "role-schedules": AtOrAbove(ROLE_SCHEDULE),
    "role-eligibilities": AtOrAbove(ROLE_ELIGIBILITY),
    "deny-assignments": AtOrAbove(DENY_ASSIGNMENT),
    "delegations": AtOrAbove(DELEGATION, on_management_groups=False),
    "locks": AtOrAbove(LOCK, on_management_groups=False),
    "budgets": AtOrAbove(BUDGET),
    "policy-assignments": AtOrAbove(POLICY_ASSIGNMENT),
    "policy-exemptions": AtOrAbove(POLICY_EXEMPTION),
    "policy-states": AtOrAbove(POLICY_STATE),
    "projects": Referrers(WORKSPACE, "hub", WORKSPACE),
    "network-flow-logs": Referrers(FLOW_LOG, "logged-network", VIRTUAL_NETWORK),
    "subnet-flow-logs": Referrers(FLOW_LOG, "logged-subnet", SUBNET),
    "security-group-flow-logs": Referrers(FLOW_LOG, "logged-security-group", SECURITY_GROUP),
    "storage-perimeters": Referrers(PERIMETER_ASSOCIATION, "perimeter-storage", STORAGE),
    "key-vault-perimeters": Referrers(PERIMETER_ASSOCIATION, "perimeter-key-vault", KEY_VAULT),
    "log-analytics-perimeters": Referrers(
        PERIMETER_ASSOCIATION, "perimeter-log-analytics", LOG_ANALYTICS
    ),
    "autoscale-settings": Referrers(AUTOSCALE_SETTING, "autoscale-target", ONLINE_DEPLOYMENT),
    "online-by-environment": Referrers(ONLINE_DEPLOYMENT, "online-environment", ENV_VERSION),
    "batch-by-environment": Referrers(BATCH_DEPLOYMENT, "batch-environment", ENV_VERSION),
    "jobs-by-environment": Referrers(JOB, "job-environment", ENV_VERSION),
    "computes-by-cluster": Referrers(COMPUTE, "cluster", MANAGED_CLUSTER),
    # https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet
    "endpoints-by-subnet": Referrers(PRIVATE_ENDPOINT, "subnet", SUBNET, in_subscription=True),
    "computes-by-subnet": Referrers(COMPUTE, "subnet", SUBNET, in_subscription=True),
    "workspaces-by-subnet": Referrers(WORKSPACE, "subnet", SUBNET, in_subscription=True),
    "workspaces-by-storage": Referrers(WORKSPACE, "storage", STORAGE),
    "workspaces-with-data": ByName(
        WORKSPACE,
        STORAGE,
        parse_path("properties.storageAccount"),
        "datastores",
        parse_path("properties.accountName"),
    ),
    "workspaces-by-key-vault": Referrers(WORKSPACE, "key-vault", KEY_VAULT),
    "workspaces-by-vault": Referrers(WORKSPACE, "vaults", KEY_VAULT),
    "workspaces-by-container-registry": Referrers(
        WORKSPACE, "container-registry", CONTAINER_REGISTRY
    ),
    "workspaces-by-identity": Referrers(WORKSPACE, "identities", USER_ASSIGNED_IDENTITY),
    "ml-registries-by-managed-group": Referrers(ML_REGISTRY, "managed-group", RESOURCE_GROUP_TYPE),
    "backups": Referrers(BACKUP_INSTANCE, "backed-up-storage", STORAGE),
    "share-backups": Referrers(PROTECTED_ITEM, "backed-up-account", STORAGE),
    "workspaces-by-application-insights": Referrers(WORKSPACE, "application-insights", INSIGHTS),
}
"""Every relation, by the name that rules use for it."""

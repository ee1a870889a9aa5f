"""A small estate with an example of everything that amlaudit reads, for contract tests.

Two subscriptions under a management group: production with a well-configured workspace, a badly
configured one and the hub's project; and a laboratory with a single open workspace.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from hashlib import sha256
from typing import Any, Final

PRODUCTION: Final = "11111111-1111-4111-8111-111111111111"
LABORATORY: Final = "22222222-2222-4222-8222-222222222222"
TENANT: Final = "33333333-3333-4333-8333-333333333333"
GROUP: Final = "ml-platform"

_OWNER: Final = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
_CONTRIBUTOR: Final = "b24988ac-6180-42a0-ab88-20f7382dd24c"
_READER: Final = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
_RG: Final = f"/subscriptions/{PRODUCTION}/resourceGroups/rg-ml"
_LAB_RG: Final = f"/subscriptions/{LABORATORY}/resourceGroups/rg-lab"
_NETWORK: Final = f"{_RG}/providers/Microsoft.Network"
_PERIMETERS: Final = "Microsoft.Network/networkSecurityPerimeters"
_ML: Final = "Microsoft.MachineLearningServices"

CHURN: Final = f"{_RG}/providers/{_ML}/workspaces/mlw-churn"
FRAUD: Final = f"{_RG}/providers/{_ML}/workspaces/mlw-fraud"
LAB: Final = f"{_LAB_RG}/providers/{_ML}/workspaces/mlw-lab"
STORAGE: Final = f"{_RG}/providers/Microsoft.Storage/storageAccounts/stchurn"
FRAUD_STORAGE: Final = f"{_RG}/providers/Microsoft.Storage/storageAccounts/stfraud"
LAB_STORAGE: Final = f"{_LAB_RG}/providers/Microsoft.Storage/storageAccounts/stlab"
VAULT: Final = f"{_RG}/providers/Microsoft.KeyVault/vaults/kv-churn"
LAB_VAULT: Final = f"{_LAB_RG}/providers/Microsoft.KeyVault/vaults/kv-lab"
REGISTRY: Final = f"{_RG}/providers/Microsoft.ContainerRegistry/registries/crchurn"
INSIGHTS: Final = f"{_RG}/providers/Microsoft.Insights/components/appi-churn"
LOGS: Final = f"{_RG}/providers/Microsoft.OperationalInsights/workspaces/log-ml"
IDENTITY: Final = f"{_RG}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-train"
ENDPOINT: Final = f"{_NETWORK}/privateEndpoints/pe-churn"
SUBNET: Final = f"{_NETWORK}/virtualNetworks/vnet-ml/subnets/snet-train"
SECURITY_GROUP: Final = f"{_NETWORK}/networkSecurityGroups/nsg-train"

_PRINCIPAL: Final = "44444444-4444-4444-8444-44444444444"
_TRAINER: Final = f"{_PRINCIPAL}0"

LATELY: Final = "2100-01-01T00:00:00Z"
"""The time of events that must not become too old while a test runs."""

Json = dict[str, Any]


def documents() -> list[Json]:
    """Return the documents, newly created so that a test may change them."""
    parts = (
        _scopes,
        _workspaces,
        _computes,
        _more_computes,
        _under_workspaces,
        _jobs_and_limits,
        _endpoints,
        _requests,
        _more_endpoints,
        _clusters,
        _dependencies,
        _networks,
        _perimeters,
        _names,
        _access,
        _governance,
        _monitoring,
        _recovery,
        _read_for_no_rule_yet,
    )
    return [deepcopy(document) for part in parts for document in part()]


def _document(written: str, arm_type: str, properties: Mapping[str, Any], **rest: object) -> Json:
    """Return an ARM document."""
    name = written.rpartition("/")[2]
    return {"id": written, "name": name, "type": arm_type, "properties": properties, **rest}


def _scopes() -> Iterator[Json]:
    """Yield subscriptions and resource groups."""
    chain = [{"name": GROUP, "displayName": "ML platform"}, {"name": TENANT}]
    for key, name in ((PRODUCTION, "ML Production"), (LABORATORY, "ML Laboratory")):
        properties = {"state": "Enabled", "managementGroupAncestorsChain": chain}
        yield _document(
            f"/subscriptions/{key}",
            "Microsoft.Resources/subscriptions",
            properties,
            displayName=name,
            tags={"environment": "prod" if key == PRODUCTION else "lab"},
        )
    for group in (_RG, _LAB_RG):
        yield _document(
            group,
            "Microsoft.Resources/subscriptions/resourceGroups",
            {"provisioningState": "Succeeded"},
            location="westeurope",
            tags={"owner": "platform"},
        )


def _workspaces() -> Iterator[Json]:
    """Yield a well-configured workspace, a badly configured one, and one in the laboratory."""
    well_kept = {
        "publicNetworkAccess": "Disabled",
        "v1LegacyMode": False,
        "hbiWorkspace": True,
        "systemDatastoresAuthMode": "Identity",
        "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"},
        "encryption": {
            "status": "Enabled",
            "keyVaultProperties": {"keyVaultArmId": VAULT, "keyIdentifier": "https://kv/keys/k"},
        },
        "privateEndpointConnections": [_connection()],
        **_needs(STORAGE, VAULT),
        "containerRegistry": REGISTRY,
    }
    users = {IDENTITY: {"principalId": _TRAINER, "clientId": f"{_PRINCIPAL}1"}}
    identity = {"type": "UserAssigned", "userAssignedIdentities": users}
    yield _workspace(CHURN, well_kept, identity, tags={"environment": "prod", "owner": "churn"})
    careless = {
        "publicNetworkAccess": "Enabled",
        "v1LegacyMode": True,
        "managedNetwork": {"isolationMode": "Disabled"},
        **_needs(FRAUD_STORAGE, VAULT),
    }
    system = {"type": "SystemAssigned", "principalId": f"{_PRINCIPAL}2"}
    yield _workspace(FRAUD, careless, system)
    yield _workspace(LAB, _needs(LAB_STORAGE, LAB_VAULT), system)


def _needs(storage: str, vault: str) -> Json:
    """Return the resources that every workspace needs."""
    return {"storageAccount": storage, "keyVault": vault, "applicationInsights": INSIGHTS}


def _connection() -> Json:
    """Return an approved connection of the private endpoint."""
    state = {"status": "Approved", "actionsRequired": "None"}
    return {
        "id": f"{CHURN}/privateEndpointConnections/pe-churn",
        "properties": {
            "privateEndpoint": {"id": ENDPOINT},
            "privateLinkServiceConnectionState": state,
            "provisioningState": "Succeeded",
        },
    }


def _workspace(written: str, properties: Json, identity: Json, **rest: object) -> Json:
    """Return a workspace."""
    return _document(
        written,
        f"{_ML}/workspaces",
        properties,
        kind="Default",
        location="westeurope",
        sku={"name": "Basic", "tier": "Basic"},
        identity=identity,
        **rest,
    )


def _computes() -> Iterator[Json]:
    """Yield two clusters."""
    scale = {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT2M"}
    users = {IDENTITY: {"principalId": _TRAINER, "clientId": f"{_PRINCIPAL}1"}}
    yield _compute(
        f"{CHURN}/computes/cpu",
        "AmlCompute",
        {
            "vmSize": "STANDARD_DS3_V2",
            "scaleSettings": scale,
            "subnet": {"id": SUBNET},
            "enableNodePublicIp": False,
            "remoteLoginPortPublicAccess": "Disabled",
        },
        local=False,
        identity={"type": "UserAssigned", "userAssignedIdentities": users},
    )
    yield _compute(
        f"{FRAUD}/computes/gpu",
        "AmlCompute",
        {
            "vmSize": "STANDARD_NC6",
            "scaleSettings": {**scale, "minNodeCount": 2},
            "subnet": None,
            "enableNodePublicIp": True,
            "remoteLoginPortPublicAccess": "Enabled",
        },
        local=True,
    )


def _more_computes() -> Iterator[Json]:
    """Yield an instance, and an attached cluster."""
    attached = {"namespace": "default", "defaultInstanceType": "small"}
    yield _compute(f"{FRAUD}/computes/kube", "Kubernetes", attached, local=False)
    yield _compute(
        f"{FRAUD}/computes/ci-anna",
        "ComputeInstance",
        {
            "vmSize": "STANDARD_DS3_V2",
            "state": "Running",
            "idleTimeBeforeShutdown": "PT60M",
            "enableNodePublicIp": True,
            "sshSettings": {"sshPublicAccess": "Enabled", "sshPort": 50000},
            "applicationSharingPolicy": "Shared",
            "enableRootAccess": False,
        },
        local=True,
    )


def _compute(
    written: str, kind: str, properties: Json, *, local: bool, identity: Json | None = None
) -> Json:
    """Return a compute."""
    outer = {
        "computeType": kind,
        "computeLocation": "westeurope",
        "provisioningState": "Succeeded",
        "disableLocalAuth": not local,
        "properties": properties,
    }
    rest = {"identity": identity} if identity else {}
    return _document(written, f"{_ML}/workspaces/computes", outer, location="westeurope", **rest)


def _under_workspaces() -> Iterator[Json]:
    """Yield datastores, connections, outbound rules and environments."""
    for name, credential in (("blob", "None"), ("raw", "AccountKey")):
        yield _document(
            f"{CHURN}/datastores/{name}",
            f"{_ML}/workspaces/datastores",
            {
                "datastoreType": "AzureBlob",
                "accountName": "stchurn",
                "containerName": name,
                "credentials": {"credentialsType": credential},
                "serviceDataAccessAuthIdentity": "WorkspaceSystemAssignedIdentity",
            },
        )
    yield _document(
        f"{FRAUD}/connections/feed",
        f"{_ML}/workspaces/connections",
        {
            "authType": "PAT",
            "category": "PythonFeed",
            "target": "https://pypi.example",
            "credentials": {"pat": "ghp_abcdefghijklmnopqrstuvwxyz0123456789"},
        },
    )
    for name, destination in (("pypi", "pypi.org"), ("conda", "*.anaconda.org")):
        yield _document(
            f"{CHURN}/outboundRules/{name}",
            f"{_ML}/workspaces/outboundRules",
            {
                "type": "FQDN",
                "destination": destination,
                "category": "UserDefined",
                "status": "Active",
            },
        )
    environment = f"{CHURN}/environments/score"
    yield _document(environment, f"{_ML}/workspaces/environments", {"isArchived": False})
    yield _document(
        f"{environment}/versions/1",
        f"{_ML}/workspaces/environments/versions",
        {"environmentType": "UserCreated", "image": "mcr.microsoft.com/azureml/base:1"},
    )


def _jobs_and_limits() -> Iterator[Json]:
    """Yield jobs, the regions of the workspaces, and a limit on the machines in one region."""
    for name, limits in (("train-1", {"timeout": "PT6H"}), ("train-2", None)):
        yield _document(
            f"{FRAUD}/jobs/{name}",
            f"{_ML}/workspaces/jobs",
            {"jobType": "Command", "status": "Completed", "limits": limits},
            systemData={"createdAt": LATELY},
        )
    for subscription in (PRODUCTION, LABORATORY):
        region = f"/subscriptions/{subscription}/providers/{_ML}/locations/westeurope"
        yield _document(region, f"{_ML}/locations", {})
    limit = f"{CHURN}/quotas/Standard_DSv2_Family_Cluster_Dedicated_vCPUs"
    row = {
        "id": limit,
        "type": f"{_ML}/workspaces/quotas",
        "limit": 100,
        "unit": "Count",
        "name": {"value": "Standard DSv2 Family Cluster Dedicated vCPUs"},
    }
    name = sha256(f"{limit} {row['type']}".lower().encode()).hexdigest()[:32]
    region = f"/subscriptions/{PRODUCTION}/providers/{_ML}/locations/westeurope"
    yield _document(f"{region}/quotas/{name}", f"{_ML}/locations/quotas", row)


def _endpoints() -> Iterator[Json]:
    """Yield online endpoints with deployments."""
    users = {IDENTITY: {"principalId": _TRAINER, "clientId": f"{_PRINCIPAL}1"}}
    identity = {"type": "UserAssigned", "userAssignedIdentities": users}
    place = {"location": "westeurope"}
    for workspace, public in ((CHURN, "Disabled"), (FRAUD, "Enabled")):
        online = f"{workspace}/onlineEndpoints/score"
        yield _document(
            online,
            f"{_ML}/workspaces/onlineEndpoints",
            {"authMode": "AADToken", "publicNetworkAccess": public, "traffic": {"blue": 100}},
            kind="Managed",
            identity=identity,
            **place,
        )
        yield _document(
            f"{online}/deployments/blue",
            f"{_ML}/workspaces/onlineEndpoints/deployments",
            {
                "endpointComputeType": "Managed",
                "instanceType": "Standard_DS3_v2",
                "egressPublicNetworkAccess": public,
                "appInsightsEnabled": public == "Disabled",
                "environmentVariables": {"API_TOKEN": "open sesame"},
            },
            kind="Managed",
            sku={"name": "Default", "capacity": 2},
            **place,
        )


def _requests() -> Iterator[Json]:
    """Yield how often an endpoint was called."""
    metric = f"{CHURN}/onlineEndpoints/score/providers/Microsoft.Insights/metrics/RequestsPerMinute"
    kind = "Microsoft.Insights/metrics"
    days = ({"timeStamp": LATELY, "average": 2.5}, {"timeStamp": "2026-10-01T00:00:00Z"})
    series = {"metadatavalues": [], "data": list(days)}
    measured = {"unit": "Count", "errorCode": "Success", "timeseries": [series]}
    yield _document(metric, kind, measured)


def _more_endpoints() -> Iterator[Json]:
    """Yield a batch endpoint with its deployment, and a serverless endpoint."""
    users = {IDENTITY: {"principalId": _TRAINER, "clientId": f"{_PRINCIPAL}1"}}
    identity = {"type": "UserAssigned", "userAssignedIdentities": users}
    place = {"location": "westeurope"}
    batch = f"{CHURN}/batchEndpoints/nightly"
    properties = {"authMode": "AADToken", "defaults": {"deploymentName": "one"}}
    kind = f"{_ML}/workspaces/batchEndpoints"
    yield _document(batch, kind, properties, identity=identity, **place)
    deployment = {"compute": f"{CHURN}/computes/cpu"}
    yield _document(f"{batch}/deployments/one", f"{kind}/deployments", deployment, **place)
    yield _document(
        f"{FRAUD}/serverlessEndpoints/chat",
        f"{_ML}/workspaces/serverlessEndpoints",
        {"authMode": "Key", "modelSettings": {"modelId": "azureml://registries/azureml/models/m"}},
        **place,
    )


def _clusters() -> Iterator[Json]:
    """Yield two clusters with extensions, a container group, and the scaling of a deployment."""
    place = {"location": "westeurope"}
    for name in ("aks-ml", "aks-lab"):
        cluster = f"{_RG}/providers/Microsoft.ContainerService/managedClusters/{name}"
        kind = "Microsoft.ContainerService/managedClusters"
        yield _document(cluster, kind, {"enableRBAC": True, "aadProfile": None}, **place)
        kind = "Microsoft.KubernetesConfiguration/extensions"
        settings = {"enableInference": "True", "inferenceRouterServiceType": "LoadBalancer"}
        extension = {
            "extensionType": "Microsoft.AzureML.Kubernetes",
            "configurationSettings": settings,
        }
        yield _document(f"{cluster}/providers/{kind}/azureml", kind, extension)
    kind = "Microsoft.ContainerService/locations"
    region = f"/subscriptions/{PRODUCTION}/providers/{kind}/westeurope"
    yield _document(region, kind, {})
    versions = [{"version": "1.33", "capabilities": {"supportPlan": ["KubernetesOfficial"]}}]
    kind = f"{kind}/kubernetesVersions"
    yield _document(f"{region}/kubernetesVersions/supported", kind, {"values": versions})
    kind = "Microsoft.ContainerInstance/containerGroups"
    containers = [{"name": "web", "properties": {"image": "nginx"}}]
    yield _document(f"{_RG}/providers/{kind}/aci", kind, {"containers": containers}, **place)
    kind = "Microsoft.Insights/autoscaleSettings"
    target = f"{CHURN}/onlineEndpoints/score/deployments/blue"
    scale = {"enabled": True, "targetResourceUri": target, "profiles": []}
    yield _document(f"{_RG}/providers/{kind}/scale", kind, scale, **place)


def _dependencies() -> Iterator[Json]:
    """Yield the resources in which workspaces keep their data, secrets, images and logs."""
    for account, open_wide in ((STORAGE, False), (FRAUD_STORAGE, True), (LAB_STORAGE, True)):
        yield from _storage(account, open_wide=open_wide)
    rule = {"name": "age", "enabled": True, "type": "Lifecycle", "definition": {"actions": {}}}
    yield _document(
        f"{STORAGE}/managementPolicies/default",
        "Microsoft.Storage/storageAccounts/managementPolicies",
        {"policy": {"rules": [rule]}},
    )
    for vault, kept in ((VAULT, True), (LAB_VAULT, False)):
        yield _document(
            vault,
            "Microsoft.KeyVault/vaults",
            {
                "enableRbacAuthorization": kept,
                "enablePurgeProtection": kept,
                "enableSoftDelete": True,
                "publicNetworkAccess": "Disabled" if kept else "Enabled",
                "networkAcls": {"defaultAction": "Deny" if kept else "Allow", "bypass": "None"},
            },
            location="westeurope",
        )
    valid = {"attributes": {"enabled": True, "exp": 1802247000}}
    rotated = {
        "kty": "RSA",
        "rotationPolicy": {"lifetimeActions": [{"action": {"type": "rotate"}}]},
    }
    for kind, rest in (("keys", {"keyUri": "https://kv/keys/one", **rotated}), ("secrets", {})):
        yield _document(f"{VAULT}/{kind}/one", f"Microsoft.KeyVault/vaults/{kind}", valid | rest)
    place = {"location": "westeurope"}
    registry = {"adminUserEnabled": False, "publicNetworkAccess": "Disabled"}
    kind = "Microsoft.ContainerRegistry/registries"
    yield _document(REGISTRY, kind, registry, sku={"name": "Premium"}, **place)
    size = {"limit": 500, "currentValue": 20, "unit": "Bytes"}
    yield _document(f"{REGISTRY}/listUsages/Size", f"{kind}/listUsages", {}, **size)
    shared = f"{_RG}/providers/{_ML}/registries/mlr-shared"
    yield _document(shared, f"{_ML}/registries", {"publicNetworkAccess": "Disabled"}, **place)
    insights = {
        "WorkspaceResourceId": LOGS,
        "InstrumentationKey": "0e745469-49f8-48c9-873b-24ca87143db1",
        "DisableLocalAuth": True,
    }
    yield _document(INSIGHTS, "microsoft.insights/components", insights, kind="web", **place)
    logs = {"retentionInDays": 90, "sku": {"name": "PerGB2018"}}
    yield _document(LOGS, "Microsoft.OperationalInsights/workspaces", logs, **place)
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    yield _document(IDENTITY, kind, {"principalId": _TRAINER, "tenantId": TENANT}, **place)


def _storage(written: str, *, open_wide: bool) -> Iterator[Json]:
    """Yield a storage account with its blob service."""
    kind = "Microsoft.Storage/storageAccounts"
    yield _document(
        written,
        kind,
        {
            "allowSharedKeyAccess": open_wide,
            "allowBlobPublicAccess": open_wide,
            "minimumTlsVersion": "TLS1_0" if open_wide else "TLS1_2",
            "supportsHttpsTrafficOnly": True,
            "publicNetworkAccess": "Enabled",
            "networkAcls": {"defaultAction": "Allow" if open_wide else "Deny", "ipRules": []},
        },
        kind="StorageV2",
        location="westeurope",
        sku={"name": "Standard_ZRS", "tier": "Standard"},
    )
    kept = {"enabled": True, "days": 14}
    yield _document(
        f"{written}/blobServices/default",
        f"{kind}/blobServices",
        {"deleteRetentionPolicy": kept, "containerDeleteRetentionPolicy": kept},
    )
    yield _document(
        f"{written}/blobServices/default/containers/raw",
        f"{kind}/blobServices/containers",
        {"publicAccess": "Blob" if open_wide else "None"},
    )
    shares = {"shareDeleteRetentionPolicy": kept}
    yield _document(f"{written}/fileServices/default", f"{kind}/fileServices", shares)


def _networks() -> Iterator[Json]:
    """Yield a private endpoint, a virtual network with its subnet, and a security group."""
    place = {"location": "westeurope"}
    kind = "Microsoft.Network/privateEndpoints"
    yield _document(ENDPOINT, kind, {"subnet": {"id": SUBNET}}, **place)
    subnet = _document(
        SUBNET,
        "Microsoft.Network/virtualNetworks/subnets",
        {"addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": SECURITY_GROUP}},
    )
    network = SUBNET.rpartition("/subnets")[0]
    yield _document(
        network,
        "Microsoft.Network/virtualNetworks",
        {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": [subnet]},
        **place,
    )
    kind = "Microsoft.Network/networkSecurityGroups"
    yield _document(SECURITY_GROUP, kind, {"securityRules": []}, **place)


def _perimeters() -> Iterator[Json]:
    """Yield a network security perimeter around a storage account, and its parts."""
    perimeter, kind = f"{_NETWORK}/networkSecurityPerimeters/nsp-ml", _PERIMETERS
    profile = f"{perimeter}/profiles/default"
    yield _document(perimeter, kind, {"perimeterGuid": _PRINCIPAL + "9"}, location="westeurope")
    yield _document(profile, f"{kind}/profiles", {"accessRulesVersion": "1"})
    inbound = {"direction": "Inbound", "addressPrefixes": ["203.0.113.0/24"]}
    yield _document(f"{profile}/accessRules/office", f"{kind}/profiles/accessRules", inbound)
    held = {
        "accessMode": "Enforced",
        "privateLinkResource": {"id": STORAGE},
        "profile": {"id": profile},
    }
    yield _document(
        f"{perimeter}/resourceAssociations/stchurn", f"{kind}/resourceAssociations", held
    )


def _names() -> Iterator[Json]:
    """Yield the private DNS zone for the private endpoint, linked to the network."""
    zone = f"{_NETWORK}/privateDnsZones/privatelink.api.azureml.ms"
    record = {"recordType": "A", "recordSetName": "churn", "ipAddresses": ["10.0.1.4"]}
    config = {"properties": {"privateDnsZoneId": zone, "recordSets": [record]}}
    yield _document(
        f"{ENDPOINT}/privateDnsZoneGroups/default",
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        {"privateDnsZoneConfigs": [config]},
    )
    kind = "Microsoft.Network/privateDnsZones"
    yield _document(zone, kind, {"numberOfVirtualNetworkLinks": 1}, location="global")
    yield _document(
        f"{zone}/virtualNetworkLinks/vnet-ml",
        f"{kind}/virtualNetworkLinks",
        {"virtualNetwork": {"id": SUBNET.rpartition("/subnets")[0]}},
        location="global",
    )
    for name, address in (("churn", "10.0.1.4"), ("churn.cert", "10.0.1.4")):
        properties = {"ttl": 10, "aRecords": [{"ipv4Address": address}]}
        yield _document(f"{zone}/A/{name}", f"{kind}/A", properties)


def _access() -> Iterator[Json]:
    """Yield role definitions, and role assignments on every kind of scope."""
    for name, role in (("Owner", _OWNER), ("Contributor", _CONTRIBUTOR), ("Reader", _READER)):
        yield _document(
            f"/providers/Microsoft.Authorization/RoleDefinitions/{role}",
            "Microsoft.Authorization/RoleDefinitions",
            {"roleName": name, "type": "BuiltInRole", "assignableScopes": ["/"]},
        )
    group = f"/providers/Microsoft.Management/managementGroups/{GROUP}"
    subscription = f"/subscriptions/{PRODUCTION}"
    grants = (
        ("/", _OWNER, 5, "User"),
        (group, _OWNER, 6, "Group"),
        (subscription, _READER, 7, "Group"),
        (_RG, _CONTRIBUTOR, 8, "User"),
        (CHURN, _READER, 0, "ServicePrincipal"),
        (_LAB_RG, _OWNER, 8, "User"),
    )
    for number, (scope, role, who, kind) in enumerate(grants):
        above = "" if scope == "/" else scope
        name = f"55555555-5555-4555-8555-{number:012}"
        yield _document(
            f"{above}/providers/Microsoft.Authorization/roleAssignments/{name}",
            "Microsoft.Authorization/roleAssignments",
            {
                "scope": scope,
                "roleDefinitionId": (
                    f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
                ),
                "principalId": f"{_PRINCIPAL}{who}",
                "principalType": kind,
            },
        )


def _governance() -> Iterator[Json]:
    """Yield locks, budgets, policies, and log destinations."""
    for scope in (CHURN, STORAGE, _LAB_RG):
        kind = "Microsoft.Authorization/locks"
        yield _document(f"{scope}/providers/{kind}/keep", kind, {"level": "CanNotDelete"})
    kind = "Microsoft.Consumption/budgets"
    amount = {"amount": 5000, "timeGrain": "Monthly", "category": "Cost", "notifications": {}}
    yield _document(f"/subscriptions/{PRODUCTION}/providers/{kind}/monthly", kind, amount)
    kind = "Microsoft.Authorization/policyAssignments"
    group = f"/providers/Microsoft.Management/managementGroups/{GROUP}"
    for scope in (group, f"/subscriptions/{PRODUCTION}"):
        definition = "/providers/Microsoft.Authorization/policySetDefinitions/ml-baseline"
        properties = {
            "scope": scope,
            "policyDefinitionId": definition,
            "enforcementMode": "Default",
        }
        yield _document(f"{scope}/providers/{kind}/baseline", kind, properties)
        for resource in (CHURN, FRAUD, STORAGE):
            yield _policy_state(resource, f"{scope}/providers/{kind}/baseline")
    kind = "Microsoft.Insights/diagnosticSettings"
    logs = {"workspaceId": LOGS, "logs": [{"categoryGroup": "allLogs", "enabled": True}]}
    blobs = f"{STORAGE}/blobServices/default"
    for resource in (CHURN, f"{CHURN}/onlineEndpoints/score", VAULT, REGISTRY, STORAGE, blobs):
        yield _document(f"{resource}/providers/{kind}/to-logs", kind, logs)
    kind = "Microsoft.Security/assessments"
    images = f"{REGISTRY}/providers/{kind}/images"
    yield _document(images, kind, {"status": {"code": "Unhealthy"}})
    finding = {"status": {"code": "Unhealthy", "severity": "High"}}
    yield _document(f"{images}/subassessments/finding", f"{kind}/subassessments", finding)


def _monitoring() -> Iterator[Json]:
    """Yield alerts, a model monitor, log tables, and the findings of Defender."""
    alert = {"scopes": [CHURN], "enabled": True, "criteria": {"allOf": []}, "actions": []}
    kind = "Microsoft.Insights/metricAlerts"
    yield _document(f"{_RG}/providers/{kind}/nodes", kind, alert, location="global")
    monitor = {"isEnabled": True, "action": {"actionType": "CreateMonitor"}}
    yield _document(f"{CHURN}/schedules/drift", f"{_ML}/workspaces/schedules", monitor)
    table = {"retentionInDays": 90, "totalRetentionInDays": 365}
    kind = "Microsoft.OperationalInsights/workspaces/tables"
    yield _document(f"{LOGS}/tables/AmlComputeJobEvent", kind, table)
    kind = "Microsoft.Security/pricings"
    for key in (PRODUCTION, LABORATORY):
        tier = {"pricingTier": "Standard" if key == PRODUCTION else "Free"}
        yield _document(f"/subscriptions/{key}/providers/{kind}/KeyVaults", kind, tier)


def _recovery() -> Iterator[Json]:
    """Yield copies in another region, and a backup."""
    kind = "Microsoft.ContainerRegistry/registries/replications"
    zones = {"zoneRedundancy": "Enabled"}
    yield _document(f"{REGISTRY}/replications/northeurope", kind, zones, location="northeurope")
    kind = "Microsoft.Storage/storageAccounts/objectReplicationPolicies"
    accounts = {"sourceAccount": STORAGE, "destinationAccount": LAB_STORAGE, "rules": []}
    yield _document(f"{STORAGE}/objectReplicationPolicies/copies", kind, accounts)
    kind = "Microsoft.DataProtection/backupVaults/backupInstances"
    yield _document(
        f"{_RG}/providers/Microsoft.DataProtection/backupVaults/bv/backupInstances/stchurn",
        kind,
        {"dataSourceInfo": {"resourceID": STORAGE}, "currentProtectionState": "Protected"},
    )


def _policy_state(resource: str, assignment: str) -> Json:
    """Return a policy state; the service returns it without an id of its own."""
    kind = "Microsoft.PolicyInsights/policyStates"
    tail = resource.split("/providers/")[1].split("/")
    return _document(
        f"{resource}/providers/{kind}/{len(assignment)}",
        kind,
        {
            "resourceId": resource.lower(),
            "resourceType": f"{tail[0]}/{tail[1]}",
            "policyAssignmentId": assignment,
            "policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/audit",
            "policyDefinitionReferenceId": "",
            "complianceState": "NonCompliant" if resource == FRAUD else "Compliant",
            "isCompliant": resource != FRAUD,
            "timestamp": LATELY,
        },
    )


def _read_for_no_rule_yet() -> Iterator[Json]:
    """Yield what the rule catalogue names, and no shipped rule looks at yet."""
    authorization = "Microsoft.Authorization"
    services = "Microsoft.ManagedServices"
    subscription = f"/subscriptions/{PRODUCTION}/providers"
    offer = f"{subscription}/{services}/registrationDefinitions/offer-1"
    plain: Mapping[str, Json] = {
        f"{_NETWORK}/azureFirewalls/afw-ml": {"threatIntelMode": "Alert"},
        f"{_NETWORK}/firewallPolicies/afwp-ml": {"threatIntelMode": "Deny"},
        f"{_NETWORK}/publicIPAddresses/pip-ml": {"publicIPAllocationMethod": "Static"},
        f"{_NETWORK}/networkInterfaces/nic-pe-churn": {"privateEndpoint": {"id": ENDPOINT}},
        f"{_RG}/providers/Microsoft.Insights/scheduledQueryRules/failures": {"enabled": True},
        f"{_RG}/providers/Microsoft.Insights/activityLogAlerts/health": {"enabled": True},
        f"{subscription}/{authorization}/policyExemptions/pilot": {"exemptionCategory": "Waiver"},
        f"{subscription}/{authorization}/denyAssignments/deny-1": {
            "scope": f"/subscriptions/{PRODUCTION}",
            "isSystemProtected": True,
        },
        offer: {"managedByTenantId": TENANT},
        f"{subscription}/{services}/registrationAssignments/sold-1": {
            "registrationDefinitionId": offer
        },
        f"{REGISTRY}/tokens/ci": {"status": "enabled"},
        f"{IDENTITY}/federatedIdentityCredentials/github": {
            "issuer": "https://token.actions.githubusercontent.com",
            "subject": "repo:contoso/churn:ref:refs/heads/main",
            "audiences": ["api://AzureADTokenExchange"],
        },
        f"{STORAGE}/fileServices/default/shares/code": {"accessTier": "TransactionOptimized"},
        f"{CHURN}/data/customers": {"dataType": "uri_folder", "latestVersion": "3"},
        f"{CHURN}/data/customers/versions/3": {
            "dataType": "uri_folder",
            "dataUri": "azureml://datastores/blob/paths/customers/3/",
        },
    }
    for written, properties in plain.items():
        _, _, tail = written.rpartition("/providers/")
        namespace, *rest = tail.split("/")
        yield _document(written, "/".join((namespace, *rest[::2])), properties)

"""Generated estates: as a snapshot for amlaudit, and as an ARM template for other scanners.

Usage: python -m benchmarks.estates RESOURCES SNAPSHOT [TEMPLATE]

A unit is a workspace with its storage account, key vault, container registry, Application Insights
and one compute. A seeded generator varies names and settings, so that every run writes the same
documents; settings are good, bad or absent.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from amlaudit.core.collection import Collection
from amlaudit.core.resource import Origin
from amlaudit.demo.source import parts_read
from amlaudit.scanners.call import Call
from amlaudit.scanners.documents import resources_of
from amlaudit.scanners.snapshot import SnapshotWriter

Body: TypeAlias = dict[str, Any]

READ_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
API_VERSION: Final = "2025-12-01"
UNIT: Final = 6
"""Resources in a unit."""
_UNITS_IN_A_GROUP: Final = 10
_GROUPS_IN_A_SUBSCRIPTION: Final = 25
_BATCH: Final = 3_000
REGIONS: Final = ("westeurope", "northeurope", "swedencentral", "eastus2")
_TEAMS: Final = ("fraud", "churn", "forecast", "vision", "pricing", "search")
_ABSENT: Final = object()


def documents(count: int) -> Iterator[Body]:
    """Yield ARM documents of whole units, at least `count` of them, and of their parents."""
    for number in range(-(-count // UNIT)):
        group, first_in_group = divmod(number, _UNITS_IN_A_GROUP)
        subscription, first_in_subscription = divmod(group, _GROUPS_IN_A_SUBSCRIPTION)
        above = f"/subscriptions/{subscription:08d}-0000-4000-8000-000000000000"
        if first_in_group == first_in_subscription == 0:
            yield _subscription(above)
        scope = f"{above}/resourceGroups/rg-ml-{group:05d}"
        if first_in_group == 0:
            yield {"id": scope, "name": f"rg-ml-{group:05d}", "location": "westeurope", "tags": {}}
        yield from unit(scope, number)


def unit(scope: str, number: int) -> Iterator[Body]:
    """Yield the documents of one workspace and its dependencies."""
    random = Random(number)
    team, region = random.choice(_TEAMS), random.choice(REGIONS)
    name = f"{team}{number:06d}"
    ids = {
        "storageAccount": f"{scope}/providers/Microsoft.Storage/storageAccounts/st{name}",
        "keyVault": f"{scope}/providers/Microsoft.KeyVault/vaults/kv-{name}",
        "containerRegistry": f"{scope}/providers/Microsoft.ContainerRegistry/registries/cr{name}",
        "applicationInsights": f"{scope}/providers/Microsoft.Insights/components/appi-{name}",
    }
    yield workspace(random, scope, name, ids)
    shapes = (_storage, _vault, _registry, _insights)
    for resource_id, shape in zip(ids.values(), shapes, strict=True):
        yield _resource(resource_id, region, team) | shape(random)
    workspace_id = f"{scope}/providers/Microsoft.MachineLearningServices/workspaces/mlw-{name}"
    yield _resource(f"{workspace_id}/computes/cpu-cluster", region, team) | _compute(random)


def workspace(random: Random, scope: str, name: str, ids: dict[str, str]) -> Body:
    """Return a workspace as the service returns it."""
    region = random.choice(REGIONS)
    own = f"{scope}/providers/Microsoft.MachineLearningServices/workspaces/mlw-{name}"
    properties = {
        "friendlyName": name.capitalize(),
        "description": f"Trains and serves the models of {name}",
        **ids,
        "hbiWorkspace": random.choice([True, False]),
        "tenantId": "99999999-9999-4999-8999-999999999999",
        "imageBuildCompute": "cpu-cluster",
        "provisioningState": "Succeeded",
        "managedNetwork": {
            "isolationMode": random.choice(
                ["AllowOnlyApprovedOutbound", "AllowInternetOutbound", "Disabled"]
            ),
            "networkId": f"{random.getrandbits(64):016x}",
            "firewallSku": "Standard",
            "outboundRules": _outbound(ids),
            "status": {"status": "Active", "sparkReady": False},
        },
        "v1LegacyMode": random.choice([False, False, True, _ABSENT]),
        "publicNetworkAccess": random.choice(["Disabled", "Disabled", "Enabled", _ABSENT]),
        "systemDatastoresAuthMode": random.choice(["Identity", "AccessKey", _ABSENT]),
        "creationTime": "2025-11-10T08:15:42.6120431Z",
        "notebookInfo": {"resourceId": f"{random.getrandbits(64):016x}", "fqdn": f"{name}.example"},
        "storageHnsEnabled": False,
        "workspaceId": f"{random.getrandbits(64):016x}",
        "privateEndpointConnections": _connections(random, own),
        "discoveryUrl": f"https://{region}.example/discovery",
        "mlFlowTrackingUri": f"azureml://{region}.example/mlflow/v1.0{own}",
        "enableDataIsolation": False,
    }
    kind = random.choice(["Default", "Hub", _ABSENT])
    identity = random.choice([{"type": "SystemAssigned"}, {"type": "None"}, _ABSENT])
    body = {"kind": kind, "identity": identity, "sku": {"name": "Basic", "tier": "Basic"}}
    return _resource(own, region, name) | _present({**body, "properties": _present(properties)})


def _outbound(ids: dict[str, str]) -> Body:
    """Return the outbound rules of a managed network."""
    targets = (("blob", "storageAccount"), ("vault", "keyVault"))
    return {
        f"__SYS_PE_{target}": {
            "type": "PrivateEndpoint",
            "destination": {"serviceResourceId": ids[key], "subresourceTarget": target},
            "status": "Active",
            "category": "Required",
        }
        for target, key in targets
    }


def _connections(random: Random, own: str) -> list[Body]:
    """Return the private endpoint connections of a resource."""
    if random.random() < 0.3:  # noqa: PLR2004
        return []
    state = {"status": random.choice(["Approved", "Approved", "Pending"]), "description": ""}
    return [
        {
            "id": f"{own}/privateEndpointConnections/pe.{random.getrandbits(32):08x}",
            "properties": {
                "provisioningState": "Succeeded",
                "privateLinkServiceConnectionState": state,
            },
        }
    ]


def _storage(random: Random) -> Body:
    """Return the settings of a storage account."""
    properties = {
        "publicNetworkAccess": random.choice(["Disabled", "Enabled", _ABSENT]),
        "minimumTlsVersion": random.choice(["TLS1_2", "TLS1_2", "TLS1_0", _ABSENT]),
        "allowBlobPublicAccess": random.choice([False, False, True, _ABSENT]),
        "allowSharedKeyAccess": random.choice([False, True, _ABSENT]),
        "supportsHttpsTrafficOnly": random.choice([True, True, False]),
        "networkAcls": {
            "bypass": "AzureServices",
            "defaultAction": random.choice(["Deny", "Allow"]),
            "ipRules": random.choice([[], [{"value": "203.0.113.0/24", "action": "Allow"}]]),
            "virtualNetworkRules": [],
        },
        "encryption": {"keySource": "Microsoft.Storage"},
        "provisioningState": "Succeeded",
    }
    sku = {"name": random.choice(["Standard_LRS", "Standard_ZRS"]), "tier": "Standard"}
    return {"kind": "StorageV2", "sku": sku, "properties": _present(properties)}


def _vault(random: Random) -> Body:
    """Return the settings of a key vault."""
    properties = {
        "sku": {"family": "A", "name": "standard"},
        "tenantId": "99999999-9999-4999-8999-999999999999",
        "networkAcls": {"defaultAction": random.choice(["Deny", "Allow"]), "ipRules": []},
        "accessPolicies": [],
        "enableSoftDelete": random.choice([True, _ABSENT]),
        "softDeleteRetentionInDays": random.choice([7, 90]),
        "enableRbacAuthorization": random.choice([True, False, _ABSENT]),
        "enablePurgeProtection": random.choice([True, _ABSENT]),
        "publicNetworkAccess": random.choice(["Disabled", "Enabled"]),
        "provisioningState": "Succeeded",
    }
    return {"properties": _present(properties)}


def _registry(random: Random) -> Body:
    """Return the settings of a container registry."""
    properties = {
        "adminUserEnabled": random.choice([False, True]),
        "anonymousPullEnabled": random.choice([False, True, _ABSENT]),
        "publicNetworkAccess": random.choice(["Disabled", "Enabled"]),
        "networkRuleBypassOptions": "AzureServices",
        "zoneRedundancy": "Disabled",
        "provisioningState": "Succeeded",
    }
    return {"sku": {"name": "Premium", "tier": "Premium"}, "properties": _present(properties)}


def _insights(random: Random) -> Body:
    """Return the settings of an Application Insights component."""
    properties = {
        "Application_Type": "web",
        "IngestionMode": random.choice(["LogAnalytics", "ApplicationInsights"]),
        "DisableLocalAuth": random.choice([True, False]),
        "RetentionInDays": 90,
    }
    return {"kind": "web", "properties": properties}


def _compute(random: Random) -> Body:
    """Return the settings of a compute cluster."""
    properties = {
        "computeType": "AmlCompute",
        "disableLocalAuth": random.choice([True, False]),
        "provisioningState": "Succeeded",
        "properties": {
            "vmSize": random.choice(["STANDARD_D4DS_V5", "STANDARD_NC6S_V3"]),
            "vmPriority": "Dedicated",
            "scaleSettings": {"minNodeCount": random.choice([0, 0, 1]), "maxNodeCount": 8},
            "remoteLoginPortPublicAccess": random.choice(["Disabled", "Enabled"]),
            "enableNodePublicIp": random.choice([True, False]),
            "osType": "Linux",
        },
    }
    return {"properties": properties}


def _subscription(subscription_id: str) -> Body:
    """Return a subscription."""
    return {
        "id": subscription_id,
        "name": f"ML {subscription_id[15:23]}",
        "properties": {"managementGroupAncestorsChain": [], "state": "Enabled"},
    }


def _resource(resource_id: str, region: str, owner: str) -> Body:
    """Return what documents of all types have in common."""
    names = resource_id.rpartition("/providers/")[2].split("/")
    return {
        "id": resource_id,
        "name": names[-1],
        "type": "/".join([names[0], *names[1::2]]),
        "location": region,
        "tags": {"environment": "prod", "owner": owner},
    }


def _present(properties: Body) -> Body:
    """Return properties without the absent ones."""
    return {key: value for key, value in properties.items() if value is not _ABSENT}


def write_snapshot(count: int, path: Path) -> int:
    """Write an estate as a snapshot of a flawless collection, and return its size."""
    writer = SnapshotWriter(path)
    how = Collection(sources=("generated",), started_at=READ_AT)
    writer.begin(how)
    call = writer.add_call(Call("GENERATED", "estate", API_VERSION, "200", READ_AT))
    origin = Origin("GENERATED estate", API_VERSION, READ_AT)
    found = chain.from_iterable(resources_of(each, origin) for each in documents(count))
    written = 0
    while batch := list(islice(found, _BATCH)):
        writer.add_resources(batch, call)
        for scope_id, part in chain.from_iterable(map(parts_read, batch)):
            writer.add_seen(scope_id, part)
        written += len(batch)
    writer.finish(replace(how, ended_at=READ_AT)).close()
    return written


def write_template(count: int, path: Path) -> int:
    """Write the same estate as an ARM template, and return the number of its resources."""
    resources = [_templated(each) for each in documents(count) if "type" in each]
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    template = {"$schema": schema, "contentVersion": "1.0.0.0", "resources": resources}
    path.write_text(json.dumps(template, indent=2), "utf-8")
    return len(resources)


def _templated(document: Body) -> Body:
    """Return a document as the resource is declared in a template."""
    path = document["id"].rpartition("/providers/")[2].split("/")
    declared = {key: value for key, value in document.items() if key != "id"}
    return declared | {"name": "/".join(path[2::2]), "apiVersion": API_VERSION}


if __name__ == "__main__":
    size, snapshot, *templates = sys.argv[1:]
    print(write_snapshot(int(size), Path(snapshot)))
    for template in templates:
        write_template(int(size), Path(template))

"""A generated fleet of workspaces as Azure serves it: everything that amlaudit reads, many times.

Few subscriptions are large and most are small: the n-th has 1/n as many workspaces as the first.
"""

from collections.abc import Iterator
from typing import Final, TypeAlias

from benchmarks.estates import REGIONS, Body, unit

_PROVIDER: Final = "Microsoft.MachineLearningServices"
_ROLE: Final = "/providers/Microsoft.Authorization/roleDefinitions"
_READER: Final = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
_TENANT: Final = "99999999-9999-4999-8999-999999999999"
_GROUP: Final = "ml-platform"

Bodies: TypeAlias = Iterator[Body]

_UNDER_A_WORKSPACE: Final = {
    "computes": 3,
    "datastores": 5,
    "connections": 3,
    "outboundRules": 4,
    "onlineEndpoints": 4,
}
"""How many of each kind there are in addition to those of a unit."""
_ASSIGNMENTS: Final = 6
_DEPLOYMENTS: Final = 2


def sizes(workspaces: int, subscriptions: int) -> list[int]:
    """Return the number of workspaces per subscription, largest first, at least one each."""
    weights = [1 / rank for rank in range(1, subscriptions + 1)]
    spare = workspaces - subscriptions
    found = [1 + int(spare * weight / sum(weights)) for weight in weights]
    found[0] += workspaces - sum(found)
    return found


def documents(workspaces: int, subscriptions: int) -> Bodies:
    """Yield the ARM documents of a fleet, about fifty per workspace."""
    yield _document(f"{_ROLE}/{_READER}", {"roleName": "Reader", "type": "BuiltInRole"})
    number = 0
    for index, size in enumerate(sizes(workspaces, subscriptions)):
        key = f"{index:08d}-0000-4000-8000-000000000000"
        subscription = f"/subscriptions/{key}"
        yield from _subscription(subscription, index)
        for _ in range(size):
            scope = f"{subscription}/resourceGroups/rg-ml-{number:05d}"
            yield _document(scope, {"provisioningState": "Succeeded"}, tags={"owner": "ml"})
            yield from _workspace(scope, number)
            number += 1


def _subscription(subscription: str, index: int) -> Bodies:
    """Yield a subscription with its budget, regions and policy assignment."""
    chain = [{"name": _GROUP, "displayName": "ML platform"}, {"name": _TENANT}]
    properties = {"state": "Enabled", "managementGroupAncestorsChain": chain}
    yield _document(subscription, properties) | {"displayName": f"ML {index:03d}"}
    amount = {"amount": 5000, "timeGrain": "Monthly", "category": "Cost"}
    yield _document(f"{subscription}/providers/Microsoft.Consumption/budgets/monthly", amount)
    for region in REGIONS:
        yield _document(f"{subscription}/providers/{_PROVIDER}/locations/{region}", {})
    assigned = {"scope": subscription, "enforcementMode": "Default"}
    kind = "Microsoft.Authorization/policyAssignments"
    yield _document(f"{subscription}/providers/{kind}/baseline", assigned)


def _workspace(scope: str, number: int) -> Bodies:
    """Yield a workspace with its dependencies, its child resources, and who may use it."""
    found = list(unit(scope, number))
    yield from found
    workspace, storage, vault = (each["id"] for each in found[:3])
    yield from _settings(storage, vault, workspace)
    yield from _under(workspace)
    yield from _around(scope, workspace)


def _settings(storage: str, vault: str, workspace: str) -> Bodies:
    """Yield the settings that services return as separate documents."""
    kept = {"enabled": True, "days": 14}
    yield _document(f"{storage}/blobServices/default", {"deleteRetentionPolicy": kept})
    yield _document(f"{storage}/fileServices/default", {"shareDeleteRetentionPolicy": kept})
    rule = {"name": "age", "enabled": True, "type": "Lifecycle", "definition": {"actions": {}}}
    yield _document(f"{storage}/managementPolicies/default", {"policy": {"rules": [rule]}})
    logs = {"logs": [{"categoryGroup": "allLogs", "enabled": True}]}
    for resource in (workspace, vault):
        kind = "Microsoft.Insights/diagnosticSettings"
        yield _document(f"{resource}/providers/{kind}/to-logs", logs)


def _under(workspace: str) -> Bodies:
    """Yield the child resources of a workspace."""
    shapes: dict[str, Body] = {
        "computes": {
            "computeType": "AmlCompute",
            "disableLocalAuth": True,
            "properties": {"vmSize": "STANDARD_D4DS_V5", "enableNodePublicIp": False},
        },
        "datastores": {
            "datastoreType": "AzureBlob",
            "credentials": {"credentialsType": "None"},
            "serviceDataAccessAuthIdentity": "WorkspaceSystemAssignedIdentity",
        },
        "connections": {"authType": "AAD", "category": "AzureBlob", "target": "https://x"},
        "outboundRules": {"type": "FQDN", "destination": "pypi.org", "status": "Active"},
        "onlineEndpoints": {"authMode": "AADToken", "publicNetworkAccess": "Disabled"},
    }
    for kind, count in _UNDER_A_WORKSPACE.items():
        for index in range(count):
            resource = f"{workspace}/{kind}/{kind.lower()}{index}"
            yield _document(resource, shapes[kind], location="westeurope")
            for deployment in range(_DEPLOYMENTS if kind == "onlineEndpoints" else 0):
                served = {"instanceType": "Standard_DS3_v2", "egressPublicNetworkAccess": "Enabled"}
                yield _document(f"{resource}/deployments/d{deployment}", served)


def _around(scope: str, workspace: str) -> Bodies:
    """Yield networks, identities and role assignments."""
    network = f"{scope}/providers/Microsoft.Network"
    subnet = {"id": f"{network}/virtualNetworks/vnet/subnets/s", "name": "s", "properties": {}}
    yield _document(f"{network}/virtualNetworks/vnet", {"subnets": [subnet]})
    yield _document(f"{network}/networkSecurityGroups/nsg", {"securityRules": []})
    for index in range(2):
        yield _document(f"{network}/privateEndpoints/pe{index}", {"subnet": {"id": subnet["id"]}})
        identity = f"{scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id{index}"
        yield _document(identity, {"principalId": f"{index}", "tenantId": _TENANT})
    for index in range(_ASSIGNMENTS):
        name = f"55555555-5555-4555-8555-{index:012}"
        kind = "Microsoft.Authorization/roleAssignments"
        granted = {
            "scope": workspace,
            "roleDefinitionId": f"{_ROLE}/{_READER}",
            "principalId": f"44444444-4444-4444-8444-{index:012}",
            "principalType": "Group",
        }
        yield _document(f"{workspace}/providers/{kind}/{name}", granted)


def _document(resource_id: str, properties: Body, **rest: object) -> Body:
    """Return an ARM document."""
    head, _, tail = resource_id.rpartition("/providers/")
    names = (tail if head or "/providers/" in resource_id else "").split("/")
    kind = "/".join([names[0], *names[1::2]]) if names[0] else ""
    name = resource_id.rpartition("/")[2]
    return {"id": resource_id, "name": name, "type": kind, "properties": properties, **rest}

"""Estates with one workspace each and different networks, judged by the shipped rules."""

from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from amlaudit.core.arm_id import ROOT, normalise, type_of
from amlaudit.core.collection import Collection
from amlaudit.core.coverage import SUBSCRIPTION_PARTS
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.memory import MemoryStore
from amlaudit.core.relations import RELATIONS
from amlaudit.core.report import Report
from amlaudit.core.resource import Document, Origin, Resource
from amlaudit.core.rule import Rule
from amlaudit.pipeline import Policy, audit
from amlaudit.reporters.topology.questions import RULES
from amlaudit.rulebook.library import load_library
from tests.reporters.samples import AT, PACK, READ_AT, Held

SUBSCRIPTION: Final = "/subscriptions/00000000-0000-0000-0000-000000000001"
SPOKE: Final = f"{SUBSCRIPTION}/resourceGroups/rg-spoke/providers"
HUB: Final = f"{SUBSCRIPTION}/resourceGroups/rg-hub/providers"
WORKSPACE: Final = f"{SPOKE}/Microsoft.MachineLearningServices/workspaces/mlw"
STORAGE: Final = f"{SPOKE}/Microsoft.Storage/storageAccounts/stmlw"
VAULT: Final = f"{SPOKE}/Microsoft.KeyVault/vaults/kv-mlw"
REGISTRY: Final = f"{SPOKE}/Microsoft.ContainerRegistry/registries/crmlw"
NETWORK: Final = f"{SPOKE}/Microsoft.Network/virtualNetworks/vnet-spoke"
ZONES: Final = ("privatelink.api.azureml.ms", "privatelink.notebooks.azure.net")

_OPEN_FIREWALL: Final = {"defaultAction": "Allow"}
_TIGHT_FIREWALL: Final = {
    "defaultAction": "Deny",
    "bypass": "AzureServices",
    "ipRules": [{"value": "203.0.113.7"}],
    "virtualNetworkRules": [],
}


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Return the shipped rules that a picture uses."""
    _, found = load_library(())
    return tuple(each for each in found if each.id in RULES)


def report_of(*resources: Resource, missing: tuple[Gap, ...] = ()) -> Report:
    """Return the report on an estate of which everything but `missing` was read."""
    parts = {*SUBSCRIPTION_PARTS, *(each.target for each in RELATIONS.values())}
    seen = frozenset((ROOT, part) for part in parts)
    how = Collection(started_at=READ_AT, ended_at=READ_AT, reached=(SUBSCRIPTION,))
    store = MemoryStore(resources, seen, missing, how=how)
    return audit(how.scope, Held(Estate(store)), Policy((PACK,), rules()), AT)


def private() -> Report:
    """Return a workspace that only its own network can reach."""
    return report_of(*_core("Disabled"), *_endpoints(), *_dns(), *_runs("Disabled"))


def public() -> Report:
    """Return a workspace that everybody can reach, along with its dependencies."""
    return report_of(*_core("Enabled", _OPEN_FIREWALL, connected=False), *_runs("Enabled"))


def unreadable_hub() -> Report:
    """Return a private workspace whose DNS names are in a hub that cannot be read."""
    hub = f"{SUBSCRIPTION}/resourceGroups/rg-hub"
    kind = "microsoft.network/privatednszones"
    gap = Gap(normalise(hub), kind, Reason.FORBIDDEN, "the hub may not be read", f"{kind}/read")
    groups = [each for each in _dns() if each.type.endswith("zonegroups")]
    return report_of(*_core("Disabled"), *_endpoints(), *groups, *_runs("Disabled"), missing=(gap,))


def approved_only() -> Report:
    """Return a workspace in a managed network that only allows approved destinations."""
    managed = {
        "isolationMode": "AllowOnlyApprovedOutbound",
        "status": {"status": "Active", "sparkReady": True},
    }
    outbound = [
        _outbound(target, part)
        for target, parts in _PARTS.items()
        for part in parts
        if target != WORKSPACE
    ]
    core = _core("Disabled", managed=managed)
    return report_of(*core, *_endpoints(), *_dns(), *outbound, *_runs("Disabled", subnet=False))


def mixed() -> Report:
    """Return a workspace that an IP address list can reach, with more computes than are drawn."""
    many = [_compute(f"cluster-{number:02}", "Disabled") for number in range(14)]
    listed = {"publicNetworkAccess": "Enabled", "ipAllowlist": ["203.0.113.7"]}
    workspace = _workspace(listed, connected=True)
    _, *rest = _core("Enabled", _TIGHT_FIREWALL)
    return report_of(workspace, *rest, *_endpoints(), *_dns(), *_runs("Enabled"), *many)


def _resource(resource_id: str, body: dict[str, Any]) -> Resource:
    """Return a resource as returned by Azure."""
    key = normalise(resource_id)
    name = resource_id.rpartition("/")[2]
    origin = Origin(f"GET {resource_id}", "2025-12-01", READ_AT)
    return Resource(
        key, type_of(key), name, {"name": name, "location": "westeurope"} | body, origin
    )


def _workspace(properties: dict[str, Any], *, connected: bool) -> Resource:
    """Return the workspace."""
    named = {"storageAccount": STORAGE, "keyVault": VAULT, "containerRegistry": REGISTRY}
    body = {
        "kind": "Default",
        "tags": {"environment": "prod", "owner": "risk"},
        "properties": named | properties | _connections(WORKSPACE, connected=connected),
    }
    return _resource(WORKSPACE, body)


def _core(
    access: str,
    firewall: dict[str, Any] | None = None,
    *,
    connected: bool = True,
    managed: dict[str, Any] | None = None,
) -> list[Resource]:
    """Return the workspace and its dependencies, as open as requested."""
    shut = {"publicNetworkAccess": access}
    walled = shut | {"networkAcls": firewall or {"defaultAction": "Deny"}}
    registry = shut | {"networkRuleSet": firewall or {"defaultAction": "Deny"}}
    network = {"managedNetwork": managed or {"isolationMode": "Disabled"}}
    return [
        _workspace(shut | network | {"ipAllowlist": []}, connected=connected),
        *(
            _resource(each, {"properties": told | _connections(each, connected=connected)})
            for each, told in ((STORAGE, walled), (VAULT, walled), (REGISTRY, registry))
        ),
    ]


def _connections(resource_id: str, *, connected: bool) -> dict[str, Any]:
    """Return the private endpoint connections of a resource."""
    names = [_endpoint_id(resource_id, part) for part in _PARTS[resource_id]] if connected else []
    state = {"status": "Approved"}
    members = [
        {
            "properties": {
                "privateEndpoint": {"id": each},
                "privateLinkServiceConnectionState": state,
            }
        }
        for each in names
    ]
    return {"privateEndpointConnections": members}


_PARTS: Final = {
    WORKSPACE: ("amlworkspace",),
    STORAGE: ("blob", "file"),
    VAULT: ("vault",),
    REGISTRY: ("registry",),
}


def _endpoint_id(resource_id: str, part: str) -> str:
    """Return the id of the private endpoint for a subresource."""
    name = resource_id.rpartition("/")[2]
    return f"{SPOKE}/Microsoft.Network/privateEndpoints/pe-{name}-{part}"


def entered() -> Report:
    """Return a private workspace whose network has a hub, a Bastion and a gateway."""
    network = {
        "virtualNetworkPeerings": [
            {
                "properties": {
                    "peeringState": "Connected",
                    "remoteVirtualNetwork": {
                        "id": f"{HUB}/Microsoft.Network/virtualNetworks/vnet-hub"
                    },
                }
            },
            {"properties": {}},
        ],
        "subnets": [{"name": "inside"}, {"name": "AzureBastionSubnet"}, {"name": "GatewaySubnet"}],
    }
    endpoints = _endpoints(network)
    return report_of(*_core("Disabled"), *endpoints, *_dns(), *_runs("Disabled"))


def _endpoints(network: Document = MappingProxyType({})) -> list[Resource]:
    """Return the private endpoints, and their network."""
    subnet, table = f"{NETWORK}/subnets/inside", f"{SPOKE}/Microsoft.Network/routeTables/rt"
    way = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance"}
    route = {"properties": way | {"nextHopIpAddress": "10.1.0.4"}}
    found = [
        _resource(NETWORK, {"properties": dict(network)}),
        _resource(subnet, {"properties": {"routeTable": {"id": table}}}),
        _resource(table, {"properties": {"routes": [route]}}),
    ]
    for resource_id, parts in _PARTS.items():
        for part in parts:
            connection = {
                "privateLinkServiceId": resource_id,
                "groupIds": [part],
                "privateLinkServiceConnectionState": {"status": "Approved"},
            }
            told = {
                "subnet": {"id": subnet},
                "privateLinkServiceConnections": [{"properties": connection}],
            }
            found.append(_resource(_endpoint_id(resource_id, part), {"properties": told}))
    return found


def _dns() -> list[Resource]:
    """Return the zones of the workspace with a link and a record, and the group that fills them."""
    ids = {name: f"{HUB}/Microsoft.Network/privateDnsZones/{name}" for name in ZONES}
    record = {"recordType": "A", "recordSetName": "mlw", "ipAddresses": ["10.0.0.4"]}
    configs = [
        {"properties": {"privateDnsZoneId": each, "recordSets": [record]}} for each in ids.values()
    ]
    group = f"{_endpoint_id(WORKSPACE, 'amlworkspace')}/privateDnsZoneGroups/default"
    found = [_resource(group, {"properties": {"privateDnsZoneConfigs": configs}})]
    for each in ids.values():
        link = {"properties": {"virtualNetwork": {"id": NETWORK}}}
        address = {"properties": {"aRecords": [{"ipv4Address": "10.0.0.4"}]}}
        found.append(_resource(each, {"properties": {}}))
        found.append(_resource(f"{each}/virtualNetworkLinks/spoke", link))
        found.append(_resource(f"{each}/A/mlw", address))
    return found


def _outbound(target: str, part: str) -> Resource:
    """Return the outbound rule of the managed network to a subresource, by private endpoint."""
    destination = {"serviceResourceId": target, "subresourceTarget": part, "sparkEnabled": False}
    told = {"type": "PrivateEndpoint", "status": "Active", "category": "Required"}
    return _resource(
        f"{WORKSPACE}/outboundRules/to-{part}", {"properties": told | {"destination": destination}}
    )


def _runs(access: str, *, subnet: bool = True) -> list[Resource]:
    """Return a cluster and an online endpoint."""
    endpoint = {
        "kind": "Managed",
        "properties": {"authMode": "AADToken", "publicNetworkAccess": access},
    }
    placed = subnet and access == "Disabled"
    return [
        _compute("gpu-cluster", access, subnet=placed),
        _resource(f"{WORKSPACE}/onlineEndpoints/score", endpoint),
    ]


def _compute(name: str, ssh: str, *, subnet: bool = True) -> Resource:
    """Return a cluster, in a subnet or not, with its SSH port open or closed."""
    told: dict[str, Any] = {
        "remoteLoginPortPublicAccess": ssh,
        "enableNodePublicIp": ssh == "Enabled",
    }
    if subnet:
        told["subnet"] = {"id": f"{NETWORK}/subnets/inside"}
    body = {"properties": {"computeType": "AmlCompute", "properties": told}}
    return _resource(f"{WORKSPACE}/computes/{name}", body)

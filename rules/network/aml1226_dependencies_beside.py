"""AML1226: networks with a private endpoint of the workspace also reach its dependencies."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.companions import endpoint_to
from amlaudit.readings.partial import known_of
from amlaudit.readings.private_access import (
    PARTS,
    approved_endpoints,
    approved_ways,
    closed_dependencies,
)

WHOLE: Final = "properties.peerCompleteVnets"
WHOLE_SINCE: Final = "2023-11-01"  # API version


@rule(
    id="AML1226",
    title=(
        "Every network with a private endpoint of the workspace also has those of its dependencies"
    ),
    severity="medium",
    severity_reason="Users can sign in but see no data, and then ask to re-enable public access.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The studio in a browser and the SDK on a laptop connect directly to storage, key vault "
        "and registry. A network that has only the private endpoint of the workspace lets users "
        "sign in, but shows empty lists instead of files and images."
    ),
    fix=Fix(
        "az network private-endpoint create --resource-group <group> --name <name> "
        "--subnet <subnet id> --private-connection-resource-id <resource id> "
        "--group-id <blob, file, vault or registry> --connection-name <name>",
        change=Change.CREATE_COMPANION,
        note="Peering with a network that has the endpoint, and its DNS, is sufficient as well.",
        companions=(
            endpoint_to("vault", "vault zone id", via=("key-vault",)),
            endpoint_to("registry", "registry zone id", via=("container-registry",)),
            endpoint_to("blob", "blob zone id", via=("storage",)),
            endpoint_to("file", "file zone id", via=("storage",)),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://github.com/Azure/review-checklists/blob/main/checklists-ext/azuremachinelearning_sg_checklist.en.json",
    ),
    mappings={"mcsb": ["NS-2"], "waf": ["Reliability"]},
    parameters={"peering_counts": (True, "Whether endpoints in peered networks count.")},
)
def dependencies_beside(workspace: Subject) -> Verdict:
    """Look in each network with a workspace endpoint for those of private dependencies."""
    entered = list(approved_endpoints(workspace))
    if not entered:
        return not_applicable("the workspace has no approved private endpoint connection")
    closed = closed_dependencies(workspace)
    for lack in known_of(_lacks(one, other) for other in closed for one in entered):
        return fail(lack)
    needed = any(True for _ in closed_dependencies(workspace))
    return ok() if needed else not_applicable("no dependency has public network access disabled")


def _lacks(endpoint: Subject, dependency: Subject) -> Iterator[str]:
    """Yield the subresources of a dependency that the network of an endpoint does not reach."""
    home = _network_of(endpoint)
    for part in PARTS[dependency.type]:
        if not _is_reached(endpoint, home, dependency, part):
            name = arm_id.name_of(home)
            yield f"{name} reaches the workspace but not {part} of {dependency.name}"


def _network_of(endpoint: Subject) -> str:
    """Return the id of the virtual network of a private endpoint."""
    return arm_id.parent_of(arm_id.normalise(endpoint.text("properties.subnet.id")))


def _is_reached(endpoint: Subject, home: str, dependency: Subject, part: str) -> bool:
    """Tell whether a network or a peered one has an endpoint to a subresource of a dependency."""
    peers = dict(_peers(endpoint)) if endpoint.parameters["peering_counts"] else {}
    elsewhere = False
    for way, found in approved_ways(dependency):
        if found == part:
            network = _network_of(way)
            if network == home or peers.get(network, False):
                return True
            elsewhere = True
    if elsewhere and peers:
        raise endpoint.undetermined(
            "properties.subnet.id", f"whether peerings lead from it to {part} of {dependency.name}"
        )
    return False


def _peers(endpoint: Subject) -> Iterator[tuple[str, bool]]:
    """Yield (id, whether as a whole) of the networks that are peered with that of an endpoint.

    A peering may connect only some subnets, or let no traffic through:
    https://learn.microsoft.com/azure/virtual-network/how-to-configure-subnet-peering
    """
    for subnet in endpoint.follow("subnet"):
        for network in subnet.follow("virtual-network"):
            for peering in network.each("properties.virtualNetworkPeerings", default=()):
                is_open = peering.flag("properties.allowVirtualNetworkAccess", default=True)
                if is_open and peering.text("properties.peeringState") == "connected":
                    remote = arm_id.normalise(peering.text("properties.remoteVirtualNetwork.id"))
                    yield remote, peering.flag(WHOLE, default=True, since=WHOLE_SINCE)

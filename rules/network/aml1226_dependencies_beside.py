"""AML1226: networks that reach the workspace privately reach its data, too."""

from collections.abc import Iterator

from amlaudit import Change, Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.companions import endpoint_to
from amlaudit.readings.partial import known_of
from amlaudit.readings.private_access import (
    PARTS,
    approved_endpoints,
    approved_ways,
    closed_dependencies,
)


@rule(
    id="AML1226",
    title="Every network with an endpoint of the workspace has those of its dependencies",
    severity="medium",
    severity_reason="People sign in, see no data, and have public access opened again.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The studio in a browser and the SDK on a laptop talk to storage, vault and registry "
        "themselves. A network with an endpoint of the workspace alone lets people in, and shows "
        "them empty lists where files and images should be."
    ),
    fix=Fix(
        "az network private-endpoint create --resource-group <group> --name <name> "
        "--subnet <subnet id> --private-connection-resource-id <resource id> "
        "--group-id <blob, file, vault or registry> --connection-name <name>",
        change=Change.CREATE_COMPANION,
        note="A peering with a network that has the endpoint, and its DNS, does as well.",
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
    """Look in each network with an endpoint of the workspace for those of closed dependencies."""
    entered = list(approved_endpoints(workspace))
    if not entered:
        return not_applicable("no private endpoint of the workspace is approved")
    closed = closed_dependencies(workspace)
    for lack in known_of(_lacks(one, other) for other in closed for one in entered):
        return fail(lack)
    needed = any(True for _ in closed_dependencies(workspace))
    return ok() if needed else not_applicable("every dependency is open to the public")


def _lacks(endpoint: Subject, dependency: Subject) -> Iterator[str]:
    """Yield the parts of a dependency that the network of an endpoint does not reach."""
    home = _network_of(endpoint)
    for part in PARTS[dependency.type]:
        if not _is_reached(endpoint, home, dependency, part):
            name = arm_id.name_of(home)
            yield f"{name} reaches the workspace, and not the {part} of {dependency.name}"


def _network_of(endpoint: Subject) -> str:
    """Return the id of the network that a private endpoint lies in."""
    return arm_id.parent_of(arm_id.normalise(endpoint.text("properties.subnet.id")))


def _is_reached(endpoint: Subject, home: str, dependency: Subject, part: str) -> bool:
    """Tell whether an endpoint to a part of a dependency lies in a network, or in a peered one."""
    peers = set(_peers(endpoint)) if endpoint.parameters["peering_counts"] else set()
    elsewhere = False
    for way, found in approved_ways(dependency):
        if found == part:
            if _network_of(way) in {home, *peers}:
                return True
            elsewhere = True
    if elsewhere and peers:
        raise endpoint.undetermined(
            "properties.subnet.id", "whether a peered network leads on to another"
        )
    return False


def _peers(endpoint: Subject) -> Iterator[str]:
    """Yield the ids of the networks that are connected with that of an endpoint."""
    for subnet in endpoint.follow("subnet"):
        for network in subnet.follow("virtual-network"):
            for peering in network.each("properties.virtualNetworkPeerings", default=()):
                if peering.text("properties.peeringState") == "connected":
                    yield arm_id.normalise(peering.text("properties.remoteVirtualNetwork.id"))

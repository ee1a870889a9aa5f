"""AML1221: compute networks do not overlap the address range of the Docker bridge."""

from ipaddress import ip_network

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.addresses import range_of
from amlaudit.readings.subnets import compute_subnets
from amlaudit.readings.texts import text_of

PREFIXES = "properties.addressSpace.addressPrefixes"


@rule(
    id="AML1221",
    title="The virtual network of the compute does not overlap the Docker bridge address range",
    severity="low",
    severity_reason="Some hosts are unreachable from containers, for no obvious reason.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Jobs run in containers, and Docker assigns an address range to its own bridge network. A "
        "host in the virtual network with an address from this range cannot be reached from a "
        "container: the packet never leaves the node, and the job hangs until it times out."
    ),
    fix=Fix(
        "az network vnet create --resource-group <group> --name <network> "
        "--address-prefixes <range>",
        change=Change.RECREATE,
        note="Then recreate the compute in a subnet of the new network.",
        undeclared="An address range in use cannot be changed; a new virtual network is needed.",
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",),
    mappings={"waf": ["Reliability"]},
    parameters={"docker_range": ("172.17.0.0/16", "Address range of the Docker bridge.")},
)
def no_docker_range(workspace: Subject) -> Verdict:
    """Compare the range with the address space of each network that has compute."""
    docker = ip_network(str(workspace.parameters["docker_range"]))
    used = False
    for subnet in compute_subnets(workspace):
        used = True
        for network in subnet.follow("virtual-network"):
            for prefix in network.each(PREFIXES):
                if range_of(network, PREFIXES, text_of(prefix)).overlaps(docker):
                    return fail(
                        f"{network.name} has {prefix.value}, which overlaps Docker's {docker}"
                    )
    return ok() if used else not_applicable("no compute is in one of your subnets")

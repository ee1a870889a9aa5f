"""AML1221: networks of computes leave the addresses of the Docker bridge alone."""

from ipaddress import ip_network

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.addresses import range_of
from amlaudit.readings.subnets import compute_subnets
from amlaudit.readings.texts import text_of

PREFIXES = "properties.addressSpace.addressPrefixes"


@rule(
    id="AML1221",
    title="The network of the computes uses no address of the Docker bridge",
    severity="low",
    severity_reason="Some hosts are out of reach from containers, and nobody sees why.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Jobs run in containers, and Docker gives its own bridge a range of addresses. What has "
        "one of these addresses in the network cannot be reached from a container: the packet "
        "never leaves the node, and the job waits until it gives up."
    ),
    fix=Fix(
        "az network vnet create --resource-group <group> --name <network> "
        "--address-prefixes <range>",
        change=Change.RECREATE,
        note="Then make the computes anew in a subnet of it.",
        undeclared="Addresses that are in use do not change; it takes another network.",
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",),
    mappings={"waf": ["Reliability"]},
    parameters={"docker_range": ("172.17.0.0/16", "Addresses that Docker takes for its bridge.")},
)
def no_docker_range(workspace: Subject) -> Verdict:
    """Compare the range with those of each network that a compute sits in."""
    docker = ip_network(str(workspace.parameters["docker_range"]))
    used = False
    for subnet in compute_subnets(workspace):
        used = True
        for network in subnet.follow("virtual-network"):
            for prefix in network.each(PREFIXES):
                if range_of(network, PREFIXES, text_of(prefix)).overlaps(docker):
                    return fail(
                        f"{network.name} has {prefix.value}, where {docker} belongs to Docker"
                    )
    return ok() if used else not_applicable("no compute sits in a subnet of yours")

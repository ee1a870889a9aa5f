"""AML1227: subnets have an address for every node that the compute in them may start."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.addresses import range_of
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import number_of
from amlaudit.readings.partial import known_of, known_of_each
from amlaudit.readings.subnets import compute_subnets
from amlaudit.readings.texts import text_of

COMPUTES: Final = "Microsoft.MachineLearningServices/workspaces/computes"
RESERVED: Final = 5
"""Addresses of each range that Azure keeps to itself, see
https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq."""
MAX: Final = "properties.properties.scaleSettings.maxNodeCount"
ENDPOINTS: Final = "properties.privateEndpoints"
PREFIX: Final = "properties.addressPrefix"
PREFIXES: Final = "properties.addressPrefixes"


@rule(
    id="AML1227",
    title="Subnets have an address for every node that the compute in them may start",
    severity="low",
    severity_reason="A cluster stops growing when the addresses run out, and its jobs wait.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Every node of a cluster and every compute instance takes an address of the subnet, as "
        "does every private endpoint in it, and Azure reserves five. A cluster that finds no "
        "free address does not reach its maximum, whatever the quota. A subnet cannot simply be "
        "enlarged once it is in use."
    ),
    fix=Fix(
        "az ml compute update --name <cluster> --resource-group {group} --workspace-name {name} "
        "--max-instances <nodes>",
        note="Or recreate the cluster in a larger subnet; an instance counts as one node.",
        companions=(
            setting(
                COMPUTES,
                {"properties.properties.scaleSettings.maxNodeCount": "<nodes (number)>"},
                via=("computes",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet",
        "https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq",
    ),
    mappings={"waf": ("Reliability",)},
    parameters={
        "serverless_nodes": (
            5,
            "Number of serverless nodes of a workspace for which its subnet must have addresses.",
        ),
    },
)
def subnets_large_enough(workspace: Subject) -> Verdict:
    """Compare the addresses of each subnet with the nodes of all workspaces in it, at their most.

    Only the quota limits the number of serverless nodes; the parameter says how many are expected.
    """
    used = False
    for shortage in known_of_each(compute_subnets(workspace), _shortage_of):
        used = True
        if shortage:
            return fail(shortage)
    return ok() if used else not_applicable("no compute is in one of your subnets")


def _shortage_of(subnet: Subject) -> Iterator[str]:
    """Yield what a subnet lacks, empty if nothing.

    Raises:
        NoDataError: It is not known.
    """
    size, taken, nodes = _size_of(subnet), 0, 0.0
    serverless = (
        number_of(subnet, "serverless_nodes") for _ in subnet.follow("workspaces-by-subnet")
    )
    attached = known_of_each(subnet.follow("computes-by-subnet"), _nodes_of)
    needs = ((1, 0.0) for _ in _endpoints_in(subnet)), ((0, each) for each in serverless)
    for endpoint, count in known_of((*needs, ((0, each) for each in attached))):
        taken, nodes = taken + endpoint, nodes + count
        if nodes and taken + nodes > size:
            has = f"{subnet.name} has {size - taken} addresses"
            yield f"{has}, but compute may start {nodes:g} nodes or more"
            return
    yield ""


def _endpoints_in(subnet: Subject) -> Iterator[Subject]:
    """Yield the private endpoints of a subnet: Azure lists them in it, a template beside it.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    if subnet.is_as_declared:
        yield from subnet.follow("endpoints-by-subnet")
    else:
        yield from subnet.each(ENDPOINTS, default=())


def _nodes_of(compute: Subject) -> Iterator[float]:
    """Yield how many nodes a compute may have at once."""
    kind = one_of(compute, "properties.computeType", ("amlcompute", "computeinstance"))
    yield compute.number(MAX) if kind == "amlcompute" else 1


def _size_of(subnet: Subject) -> int:
    """Return how many addresses of a subnet can be assigned; nodes have IPv4 addresses.

    Raises:
        NoDataError: It is not known.
    """
    written = [text_of(each) for each in subnet.each(PREFIXES, default=())]
    ranges = [range_of(subnet, PREFIXES, each) for each in written or [subnet.text(PREFIX)]]
    return sum(each.num_addresses - RESERVED for each in ranges if isinstance(each, IPv4Network))

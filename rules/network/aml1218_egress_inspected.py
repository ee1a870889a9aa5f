"""AML1218: outbound traffic of compute takes an explicit path."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import in_contexts
from amlaudit.readings.partial import known_of
from amlaudit.readings.subnets import compute_subnets, default_hops

PEERINGS: Final = "properties.virtualNetworkPeerings"
SUBNETS: Final = "properties.subnets"
OWN_NAT: Final = "properties.natGateway.id"
NETWORK_NAT: Final = "properties.defaultPublicNatGateway.id"
NETWORK_NAT_SINCE: Final = "2024-07-01"  # API version
OWN_GATEWAY: Final = "gatewaysubnet"  # the name of the only subnet that can have a gateway


@rule(
    id="AML1218",
    title="Outbound traffic of compute in your subnets uses a firewall, or at least a NAT gateway",
    severity="high",
    severity_reason=(
        "Default outbound access has no fixed address, and nothing inspects the traffic."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A subnet without explicit outbound connectivity reaches the internet from addresses that "
        "Azure assigns and changes, so partners cannot allow them and logs cannot attribute them. "
        "A NAT gateway provides fixed addresses; only a firewall also controls where data may go."
    ),
    fix=Fix(
        "az network route-table route create --resource-group <group> --route-table-name <table> "
        "--name default --address-prefix 0.0.0.0/0 --next-hop-type VirtualAppliance "
        "--next-hop-ip-address <firewall address>\n"
        "az network vnet subnet update --ids <subnet id> --route-table <table id> "
        "--default-outbound false",
        note=(
            "Allow the destinations that Azure Machine Learning requires in the firewall first; "
            "otherwise compute fails."
        ),
        companions=(
            setting(
                "Microsoft.Network/virtualNetworks/subnets",
                {
                    "properties.routeTable.id": "<route table id>",
                    "properties.defaultOutboundAccess": False,
                },
                via=("computes", "subnet"),
            ),
            setting(
                "Microsoft.Network/virtualNetworks/subnets",
                {
                    "properties.routeTable.id": "<route table id>",
                    "properties.defaultOutboundAccess": False,
                },
                via=("subnet",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet",
        "https://learn.microsoft.com/azure/machine-learning/how-to-network-isolation-planning",
        "https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview",
    ),
    mappings={
        "mcsb": ["NS-3"],
        "nist_800_53_r5": ["AC-4", "SC-7", "SC-7(3)", "SI-4"],
        "iso_27001_2022": ["A.8.22"],
        "azure_policy": [
            "7bca8353-aa3b-429b-904a-9229c4385837",
            "fc5e4038-4584-4632-8c85-c0448d374b2c",
        ],
        "waf": ["Security"],
    },
    parameters={
        "environments": (("prod",), "Environments that require a firewall."),
        "classifications": (
            ("confidential", "restricted"),
            "Data classifications that require a firewall.",
        ),
    },
)
def egress_inspected(workspace: Subject) -> Verdict:
    """Follow the default route of each subnet."""
    for lack in known_of(_lacks(workspace, each) for each in compute_subnets(workspace)):
        return fail(lack)
    used = any(True for _ in compute_subnets(workspace))
    return ok() if used else not_applicable("no compute is in one of your subnets")


def _lacks(workspace: Subject, subnet: Subject) -> Iterator[str]:
    """Yield what is wrong with the outbound path of a subnet."""
    hops = set(default_hops(subnet))
    if "internet" in hops:
        yield f"{subnet.name} has a direct route to the internet"
    elif not hops and in_contexts(workspace):
        _prove_no_other_route(subnet)
        yield f"{subnet.name} has no route through a firewall"
    elif not hops and not _has_nat_gateway(subnet):
        _prove_no_other_route(subnet)
        yield f"{subnet.name} has neither a route through a firewall nor a NAT gateway"


def _has_nat_gateway(subnet: Subject) -> bool:
    """Tell whether a subnet has a NAT gateway, of its own or of its whole virtual network.

    https://learn.microsoft.com/azure/nat-gateway/nat-overview
    """
    if subnet.text(OWN_NAT, default=""):
        return True
    return any(
        network.text(NETWORK_NAT, default="", since=NETWORK_NAT_SINCE)
        for network in subnet.follow("virtual-network")
    )


def _prove_no_other_route(subnet: Subject) -> None:
    """Raise unless no gateway can advertise a default route to a subnet, as virtual WAN hubs do.

    https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview#border-gateway-protocol

    Raises:
        NoDataError: One can.
    """
    tables = subnet.follow("route-table")
    if any(each.flag("properties.disableBgpRoutePropagation", default=False) for each in tables):
        return
    for network in subnet.follow("virtual-network"):
        for peering in network.each(PEERINGS, default=()):
            if peering.flag("properties.useRemoteGateways", default=False):
                raise network.undetermined(
                    PEERINGS, "whether the remote gateway advertises a default route"
                )
        if any(each.text("name") == OWN_GATEWAY for each in network.each(SUBNETS, default=())):
            raise network.undetermined(SUBNETS, "whether its gateway advertises a default route")

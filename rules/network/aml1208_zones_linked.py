"""AML1208: every network of the workspace is linked to its private DNS zones."""

from collections.abc import Iterator
from typing import Final

from amlaudit import (
    Change,
    Companion,
    Fix,
    Subject,
    Verdict,
    adding,
    arm_id,
    fail,
    not_applicable,
    ok,
    rule,
)
from amlaudit.readings.parameters import listed
from amlaudit.readings.partial import known_of
from amlaudit.readings.private_access import approved_endpoints
from amlaudit.readings.subnets import compute_subnets

SERVERS: Final = "properties.dhcpOptions.dnsServers"

ZONES: Final = ("API zone id", "notebooks zone id")  # blanks
WAYS: Final = (("computes", "subnet"), ("subnet",), ("private-endpoints", "subnet"))


def link_to(zone: str, way: tuple[str, ...]) -> Companion:
    """Return a link of a zone to the virtual network at the end of a path."""
    return adding(
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
        "{its.name}",
        {
            "location": "global",
            "properties": {"virtualNetwork": {"id": "{its.id}"}, "registrationEnabled": False},
        },
        via=(*way, "virtual-network"),
        under=f"<{zone}>",
    )


@rule(
    id="AML1208",
    title="The private DNS zones of the workspace are linked to every network that uses it",
    severity="medium",
    severity_reason="Compute fails to start, or uses the public address unnoticed.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A private DNS zone applies only in the virtual networks it is linked to. In any other "
        "network the names of the workspace resolve to its public address, where access is "
        "disabled: notebooks do not open, and cluster nodes wait for a service that does not "
        "respond."
    ),
    fix=Fix(
        "az network private-dns link vnet create --resource-group <group> --zone-name <zone> "
        "--name <link> --virtual-network <network id> --registration-enabled false",
        change=Change.CREATE_COMPANION,
        companions=tuple(link_to(zone, way) for zone in ZONES for way in WAYS),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet",
        "https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",
        "https://github.com/Azure/Azure-Proactive-Resiliency-Library-v2/tree/main/azure-resources",
    ),
    mappings={"mcsb": ["NS-10"], "waf": ["Reliability"]},
    parameters={
        "dns_hub_networks": ((), "IDs of virtual networks whose DNS resolver serves the others."),
        "custom_dns_managed": (False, "Whether the names are managed in custom DNS servers."),
    },
)
def zones_linked(workspace: Subject) -> Verdict:
    """Compare the links of each zone with the networks of endpoints and compute."""
    if workspace.parameters["custom_dns_managed"]:
        return not_applicable("the names are managed in custom DNS servers")
    endpoints = list(approved_endpoints(workspace))
    if not endpoints:
        return not_applicable("no private endpoint connection is approved")
    zones = [zone for each in endpoints for zone in _zones_of(each)]
    if not zones:
        return not_applicable("no private DNS zone holds the names, which AML1207 reports")
    subnets = (*(each.follow("subnet") for each in endpoints), compute_subnets(workspace))
    for lack in known_of(_lacks(subnet, zones) for subnet in known_of(subnets)):
        return fail(lack)
    return ok()


def _zones_of(endpoint: Subject) -> Iterator[Subject]:
    """Yield the private DNS zones in the zone groups of a private endpoint."""
    for group in endpoint.follow("dns-zone-groups"):
        yield from group.follow("dns-zones")


def _lacks(subnet: Subject, zones: list[Subject]) -> Iterator[str]:
    """Yield the names of zones that are not linked to the virtual network of a subnet."""
    network_id = arm_id.parent_of(subnet.id)
    accepted = {network_id, *map(arm_id.normalise, listed(subnet, "dns_hub_networks"))}
    for name in dict.fromkeys(zone.name.lower() for zone in zones):
        alike = (_linked(zone) for zone in zones if zone.name.lower() == name)
        if any(network in accepted for network in known_of(alike)):
            continue
        for network in subnet.follow("virtual-network"):
            if any(True for _ in network.each(SERVERS, default=())):
                raise network.undetermined(
                    SERVERS, f"whether these custom DNS servers resolve {name}"
                )
        yield f"{name} is not linked to {arm_id.name_of(network_id)}"


def _linked(zone: Subject) -> Iterator[str]:
    """Yield the ids of the virtual networks that a zone is linked to."""
    for link in zone.follow("network-links"):
        if link.text("properties.virtualNetworkLinkState", default="Completed") == "completed":
            yield arm_id.normalise(link.text("properties.virtualNetwork.id"))

"""AML1208: every network with clients or computes resolves the names of the workspace."""

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
    """Return that a zone has to be linked to the network at the end of a way."""
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
    title="The private zones of the workspace are linked to every network that uses it",
    severity="medium",
    severity_reason="Computes fail to start, or leave over the public address unnoticed.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A private zone answers in the networks that it is linked to, and nowhere else. In any "
        "other network the names of the workspace lead to its public address, which is closed: "
        "notebooks do not open, and nodes of a cluster wait for a service that never comes."
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
        "dns_hub_networks": ((), "Ids of networks whose resolver answers for the others."),
        "custom_dns_managed": (False, "Whether the names are kept in DNS servers of one's own."),
    },
)
def zones_linked(workspace: Subject) -> Verdict:
    """Compare the links of each zone with the networks of endpoints and computes."""
    if workspace.parameters["custom_dns_managed"]:
        return not_applicable("the names are kept in DNS servers of one's own")
    endpoints = list(approved_endpoints(workspace))
    if not endpoints:
        return not_applicable("no private endpoint is approved")
    zones = [zone for each in endpoints for zone in _zones_of(each)]
    if not zones:
        return not_applicable("the names stand in no private zone, which AML1207 reports")
    subnets = (*(each.follow("subnet") for each in endpoints), compute_subnets(workspace))
    for lack in known_of(_lacks(subnet, zones) for subnet in known_of(subnets)):
        return fail(lack)
    return ok()


def _zones_of(endpoint: Subject) -> Iterator[Subject]:
    """Yield the zones that a private endpoint enters its names into."""
    for group in endpoint.follow("dns-zone-groups"):
        yield from group.follow("dns-zones")


def _lacks(subnet: Subject, zones: list[Subject]) -> Iterator[str]:
    """Yield the names of zones of which none answers in the network of a subnet."""
    network_id = arm_id.parent_of(subnet.id)
    accepted = {network_id, *map(arm_id.normalise, listed(subnet, "dns_hub_networks"))}
    for name in dict.fromkeys(zone.name.lower() for zone in zones):
        alike = (_linked(zone) for zone in zones if zone.name.lower() == name)
        if any(network in accepted for network in known_of(alike)):
            continue
        for network in subnet.follow("virtual-network"):
            if any(True for _ in network.each(SERVERS, default=())):
                raise network.undetermined(SERVERS, f"whether these servers know {name}")
        yield f"{name} is not linked to {arm_id.name_of(network_id)}"


def _linked(zone: Subject) -> Iterator[str]:
    """Yield the ids of the networks that a zone answers in."""
    for link in zone.follow("network-links"):
        if link.text("properties.virtualNetworkLinkState", default="Completed") == "completed":
            yield arm_id.normalise(link.text("properties.virtualNetwork.id"))

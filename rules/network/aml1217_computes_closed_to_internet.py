"""AML1217: network security groups block inbound internet traffic to compute."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.addresses import range_of
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import known_of_each
from amlaudit.readings.security_rules import (
    ANYWHERE,
    ANYWHERE_BY_IPV4,
    allows,
    is_of_all_ports,
    name_of,
    rules_for,
    values_of,
)
from amlaudit.readings.subnets import compute_subnets

WHOLE: Final = frozenset({"*", "any", "virtualnetwork", "0.0.0.0/0"})
SOURCE: Final = "sourceAddressPrefix"  # absent: an application security group, inside the network
TARGET: Final = "destinationAddressPrefix"
PORTS: Final = "destinationPortRange"
RANGE: Final = re.compile(r"\*|[0-9]{1,5}(-[0-9]{1,5})?")
INSIDE: Final = frozenset({"virtualnetwork", "azureloadbalancer"})
NO_SENDER: Final = (IPv4Address(0), IPv6Address(0))  # may be meant as every address
OF_THE_SERVICE: Final = ("azuremachinelearning", "batchnodemanagement")
MANAGED: Final = ("amlcompute", "computeinstance")
CARRIES: Final = frozenset({"tcp", "*"})  # protocols of the ports in question
CARRIES_NOT: Final = frozenset({"udp", "icmp", "esp", "ah"})


@rule(
    id="AML1217",
    title=(
        "No network security group allows inbound internet traffic to management ports of compute"
    ),
    severity="high",
    severity_reason=(
        "A node with a public IP address and an open port can be attacked from anywhere."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "SSH, remote desktop and notebooks on a compute are for internal users. A rule that allows "
        "any source exposes them to every scanner on the internet. Rules are evaluated in order of "
        "priority, so an earlier rule may deny what a later one allows. Only compute with public "
        "IP addresses needs inbound access from the service. Security admin rules of Azure Virtual "
        "Network Manager are not read: one that always allows or denies takes precedence."
    ),
    fix=Fix(
        "az network nsg rule delete --resource-group <group> --nsg-name <security group> "
        "--name <rule>",
        note=(
            "To keep the rule for some clients, restrict it to their addresses with "
            "--source-address-prefixes."
        ),
        companions=(
            removing("computes", "subnet", "security-group", member="properties.securityRules"),
            removing("subnet", "security-group", member="properties.securityRules"),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet",
        "https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview",
    ),
    mappings={
        "cis_azure": [
            "3.0.0:7.1",
            "3.0.0:7.2",
            "4.0.0:8.1",
            "4.0.0:8.2",
            "5.0.0:7.1",
            "5.0.0:7.2",
            "6.0.0:7.1",
            "6.0.0:7.2",
        ],
        "nist_800_53_r5": ["SC-7"],
        "iso_27001_2022": ["A.8.14", "A.8.20", "A.8.21", "A.8.22"],
        "waf": ["Security"],
    },
    parameters={
        "management_ports": (
            (22, 3389, 5985, 5986, 8787, 8888, 44224),
            "Ports that must not be reachable from the internet.",
        ),
    },
)
def computes_closed_to_internet(workspace: Subject) -> Verdict:
    """Find in each network security group the first rule that decides about each port."""
    groups = known_of_each(compute_subnets(workspace), lambda each: each.follow("security-group"))
    used = False
    for flaw in known_of_each(groups, lambda each: [next(_flaws_of(workspace, each), "")]):
        if flaw:
            return fail(flaw)
        used = True
    return (
        ok() if used else not_applicable("no compute is in a subnet with a network security group")
    )


def _flaws_of(workspace: Subject, group: Subject) -> Iterator[str]:
    """Yield the ports that a security group opens to the internet."""
    inbound = rules_for(group, "inbound")
    for port in sorted(int(each) for each in texts_of(workspace, "management_ports")):
        if opener := _opener(workspace, inbound, port):
            yield f"{name_of(opener)} of {group.name} opens port {port} to the internet"


def _opener(workspace: Subject, inbound: list[Subject], port: int) -> Subject | None:
    """Return the rule that allows a port from the internet, None if it is denied."""
    for each in inbound:
        if not _is_about(each, port):
            continue
        if allows(each):
            if any(_is_public(workspace, each, source) for source in values_of(each, SOURCE)):
                return each
        elif _keeps_out(each):
            return None
    return None


def _keeps_out(each: Subject) -> bool:
    """Tell whether a rule covers all traffic from the internet to the whole network."""
    return bool(
        ANYWHERE_BY_IPV4.intersection(values_of(each, SOURCE))
        and WHOLE.intersection(values_of(each, TARGET))
        and is_of_all_ports(each, "sourcePortRange")
    )


def _is_about(each: Subject, port: int) -> bool:
    """Tell whether a rule covers a port."""
    protocol = one_of(each, "properties.protocol", CARRIES | CARRIES_NOT)
    return protocol in CARRIES and any(
        _includes(each, ports, port) for ports in values_of(each, PORTS)
    )


def _includes(each: Subject, ports: str, port: int) -> bool:
    """Tell whether a port is in a range: `*`, `22` or `20-25`."""
    if not RANGE.fullmatch(ports):
        raise each.unfamiliar(f"properties.{PORTS}", ports)
    first, _, last = ports.partition("-")
    return ports == "*" or int(first) <= port <= int(last or first)


def _is_public(workspace: Subject, each: Subject, source: str) -> bool:
    """Tell whether a source includes addresses on the internet."""
    if source in ANYWHERE or source in INSIDE:
        return source in ANYWHERE
    if source.partition(".")[0] in OF_THE_SERVICE:
        return not any(map(_has_public_address, workspace.follow("computes")))
    path = f"properties.{SOURCE}"
    found = range_of(each, path, source)
    if found.num_addresses == 1 and found.network_address in NO_SENDER:
        raise each.unfamiliar(path, source)
    return found.is_global


def _has_public_address(compute: Subject) -> bool:
    """Tell whether the nodes of a compute have public IP addresses, which is the default."""
    return compute.text("properties.computeType") in MANAGED and compute.flag(
        "properties.properties.enableNodePublicIp", default=True
    )

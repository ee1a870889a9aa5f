"""AML1220: network security groups of compute subnets deny unneeded internet egress."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.addresses import range_of
from amlaudit.readings.partial import known_of, known_of_each
from amlaudit.readings.patterns import matches
from amlaudit.readings.security_rules import (
    ANYWHERE,
    ANYWHERE_BY_IPV4,
    allows,
    is_of_all_ports,
    name_of,
    rules_for,
    values_of,
)
from amlaudit.readings.subnets import compute_subnets, default_hops

TARGET: Final = "destinationAddressPrefix"
WHOLE: Final = frozenset({"*", "any", "virtualnetwork", "0.0.0.0/0"})  # as a source


@rule(
    id="AML1220",
    title=(
        "Network security groups allow compute in your subnets only the outbound traffic it needs"
    ),
    severity="medium",
    severity_reason="If a route is lost or changed, code on a node can reach any address.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Every network security group ends with a default rule that allows all outbound traffic to "
        "the internet. Unless another rule denies it first, a job or a package in it can send data "
        "to any host. The destinations that the service needs have service tags; a tag that covers "
        "everyone's storage is as broad as the internet. Only a route table shows that egress uses "
        "a firewall; a default route that a gateway advertises is not seen. Security admin rules "
        "of Azure Virtual Network Manager are not read: one that always allows or denies takes "
        "precedence."
    ),
    fix=Fix(
        "az network nsg rule create --resource-group <group> --nsg-name <security group> "
        "--name deny-internet --priority 4096 --direction Outbound --access Deny --protocol '*' "
        "--destination-address-prefixes Internet --destination-port-ranges '*'",
        note=(
            "Allow the service tags that Azure ML needs at lower priority numbers first; otherwise "
            "compute fails."
        ),
        undeclared="Only the owner can tell which rule to remove and which to narrow.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-prevent-data-loss-exfiltration",
        "https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",
        "https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview",
    ),
    mappings={
        "mcsb": ["DP-2", "NS-1"],
        "nist_800_53_r5": ["SC-7"],
        "iso_27001_2022": ["A.8.22"],
        "waf": ["Security"],
    },
    parameters={
        "allowed_outbound_tags": (
            (
                "AzureActiveDirectory",
                "AzureMachineLearning",
                "BatchNodeManagement.*",
                "AzureResourceManager",
                "Storage.*",
                "MicrosoftContainerRegistry",
                "MicrosoftContainerRegistry.*",
                "AzureFrontDoor.FirstParty",
                "AzureMonitor",
                "VirtualNetwork",
            ),
            "Service tags that outbound rules may allow, with * as wildcard.",
        ),
        "accept_firewall_only": (True, "Whether a route through a firewall is sufficient."),
    },
)
def no_wide_way_out(workspace: Subject) -> Verdict:
    """Find in each network security group the first rule that decides internet egress."""
    for flaw in known_of(map(_flaws_of, compute_subnets(workspace))):
        return fail(flaw)
    open_ones = (each for each in compute_subnets(workspace) if not _is_held(each))
    seen = any(True for _ in open_ones)
    return (
        ok()
        if seen
        else not_applicable("no compute subnet of yours has egress that bypasses a firewall")
    )


def _is_held(subnet: Subject) -> bool:
    """Tell whether a firewall is sufficient and all egress of a subnet goes through one."""
    hops = set(default_hops(subnet)) if subnet.parameters["accept_firewall_only"] else set()
    return bool(hops) and "internet" not in hops


def _flaws_of(subnet: Subject) -> Iterator[str]:
    """Yield why a subnet does not deny internet egress."""
    if _is_held(subnet):
        return
    groups = list(subnet.follow("security-group"))
    if not groups:
        yield f"{subnet.name} has no network security group"
    yield from known_of(map(_flaws_of_group, groups))


def _flaws_of_group(group: Subject) -> Iterator[str]:
    """Yield what outbound traffic a network security group should not allow."""
    yield from known_of_each(_allowing(group), partial(_flaws_of_rule, group))


def _allowing(group: Subject) -> Iterator[Subject]:
    """Yield the rules that allow egress before one denies all; without one, the group itself."""
    for each in rules_for(group, "outbound"):
        if allows(each):
            yield each
        elif _is_whole(each) and ANYWHERE_BY_IPV4.intersection(values_of(each, TARGET)):
            return
    yield group


def _flaws_of_rule(group: Subject, each: Subject) -> Iterator[str]:
    """Yield what a rule of a group should not allow, or why the group itself allows it."""
    if each is group:
        yield f"no rule of {group.name} denies internet egress"
    elif wide := [target for target in values_of(each, TARGET) if _is_wide(each, target)]:
        yield f"{name_of(each)} of {group.name} allows egress to {wide[0]}"


def _is_whole(each: Subject) -> bool:
    """Tell whether a rule covers all ports and protocols, from the whole network."""
    return (
        each.text("properties.protocol") == "*"
        and is_of_all_ports(each, "destinationPortRange")
        and is_of_all_ports(each, "sourcePortRange")
        and bool(WHOLE.intersection(values_of(each, "sourceAddressPrefix")))
    )


def _is_wide(each: Subject, target: str) -> bool:
    """Tell whether a target is neither an allowed tag nor a private address."""
    if target in ANYWHERE:
        return True
    if target[:1].isdecimal() or ":" in target:
        return range_of(each, f"properties.{TARGET}", target).is_global
    return not matches(each, "allowed_outbound_tags", target)

"""AML1220: security groups of compute subnets deny the internet but for what is needed."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.addresses import range_of
from amlaudit.readings.partial import known_of
from amlaudit.readings.patterns import matches
from amlaudit.readings.security_rules import (
    ANYWHERE,
    ANYWHERE_BY_IPV4,
    allows,
    rules_for,
    values_of,
)
from amlaudit.readings.subnets import compute_subnets, default_hops

TARGET: Final = "destinationAddressPrefix"
WHOLE: Final = frozenset({"*", "any", "virtualnetwork", "0.0.0.0/0"})  # as a source


@rule(
    id="AML1220",
    title="Security groups let computes in your subnets out to what they need, and nothing else",
    severity="medium",
    severity_reason="As soon as a route is lost or changed, code on a node talks to any address.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Every security group ends with a rule that lets everything out to the internet. Unless "
        "another one denies that first, a job or a package in it may send data to any host. What "
        "the service needs has names, its service tags; a tag that holds the storage of everybody "
        "is as wide as the internet."
    ),
    fix=Fix(
        "az network nsg rule create --resource-group <group> --nsg-name <security group> "
        "--name deny-internet --priority 4096 --direction Outbound --access Deny --protocol '*' "
        "--destination-address-prefixes Internet --destination-port-ranges '*'",
        note="Allow the tags that the service needs at lower numbers first, or computes fail.",
        undeclared="Which rule goes and which is made narrower only its owner can tell.",
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
            "Service tags that rules may let computes out to, with * for any text.",
        ),
        "accept_firewall_only": (True, "Whether a route through a firewall is enough."),
    },
)
def no_wide_way_out(workspace: Subject) -> Verdict:
    """Ask each security group for the first rule that decides what goes out to the internet."""
    for flaw in known_of(map(_flaws_of, compute_subnets(workspace))):
        return fail(flaw)
    open_ones = (each for each in compute_subnets(workspace) if not _is_held(each))
    seen = any(True for _ in open_ones)
    return ok() if seen else not_applicable("no compute of yours goes out past a firewall")


def _is_held(subnet: Subject) -> bool:
    """Tell whether a firewall is enough, and all that leaves a subnet goes through one."""
    hops = set(default_hops(subnet)) if subnet.parameters["accept_firewall_only"] else set()
    return bool(hops) and "internet" not in hops


def _flaws_of(subnet: Subject) -> Iterator[str]:
    """Yield what keeps a subnet from denying the internet."""
    if _is_held(subnet):
        return
    groups = list(subnet.follow("security-group"))
    if not groups:
        yield f"{subnet.name} has no security group that could deny anything"
    yield from known_of(map(_flaws_of_group, groups))


def _flaws_of_group(group: Subject) -> Iterator[str]:
    """Yield what a security group lets out that it should not."""
    for each in rules_for(group, "outbound"):
        targets = values_of(each, TARGET)
        if not allows(each):
            if _is_whole(each) and ANYWHERE_BY_IPV4.intersection(targets):
                return
        elif wide := [target for target in targets if _is_wide(each, target)]:
            yield f"{each.get('name', default='a rule')} of {group.name} lets out to {wide[0]}"
    yield f"nothing in {group.name} denies the internet"


def _is_whole(each: Subject) -> bool:
    """Tell whether a rule is about all ports and protocols, from everywhere in the network."""
    return (
        each.text("properties.protocol") == "*"
        and "*" in values_of(each, "destinationPortRange")
        and bool(WHOLE.intersection(values_of(each, "sourceAddressPrefix")))
    )


def _is_wide(each: Subject, target: str) -> bool:
    """Tell whether a target is neither a tag that is allowed nor an address inside."""
    if target in ANYWHERE:
        return True
    if target[:1].isdecimal() or ":" in target:
        return range_of(each, f"properties.{TARGET}", target).is_global
    return not matches(each, "allowed_outbound_tags", target)

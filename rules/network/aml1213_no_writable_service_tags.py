"""AML1213: outbound rules of the managed network do not reach resources of third parties."""

import re
from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.addresses import range_of
from amlaudit.readings.outbound_rules import SERVICE_TAG, is_own, lets_out_approved_only, rules_of
from amlaudit.readings.partial import known_of
from amlaudit.readings.patterns import matches
from amlaudit.readings.security_rules import ANYWHERE
from amlaudit.readings.texts import texts_in

ALL_PORTS: Final = frozenset({"*", "0-65535", "1-65535"})
PREFIXES: Final = "properties.destination.addressPrefixes"
PORTS: Final = "properties.destination.portRanges"
RANGE: Final = re.compile(r"\d+(-\d+)?")
# Nobody was allocated a larger IPv4 block: https://www.iana.org/assignments/ipv4-address-space
LARGEST_SHARE: Final = 8


@rule(
    id="AML1213",
    title="No outbound rule opens the managed network to resources that third parties can own",
    severity="high",
    severity_reason="Such a rule allows data to be copied to a storage account in any tenant.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "A service tag covers all addresses of a service, including those of other tenants: a rule "
        "for Storage allows writes to every storage account in Azure. A managed network that "
        "allows only approved outbound is only as strict as its broadest rule."
    ),
    fix=Fix(
        "az ml workspace outbound-rule remove --workspace-name {name} --resource-group {group} "
        "--rule <rule>\n"
        "az ml workspace outbound-rule set --workspace-name {name} --resource-group {group} "
        "--rule <new rule> --type private_endpoint --service-resource-id <storage account id> "
        "--subresource-target blob",
        note=(
            "Add the private endpoint rules first; otherwise running jobs lose access to their "
            "data."
        ),
        companions=(removing("outbound-rules"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",
        "https://learn.microsoft.com/azure/machine-learning/how-to-prevent-data-loss-exfiltration",
        "https://learn.microsoft.com/azure/machine-learning/how-to-network-isolation-planning",
    ),
    mappings={"mcsb": ["DP-2"], "waf": ["Security"]},
    parameters={
        "denied_service_tags": (
            (
                "Storage",
                "Storage.*",
                "AzureFrontDoor.Frontend",
                "AzureCloud",
                "AzureCloud.*",
                "Internet",
            ),
            "Tags of services in which third parties can own resources, with * as wildcard.",
        ),
    },
)
def no_writable_service_tags(workspace: Subject) -> Verdict:
    """Look for a user-defined outbound rule with a tag, range or port that is too broad."""
    if not lets_out_approved_only(workspace):
        return not_applicable("the managed network does not restrict outbound destinations")
    for flaw in known_of(map(_flaws_of, rules_of(workspace, SERVICE_TAG))):
        return fail(flaw)
    return ok()


def _flaws_of(each: Subject) -> Iterator[str]:
    """Yield what is too broad in a user-defined rule."""
    if (allowed := _too_wide(each)) and is_own(each):
        yield f"outbound rule {each.name} allows {allowed}"


def _too_wide(each: Subject) -> str:
    """Return what is too broad in a service tag rule, empty if nothing is.

    Address prefixes take the place of the tag:
    https://learn.microsoft.com/rest/api/azureml/managed-network-settings-rule/list
    """
    if each.text("properties.destination.action", default="Allow") == "deny":
        return ""
    prefixes = list(texts_in(each, PREFIXES, default=()))
    if not prefixes:
        tag = each.text("properties.destination.serviceTag")
        return tag if matches(each, "denied_service_tags", tag) else ""
    if wide := [prefix for prefix in prefixes if _is_of_many(each, prefix)]:
        return wide[0]
    ports = {port.strip() for port in each.text(PORTS).split(",")}
    if unclear := [port for port in ports - ALL_PORTS if not RANGE.fullmatch(port)]:
        raise each.unfamiliar(PORTS, min(unclear))
    return "all ports of an address range" if ports & ALL_PORTS else ""


def _is_of_many(each: Subject, prefix: str) -> bool:
    """Tell whether a prefix covers more addresses than any single owner has."""
    return prefix in ANYWHERE or range_of(each, PREFIXES, prefix).prefixlen < LARGEST_SHARE

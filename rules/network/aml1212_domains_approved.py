"""AML1212: FQDN outbound rules of the managed network are approved and narrow."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.outbound_rules import FQDN, lets_out_approved_only, own_rules
from amlaudit.readings.parameters import texts_of

DESTINATION: Final = "properties.destination"
WILDCARD: Final = "*"


@rule(
    id="AML1212",
    title="Every FQDN outbound rule of the managed network is approved and narrow",
    severity="high",
    severity_reason="One broad domain defeats the purpose of allowing only approved destinations.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Anyone can register a name under the shared domains of cloud services and code hosts. A "
        "rule with a wildcard on such a domain allows data to be sent to the account of any third "
        "party, and a bare wildcard to the whole internet."
    ),
    fix=Fix(
        "az ml workspace outbound-rule remove --workspace-name {name} --resource-group {group} "
        "--rule <rule>",
        note="First add rules with exact names, or a private endpoint, for what jobs need.",
        companions=(removing("outbound-rules"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-managed-network",
        "https://learn.microsoft.com/azure/machine-learning/how-to-prevent-data-loss-exfiltration",
    ),
    mappings={"mcsb": ["DP-2", "NS-3"], "waf": ["Security"]},
    parameters={
        "allowed_fqdns": (
            (),
            "Allowed FQDNs, with `*.` for all subdomains; none: any narrow one is allowed.",
        ),
        "shared_cloud_domains": (
            (
                "blob.core.windows.net",
                "dfs.core.windows.net",
                "azurewebsites.net",
                "amazonaws.com",
                "storage.googleapis.com",
                "github.com",
                "githubusercontent.com",
            ),
            "Shared domains with names of third parties, which no wildcard may cover.",
        ),
    },
)
def domains_approved(workspace: Subject) -> Verdict:
    """Look for an FQDN rule that is too broad or not approved."""
    if not lets_out_approved_only(workspace):
        return not_applicable("the managed network does not restrict outbound destinations")
    allowed = texts_of(workspace, "allowed_fqdns")
    shared = texts_of(workspace, "shared_cloud_domains")
    seen = 0
    for each in own_rules(workspace, FQDN):
        seen += 1
        name = each.text(DESTINATION).rstrip(".")
        if _is_bare(name) or any(_meet(name, domain) for domain in shared):
            return fail(f"outbound rule {each.name} allows all of {name}")
        if allowed and not any(_covers(pattern, name) for pattern in allowed):
            return fail(f"outbound rule {each.name} allows {name}, which is not approved")
    return ok() if seen else not_applicable("no FQDN rule was added")


def _is_bare(name: str) -> bool:
    """Tell whether a name is a wildcard over everything."""
    return not name.strip("*.")


def _meet(name: str, domain: str) -> bool:
    """Tell whether a wildcard covers names below a domain, or a parent of the domain."""
    tail = name.lstrip(WILDCARD)
    return tail != name and (f".{domain}".endswith(tail) or tail.endswith(f".{domain}"))


def _covers(pattern: str, name: str) -> bool:
    """Tell whether a name equals a pattern, or is below it if the pattern is a wildcard."""
    return name == pattern or (pattern.startswith(WILDCARD) and name.endswith(pattern[1:]))

"""AML1212: the domains that the managed network lets out to are few and one's own choice."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.outbound_rules import FQDN, lets_out_approved_only, own_rules
from amlaudit.readings.parameters import texts_of

DESTINATION: Final = "properties.destination"
WILDCARD: Final = "*"


@rule(
    id="AML1212",
    title="Every domain that the managed network lets out to is approved and narrow",
    severity="high",
    severity_reason="One broad domain undoes what a list of approved destinations is for.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Below the domains of clouds and code hosts everybody can have a name of their own. A rule "
        "with a wildcard on such a domain lets data out to the account of any stranger, and a bare "
        "wildcard to the whole internet."
    ),
    fix=Fix(
        "az ml workspace outbound-rule remove --workspace-name {name} --resource-group {group} "
        "--rule <rule>",
        note="First set rules with exact names, or a private endpoint, for what jobs need.",
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
            "Names that rules may have, `*.` before one for all below it; none: any narrow one.",
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
            "Domains below which strangers have names, so that no wildcard may reach them.",
        ),
    },
)
def domains_approved(workspace: Subject) -> Verdict:
    """Look for a rule with a domain that is too broad, or that nobody approved."""
    if not lets_out_approved_only(workspace):
        return not_applicable("the managed network does not restrict what may be reached")
    allowed = texts_of(workspace, "allowed_fqdns")
    shared = texts_of(workspace, "shared_cloud_domains")
    seen = 0
    for each in own_rules(workspace, FQDN):
        seen += 1
        name = each.text(DESTINATION).rstrip(".")
        if _is_bare(name) or any(_meet(name, domain) for domain in shared):
            return fail(f"outbound rule {each.name} lets out to all of {name}")
        if allowed and not any(_covers(pattern, name) for pattern in allowed):
            return fail(f"outbound rule {each.name} lets out to {name}, which is not approved")
    return ok() if seen else not_applicable("no rule with a domain was added")


def _is_bare(name: str) -> bool:
    """Tell whether a name is a wildcard over everything."""
    return not name.strip("*.")


def _meet(name: str, domain: str) -> bool:
    """Tell whether a wildcard reaches names below a domain, or all that the domain is part of."""
    tail = name.lstrip(WILDCARD)
    return tail != name and (f".{domain}".endswith(tail) or tail.endswith(f".{domain}"))


def _covers(pattern: str, name: str) -> bool:
    """Tell whether a name is the one of a pattern, or below it where the pattern is a wildcard."""
    return name == pattern or (pattern.startswith(WILDCARD) and name.endswith(pattern[1:]))

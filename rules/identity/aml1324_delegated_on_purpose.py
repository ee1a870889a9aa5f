"""AML1324: other tenants manage subscriptions with workspaces on purpose only."""

from collections.abc import Iterator
from itertools import chain

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import known_of

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


@rule(
    id="AML1324",
    title="Other tenants may look at the workspace at most, unless they were chosen to do more",
    severity="medium",
    severity_reason="Their people do not stand in any list of role assignments here.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "With Azure Lighthouse a subscription or a resource group is put into the hands of another "
        "tenant: its people work here with the roles of the offer, and come and go as that tenant "
        "likes. An offer that somebody once accepted for a project outlives it, unseen."
    ),
    fix=Fix(
        "az managedservices assignment delete --assignment <delegation id>",
        note="Ask the service provider for an offer with fewer roles first, if it is still needed.",
        companions=(removing("delegations"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources",
        "https://learn.microsoft.com/azure/lighthouse/concepts/architecture",
    ),
    mappings={"mcsb": ("PA-7",), "waf": ("Security",)},
    parameters={
        "allowed_managing_tenants": ((), "Ids of tenants that may manage; none: any may."),
        "allowed_delegated_roles": ((READER,), "Ids of role definitions that may be delegated."),
    },
)
def delegated_on_purpose(workspace: Subject) -> Verdict:
    """Look at the offer behind each delegation of the resource group and of the subscription."""
    if not any(True for _ in workspace.follow("delegations")):
        return not_applicable("no other tenant manages the workspace")
    for flaw in known_of(map(_flaws_of, workspace.follow("delegations"))):
        return fail(flaw)
    return ok()


def _flaws_of(delegation: Subject) -> Iterator[str]:
    """Yield what goes too far in a delegation."""
    tenants = texts_of(delegation, "allowed_managing_tenants")
    roles = texts_of(delegation, "allowed_delegated_roles")
    for offer in delegation.follow("delegation-offer"):
        tenant = offer.text("properties.managedByTenantId")
        if tenants and tenant not in tenants:
            yield f"the tenant {tenant} manages the workspace"
        standing = offer.each("properties.authorizations", default=())
        for each in chain(standing, offer.each("properties.eligibleAuthorizations", default=())):
            role = arm_id.name_of(each.text("roleDefinitionId"))
            if role not in roles:
                yield f"the tenant {tenant} holds the role {role}"

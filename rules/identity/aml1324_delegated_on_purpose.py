"""AML1324: other tenants manage subscriptions with workspaces only if intended."""

from collections.abc import Iterator
from itertools import chain

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import known_of

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


@rule(
    id="AML1324",
    title="Other tenants have only read access to the workspace, unless explicitly approved",
    severity="medium",
    severity_reason="Their users do not appear in any list of role assignments here.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "With Azure Lighthouse, a subscription or a resource group is delegated to another "
        "tenant: its users work here with the roles of the offer, and that tenant decides "
        "who they are. An offer that was accepted for a project outlives it, unnoticed."
    ),
    fix=Fix(
        "az managedservices assignment delete --assignment <delegation id>",
        note=(
            "If delegation is still needed, first ask the service provider for an offer with "
            "fewer roles."
        ),
        companions=(removing("delegations"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources",
        "https://learn.microsoft.com/azure/lighthouse/concepts/architecture",
    ),
    mappings={"mcsb": ("PA-7",), "waf": ("Security",)},
    parameters={
        "allowed_managing_tenants": (
            (),
            "IDs of tenants that may manage; if empty, any tenant may.",
        ),
        "allowed_delegated_roles": ((READER,), "IDs of role definitions that may be delegated."),
    },
)
def delegated_on_purpose(workspace: Subject) -> Verdict:
    """Check the offer behind each delegation of the resource group and of the subscription."""
    if not any(True for _ in workspace.follow("delegations")):
        return not_applicable("no other tenant manages the workspace")
    for flaw in known_of(map(_flaws_of, workspace.follow("delegations"))):
        return fail(flaw)
    return ok()


def _flaws_of(delegation: Subject) -> Iterator[str]:
    """Yield what is too permissive in a delegation."""
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
                yield f"the tenant {tenant} has the role {role}"

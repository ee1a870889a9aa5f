"""AML1317: compute identities hold no administrative roles."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Subject, Verdict, arm_id, fail, not_applicable, ok, rule

# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/privileged
OWNER: Final = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR: Final = "b24988ac-6180-42a0-ab88-20f7382dd24c"
USER_ACCESS_ADMINISTRATOR: Final = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
ROLE_ADMINISTRATOR: Final = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
NOWHERE: Final = (OWNER, USER_ACCESS_ADMINISTRATOR, ROLE_ADMINISTRATOR)


@rule(
    id="AML1317",
    title="The identities of the compute hold no administrative role",
    severity="high",
    severity_reason="Whoever may submit a job works with the rights of the compute's identity.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "Code in a job or a notebook can ask for a token of the compute's identity, so its roles "
        "are roles of everybody who may use the compute. With Owner or a role that grants roles "
        "they could take over the scope, with Contributor on a resource group everything in it. "
        "A compute needs data roles on single resources and nothing else."
    ),
    fix="az role assignment delete --assignee <principal id> --role <role> --scope <scope>",
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
        "https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",
    ),
    mappings={"mcsb": ("IM-3", "PA-7"), "waf": ("Security",)},
)
def compute_identity_unprivileged(compute: Subject) -> Verdict:
    """Look at the roles that the compute's identities hold on the compute and on scopes above it.

    Owner and the roles that grant roles count anywhere there, Contributor only above the
    workspace. Roles that come through a group or stand on other resources are not seen.
    """
    if compute.get("identity", default=None) is None or compute.text("identity.type") == "none":
        return not_applicable("the compute has no identity")
    principals = set(_principals_of(compute))
    if not principals:
        raise compute.unfamiliar("identity.userAssignedIdentities", "empty")
    for grant in compute.follow("role-assignments"):
        if grant.text("properties.principalId") in principals:
            role = arm_id.name_of(grant.text("properties.roleDefinitionId"))
            scope = arm_id.normalise(grant.text("properties.scope"))
            if role in NOWHERE:
                return fail(f"an identity of the compute may grant roles on {scope}")
            if role == CONTRIBUTOR and not arm_id.is_within(scope, arm_id.parent_of(compute.id)):
                return fail(f"an identity of the compute may change everything in {scope}")
    return ok()


def _principals_of(compute: Subject) -> Iterator[str]:
    """Yield the principals of the compute's identities; of a new kind, both must be told."""
    kind = compute.text("identity.type")
    if kind != "userassigned":
        yield compute.text("identity.principalId")
    if kind != "systemassigned":
        for identity in compute.each("identity.userAssignedIdentities"):
            yield identity.text("principalId")

"""AML1317: the managed identities of compute have no administrative roles."""

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, removing, rule
from amlaudit.readings.permissions import (
    CONTRIBUTOR,
    GRANTS_ROLES,
    grants_to,
    identities_of,
    role_of,
    scope_of,
)


@rule(
    id="AML1317",
    title="The compute's managed identities have no administrative role",
    severity="high",
    severity_reason=(
        "Anyone who can submit a job acts with the permissions of the compute's identity."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "Code in a job or a notebook can request a token for the compute's identity, so its "
        "roles are effectively roles of everybody who can use the compute. With Owner or a "
        "role that can assign roles they could take over the scope; with Contributor on a "
        "resource group, everything in it. A compute needs only data roles on individual "
        "resources."
    ),
    fix=Fix(
        "az role assignment delete --assignee <principal id> --role <role> --scope <scope>",
        companions=(removing("role-assignments"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
        "https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",
    ),
    mappings={"mcsb": ("IM-3", "PA-7"), "waf": ("Security",)},
)
def compute_identity_unprivileged(compute: Subject) -> Verdict:
    """Check the roles of the compute's identities on the compute and on scopes above it.

    Owner and the roles that can assign roles count anywhere there, Contributor only above the
    workspace. Roles held through group membership or on other resources are not seen.
    """
    principals = identities_of(compute)
    if not principals:
        return not_applicable("the compute has no identity")
    for grant in grants_to(principals, compute):
        role, scope = role_of(grant), scope_of(grant)
        if role in GRANTS_ROLES:
            return fail(f"an identity of the compute can assign roles on {scope}")
        if role == CONTRIBUTOR and not arm_id.is_within(scope, arm_id.parent_of(compute.id)):
            return fail(f"an identity of the compute can change everything in {scope}")
    return ok()

"""AML1303: the workspace's identity has no administrative role on a resource group."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import (
    PRIVILEGED,
    grants_to,
    identities_of,
    is_wide,
    role_of,
    scope_of,
)


@rule(
    id="AML1303",
    title="The workspace's identity has no administrative role on the resource group",
    severity="medium",
    severity_reason=(
        "Code that runs as the workspace could change every other resource in the group."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Workspaces created before November 2024 were assigned Contributor on their "
        "resource group, and have kept it. Every other resource there, such as another "
        "team's database or the network, is then only as secure as the code that the "
        "workspace runs. Newer workspaces are assigned a role limited to what machine "
        "learning needs."
    ),
    fix=Fix(
        "az ml workspace update --name {name} --resource-group {group} "
        "--allow-roleassignment-on-rg true",
        note=(
            "Then delete the old role assignment; the setting exists only in preview API versions."
        ),
        companions=(removing("role-assignments"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles",
        "https://learn.microsoft.com/azure/machine-learning/concept-enterprise-security",
    ),
    mappings={"mcsb": ("PA-7",), "waf": ("Security",)},
    parameters={
        "accepted_roles": (
            ("b78c5d69-af96-48a3-bf8d-a8b4d589de94",),  # Azure AI Administrator
            "IDs of role definitions that the identity may have on a resource group.",
        )
    },
)
def identity_within_resources(workspace: Subject) -> Verdict:
    """Check the roles of the workspace's identities on its resource group and on scopes above it.

    Roles held through group membership are not seen.
    """
    principals = identities_of(workspace)
    if not principals:
        return not_applicable("the workspace has no identity")
    roles = PRIVILEGED - texts_of(workspace, "accepted_roles")
    for grant in grants_to(principals, workspace):
        if role_of(grant) in roles and is_wide(grant):
            return fail(f"an identity of the workspace can change everything in {scope_of(grant)}")
    return ok()

"""AML1303: the workspace's identity administers no resource group."""

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
    title="The identity of the workspace administers no resource group",
    severity="medium",
    severity_reason="Code that runs as the workspace could change everything else in the group.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Workspaces made before November 2024 got Contributor on their resource group, and kept "
        "it. Whatever else lies there, a database of another team or the network, is then only as "
        "safe as the code that the workspace runs. Newer workspaces get a role that reaches no "
        "further than machine learning needs."
    ),
    fix=Fix(
        "az ml workspace update --name {name} --resource-group {group} "
        "--allow-roleassignment-on-rg true",
        note="Then delete the old assignment; the switch is in preview versions of the API only.",
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
            "Ids of role definitions that the identity may hold on a resource group.",
        )
    },
)
def identity_within_resources(workspace: Subject) -> Verdict:
    """Look at the roles that the workspace's identities hold on its group and on scopes above it.

    Roles that come through a group of principals are not seen.
    """
    principals = identities_of(workspace)
    if not principals:
        return not_applicable("the workspace has no identity")
    roles = PRIVILEGED - texts_of(workspace, "accepted_roles")
    for grant in grants_to(principals, workspace):
        if role_of(grant) in roles and is_wide(grant):
            return fail(f"an identity of the workspace may change everything in {scope_of(grant)}")
    return ok()

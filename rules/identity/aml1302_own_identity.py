"""AML1302: the workspace uses an identity whose roles its owners control."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import attached_to

PRIMARY: Final = "properties.primaryUserAssignedIdentity"
PRIMARY_SINCE: Final = "2021-01-01"  # API version


@rule(
    id="AML1302",
    title="The workspace uses a user-assigned managed identity as its primary identity",
    severity="low",
    severity_reason="The system-assigned identity works, but with broad roles that nobody chose.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The service assigns a system-assigned identity all roles that it may ever need, "
        "and assigns them again when they are removed. A user-assigned identity has exactly "
        "the roles that were assigned to it, exists before the workspace and outlives it."
    ),
    fix=Fix(
        "az ml workspace update --name {name} --resource-group {group} --file identity.yml",
        irreversible=True,
        note="The file names the identity as primary_user_assigned_identity; first assign its "
        "roles, with a managed network also Azure AI Enterprise Network Connection Approver.",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {
                    "identity.type": "UserAssigned",
                    "identity.userAssignedIdentities": {"<identity id>": {}},
                    "properties.primaryUserAssignedIdentity": "<identity id>",
                },
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Machine%20Learning/Workspace_UAIEnabled_Audit.json",
    ),
    mappings={
        "mcsb": ("IM-3",),
        "azure_policy": ("5f0c7d88-c7de-45b8-ac49-db49e72eaa78",),
        "waf": ("Security",),
    },
    parameters={
        "environments": (
            ("prod",),
            "Environments in which the identity's roles must be controlled.",
        )
    },
)
def own_identity(workspace: Subject) -> Verdict:
    """Look for the primary identity among those attached; without one, it is system-assigned.

    A project uses the identity of its hub.
    """
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("the project belongs to a hub, which has the identity")
    if workspace.context("environment") not in texts_of(workspace, "environments"):
        return not_applicable("the environment does not require a user-assigned identity")
    primary = workspace.text(PRIMARY, default="", since=PRIMARY_SINCE)
    if not primary:
        return fail("the workspace uses the system-assigned identity")
    if arm_id.normalise(primary) in map(arm_id.normalise, attached_to(workspace)):
        return ok()
    return fail(
        f"{arm_id.name_of(primary)} is the primary identity, but not assigned to the workspace"
    )

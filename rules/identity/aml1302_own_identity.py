"""AML1302: the workspace runs under an identity whose roles its owners control."""

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import texts_of


@rule(
    id="AML1302",
    title="The workspace runs under a user-assigned identity of its own choice",
    severity="low",
    severity_reason="The system-assigned identity works, but with broad roles that nobody chose.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The service gives a system-assigned identity the roles that it may ever need, and gives "
        "them again when they are taken away. A user-assigned identity has exactly the roles that "
        "somebody gave it, exists before the workspace and outlives it."
    ),
    fix=Fix(
        "az ml workspace update --name {name} --resource-group {group} --file identity.yml",
        irreversible=True,
        note="The file names the identity as primary_user_assigned_identity; first give it its "
        "roles, with a managed network also that of the network connection approver.",
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
    parameters={"environments": (("prod",), "Environments in which roles must be controlled.")},
)
def own_identity(workspace: Subject) -> Verdict:
    """Look for the primary identity among those that are attached; without one it is the system's.

    A project uses the identity of its hub.
    """
    if workspace.text("kind", default="Default") == "project":
        return not_applicable("the project belongs to a hub, which has the identity")
    if workspace.context("environment") not in texts_of(workspace, "environments"):
        return not_applicable("the environment asks for no identity of its own")
    primary = workspace.text("properties.primaryUserAssignedIdentity", default="")
    if not primary:
        return fail("the workspace runs under the system-assigned identity")
    attached = workspace.each("identity.userAssignedIdentities", default=(), keyed=True)
    if arm_id.normalise(primary) in {arm_id.normalise(each.prefix[-1]) for each in attached}:
        return ok()
    return fail(f"{arm_id.name_of(primary)} is primary, but not attached")

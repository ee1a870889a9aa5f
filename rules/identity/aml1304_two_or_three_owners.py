"""AML1304: the workspace has two or three owners."""

from amlaudit import Fix, Subject, Verdict, adding, fail, ok, removing, rule
from amlaudit.readings.companions import ROLE_DEFINITIONS
from amlaudit.readings.parameters import number_of
from amlaudit.readings.permissions import OWNER, holder_of, role_of


@rule(
    id="AML1304",
    title="The workspace has two or three owners",
    severity="medium",
    severity_reason="Each owner can give anybody access to the data and the models.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "An owner can do everything and grant others every permission, so each additional "
        "owner is one more account whose compromise costs the workspace. A single owner is "
        "no better: if that account is locked, nobody can manage access. Owners of the "
        "resource group, the subscription and the management groups above are also owners "
        "of the workspace."
    ),
    fix=Fix(
        "az role assignment delete --assignee <principal id> --role Owner --scope <scope>",
        companions=(
            removing("role-assignments"),
            *(
                adding(
                    "Microsoft.Authorization/roleAssignments",
                    f"<new GUID {number}>",
                    {
                        "properties": {
                            "roleDefinitionId": f"{ROLE_DEFINITIONS}/{OWNER}",
                            "principalId": f"<object id of automation {number}>",
                            "principalType": "ServicePrincipal",
                        }
                    },
                )
                for number in (1, 2)
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Security%20Center/ASC_DesignateLessThanXOwners_Audit.json",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Security%20Center/ASC_DesignateMoreThanOneOwner_Audit.json",
    ),
    mappings={
        "mcsb": ("PA-1",),
        "cis_azure": ("5.0.0:5.27", "6.0.0:5.7"),
        "nist_800_53_r5": ("AC-2", "AC-5", "AC-6", "AC-6(7)"),
        "azure_policy": (
            "4f11b553-d42e-4e3a-89be-32ca364cad4c",
            "09024ccc-0c5f-475e-9457-b7c0d9ed487b",
        ),
        "waf": ("Security",),
    },
    parameters={
        "min_owners": (2, "Minimum number of principals with the Owner role."),
        "max_owners": (3, "Maximum number of principals with the Owner role."),
    },
)
def two_or_three_owners(workspace: Subject) -> Verdict:
    """Count the principals with the Owner role on the workspace or on any scope above it.

    A group counts once, whatever its members, and so does a principal with two assignments.
    """
    most, fewest = number_of(workspace, "max_owners"), number_of(workspace, "min_owners")
    owners: set[str] = set()
    for grant in workspace.follow("role-assignments"):
        if role_of(grant) == OWNER:
            owners.add(holder_of(grant))
        if len(owners) > most:
            return fail(f"more than {most:g} principals own the workspace")
    if len(owners) < fewest:
        return fail(f"{len(owners)} principals own the workspace, fewer than {fewest:g}")
    return ok()

"""AML1308: guests and foreign groups have only read access to the workspace."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import holder_of, is_people, patterns_in, role_of, scope_of

HOLDER: Final = "properties.principalId"


@rule(
    id="AML1308",
    title="Guests and foreign groups have only read access to the workspace",
    severity="high",
    severity_reason=(
        "Nobody here is notified when an external user changes jobs or is compromised."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Guests and groups of another tenant are outside the organization's joiner, mover "
        "and leaver processes. A role that lets them write, or access data, should be an "
        "individual decision, preferably in a dedicated workspace. Azure Resource Manager "
        "identifies groups of other tenants; only Microsoft Entra ID shows whether a user "
        "is a guest."
    ),
    fix=Fix(
        "az role assignment delete --assignee <object id> --scope <scope>",
        companions=(removing("role-assignments"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-resource-organization",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Security%20Center/ASC_RemoveGuestAccountsWithOwnerPermissions_Audit.json",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Security%20Center/ASC_RemoveGuestAccountsWithWritePermissions_Audit.json",
    ),
    mappings={
        "mcsb": ("PA-1", "PA-4"),
        "cis_azure": ("3.0.0:2.4", "4.0.0:6.3.2", "5.0.0:5.3.2", "6.0.0:5.3.2"),
        "nist_800_53_r5": ("AC-2",),
        "azure_policy": (
            "339353f6-2387-4a45-abe4-7f529d121046",
            "94e1c2ac-cbbe-4cac-a2b5-389c812dee87",
            "e9ac8f8e-ce22-4355-8f04-99b911d6be52",
        ),
        "waf": ("Security",),
    },
    parameters={
        "allowed_guests": (
            (),
            "Object IDs of approved external principals, or of users known not to be guests.",
        ),
        "allowed_guest_roles": (
            ("acdd72a7-3385-48ef-bd42-f606fba81ae7",),  # Reader
            "IDs of role definitions that external principals may have.",
        ),
    },
)
def outsiders_read_only(workspace: Subject) -> Verdict:
    """Check foreign groups and individual users with a role on the workspace or above it.

    Members of groups of the own tenant are not checked.
    """
    users = in_doubt = None
    guests = texts_of(workspace, "allowed_guests")
    roles = texts_of(workspace, "allowed_guest_roles")
    for grant in workspace.follow("role-assignments"):
        kind = grant.text("properties.principalType")
        if kind == "group" or not is_people(grant):
            continue
        users = grant
        listed = holder_of(grant) in guests or role_of(grant) in roles
        if listed or _only_reads(grant):
            continue
        if kind == "foreigngroup":
            return fail(f"a group of another tenant can change {scope_of(grant)}")
        in_doubt = grant
    if in_doubt:
        raise in_doubt.undetermined(
            HOLDER, f"whether {in_doubt[HOLDER]} is a guest: the directory does"
        )
    return ok() if users else not_applicable("no individual user and no foreign group has a role")


def _only_reads(grant: Subject) -> bool:
    """Tell whether the role that an assignment grants changes nothing and opens no data."""
    for role in grant.follow("role-definition"):
        for permission in role.each("properties.permissions"):
            actions = {each for each in patterns_in(permission, "actions") if each[-5:] != "/read"}
            changes = actions.difference(patterns_in(permission, "notActions"))
            if changes or patterns_in(permission, "dataActions"):
                return False
    return True

"""AML1312: custom roles for machine learning do not reach too far."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule, setting
from amlaudit.readings.permissions import SECRET_ACTIONS, permits

PROVIDER: Final = "microsoft.machinelearningservices/"
EVERYTHING: Final = {"*", PROVIDER + "*"}
GRANTS: Final = {
    "microsoft.authorization/roleassignments/write",
    "microsoft.authorization/roledefinitions/write",
}
KEPT_FROM_WILDCARDS: Final = SECRET_ACTIONS | {
    PROVIDER + "workspaces/write",
    PROVIDER + "workspaces/delete",
}


@rule(
    id="AML1312",
    title="Custom roles for machine learning name what they allow",
    severity="high",
    severity_reason="A custom role with a wildcard is an owner under another name.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "An asterisk allows what exists today and whatever the service adds tomorrow: deleting the "
        "workspace, listing its keys, handing out roles. A role of one's own is made to allow less "
        "than the built-in ones, so it should say what, or take away what nobody needs."
    ),
    fix=Fix(
        "az role definition update --role-definition role.json",
        companions=(
            setting(
                "Microsoft.Authorization/roleDefinitions",
                {
                    "properties.permissions": [
                        {
                            "actions": [
                                "Microsoft.MachineLearningServices/workspaces/read",
                                "Microsoft.MachineLearningServices/workspaces/*/read",
                            ],
                            "notActions": [],
                            "dataActions": [],
                            "notDataActions": [],
                        }
                    ]
                },
                via=("role-definitions",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/General/Subscription_AuditCustomRBACRoles_Audit.json",
    ),
    mappings={
        "mcsb": ("PA-7",),
        "cis_azure": ("3.0.0:2.23", "4.0.0:6.23", "5.0.0:5.23", "6.0.0:5.4"),
        "nist_800_53_r5": ("AC-2", "AC-2(7)", "AC-6", "AC-6(7)"),
        "iso_27001_2022": ("A.8.2",),
        "azure_policy": ("a451c1ef-c6ca-483d-87ed-f49761e3ffb5",),
        "waf": ("Security",),
    },
)
def custom_roles_bounded(subscription: Subject) -> Verdict:
    """Look at the custom roles that can be assigned in the subscription and name machine learning.

    One that nobody holds counts too: it is there to be given.
    """
    found = 0
    for role in subscription.follow("role-definitions"):
        if role.text("properties.type") != "customrole" or not _is_for(subscription, role):
            continue
        actions = _actions_in(role)
        if not any(each == "*" or each.startswith(PROVIDER) for each in actions):
            continue
        found += 1
        name = role["properties.roleName"]
        if permits(role, GRANTS):
            return fail(f"{name} may hand out roles")
        if actions & EVERYTHING and permits(role, KEPT_FROM_WILDCARDS):
            return fail(f"{name} may do everything with workspaces")
    return ok() if found else not_applicable("no custom role is about machine learning")


def _actions_in(role: Subject) -> set[str]:
    """Return the actions that a role names, lower case, wildcards as written."""
    return {
        str(action.value).lower()
        for permission in role.each("properties.permissions")
        for action in permission.each("actions", default=())
    }


def _is_for(subscription: Subject, role: Subject) -> bool:
    """Tell whether a role can be assigned somewhere in a subscription."""
    for place in role.each("properties.assignableScopes"):
        scope = arm_id.normalise(str(place.value))
        if scope == arm_id.ROOT or arm_id.is_within(scope, subscription.id):
            return True
        if scope.startswith("/providers/"):  # a management group
            groups = subscription.each("properties.managementGroupAncestorsChain")
            if arm_id.name_of(scope) in {group.text("name") for group in groups}:
                return True
    return False

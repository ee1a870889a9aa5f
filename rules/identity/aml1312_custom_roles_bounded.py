"""AML1312: custom roles for machine learning are not too broad."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.permissions import (
    PROVIDER,
    SECRET_ACTIONS,
    actions_in,
    custom_ml_roles,
    permits,
)

EVERYTHING: Final = {"*", PROVIDER + "*", PROVIDER + "workspaces/*"}
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
    title="Custom roles for machine learning list the actions they allow",
    severity="high",
    severity_reason="A custom role with a wildcard is Owner under another name.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "A wildcard allows everything that exists today and everything that the service "
        "adds later: deleting the workspace, listing its keys, assigning roles. A custom "
        "role is meant to allow less than the built-in ones, so it should list its actions, "
        "or exclude those that nobody needs. Roles that a template or plan declares are judged "
        "over a snapshot, which has the subscription."
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
    """Check what is allowed by the custom roles that can be assigned in the subscription."""
    found = False
    for role in custom_ml_roles(subscription):
        found = True
        name = role["properties.roleName"]
        if permits(role, GRANTS):
            return fail(f"{name} can assign roles")
        if actions_in(role) & EVERYTHING and permits(role, KEPT_FROM_WILDCARDS):
            return fail(f"{name} can perform every action on workspaces")
    return ok() if found else not_applicable("no custom role covers machine learning")

"""AML1313: custom roles for machine learning can be given in few places."""

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import listed
from amlaudit.readings.permissions import custom_ml_roles, scopes_of


@rule(
    id="AML1313",
    title="Custom roles for machine learning can be assigned in resource groups, not everywhere",
    severity="low",
    severity_reason="It takes somebody who may hand out roles, and gives them a wider one to hand.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "A role that was made for one project fits that project. Where it can be assigned in a "
        "whole subscription or above, it is found in every list of roles, and given to people "
        "elsewhere for whom nobody has looked at what it allows."
    ),
    fix=Fix(
        "az role definition update --role-definition role.json",
        note="Take the assignments outside of the new scopes away first, or the call is refused.",
        companions=(
            setting(
                "Microsoft.Authorization/roleDefinitions",
                {"properties.assignableScopes": ["<resource group id>"]},
                via=("role-definitions",),
            ),
        ),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles",),
    mappings={"mcsb": ("PA-7",), "waf": ("Security",)},
    parameters={"allowed_scopes": ((), "Ids of subscriptions and groups that are accepted.")},
)
def custom_roles_in_few_places(subscription: Subject) -> Verdict:
    """Look at where the custom roles can be assigned that name machine learning."""
    accepted = set(map(arm_id.normalise, listed(subscription, "allowed_scopes")))
    found = False
    for role in custom_ml_roles(subscription):
        found = True
        for scope in scopes_of(role):
            if not arm_id.resource_group_of(scope) and scope not in accepted:
                return fail(f"{role['properties.roleName']} can be assigned anywhere in {scope}")
    return ok() if found else not_applicable("no custom role is about machine learning")

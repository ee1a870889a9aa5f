"""AML1313: custom roles for machine learning have a narrow assignable scope."""

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import listed
from amlaudit.readings.permissions import custom_ml_roles, scopes_of


@rule(
    id="AML1313",
    title="Custom roles for machine learning are assignable in resource groups only",
    severity="low",
    severity_reason=(
        "Exploiting it takes a user who can assign roles, who then has a broader role available."
    ),
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "A role created for one project fits that project. If it can be assigned in a whole "
        "subscription or above, it appears in every role list and is assigned elsewhere, "
        "without a review of what it allows. Roles that a template or plan declares are judged "
        "over a snapshot, which has the subscription."
    ),
    fix=Fix(
        "az role definition update --role-definition role.json",
        note="First remove the role assignments outside the new scopes, or the call is rejected.",
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
    parameters={"allowed_scopes": ((), "IDs of accepted subscriptions and management groups.")},
)
def custom_roles_in_few_places(subscription: Subject) -> Verdict:
    """Check where the custom roles that include machine learning actions can be assigned."""
    accepted = set(map(arm_id.normalise, listed(subscription, "allowed_scopes")))
    found = False
    for role in custom_ml_roles(subscription):
        found = True
        for scope in scopes_of(role):
            if not arm_id.resource_group_of(scope) and scope not in accepted:
                return fail(f"{role['properties.roleName']} can be assigned anywhere in {scope}")
    return ok() if found else not_applicable("no custom role covers machine learning")

"""AML1309: roles for machine learning are given on workspaces, not on subscriptions."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import actions_in, is_people, roles_of, scope_of

NAMES: Final = ("azureml ", "azure ai ", "azure machine learning ")
PROVIDER: Final = "microsoft.machinelearningservices/"


@rule(
    id="AML1309",
    title="Roles for machine learning are given on workspaces or their groups, no wider",
    severity="medium",
    severity_reason="A role on the subscription opens every workspace, those to come as well.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "A data scientist works in one or two workspaces. The same role on the subscription, or on "
        "a management group, opens all of them, and each one that somebody makes "
        "next year with data that nobody on the team was meant to see."
    ),
    fix=Fix(
        "az role assignment create --assignee-object-id <group id> --assignee-principal-type Group "
        '--role "AzureML Data Scientist" --scope <workspace id>',
        note="Then delete the wide assignment.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
    ),
    mappings={"mcsb": ("PA-7",), "waf": ("Security",)},
    parameters={
        "allowed_wide_assignments": ((), "Ids of role assignments that are meant to be wide.")
    },
)
def roles_near_workspace(subscription: Subject) -> Verdict:
    """Look at what users and groups hold on the subscription and on management groups above it."""
    if not any(True for _ in subscription.follow("workspaces")):
        return not_applicable("the subscription holds no workspace")
    allowed = texts_of(subscription, "allowed_wide_assignments")
    for grant in subscription.follow("role-assignments"):
        if grant.id not in allowed and is_people(grant):
            for role in roles_of(grant):
                if _is_for_machine_learning(role):
                    return fail(f"{role['properties.roleName']} is held on {scope_of(grant)}")
    return ok()


def _is_for_machine_learning(role: Subject) -> bool:
    """Tell whether a role is made for machine learning: by its name, or a custom one by actions."""
    if role.text("properties.type") == "customrole":
        return any(action.startswith(PROVIDER) for action in actions_in(role))
    return role.text("properties.roleName").startswith(NAMES)

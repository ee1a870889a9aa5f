"""AML2205: Azure Policy covers every workspace."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.policies import policies_in_force

DEFINITIONS: Final = "/providers/Microsoft.Authorization/policyDefinitions/"
POLICIES: Final = (
    "438c38d2-3772-465a-a9cc-7a6666a275ce",  # public network access disabled
    "45e05259-1eb5-4f70-9574-baf73e9d219b",  # private link
    "e96a9a5f-07ca-471b-9bc5-6a0f33cbd68f",  # no local authentication on computes
    "ba769a63-b8cc-4b2d-abf6-ac33c7204be8",  # customer-managed key
    "afe0c3be-ba3b-4544-ba52-0c99672a8ad6",  # resource logs
)


@rule(
    id="AML2205",
    title="The required Azure Policy definitions for machine learning apply to every workspace",
    severity="medium",
    severity_reason="An audit only finds what a policy could have prevented.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "Azure Policy evaluates each resource when it is created or changed, and can deny "
        "it. An audit comes later and reports a workspace that has already been exposed for "
        "a week. The built-in policies for machine learning are free of charge and only "
        "need to be assigned."
    ),
    fix=Fix(
        "az policy assignment create --name <name> --policy <policy id> --scope {id}",
        change=Change.CREATE_COMPANION,
        companions=tuple(
            adding(
                "Microsoft.Authorization/policyAssignments",
                f"machine-learning-{number}",
                {
                    "properties": {
                        "policyDefinitionId": DEFINITIONS + policy,
                        "enforcementMode": "Default",
                    }
                },
            )
            for number, policy in enumerate(POLICIES, 1)
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-integrate-azure-policy",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
    ),
    mappings={"mcsb": ("AM-2", "PV-2"), "waf": ("Security",)},
    parameters={
        "required_policies": (
            POLICIES,
            "Names of policy definitions or initiatives that must be in force.",
        )
    },
)
def policies_prevent(subscription: Subject) -> Verdict:
    """Look for each policy over each workspace: assigned at or above it, alone or in an initiative.

    One that is not enforced, has the effect disabled, or excludes or exempts the workspace does not
    count.
    """
    is_used = False
    for workspace in subscription.follow("workspaces"):
        is_used = True
        missing = set(texts_of(subscription, "required_policies"))
        for policy, _ in policies_in_force(workspace, missing):
            missing.discard(policy)
            if not missing:
                break
        if missing:
            policies = ", ".join(sorted(missing))
            return fail(f"not in force for {workspace.name}: {policies}")
    return ok() if is_used else not_applicable("the subscription has no workspace")

"""AML2202: production workspaces share no resource group with others."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule

BOUNDARIES: Final = {"resource_group": "resource-group", "subscription": "subscription"}


@rule(
    id="AML2202",
    title="Production workspaces are kept apart from those of other environments",
    severity="high",
    severity_reason="Rights and networks that experiments need would cover production as well.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Roles, policies, quotas and locks are given on resource groups and subscriptions. Where "
        "production and experiments share one, nobody can be generous to the one and strict to "
        "the other, and a mistake in a sandbox reaches what customers use."
    ),
    fix=Fix(
        "az group create --name <group> --location <region> --tags environment=prod",
        change=Change.RECREATE,
        note="Deploy production anew in a group of its own: workspaces should not be moved.",
        undeclared="A workspace keeps its group for life: it has to be made anew in another.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-resource-organization",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
    ),
    mappings={"waf": ("Security",)},
    parameters={
        "boundary": ("resource_group", "What keeps them apart: resource_group or subscription.")
    },
)
def production_apart(workspace: Subject) -> Verdict:
    """Compare the environments of all workspaces within the boundary.

    Where no tag says any of them, every one counts as production, and AML2203 speaks of it.
    """
    relation = BOUNDARIES[str(workspace.parameters["boundary"])]
    environments: set[str] = set()
    is_told = False
    for boundary in workspace.follow(relation):
        for other in boundary.follow("workspaces"):
            is_told = is_told or other.find_context("environment").seen == "present"
            environments.add(other.context("environment"))
            if "prod" in environments and len(environments) > 1:
                names = " and ".join(sorted(environments))
                return fail(f"{boundary.name} holds workspaces of {names}")
    return ok() if is_told else not_applicable("no tag says which environment is which")

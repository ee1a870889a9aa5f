"""AML2202: production workspaces share no resource group with other environments."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule

BOUNDARIES: Final = {"resource_group": "resource-group", "subscription": "subscription"}


@rule(
    id="AML2202",
    title="Production workspaces are separated from those of other environments",
    severity="high",
    severity_reason=(
        "Permissions and networks that experiments need would also apply to production."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Role assignments, policies, quotas and locks apply to resource groups and "
        "subscriptions. If production and experiments share one, access cannot be "
        "permissive for one and strict for the other, and a mistake in a sandbox affects "
        "what customers use."
    ),
    fix=Fix(
        "az group create --name <group> --location <region> --tags environment=prod",
        change=Change.RECREATE,
        note=(
            "Redeploy production in a resource group of its own; workspaces should not be moved."
        ),
        undeclared=(
            "A workspace should not be moved to another resource group; it has to be recreated "
            "there."
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-resource-organization",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
    ),
    mappings={"waf": ("Security",)},
    parameters={
        "boundary": (
            "resource_group",
            "What separates environments: resource_group or subscription.",
        )
    },
)
def production_apart(workspace: Subject) -> Verdict:
    """Compare the environments of all workspaces within the boundary.

    If no tag gives any of them, every workspace counts as production, and AML2203 reports it.
    """
    relation = BOUNDARIES[str(workspace.parameters["boundary"])]
    environments: set[str] = set()
    is_tagged = False
    for boundary in workspace.follow(relation):
        for other in boundary.follow("workspaces"):
            is_tagged = is_tagged or other.find_context("environment").seen == "present"
            environments.add(other.context("environment"))
            if "prod" in environments and len(environments) > 1:
                names = " and ".join(sorted(environments))
                return fail(f"{boundary.name} contains workspaces of {names}")
    return ok() if is_tagged else not_applicable("no tag tells the environments apart")

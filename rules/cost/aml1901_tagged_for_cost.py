"""AML1901: tags identify who pays."""

from itertools import chain

from amlaudit import Fix, Subject, Verdict, fail, ok, rule, setting
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import known_of


@rule(
    id="AML1901",
    title="The workspace and its endpoints have the tags required for cost allocation",
    severity="low",
    severity_reason="Costs that are not attributed to anyone are not reduced by anyone.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The invoice lists resources and tags, not teams and projects. Only tagged resources "
        "can be charged back to the teams that use them, and only teams that are charged review "
        "their usage."
    ),
    fix=Fix(
        "az resource tag --ids {id} --is-incremental --tags owner=<team> cost-center=<number>",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {"tags.owner": "<team>", "tags.cost-center": "<number>"},
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
                {"tags.owner": "<team>", "tags.cost-center": "<number>"},
                via=("online-endpoints",),
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces/batchEndpoints",
                {"tags.owner": "<team>", "tags.cost-center": "<number>"},
                via=("batch-endpoints",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-resource-organization",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Tags/RequireTag_Deny.json",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Tags/RequireTagAndValue_Deny.json",
    ),
    mappings={
        "azure_policy": (
            "871b6d14-10aa-478d-b590-94f262ecfa99",
            "1e30110a-5ceb-460c-a204-c1c3969c6d62",
        ),
        "waf": ("Cost Optimization",),
    },
    parameters={
        "required_cost_tags": (("owner", "cost-center"), "Names of the required tags."),
        "accept_inherited": (True, "Whether a tag on the resource group counts."),
    },
)
def tagged_for_cost(workspace: Subject) -> Verdict:
    """Look for each tag on the workspace and its endpoints, or on their resource group."""
    endpoints = map(workspace.follow, ("online-endpoints", "batch-endpoints"))
    for each in known_of([[workspace], *endpoints]):
        for tag in sorted(texts_of(workspace, "required_cost_tags")):
            group = (
                each.follow("resource-group") if workspace.parameters["accept_inherited"] else ()
            )
            places = chain([each], group)
            if not any(place.text(f"tags['{tag}']", default="").strip() for place in places):
                return fail(f"{each.name} has no tag {tag}")
    return ok()

"""AML2203: a tag says which environment a workspace belongs to."""

from amlaudit import Subject, Verdict, fail, ok, rule
from amlaudit.readings.parameters import texts_of


@rule(
    id="AML2203",
    title="A tag says which environment the workspace belongs to",
    severity="medium",
    severity_reason=(
        "Many rules differ by environment, and a workspace without it counts as production."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "What is right for an experiment is wrong for production. Rules, budgets and on-call lists "
        "can only tell the two apart if somebody wrote it down, on the workspace, its resource "
        "group or its subscription, in words that everybody uses."
    ),
    fix="az resource tag --ids {id} --is-incremental --tags environment=prod",
    sources=[
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-resource-organization",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Tags/RequireTag_Deny.json",
    ],
    mappings={
        "mcsb": ["AM-1"],
        "azure_policy": ["871b6d14-10aa-478d-b590-94f262ecfa99"],
        "waf": ["Operational Excellence"],
    },
    parameters={
        "environments": (
            ("dev", "test", "uat", "staging", "prod"),
            "The environments there are; the usual other spellings of them count too.",
        )
    },
)
def environment_tagged(workspace: Subject) -> Verdict:
    """Look for the nearest tag; a profile says how such tags are named and what else is meant."""
    environment = workspace.context("environment")
    if workspace.find_context("environment").seen == "default":
        return fail("no tag says which environment it is")
    if environment not in texts_of(workspace, "environments"):
        return fail(f"{environment} is none of the environments")
    return ok()

"""AML2301: a critical workspace has a paired workspace in another region."""

from amlaudit import Change, Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.workspaces import is_critical, partners_of


@rule(
    id="AML2301",
    title="A critical workspace has a paired workspace in another region",
    severity="medium",
    severity_reason=(
        "Workspaces do not fail over, so without a paired one a region outage stops all work."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "An Azure Machine Learning workspace is a regional resource without automatic failover. "
        "Whoever must continue working during a region outage needs a second workspace that "
        "already exists, with code, data, models and environments kept in sync. The same value of "
        "a tag on both workspaces marks them as a pair."
    ),
    fix=Fix(
        "az deployment group create --resource-group <group> --template-file workspace.bicep "
        "--parameters location=<second region>",
        change=Change.CREATE_COMPANION,
        note="Then set the same value of the tag on both workspaces.",
        undeclared="A second workspace with all its dependencies is a project of its own.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
    ),
    mappings={"waf": ("Reliability",)},
    parameters={
        "criticalities": (("high",), "Criticalities whose workspaces need a paired workspace."),
        "pair_tag": (
            "dr-pair",
            "Name of the tag with the same value on both workspaces of a pair.",
        ),
        "accepted_single_region": ((), "IDs of workspaces for which a single region is accepted."),
    },
)
def partner_in_other_region(workspace: Subject) -> Verdict:
    """Look for another workspace of the same pair within the audit scope."""
    if not is_critical(workspace):
        return not_applicable("the workspace is not critical")
    if workspace.id in map(arm_id.normalise, texts_of(workspace, "accepted_single_region")):
        return not_applicable("a single region is accepted for the workspace")
    for partner in partners_of(workspace):
        return ok(f"the workspace is paired with {partner.name}")
    return fail("no workspace of the same pair exists in another region")

"""AML2301: a critical workspace has a partner in another region."""

from amlaudit import Change, Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.workspaces import is_critical, partners_of


@rule(
    id="AML2301",
    title="A critical workspace has a partner in another region that can take over",
    severity="medium",
    severity_reason="Workspaces do not fail over, so without a partner a region outage stops all.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Azure Machine Learning lives in one region and moves nowhere by itself. Who must go on "
        "working when the region is down needs a second workspace that is already there, with "
        "code, data, models and environments kept in step. The same value of one tag on both says "
        "that they belong together."
    ),
    fix=Fix(
        "az deployment group create --resource-group <group> --template-file workspace.bicep "
        "--parameters location=<second region>",
        change=Change.CREATE_COMPANION,
        note="Then give both workspaces the same value of the tag.",
        undeclared="A second workspace with all that it depends on is a project of its own.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
    ),
    mappings={"waf": ("Reliability",)},
    parameters={
        "criticalities": (("high",), "criticalities whose workspaces need a partner"),
        "pair_tag": ("dr-pair", "name of the tag that has the same value on both partners"),
        "accepted_single_region": ((), "ids of workspaces that may stay alone"),
    },
)
def partner_in_other_region(workspace: Subject) -> Verdict:
    """Look for another workspace of the same pair in everything that was audited."""
    if not is_critical(workspace):
        return not_applicable("the workspace is not critical")
    if workspace.id in map(arm_id.normalise, texts_of(workspace, "accepted_single_region")):
        return not_applicable("it is accepted that the workspace has one region only")
    for partner in partners_of(workspace):
        return ok(f"{partner.name} can take over")
    return fail("no workspace of the same pair is ready in another region")

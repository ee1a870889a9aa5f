"""AML1623: nothing depends on machines that Azure has retired."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.patterns import matches
from amlaudit.readings.sizes import size_of, sized

RETIRED: Final = (
    "Standard_NC6", "Standard_NC12", "Standard_NC24", "Standard_NC24r", "Standard_NC*_Promo",
    "Standard_NC*s_v2", "Standard_ND6s", "Standard_ND12s", "Standard_ND24s", "Standard_ND24rs",
    "Standard_NV6", "Standard_NV12", "Standard_NV24", "Standard_NV*_Promo", "Standard_A[0-9]",
    "Standard_A1[01]", "Standard_HB60rs*",
)  # fmt: skip


@rule(
    id="AML1623",
    title="No compute and no deployment of the workspace is of a retired machine size",
    severity="medium",
    severity_reason="Such nodes can go away any day, and nobody can get more of them.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Azure takes old machines out of service on a date that it announces long before. After "
        "that a cluster of them does not start any more, an endpoint cannot be scaled, and quota "
        "for them is not given. The day to move is one of one's own choice, before that."
    ),
    fix=Fix(
        "az ml compute create --name <compute> --size <new size> --type AmlCompute "
        "--resource-group {group} --workspace-name {name}",
        change=Change.RECREATE,
        note="The size of a compute is fixed; a deployment gets a second one beside it.",
    ),
    sources=(
        "https://github.com/MicrosoftDocs/azure-ai-docs/blob/main/articles/machine-learning/includes/retiring-vms.md",
        "https://learn.microsoft.com/azure/machine-learning/how-to-create-attach-compute-cluster",
    ),
    mappings={"waf": ("Reliability",)},
    parameters={"retired_series": (RETIRED, "Patterns of sizes that Azure has retired.")},
)
def no_retired_sizes(workspace: Subject) -> Verdict:
    """Compare the size of each compute and managed deployment with the retired ones."""
    is_any = False
    for each in sized(workspace):
        is_any, size = True, size_of(each)
        if matches(workspace, "retired_series", size):
            return fail(f"{each.name} is of the size {size}, which is retired")
    return ok() if is_any else not_applicable("the workspace has no machines of its own")

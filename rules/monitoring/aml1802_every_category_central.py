"""AML1802: every kind of log reaches the central workspace."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import diagnostic_setting
from amlaudit.readings.logs import unsent
from amlaudit.readings.parameters import listed
from amlaudit.readings.patterns import matches

# https://learn.microsoft.com/azure/machine-learning/monitor-azure-machine-learning
CATEGORIES: Final = (
    "AmlComputeClusterEvent",
    "AmlComputeClusterNodeEvent",
    "AmlComputeJobEvent",
    "AmlComputeCpuGpuUtilization",
    "AmlRunStatusChangedEvent",
    "ModelsChangeEvent",
    "ModelsReadEvent",
    "ModelsActionEvent",
    "DeploymentReadEvent",
    "DeploymentEventACI",
    "DeploymentEventAKS",
    "InferencingOperationAKS",
    "InferencingOperationACI",
    "EnvironmentChangeEvent",
    "EnvironmentReadEvent",
    "DataLabelChangeEvent",
    "DataLabelReadEvent",
    "ComputeInstanceEvent",
    "DataStoreChangeEvent",
    "DataStoreReadEvent",
    "DataSetChangeEvent",
    "DataSetReadEvent",
    "PipelineChangeEvent",
    "PipelineReadEvent",
    "RunEvent",
    "RunReadEvent",
)


@rule(
    id="AML1802",
    title="Every kind of log of the workspace reaches the central Log Analytics workspace",
    severity="medium",
    severity_reason="What is left out is mostly reading, so nobody can tell who took data away.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "One place with everything lets an analyst follow an account from the job to the "
        "datastore and on to the next workspace. Logs in scattered accounts, or only some of their "
        "kinds, answer half of the questions, and which half shows when it is too late."
    ),
    fix=Fix(
        "az monitor diagnostic-settings update --resource {id} --name <setting> "
        '--set logs=\'[{"categoryGroup": "allLogs", "enabled": true}]\' '
        "workspaceId=<log analytics id>",
        companions=(diagnostic_setting("central"),),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/monitor-azure-machine-learning",),
    mappings={"mcsb": ("LT-5",), "waf": ("Security",)},
    parameters={
        "required_categories": (CATEGORIES, "categories of logs that must be sent"),
        "central_workspaces": (
            ("*",),
            "ids of the Log Analytics workspaces that count; * in one stands for any text",
        ),
    },
)
def every_category_central(workspace: Subject) -> Verdict:
    """Take away from the required categories what settings send to a central workspace."""
    if not any(True for _ in workspace.follow("diagnostic-settings")):
        return not_applicable("no diagnostic setting sends anything, which AML1801 reports")
    missing = unsent(listed(workspace, "required_categories"), _central(workspace))
    if missing:
        return fail(f"not sent to a central workspace: {', '.join(missing)}")
    return ok()


def _central(workspace: Subject) -> Iterator[Subject]:
    """Yield the diagnostic settings that send to a central workspace."""
    for setting in workspace.follow("diagnostic-settings"):
        target = setting.text("properties.workspaceId", default="")
        if "/providers/" in target and matches(workspace, "central_workspaces", target):
            yield setting

"""AML1608: nodes without work go soon."""

from datetime import timedelta
from typing import Final

from amlaudit import Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.durations import duration
from amlaudit.readings.parameters import number_of

IDLE: Final = "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown"
# https://learn.microsoft.com/azure/machine-learning/how-to-create-attach-compute-cluster
IDLE_UNLESS_SAID: Final = "PT120S"


@rule(
    id="AML1608",
    title="Nodes that have no work leave the cluster within half an hour",
    severity="low",
    severity_reason="Each minute that a large node waits is paid for.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "A node stays for a while after its last job in case another one comes, which spares the "
        "minutes of starting anew. Hours of that cost more than they spare, most of all on nodes "
        "with graphics cards, and every night and weekend adds them once more."
    ),
    fix="az ml compute update --name {name} --resource-group {group} --workspace-name <workspace> "
    "--idle-time-before-scale-down 300",
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",),
    mappings={"waf": ("Cost Optimization",)},
    parameters={"max_idle_seconds": (1800, "Longest time that a node may wait for work.")},
)
def idle_nodes_go(compute: Subject) -> Verdict:
    """Compare the time that nodes wait with the longest accepted."""
    if compute.text("properties.computeType") != "amlcompute":
        return not_applicable("only the nodes of a cluster come and go")
    idle = duration(compute, IDLE, default=IDLE_UNLESS_SAID)
    longest = timedelta(seconds=number_of(compute, "max_idle_seconds"))
    return ok() if idle <= longest else fail(f"nodes wait {idle} for work, longer than {longest}")

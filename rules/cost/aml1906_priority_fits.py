"""AML1906: production uses dedicated nodes, and other environments use spare capacity."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule, setting
from amlaudit.readings.computes import kind_of_compute
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import number_of
from amlaudit.readings.partial import known_of_each
from amlaudit.readings.patterns import matches

PRIORITY: Final = "properties.properties.vmPriority"
MAX_NODES: Final = "properties.properties.scaleSettings.maxNodeCount"


@rule(
    id="AML1906",
    title=(
        "Production clusters use dedicated nodes, and other workspaces have a low-priority cluster"
    ),
    severity="info",
    severity_reason=(
        "It is a matter of cost where work can be repeated, and of delay where it cannot."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "Low-priority nodes cost a fraction of dedicated ones and can be preempted at any time. "
        "That suits experiments, which resume from their last checkpoint, and is a risk for the "
        "nightly run that the business depends on."
    ),
    fix=Fix(
        "az ml compute create --name <cluster> --type AmlCompute --tier low_priority "
        "--resource-group {group} --workspace-name <workspace>",
        change=Change.RECREATE,
        note="For production, use the dedicated tier; the tier cannot be changed after creation.",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces/computes",
                {"properties.properties.vmPriority": "Dedicated"},
            ),
            adding(
                "Microsoft.MachineLearningServices/workspaces/computes",
                "spare-capacity",
                {
                    "location": "{its.location}",
                    "identity": {"type": "SystemAssigned"},
                    "properties": {
                        "computeType": "AmlCompute",
                        "computeLocation": "{its.location}",
                        "disableLocalAuth": True,
                        "properties": {
                            "vmSize": "<size of a machine>",
                            "vmPriority": "LowPriority",
                            "enableNodePublicIp": False,
                            "remoteLoginPortPublicAccess": "Disabled",
                            "scaleSettings": {
                                "minNodeCount": 0,
                                "maxNodeCount": 4,
                                "nodeIdleTimeBeforeScaleDown": "PT120S",
                            },
                        },
                    },
                },
                under="{its.id}",
                via=("workspace",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/optimize-ai-machine-learning-cost",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
    ),
    mappings={"waf": ("Cost Optimization",)},
    parameters={
        "advise_low_priority": (True, "Whether a missing low-priority cluster is a failure."),
        "min_total_nodes": (
            10,
            "Total number of nodes up to which a workspace needs no low-priority cluster.",
        ),
        "low_priority_exceptions": (
            (),
            "Names of clusters that may be low-priority in production.",
        ),
    },
)
def priority_fits(compute: Subject) -> Verdict:
    """Check the cluster's priority in production, elsewhere all clusters of the workspace."""
    if compute.text("properties.computeType") != "amlcompute":
        return not_applicable("only clusters have a priority")
    if compute.context("environment") == "prod":
        is_exception = matches(compute, "low_priority_exceptions", compute.name)
        if _is_low(compute) and not is_exception:
            return fail("the nodes of this production cluster can be preempted at any time")
        return ok()
    if not compute.parameters["advise_low_priority"]:
        return not_applicable("the workspace is not for production")
    return _with_others(compute)


def _with_others(compute: Subject) -> Verdict:
    """Judge a cluster together with the other clusters of its workspace."""
    nodes = 0.0
    for workspace in compute.follow("workspace"):
        for each in known_of_each(workspace.follow("computes"), _if_a_cluster):
            if _is_low(each):
                return ok(f"cluster {each.name} is low-priority")
            nodes += each.number(MAX_NODES)
    if nodes <= number_of(compute, "min_total_nodes"):
        return ok()
    return fail(f"the clusters have up to {nodes:.0f} nodes, and none is low-priority")


def _if_a_cluster(compute: Subject) -> Iterator[Subject]:
    """Yield a compute if it is a cluster."""
    if kind_of_compute(compute) == "amlcompute":
        yield compute


def _is_low(cluster: Subject) -> bool:
    """Tell whether a cluster is low-priority."""
    priority = one_of(cluster, PRIORITY, ("dedicated", "lowpriority"), default="dedicated")
    return priority == "lowpriority"

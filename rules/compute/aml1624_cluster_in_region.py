"""AML1624: clusters are in the region of their workspace."""

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.regions import are_together, region_of, region_of_compute, short_name


@rule(
    id="AML1624",
    title="The cluster is in the same region as its workspace",
    severity="low",
    severity_reason="It adds cost and latency and, at worst, moves data across a border.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "A cluster can be created in any region that has capacity. All data it reads is then "
        "transferred from the workspace's region, is billed per gigabyte, and leaves the region "
        "that was chosen for it."
    ),
    fix=Fix(
        "az ml compute create --file cluster.yml --resource-group {group} "
        "--workspace-name <workspace>",
        change=Change.RECREATE,
        note="Delete the cluster first, and leave location out of the file.",
        undeclared="The cluster's declaration does not contain the region of the workspace.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-create-attach-compute-cluster",
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-resource-organization",
    ),
    mappings={"waf": ("Cost Optimization",)},
    parameters={"cross_region_allowed": ((), "Regions in which clusters are always accepted.")},
)
def cluster_in_region(compute: Subject) -> Verdict:
    """Compare the region of the nodes with that of the workspace."""
    if compute.text("properties.computeType") != "amlcompute":
        return not_applicable("the compute is not a cluster")
    accepted = {short_name(each) for each in texts_of(compute, "cross_region_allowed")}
    for workspace in compute.follow("workspace"):
        if are_together(compute, workspace):
            continue
        found = region_of_compute(compute)
        if found not in accepted:
            return fail(f"it is in {found}, its workspace is in {region_of(workspace)}")
    return ok()

"""AML1624: clusters lie where their workspace lies."""

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.regions import region_of, region_of_compute, short_name


@rule(
    id="AML1624",
    title="The cluster lies in the region of its workspace",
    severity="low",
    severity_reason="It costs money and time, and leads data over a border at worst.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "A cluster may be made in any region that has room. All that it reads then comes from the "
        "region of the workspace, is paid for by the gigabyte, and leaves the place that was "
        "chosen for the data."
    ),
    fix=Fix(
        "az ml compute create --file cluster.yml --resource-group {group} "
        "--workspace-name <workspace>",
        change=Change.RECREATE,
        note="Delete the cluster first, and leave location out of the file.",
        undeclared="The region of the workspace is not known to the declaration of the cluster.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-create-attach-compute-cluster",
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-resource-organization",
    ),
    mappings={"waf": ("Cost Optimization",)},
    parameters={"cross_region_allowed": ((), "Regions in which any cluster may lie.")},
)
def cluster_in_region(compute: Subject) -> Verdict:
    """Compare the region of the nodes with that of the workspace."""
    if compute.text("properties.computeType") != "amlcompute":
        return not_applicable("the compute is no cluster")
    found = region_of_compute(compute)
    accepted = {short_name(each) for each in texts_of(compute, "cross_region_allowed")}
    for workspace in compute.follow("workspace"):
        if found not in {region_of(workspace), *accepted}:
            return fail(f"it lies in {found}, its workspace in {region_of(workspace)}")
    return ok()

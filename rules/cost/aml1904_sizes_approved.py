"""AML1904: machines use approved VM sizes."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.computes import WITH_GPU, kind_of_compute
from amlaudit.readings.partial import known_of
from amlaudit.readings.patterns import matches
from amlaudit.readings.traffic import kind_of

# Excludes sizes for single large jobs: eight GPUs, terabytes of memory, InfiniBand
ORDINARY: Final = tuple(f"Standard_{series}*" for series in ("B", "D", "E", "F", "NC", "NV"))


@rule(
    id="AML1904",
    title="The workspace's computes and deployments use approved VM sizes",
    severity="low",
    severity_reason="One large GPU VM that does small work can account for most of the bill.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The largest VM size costs as much per hour as the smallest per month, and is only one "
        "click away. A list of reviewed sizes, longer for those who need more, prevents "
        "accidental selection."
    ),
    fix=Fix(
        "az ml compute create --name <compute> --size <approved size> --type AmlCompute "
        "--resource-group {group} --workspace-name {name}",
        change=Change.RECREATE,
        note=(
            "The VM size of a compute cannot be changed; Azure Policy can deny other sizes from "
            "the start."
        ),
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces/computes",
                {"properties.properties.vmSize": "<size of a machine>"},
                via=("computes",),
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
                {"properties.instanceType": "<size of a machine>"},
                via=("online-endpoints", "online-deployments"),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/optimize-ai-machine-learning-cost",
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Compute/VMSkusAllowed_Deny.json",
    ),
    mappings={
        "azure_policy": ("cccc23c7-8427-4f53-ad12-b6a63eb452b3",),
        "waf": ("Cost Optimization",),
    },
    parameters={
        "allowed_vm_sizes": (ORDINARY, "Patterns of the VM sizes that may be used."),
        "gpu_environments": (
            (),
            "Environments in which GPU sizes may be used; if empty, all.",
        ),
    },
)
def sizes_approved(workspace: Subject) -> Verdict:
    """Compare the size of each compute and managed deployment with the approved ones."""
    is_any = False
    for name, size in known_of([_sizes_of_computes(workspace), _sizes_of_deployments(workspace)]):
        is_any = True
        if not matches(workspace, "allowed_vm_sizes", size):
            return fail(f"{name} has the VM size {size}, which is not approved")
        if size.startswith(WITH_GPU) and workspace.parameters["gpu_environments"]:
            environment = workspace.context("environment")
            if not matches(workspace, "gpu_environments", environment):
                return fail(f"{name} has GPUs, which are not allowed in {environment}")
    return ok() if is_any else not_applicable("the workspace has no VMs of its own")


def _sizes_of_computes(workspace: Subject) -> Iterator[tuple[str, str]]:
    """Yield (name, size) of each cluster and instance; attached ones belong to others."""
    for compute in workspace.follow("computes"):
        if kind_of_compute(compute) in ("amlcompute", "computeinstance"):
            yield compute.name, compute.text("properties.properties.vmSize")


def _sizes_of_deployments(workspace: Subject) -> Iterator[tuple[str, str]]:
    """Yield (name, size) of each managed online deployment."""
    for endpoint in workspace.follow("online-endpoints"):
        for deployment in endpoint.follow("online-deployments"):
            if kind_of(deployment) == "managed":
                yield deployment.name, deployment.text("properties.instanceType")

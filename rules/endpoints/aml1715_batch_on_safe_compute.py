"""AML1715: batch deployments run on computes that are as secure as the rest."""

from itertools import chain
from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.outbound_rules import isolation_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import kind_of_identity
from amlaudit.readings.sharing import network_owners

PRIORITY: Final = "properties.properties.vmPriority"
STATUS: Final = "properties.managedNetwork.status.status"


@rule(
    id="AML1715",
    title="The batch deployment's compute has an identity, runs in a network, and is dedicated",
    severity="medium",
    severity_reason="Batch scoring bypasses controls that apply elsewhere, or loses its nodes.",
    applies_to="Microsoft.MachineLearningServices/workspaces/batchEndpoints/deployments",
    because=(
        "A batch deployment is only as secure as the compute that it uses. Without a "
        "managed identity, the compute falls back to stored keys; outside a virtual "
        "network, it can reach the entire internet; and low-priority nodes are preempted in "
        "the middle of the nightly run."
    ),
    fix=Fix(
        "az ml batch-deployment update --name {name} --resource-group {group} "
        "--workspace-name <workspace> --endpoint-name <endpoint> --set compute=<cluster>",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces/computes",
                {"identity.type": "SystemAssigned"},
                via=("workspace", "computes"),
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {"properties.managedNetwork.isolationMode": "AllowOnlyApprovedOutbound"},
                via=("workspace",),
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {"properties.managedNetwork.isolationMode": "AllowOnlyApprovedOutbound"},
                via=("workspace", "hub"),
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces/computes",
                {"properties.properties.vmPriority": "Dedicated"},
                via=("workspace", "computes"),
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces/batchEndpoints/deployments",
                {"properties.compute": "{its.id}"},
                under="{id}",
                via=("workspace", "computes"),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces",
        "https://github.com/Azure/review-checklists/blob/main/checklists-ext/azuremachinelearning_sg_checklist.en.json",
    ),
    mappings={"waf": ("Security",)},
    parameters={
        "environments": (("prod",), "Environments in which nodes must be dedicated."),
    },
)
def batch_on_safe_compute(deployment: Subject) -> Verdict:
    """Find the compute in the workspace; without one, the service provides the nodes."""
    named = deployment.text("properties.compute", default="")
    if not named:
        return not_applicable("the service provides the nodes")
    name = arm_id.name_of(arm_id.normalise(named)).removeprefix("azureml:")
    for workspace in deployment.follow("workspace"):
        for compute in workspace.follow("computes"):
            if compute.name.lower() == name:
                flaw = _flaw_of(compute, texts_of(deployment, "environments"))
                return fail(f"compute {compute.name} {flaw}") if flaw else ok()
    return fail(f"there is no compute {name}")


def _flaw_of(compute: Subject, environments: frozenset[str]) -> str:
    """Return the flaw of a compute, empty if there is none; Kubernetes has its own network."""
    kind = one_of(compute, "properties.computeType", ("amlcompute", "kubernetes"))
    if kind_of_identity(compute) == "none":
        return "has no managed identity"
    if kind == "kubernetes":
        return ""
    if not _is_isolated(compute):
        return "is not in a virtual network"
    if compute.context("environment") not in environments:
        return ""
    is_kept = one_of(compute, PRIORITY, ("dedicated", "lowpriority")) == "dedicated"
    return "" if is_kept else "has nodes that can be preempted"


def _is_isolated(compute: Subject) -> bool:
    """Tell whether a cluster has a subnet, or its workspace a managed virtual network."""
    if compute.text("properties.properties.subnet.id", default=""):
        return True
    workspaces = compute.follow("workspace")
    return any(map(_manages_network, chain.from_iterable(map(network_owners, workspaces))))


def _manages_network(workspace: Subject) -> bool:
    """Tell whether the managed virtual network of a workspace is enabled and provisioned."""
    if isolation_of(workspace) == "disabled":
        return False
    return one_of(workspace, STATUS, ("active", "inactive")) == "active"

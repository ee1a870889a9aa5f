"""AML1727: a Kubernetes compute has its own namespace in the cluster, and a managed identity."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import known_of
from amlaudit.readings.permissions import kind_of_identity

NAMESPACE: Final = "properties.properties.namespace"
DEFAULT: Final = "default"


@rule(
    id="AML1727",
    title="The Kubernetes compute has a managed identity and a namespace of its own",
    severity="medium",
    severity_reason="Jobs of two teams in one namespace can read each other's secrets.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "In a cluster, RBAC, quotas and network policies apply to namespaces. In a "
        "namespace shared by several workspaces, a job can access the volumes and secrets "
        "of all others; without a managed identity it needs stored keys."
    ),
    fix=Fix(
        "az ml compute attach --type Kubernetes --name {name} --workspace-name <workspace> "
        "--resource-group {group} --resource-id <cluster id> --namespace <namespace> "
        "--identity-type SystemAssigned",
        change=Change.RECREATE,
        note="First create the namespace in the cluster, and detach the compute.",
        settings={"identity.type": "SystemAssigned", NAMESPACE: "<namespace>"},
    ),
    sources=(
        "https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/computes",
        "https://learn.microsoft.com/azure/machine-learning/how-to-attach-kubernetes-to-workspace",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Kubernetes/BlockDefaultNamespace.json",
    ),
    mappings={
        "mcsb": ["PV-2"],
        "nist_800_53_r5": ["AC-3", "AC-4", "CM-2", "CM-6", "CM-7", "SC-7"],
        "iso_27001_2022": ["A.5.14", "A.8.9"],
        "azure_policy": ["9f061a12-e40d-4183-a00e-171812443373"],
        "waf": ["Security"],
    },
    parameters={
        "common_namespaces": (
            (DEFAULT, "kube-system", "azureml"),
            "Shared namespaces, which no workspace has to itself.",
        ),
    },
)
def own_namespace(compute: Subject) -> Verdict:
    """Check the namespace and the identity, then look for other workspaces on the same cluster.

    Workspaces in other subscriptions are not checked.
    """
    if not _is_on_cluster(compute):
        return not_applicable("the compute is not a Kubernetes cluster")
    namespace = _namespace_of(compute)
    if namespace in {DEFAULT} | texts_of(compute, "common_namespaces"):
        return fail(f"the namespace is {namespace}, which is shared")
    if kind_of_identity(compute) == "none":
        return fail("the compute has no managed identity")
    place = _place_of(compute)
    for name in known_of(_used_by(each, place) for each in _other_workspaces(compute)):
        return fail(f"{name} also uses the namespace {namespace} of the cluster")
    return ok()


def _is_on_cluster(compute: Subject) -> bool:
    """Tell whether a compute is an attached Kubernetes cluster."""
    return compute.text("properties.computeType") == "kubernetes"


def _namespace_of(compute: Subject) -> str:
    """Return the namespace that a compute uses, lower case."""
    return compute.text(NAMESPACE, default=DEFAULT)


def _place_of(compute: Subject) -> tuple[str, str]:
    """Return the id of the cluster of a compute, and the namespace in it."""
    return arm_id.normalise(compute.text("properties.resourceId")), _namespace_of(compute)


def _other_workspaces(compute: Subject) -> Iterator[Subject]:
    """Yield the workspaces of the subscription besides that of a compute."""
    own = arm_id.parent_of(compute.id)
    for subscription in compute.follow("subscription"):
        yield from (each for each in subscription.follow("workspaces") if each.id != own)


def _used_by(workspace: Subject, place: tuple[str, str]) -> Iterator[str]:
    """Yield the name of a workspace for each of its computes that is in some namespace."""
    for each in filter(_is_on_cluster, workspace.follow("computes")):
        if _place_of(each) == place:
            yield workspace.name

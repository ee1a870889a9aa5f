"""AML2310: no lock keeps computes from scaling or from being removed."""

from itertools import chain
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, ok, rule

# https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
STOPS_COMPUTES: Final = ("cannotdelete", "readonly")  # levels


@rule(
    id="AML2310",
    title="No lock lies on the resource groups in which the computes scale",
    severity="medium",
    severity_reason="Computes behind a lock neither grow nor go away, and those that stay cost.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Whenever computes come or go, the service makes load balancers, public addresses and "
        "security groups for them and takes them away again. A lock on the resource group, or on "
        "the subscription above it, forbids that. Locks on the single resources that must not be "
        "lost, such as the storage account and the vault, protect as well and are in nobody's way."
    ),
    fix=Fix(
        "az lock delete --ids <lock id>",
        note="First lock the resources themselves that the lock was meant to protect.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet",
        "https://learn.microsoft.com/azure/machine-learning/how-to-create-attach-compute-cluster",
    ),
    mappings={"waf": ("Reliability",)},
)
def groups_unlocked(workspace: Subject) -> Verdict:
    """Look for locks over the group of the workspace and those of its computes' networks.

    Locks of the subscriptions above count too; locks on single resources do not.
    """
    computes = workspace.follow("computes")
    subnets = (subnet for compute in computes for subnet in compute.follow("subnet"))
    unfamiliar = None
    for place in chain([workspace], subnets):
        for group in place.follow("resource-group"):
            for lock in group.follow("locks"):
                level = lock.text("properties.level")
                if level in STOPS_COMPUTES:
                    return fail(f"lock {lock.name} holds for resource group {group.name}")
                unfamiliar = lock.unfamiliar("properties.level", level)
    if unfamiliar:
        raise unfamiliar
    return ok()

"""Kubernetes clusters that workspaces use."""

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject


def is_attached(cluster: Subject) -> bool:
    """Tell whether a workspace uses a cluster in Azure; only those of its subscription can.

    https://learn.microsoft.com/azure/machine-learning/how-to-deploy-kubernetes-extension

    Raises:
        NoDataError: It is not known.
    """
    for subscription in cluster.follow("subscription"):
        for workspace in subscription.follow("workspaces"):
            for compute in workspace.follow("computes"):
                named = compute.text("properties.resourceId", default="")
                if arm_id.normalise(named) == cluster.id:
                    return True
    return False

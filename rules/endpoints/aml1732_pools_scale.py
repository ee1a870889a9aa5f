"""AML1732: the node pools on which an attached cluster runs models scale with the load."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.partial import known_of, known_of_each

POOLS: Final = "properties.agentPoolProfiles"
MODES: Final = ("system", "user", "gateway", "machines", "managedsystem")
MACHINES: Final = "virtualMachinesProfile.scale.autoscale"
PROVISIONING: Final = "properties.nodeProvisioningProfile.mode"
PROVISIONING_SINCE: Final = "2025-05-01"  # API version


@rule(
    id="AML1732",
    title="The node pools on which an attached AKS cluster runs models scale with the load",
    severity="low",
    severity_reason="A fixed number of nodes is either paid for in vain or too small at the peak.",
    applies_to="Microsoft.ContainerService/managedClusters",
    because=(
        "A model can ask for more replicas, but only the cluster can add nodes for them. In a "
        "pool of a fixed size, replicas that find no room wait, and so do training jobs; by night "
        "the same nodes cost as much as by day."
    ),
    fix=Fix(
        "az aks nodepool update --cluster-name {name} --resource-group {group} --name <pool> "
        "--enable-cluster-autoscaler --min-count <nodes> --max-count <nodes>",
        undeclared="Only the owner knows the smallest and the largest number of nodes of a pool.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/aks/cluster-autoscaler-overview",
        "https://learn.microsoft.com/azure/aks/node-autoprovision",
        "https://learn.microsoft.com/azure/machine-learning/how-to-attach-kubernetes-anywhere",
    ),
    mappings={"waf": ("Cost Optimization", "Reliability")},
)
def pools_scale(cluster: Subject) -> Verdict:
    """Check each pool for models: the user pools, or all pools if there are none."""
    if not any(True for _ in cluster.follow("computes-by-cluster")):
        return not_applicable("no workspace uses the cluster")
    for way in known_of((_provisions(cluster), _scales(cluster))):
        return ok(way)
    return fail(f"pool {next(_fixed_pools(cluster))} has a fixed number of nodes")


def _provisions(cluster: Subject) -> Iterator[str]:
    """Yield that Azure provisions nodes, if it does."""
    states, since = ("auto", "manual"), PROVISIONING_SINCE
    if one_of(cluster, PROVISIONING, states, default="manual", since=since) == "auto":
        yield "Azure provisions nodes as they are needed"


def _scales(cluster: Subject) -> Iterator[str]:
    """Yield an empty text if every pool for models scales."""
    if not any(True for _ in _fixed_pools(cluster)):
        yield ""


def _fixed_pools(cluster: Subject) -> Iterator[str]:
    """Yield the names of the pools for models that do not scale."""
    return known_of_each(_pools_of_models(cluster), _if_fixed)


def _pools_of_models(cluster: Subject) -> Iterator[Subject]:
    """Yield the user pools, or all pools if there are none.

    https://learn.microsoft.com/azure/aks/use-system-pools

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    seen = False
    for pool in known_of_each(cluster.each(POOLS), _if_of_users):
        seen = True
        yield pool
    if not seen:
        yield from cluster.each(POOLS)


def _if_of_users(pool: Subject) -> Iterator[Subject]:
    """Yield a pool, if it is meant for applications."""
    if one_of(pool, "mode", MODES, default="user") == "user":
        yield pool


def _if_fixed(pool: Subject) -> Iterator[str]:
    """Yield the name of a pool, if it does not scale; pools of single machines say so elsewhere."""
    if not pool.flag("enableAutoScaling", default=False) and not pool.get(MACHINES, default=None):
        yield pool.text("name")

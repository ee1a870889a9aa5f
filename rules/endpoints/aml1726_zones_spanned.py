"""AML1726: attached clusters that serve production tolerate the loss of a zone."""

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.regions import has_zones
from amlaudit.readings.texts import texts_in


@rule(
    id="AML1726",
    title="Every node pool of an attached production cluster spans availability zones",
    severity="low",
    severity_reason="Zone failures are rare, but then everything that the pool serves stops.",
    applies_to="Microsoft.ContainerService/managedClusters",
    because=(
        "Nodes without zones are placed wherever there is capacity, often all in one "
        "datacenter. If that fails, so does every model on the pool, and new nodes wait for "
        "capacity there."
    ),
    fix=Fix(
        "az aks nodepool add --cluster-name {name} --resource-group {group} --name <pool> "
        "--zones 1 2 3",
        change=Change.RECREATE,
        note=(
            "A node pool's zones cannot be changed: drain the old pool and delete it afterwards."
        ),
        undeclared="A pool with zones replaces the old one once the workloads have moved.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Resilience/ContainerService_managedclusters_ZoneRedundant_Audit.json",
    ),
    mappings={"azure_policy": ("2dec5f47-bc40-40d1-8c7d-a39d9d6808d1",), "waf": ("Reliability",)},
    parameters={
        "environments": (
            ("prod",),
            "Environments whose clusters must tolerate the loss of a zone.",
        ),
        "min_zones": (2, "Minimum number of zones that each node pool must span."),
    },
)
def zones_spanned(cluster: Subject) -> Verdict:
    """Look for a production workspace that the cluster is attached to, then check its pools.

    In a region without zones, no pool can span any.
    """
    environments = texts_of(cluster, "environments")
    computes = cluster.follow("computes-by-cluster")
    if not any(each.context("environment") in environments for each in computes):
        return not_applicable("the cluster is not attached to a production workspace")
    least = number_of(cluster, "min_zones")
    for pool in cluster.each("properties.agentPoolProfiles"):
        if len(set(texts_in(pool, "availabilityZones", default=()))) < least:
            if not has_zones(cluster):
                return not_applicable("the region of the cluster has no availability zones")
            return fail(f"the nodes of pool {pool['name']} are not spread over {least:.0f} zones")
    return ok()

"""AML1733: attached clusters run a version of Kubernetes that Azure supports."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.regions import region_of
from amlaudit.readings.texts import texts_in

VERSION: Final = "properties.kubernetesVersion"
RUNNING: Final = "properties.currentKubernetesVersion"
PLAN: Final = "properties.supportPlan"
COMMUNITY: Final = "KubernetesOfficial"
VERSIONS: Final = "properties.values"


@rule(
    id="AML1733",
    title="The attached AKS cluster runs a version of Kubernetes that Azure supports",
    severity="medium",
    severity_reason="An unsupported version gets no more security fixes, and no help in an outage.",
    applies_to="Microsoft.ContainerService/managedClusters",
    because=(
        "Azure supports the last three minor versions of Kubernetes, and a new one comes every "
        "four months. An older cluster keeps running, but holes in its API server, its nodes and "
        "its ingress stay open, and the Azure ML extension stops supporting it. Long-term support "
        "lasts two years and has to be chosen for the cluster."
    ),
    fix=Fix(
        "az aks upgrade --name {name} --resource-group {group} --kubernetes-version <version>",
        note="A cluster can skip no minor version: upgrade one after the other.",
        undeclared="Upgrades go one minor version at a time, and people try the models after each.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/aks/supported-kubernetes-versions",
        "https://learn.microsoft.com/azure/aks/long-term-support",
        "https://learn.microsoft.com/azure/machine-learning/how-to-deploy-kubernetes-extension",
    ),
    mappings={"mcsb": ("PV-6",), "nist_800_53_r5": ("SI-2",), "waf": ("Security", "Reliability")},
)
def version_supported(cluster: Subject) -> Verdict:
    """Look the cluster's minor version up among those that its region supports."""
    if not any(True for _ in cluster.follow("computes-by-cluster")):
        return not_applicable("no workspace uses the cluster")
    running = "" if cluster.is_as_declared else cluster.text(RUNNING, default="")
    version = running or cluster.text(VERSION)
    minor = ".".join(version.split(".")[:2])
    plan = cluster.text(PLAN, default=COMMUNITY)
    offered = _offered(cluster, minor)
    if offered is None:
        return fail(f"Kubernetes {version} is no longer supported, or not yet")
    if offered.flag("isPreview", default=False):
        return fail(f"Kubernetes {version} is only a preview")
    if plan not in set(texts_in(offered, "capabilities.supportPlan")):
        return fail(f"Kubernetes {version} is only supported under another plan than {plan}")
    return ok()


def _offered(cluster: Subject, minor: str) -> Subject | None:
    """Return what the region of a cluster says of a minor version, None if it does not offer it.

    Raises:
        NoDataError: It is not known.
    """
    none = True
    for offered in _versions(cluster):
        none = False
        if offered.text("version") == minor:
            return offered
    if none:
        raise cluster.undetermined(VERSION, "which versions the region supports")
    return None


def _versions(cluster: Subject) -> Iterator[Subject]:
    """Yield the minor versions that the region of a cluster offers."""
    region = region_of(cluster)
    for subscription in cluster.follow("subscription"):
        for location in subscription.follow("cluster-locations"):
            if location.name.lower() == region:
                for supported in location.follow("kubernetes-versions"):
                    yield from supported.each(VERSIONS)

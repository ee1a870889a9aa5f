"""AML1724: only known addresses reach the API server of an attached cluster."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.clusters import is_attached

ACCESS: Final = "properties.apiServerAccessProfile"


@rule(
    id="AML1724",
    title="Only known addresses reach the API server of an attached cluster",
    severity="medium",
    severity_reason="The cluster can be administered from anywhere by whoever has a credential.",
    applies_to="Microsoft.ContainerService/managedClusters",
    because=(
        "Who reaches the API server with a stolen certificate or token owns the models, the data "
        "mounted into jobs and the identities of the nodes. A private cluster is reached from its "
        "network alone, a list of addresses from the places that you know."
    ),
    fix=Fix(
        "az aks update --name {name} --resource-group {group} "
        "--api-server-authorized-ip-ranges <ranges>",
        note="List the machine learning service in both paired regions too, or it is locked out.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-deploy-kubernetes-extension",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Security%20Center/ASC_EnableIpRanges_KubernetesService_Audit.json",
        "https://github.com/prowler-cloud/prowler/tree/master/prowler/providers/azure/services",
    ),
    mappings={
        "mcsb": ("NS-2",),
        "nist_800_53_r5": ("AC-4", "SC-7", "SC-7(3)"),
        "iso_27001_2022": ("A.8.1", "A.8.14", "A.8.20"),
        "azure_policy": ("0e246bcf-5f6f-4f87-bc6f-775d4712c7ea",),
        "waf": ("Security",),
    },
)
def api_server_limited(cluster: Subject) -> Verdict:
    """Look for a private cluster or a list of addresses; without either, everybody may come."""
    if not is_attached(cluster):
        return not_applicable("no workspace uses the cluster")
    if cluster.flag(f"{ACCESS}.enablePrivateCluster", default=False):
        return ok()
    if any(True for _ in cluster.each(f"{ACCESS}.authorizedIPRanges", default=())):
        return ok()
    return fail("every address reaches the API server")

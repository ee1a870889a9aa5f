"""AML1725: the directory and roles decide who may do what on an attached cluster."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.clusters import is_attached


@rule(
    id="AML1725",
    title="People sign in to an attached cluster with the directory, and roles bind them there",
    severity="medium",
    severity_reason="Whoever has the one certificate of the cluster is its administrator for ever.",
    applies_to="Microsoft.ContainerService/managedClusters",
    because=(
        "Without the directory, everybody who works on the cluster uses the same certificate: "
        "nobody can be told apart, and nobody can be locked out alone. Without roles, each of them "
        "may do everything, in the namespaces of the models as in all others."
    ),
    fix=Fix(
        "az aks update --name {name} --resource-group {group} --enable-aad",
        note="Leave local accounts on, which the service needs; roles take a new cluster.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-deploy-kubernetes-extension",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Security%20Center/ASC_EnableRBAC_KubernetesService_Audit.json",
        "https://github.com/prowler-cloud/prowler/tree/master/prowler/providers/azure/services",
    ),
    mappings={
        "mcsb": ("PA-7",),
        "nist_800_53_r5": ("AC-3(7)", "AC-6"),
        "iso_27001_2022": ("A.8.3",),
        "azure_policy": ("ac4a19c2-fa67-49b4-8ae5-0b2e78c49457",),
        "waf": ("Security",),
    },
)
def cluster_directory_roles(cluster: Subject) -> Verdict:
    """Look for the directory's profile, which is absent where people do not sign in with it."""
    if not is_attached(cluster):
        return not_applicable("no workspace uses the cluster")
    if cluster.get("properties.aadProfile", default=None) is None:
        return fail("people do not sign in with the directory")
    if not cluster.flag("properties.enableRBAC"):
        return fail("the cluster has no roles")
    return ok()

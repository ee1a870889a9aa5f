"""AML1501: the storage of a workspace is closed to the public network."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.firewall import LIMIT, flaw_of, public_access_of


@rule(
    id="AML1501",
    title="The storage account refuses public network access",
    severity="high",
    severity_reason="Training data, code and models can be reached from every address.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "Whoever gets hold of a key, a signature or a token can use it from anywhere while the "
        "account answers to the internet. Over private endpoints the data of the workspace stay in "
        "its networks. Where registries for machine learning share assets, a firewall that refuses "
        "everything but selected networks is as far as one can go, so it is accepted too."
    ),
    fix=Fix(
        "az storage account update --name {name} --resource-group {group} "
        "--public-network-access Disabled",
        note="Create private endpoints for blob and file first, or the workspace loses its data.",
        settings={"properties.publicNetworkAccess": "Disabled"},
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://learn.microsoft.com/azure/machine-learning/how-to-registry-network-isolation",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Storage/StoragePublicNetworkAccess_AuditDeny.json",
    ),
    mappings={
        "mcsb": ["NS-2"],
        "cis_azure": ["3.0.0:4.6", "4.0.0:10.3.2.2", "5.0.0:9.3.2.2", "6.0.0:9.3.2.2"],
        "azure_policy": [
            "b2982f36-99f2-4db5-8eff-283140c09693",
            "a06d0189-92e8-4dba-b0c4-08d7669fce7d",
        ],
        "waf": ["Security"],
    },
    parameters={
        "accept_firewall": (True, "Whether a firewall that AML1502 finds tight is enough."),
        **LIMIT,
    },
)
def closed_to_public(account: Subject) -> Verdict:
    """Read whether the public may come in, then whether a firewall leaves it next to nothing."""
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace has data in this account")
    if public_access_of(account) != "enabled":
        return ok()
    accepted = account.parameters["accept_firewall"]
    if accepted and not flaw_of(account, "properties.networkAcls"):
        return not_applicable("the firewall lets in a few known networks only")
    return fail("public network access is not disabled")

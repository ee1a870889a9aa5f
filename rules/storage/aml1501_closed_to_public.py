"""AML1501: public network access to the storage of a workspace is disabled."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.firewall import LIMIT, flaw_of, public_access_of


@rule(
    id="AML1501",
    title="Public network access to the storage account is disabled",
    severity="high",
    severity_reason="Training data, code and models are otherwise reachable from any address.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "While the account is reachable from the internet, anyone who obtains an account key, SAS "
        "or token can use it from anywhere. With private endpoints, the data of the workspace "
        "stays within its networks. Where Azure ML registries share assets, a firewall that allows "
        "only selected networks is the strictest possible setting, so it is accepted too."
    ),
    fix=Fix(
        "az storage account update --name {name} --resource-group {group} "
        "--public-network-access Disabled",
        note=(
            "Create private endpoints for blob and file first; otherwise the workspace loses "
            "access to its data."
        ),
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
        "accept_firewall": (True, "Whether a firewall that passes AML1502 is sufficient."),
        **LIMIT,
    },
)
def closed_to_public(account: Subject) -> Verdict:
    """Check public network access, then whether the firewall restricts it to known networks."""
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace stores data in this account")
    if public_access_of(account) != "enabled":
        return ok()
    accepted = account.parameters["accept_firewall"]
    if accepted and not flaw_of(account):
        return not_applicable("the firewall allows only a few known networks")
    return fail("public network access is not disabled")

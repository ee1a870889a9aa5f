"""AML1404: the key vault of a workspace has a private endpoint."""

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import endpoint_to
from amlaudit.readings.private_access import has_approved, unreached


@rule(
    id="AML1404",
    title="The key vault of the workspace has an approved private endpoint",
    severity="medium",
    severity_reason=(
        "Without one, even a private workspace fetches its secrets over a public address."
    ),
    applies_to="Microsoft.KeyVault/vaults",
    because=(
        "Jobs and deployments read the credentials of their data sources from the vault. Without a "
        "private endpoint they use the vault's public address, so public network access must stay "
        "enabled. A connection that is pending, rejected or disconnected carries no traffic."
    ),
    fix=Fix(
        "az network private-endpoint create --name {name}-pe --resource-group <network group> "
        "--vnet-name <network> --subnet <subnet> --connection-name {name} --group-id vault "
        "--private-connection-resource-id {id}",
        change=Change.CREATE_COMPANION,
        note="Also link the private DNS zone for key vaults to the virtual network.",
        companions=(endpoint_to("vault", "zone id of privatelink.vaultcore.azure.net"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Key%20Vault/Should_Use_PrivateEndpoint_Audit.json",
    ),
    mappings={
        "mcsb": ["DP-8", "NS-2"],
        "cis_azure": ["3.0.0:3.3.7", "4.0.0:9.3.8", "5.0.0:8.3.8", "6.0.0:8.3.8"],
        "nist_800_53_r5": ["AC-4", "AC-17", "AC-17(1)", "SC-7", "SC-7(3)"],
        "iso_27001_2022": ["A.8.20"],
        "azure_policy": ["a6abeaec-4d90-4a02-805f-6b26c4d3fbe9"],
        "waf": ["Security"],
    },
)
def private_endpoint(vault: Subject) -> Verdict:
    """Check the vault's private endpoint connections, then the networks of its workspaces."""
    users = "workspaces-by-vault"
    if not any(True for _ in vault.follow(users)):
        return not_applicable("no workspace uses the vault")
    if has_approved(vault):
        return ok()
    if not any(True for _ in unreached(vault, vault.follow(users), {"vault"})):
        return not_applicable(
            "only managed virtual networks use it, over their own private endpoints"
        )
    return fail("no private endpoint connection is approved")

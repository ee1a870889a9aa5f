"""AML1401: the key vault of a workspace is closed to the public network."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule

KEY_VAULT: Final = "properties.encryption.keyVaultProperties.keyVaultArmId"
SERVICE_SIDE: Final = "properties.enableServiceSideCMKEncryption"
SHOWN_SINCE: Final = "2025-06-01"  # API version


@rule(
    id="AML1401",
    title="The key vault of the workspace refuses public network access",
    severity="high",
    severity_reason="It keeps the credentials of every datastore that does not use an identity.",
    applies_to="Microsoft.KeyVault/vaults",
    because=(
        "The workspace writes the account keys, passwords and tokens of its datastores and "
        "connections into this vault. As long as the vault answers to the internet, a stolen token "
        "with rights on it is enough to collect them all. Only a vault with the key of a workspace "
        "that is encrypted on the side of the service has to stay public: the service comes in "
        "from outside."
    ),
    fix=Fix(
        "az keyvault update --name {name} --resource-group {group} "
        "--public-network-access Disabled",
        note="Create a private endpoint for the vault first, or the workspace loses its secrets.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet",
        "https://learn.microsoft.com/azure/machine-learning/concept-customer-managed-keys",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Key%20Vault/PublicNetworkAccess_Audit.json",
    ),
    mappings={
        "mcsb": ["DP-8", "NS-2"],
        "cis_azure": ["5.0.0:8.3.7", "6.0.0:8.3.7"],
        "nist_800_53_r5": ["AC-4", "SC-7", "SC-7(3)"],
        "iso_27001_2022": ["A.5.14", "A.8.20"],
        "azure_policy": [
            "405c5871-3e91-4644-8a63-58e19d68ff5b",
            "55615ac9-af46-4a59-874e-391cc3dfb490",
        ],
        "waf": ["Security"],
    },
)
def vault_closed_to_public(vault: Subject) -> Verdict:
    """Go through the workspaces that use the vault, then read whether the public may come in."""
    users = 0
    for workspace in vault.follow("workspaces-by-vault"):
        users += 1
        holds_key = arm_id.normalise(workspace.text(KEY_VAULT, default="")) == vault.id
        if holds_key and workspace.flag(SERVICE_SIDE, default=False, since=SHOWN_SINCE):
            return not_applicable("it holds the key of a workspace with service-side encryption")
    if users == 0:
        return not_applicable("no workspace uses the vault")
    if vault.text("properties.publicNetworkAccess", default="Enabled") == "disabled":
        return ok()
    return fail("public network access is not disabled")

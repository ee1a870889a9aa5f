"""AML1103: the key vault with the encryption key is protected against loss."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.own_keys import has_own_key
from amlaudit.readings.regions import are_together
from amlaudit.readings.texts import some_text

VAULT_ID: Final = "properties.encryption.keyVaultProperties.keyVaultArmId"


@rule(
    id="AML1103",
    title="The key vault with the workspace's encryption key is protected against loss",
    severity="high",
    severity_reason="Without the key, the workspace and all its data are permanently lost.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Data that a workspace encrypts with a customer-managed key is readable only as long as "
        "the key exists. Soft delete retains a deleted vault for a while, and purge protection "
        "prevents anyone from shortening that time. A vault in another region makes the workspace "
        "depend on that region too."
    ),
    fix=Fix(
        "az keyvault update --name <vault> --enable-purge-protection true",
        irreversible=True,
        note=(
            "Purge protection cannot be disabled again; a vault cannot be moved to another region."
        ),
        companions=(
            setting(
                "Microsoft.KeyVault/vaults",
                {"properties.enablePurgeProtection": True, "properties.enableSoftDelete": True},
                via=("encryption-key-vault",),
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {
                    "properties.encryption.keyVaultProperties.keyVaultArmId": "<key vault id>",
                    "properties.encryption.keyVaultProperties.keyIdentifier": "<key id>",
                },
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-customer-managed-keys",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Key%20Vault/Recoverable_Audit.json",
    ),
    mappings={
        "mcsb": ("DP-6", "DP-8"),
        "nist_800_53_r5": ("CP-9", "MP-6", "SI-7(5)"),
        "iso_27001_2022": ("A.7.14",),
        "azure_policy": ("0b60c0b2-2dc2-4e1c-b5c9-abbed971de53",),
        "waf": ("Security",),
    },
    parameters={
        "require_same_region": (True, "Whether the vault must be in the region of the workspace."),
    },
)
def key_vault_recoverable(workspace: Subject) -> Verdict:
    """Check the vault of the customer-managed key; without one, Microsoft manages the keys."""
    if not has_own_key(workspace):
        return not_applicable("the workspace is encrypted with Microsoft-managed keys")
    some_text(workspace, VAULT_ID)  # with a customer-managed key, it references the vault
    for vault in workspace.follow("encryption-key-vault"):
        if not vault.flag("properties.enablePurgeProtection", default=False):
            return fail(f"{vault.name} has no purge protection")
        # enabled for every vault since 2020: https://learn.microsoft.com/azure/key-vault/general/soft-delete-change
        if not vault.flag("properties.enableSoftDelete", default=True):
            return fail(f"{vault.name} has no soft delete")
        near = workspace.parameters["require_same_region"]
        if near and not are_together(vault, workspace):
            return fail(f"{vault.name} is in another region than the workspace")
    return ok()

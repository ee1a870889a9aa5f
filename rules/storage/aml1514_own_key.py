"""AML1514: storage of workspaces with sensitive data is encrypted with a key of the company's."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.workspaces import workspaces_with_data_in


@rule(
    id="AML1514",
    title="The storage account of sensitive data is encrypted with a key of its owner",
    severity="medium",
    severity_reason="Data are encrypted anyway, but nobody here can take the key away.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "A customer-managed key of the workspace does not reach the account that holds its data: "
        "the account needs a setting of its own. Only with an own key can the owner of the data "
        "see in a log when it is used, and end all access by withdrawing it."
    ),
    fix=Fix(
        "az storage account update --name {name} --resource-group {group} "
        "--encryption-key-source Microsoft.Keyvault --encryption-key-vault <vault uri> "
        "--encryption-key-name <key>",
        note=(
            "Give the identity of the account the right to wrap and unwrap with the key first, and "
            "protect its vault against purging: without the key the data are lost."
        ),
        companions=(
            setting(
                "Microsoft.Storage/storageAccounts",
                {
                    "properties.encryption.keySource": "Microsoft.Keyvault",
                    "properties.encryption.keyvaultproperties": {
                        "keyvaulturi": "<vault uri>",
                        "keyname": "<key>",
                    },
                },
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-data-encryption",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Storage/StorageAccountCustomerManagedKeyEnabled_Audit.json",
    ),
    mappings={
        "mcsb": ["DP-5"],
        "cis_azure": ["3.0.0:4.11"],
        "nist_800_53_r5": ["SC-12", "SC-28"],
        "iso_27001_2022": ["A.8.5", "A.8.11", "A.8.24"],
        "azure_policy": ["6fac406b-40ca-413b-bf8e-0bf964659c25"],
        "waf": ["Security"],
    },
    parameters={
        "classifications": (
            ("confidential", "restricted"),
            "Classifications of workspaces that ask for an own key.",
        )
    },
)
def own_key(account: Subject) -> Verdict:
    """Look for a workspace with sensitive data on the account, then at where the key comes from."""
    sensitive = texts_of(account, "classifications")
    users = workspaces_with_data_in(account)
    if not any(each.context("classification") in sensitive for each in users):
        return not_applicable("no workspace with data that ask for an own key uses the account")
    sources = ("microsoft.storage", "microsoft.keyvault")
    path = "properties.encryption.keySource"
    if one_of(account, path, sources, default="Microsoft.Storage") == "microsoft.keyvault":
        return ok()
    return fail("the account is encrypted with a key of Microsoft's")

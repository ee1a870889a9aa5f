"""AML1518: account keys that can be used are rotated."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of

MADE: Final = "properties.creationTime"


@rule(
    id="AML1518",
    title="Both access keys of a storage account with shared key access are rotated in time",
    severity="medium",
    severity_reason=(
        "Anyone who ever obtained a key can read and delete everything until it is rotated."
    ),
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "Datastores, scripts and former employees hold copies of account keys. A key is valid "
        "until someone rotates it, and nothing shows who used it."
    ),
    fix=Fix(
        "az storage account keys renew --account-name {name} --resource-group {group} "
        "--key primary && az ml workspace sync-keys --name <workspace> --resource-group <group>",
        note="Rotate one key at a time, so that clients of the other key keep working.",
        undeclared="A key is rotated by an action; no template contains it.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/concept-data-encryption",
        "https://learn.microsoft.com/azure/storage/common/storage-account-keys-manage",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Storage/StorageAccountKeysExpired_Restrict.json",
    ),
    mappings={
        "mcsb": ("DP-6",),
        "cis_azure": ("4.0.0:10.3.1.2", "5.0.0:9.3.1.2", "6.0.0:9.3.1.2"),
        "nist_800_53_r5": ("SC-12",),
        "iso_27001_2022": ("A.8.24",),
        "azure_policy": ("044985bb-afe1-42cd-8a36-9d5d42424537",),
        "waf": ("Security",),
    },
    parameters={"max_key_age_days": (90, "Maximum age of a key, in days.")},
)
def keys_renewed(account: Subject) -> Verdict:
    """Check the creation time of each key; if Azure reports none, that of the account counts."""
    if not account.flag("properties.allowSharedKeyAccess", default=True):
        return not_applicable("shared key access is disabled")
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace stores data in this account")
    if account.is_as_declared:
        return not_applicable("an account in a template has no keys yet")
    for key in ("key1", "key2"):
        path = f"properties.keyCreationTime.{key}"
        path = path if account.get(path, default=None, since="2021-02-01") else MADE
        age = (account.read_at - account.time(path)).days
        if age > number_of(account, "max_key_age_days"):
            return fail(f"{key} was last rotated {age} days ago")
    return ok()

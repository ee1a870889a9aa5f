"""AML1518: account keys that are still used are renewed."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of

MADE: Final = "properties.creationTime"


@rule(
    id="AML1518",
    title="Both keys of a storage account that may be used are renewed in time",
    severity="medium",
    severity_reason="Whoever ever held a key can read and delete everything until it changes.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "Datastores, scripts and people who left hold copies of account keys. A key is good until "
        "somebody renews it, and nothing tells who used it."
    ),
    fix=Fix(
        "az storage account keys renew --account-name {name} --resource-group {group} "
        "--key primary && az ml workspace sync-keys --name <workspace> --resource-group <group>",
        note="One key after the other, so that what uses the second keeps working.",
        undeclared="A key is renewed by an action; no declaration holds it.",
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
    parameters={"max_key_age_days": (90, "Days after which a key must have been renewed.")},
)
def keys_renewed(account: Subject) -> Verdict:
    """Look at when each key was made; one of which Azure says nothing is as old as the account."""
    if not account.flag("properties.allowSharedKeyAccess", default=True):
        return not_applicable("no account key can be used")
    if not any(True for _ in account.follow("workspaces-with-data")):
        return not_applicable("no workspace has data in this account")
    if account.is_as_declared:
        return not_applicable("an account that is declared has no keys yet")
    for key in ("key1", "key2"):
        path = f"properties.keyCreationTime.{key}"
        path = path if account.get(path, default=None, since="2021-02-01") else MADE
        age = (account.read_at - account.time(path)).days
        if age > number_of(account, "max_key_age_days"):
            return fail(f"{key} was last renewed {age} days ago")
    return ok()

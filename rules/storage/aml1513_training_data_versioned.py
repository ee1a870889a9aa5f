"""AML1513: blob versioning is enabled for the data that datastores point to."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.datastores import is_hierarchical
from amlaudit.readings.partial import any_holds

SYSTEM_DATASTORES: Final = (
    "workspaceblobstore",
    "workspacefilestore",
    "workspaceartifactstore",
    "workspaceworkingdirectory",
)
IMMUTABLE: Final = "properties.immutableStorageWithVersioning.enabled"
IMMUTABLE_SINCE: Final = "2021-06-01"  # API version
VERSIONED: Final = "properties.isVersioningEnabled"
VERSIONED_SINCE: Final = "2019-06-01"  # API version
OF_BLOBS: Final = ("azureblob", "azuredatalakegen2")  # types of datastore


@rule(
    id="AML1513",
    title="Blob versioning is enabled for training data",
    severity="low",
    severity_reason="Nothing is exposed, but overwriting a file changes the input of past runs.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "A version of a data asset is only a name for a path: the files stay in place, and "
        "overwriting one changes every version that points to it. With blob versioning, the data a "
        "model was trained on can be restored. Accounts with a hierarchical namespace do not "
        "support it; there, each delivery needs its own path."
    ),
    fix=Fix(
        "az storage account blob-service-properties update --account-name {name} "
        "--resource-group {group} --enable-versioning true",
        note="Every version is billed: add a lifecycle rule that deletes old versions.",
        companions=(
            adding(
                "Microsoft.Storage/storageAccounts/blobServices",
                "default",
                {"properties": {"isVersioningEnabled": True}},
            ),
        ),
    ),
    sources=(
        "https://github.com/Azure/FTALive-Sessions/tree/main/content/ai/enterprise-ml",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Storage/StorageAccountEnableBlobVersion_Audit.json",
    ),
    mappings={
        "cis_azure": ["4.0.0:10.2.2", "5.0.0:9.2.3", "6.0.0:9.2.3"],
        "azure_policy": ["c36a325b-ae04-4863-ad4f-19c6678f8e08"],
        "waf": ["Reliability"],
    },
    parameters={"accept_path_versioning": (False, "Whether the team never overwrites a path.")},
)
def training_data_versioned(account: Subject) -> Verdict:
    """Look for a user-created datastore on the account, then for blob versioning."""
    if account.parameters["accept_path_versioning"]:
        return not_applicable("data is versioned by path")
    if is_hierarchical(account):
        return not_applicable("a hierarchical namespace does not support blob versioning")
    if not _has_training_data(account):
        return not_applicable("only the default datastores of workspaces use this account")
    is_versioned = any_holds(
        (
            # Version-level immutability includes versioning.
            lambda: account.flag(IMMUTABLE, default=False, since=IMMUTABLE_SINCE),
            lambda: any(
                each.flag(VERSIONED, default=False, since=VERSIONED_SINCE)
                for each in account.follow("blob-service")
            ),
        )
    )
    return ok() if is_versioned else fail("blob versioning is not enabled")


def _has_training_data(account: Subject) -> bool:
    """Tell whether a blob datastore other than the default ones points to the account."""
    return any(
        datastore.text("properties.datastoreType") in OF_BLOBS
        and datastore.text("properties.accountName") == account.name.lower()
        for workspace in account.follow("workspaces-with-data")
        for datastore in workspace.follow("datastores")
        if datastore.name.lower() not in SYSTEM_DATASTORES
    )

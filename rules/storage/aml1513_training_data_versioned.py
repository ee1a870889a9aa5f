"""AML1513: blobs that datastores point to keep their earlier versions."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule

SYSTEM_DATASTORES: Final = (
    "workspaceblobstore",
    "workspacefilestore",
    "workspaceartifactstore",
    "workspaceworkingdirectory",
)
OF_BLOBS: Final = ("azureblob", "azuredatalakegen2")  # types of datastore


@rule(
    id="AML1513",
    title="Training data in blob storage keep their earlier versions",
    severity="low",
    severity_reason="Nothing is exposed, but an overwritten file changes what old runs were about.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "A version of a data asset is a name for a path: the files stay where they are, and who "
        "overwrites one changes every version that points to it. With versions of blobs, what a "
        "model was trained on can be had back. Accounts with a hierarchical namespace do not offer "
        "them; there, each delivery needs a path of its own."
    ),
    fix=Fix(
        "az storage account blob-service-properties update --account-name {name} "
        "--resource-group {group} --enable-versioning true",
        note="Every version is billed: add a lifecycle rule that deletes old ones.",
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
    parameters={
        "accept_path_versioning": (False, "Whether the team never writes to the same path twice.")
    },
)
def training_data_versioned(account: Subject) -> Verdict:
    """Look for a datastore that people made on the account, then for versions of blobs."""
    if account.parameters["accept_path_versioning"]:
        return not_applicable("data are versioned by their paths")
    if account.flag("properties.isHnsEnabled", default=False):
        return not_applicable("a hierarchical namespace has no versions of blobs")
    if not _has_training_data(account):
        return not_applicable("no datastore leads here but those that every workspace has")
    if account.flag("properties.immutableStorageWithVersioning.enabled", default=False):
        return ok("blobs are immutable, with versions")
    for service in account.follow("blob-service"):
        if service.flag("properties.isVersioningEnabled", default=False):
            return ok()
    return fail("earlier versions of blobs are not kept")


def _has_training_data(account: Subject) -> bool:
    """Tell whether a datastore for blobs leads here, beside those that every workspace has."""
    return any(
        datastore.text("properties.datastoreType") in OF_BLOBS
        and datastore.text("properties.accountName") == account.name.lower()
        for workspace in account.follow("workspaces-with-data")
        for datastore in workspace.follow("datastores")
        if datastore.name.lower() not in SYSTEM_DATASTORES
    )

"""AML2308: the file shares with the notebooks of a workspace are backed up."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of

OF_NOTEBOOKS: Final = "code-"
AT_WORK: Final = ("protected", "irpending")
IDLE: Final = (
    "invalid",
    "protectionerror",
    "protectionstopped",
    "protectionpaused",
    "backupssuspended",
)


@rule(
    id="AML2308",
    title="The notebook file shares of the workspace are backed up",
    severity="low",
    severity_reason="Users keep work in them that exists nowhere else.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "The home folders of all compute instances of a workspace are in one file share, whose "
        "name begins with code. Soft delete recovers a deleted share, but not a file that someone "
        "overwrote or a script removed."
    ),
    fix=Fix(
        "az backup protection enable-for-azurefileshare --vault-name <vault> "
        "--resource-group <group of the vault> --policy-name <policy> --storage-account {name} "
        "--azure-file-share <share>",
        change=Change.CREATE_COMPANION,
        note="If a policy requires all notebooks to be in Git, disable this rule in the profile.",
        undeclared="Azure Backup must register the account before a vault can protect its shares.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/backup/azure-file-share-backup-overview",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Backup/FileShare_EnableAzureBackup_Audit.json",
    ),
    mappings={"azure_policy": ("cfc5190a-3b19-4a23-b563-a4c719b666e4",), "waf": ("Reliability",)},
)
def notebooks_backed_up(account: Subject) -> Verdict:
    """Look for a workspace with compute instances, for its shares, then for a backup of each."""
    if not any(map(_has_notebooks, account.follow("workspaces-by-storage"))):
        return not_applicable("no workspace with compute instances uses this account")
    services = account.follow("file-service")
    shares = [share.name.lower() for each in services for share in each.follow("file-shares")]
    wanted = [share for share in shares if share.startswith(OF_NOTEBOOKS)]
    if not wanted:
        return not_applicable("the account has no notebook share")
    backups = filter(_is_at_work, account.follow("share-backups"))
    backed_up = {each.text("properties.friendlyName") for each in backups}
    missing = [share for share in wanted if share not in backed_up]
    return fail(f"share {missing[0]} has no active backup") if missing else ok()


def _has_notebooks(workspace: Subject) -> bool:
    """Tell whether people work in a workspace, that is, whether it has compute instances."""
    computes = workspace.follow("computes")
    return any(each.text("properties.computeType") == "computeinstance" for each in computes)


def _is_at_work(backup: Subject) -> bool:
    """Tell whether a backup protects its share, or waits for its initial backup."""
    is_leaving = backup.flag("properties.isScheduledForDeferredDelete", default=False)
    state = one_of(backup, "properties.protectionState", AT_WORK + IDLE)
    return state in AT_WORK and not is_leaving

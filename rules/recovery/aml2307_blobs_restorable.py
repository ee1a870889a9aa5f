"""AML2307: blobs of important workspaces can be brought back."""

from typing import Final

from amlaudit import Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.workspaces import workspaces_with_data_in

# https://learn.microsoft.com/rest/api/dataprotection/backup-instances/get
PROTECTED: Final = ("protectionconfigured", "updatingprotection", "retentionschedulessuspended")
UNPROTECTED: Final = (
    "invalid",
    "notprotected",
    "configuringprotection",
    "configuringprotectionfailed",
    "backupschedulessuspended",
    "protectionstopped",
    "protectionerror",
    "softdeleting",
    "softdeleted",
)


@rule(
    id="AML2307",
    title="Blobs of confidential production workspaces can be set back to an earlier day",
    severity="low",
    severity_reason="Soft delete brings back what was deleted, not what was slowly overwritten.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "A wrong pipeline overwrites good data with bad, every night, and nobody deletes anything. "
        "Only a restore to a point in time, or a backup in a vault that the pipeline cannot reach, "
        "brings back what was there before."
    ),
    fix=Fix(
        "az storage account blob-service-properties update --account-name {name} "
        "--resource-group {group} --enable-restore-policy true --restore-days 7 "
        "--enable-delete-retention true --delete-retention-days 14 --enable-versioning true "
        "--enable-change-feed true",
        companions=(
            adding(
                "Microsoft.Storage/storageAccounts/blobServices",
                "default",
                {
                    "properties": {
                        "isVersioningEnabled": True,
                        "changeFeed": {"enabled": True},
                        "deleteRetentionPolicy": {"enabled": True, "days": 14},
                        "restorePolicy": {"enabled": True, "days": "{parameters.min_days}"},
                    }
                },
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/storage/blobs/point-in-time-restore-overview",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Backup/StorageAccountBlobs_EnableAzureBackup_Audit.json",
    ),
    mappings={"azure_policy": ("4510daf9-5abc-4d7d-a11d-d84416b814f6",), "waf": ("Reliability",)},
    parameters={
        "environments": (("prod",), "environments whose data must be restorable"),
        "classifications": (
            ("confidential", "restricted"),
            "classifications whose data must be restorable",
        ),
        "min_days": (7, "days that a restore must reach back"),
    },
)
def blobs_restorable(account: Subject) -> Verdict:
    """Look for a restore policy, then for a backup that names the account.

    An account with a hierarchical namespace cannot have a restore policy, and hardly a backup.
    """
    if not any(map(_is_important, workspaces_with_data_in(account))):
        return not_applicable("no selected workspace has data in this account")
    if account.flag("properties.isHnsEnabled", default=False):
        return not_applicable("an account with a hierarchical namespace cannot be set back")
    for service in account.follow("blob-service"):
        if service.flag("properties.restorePolicy.enabled", default=False):
            days = service.number("properties.restorePolicy.days")
            if days >= number_of(account, "min_days"):
                return ok(f"a restore reaches {days:g} days back")
    if any(map(_is_protected, account.follow("backups"))):
        return ok("a backup vault protects the account")
    return fail("neither a restore policy nor a backup reaches far enough back")


def _is_important(workspace: Subject) -> bool:
    """Tell whether the data of a workspace must be restorable."""
    return workspace.context("environment") in texts_of(workspace, "environments") and (
        workspace.context("classification") in texts_of(workspace, "classifications")
    )


def _is_protected(backup: Subject) -> bool:
    """Tell whether a backup instance is at work."""
    path = "properties.currentProtectionState"
    return one_of(backup, path, PROTECTED + UNPROTECTED) in PROTECTED

"""AML2307: blobs of sensitive production workspaces can be restored to an earlier point in time."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.datastores import is_hierarchical
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import number_of, texts_of
from amlaudit.readings.partial import known_of, known_of_each
from amlaudit.readings.texts import texts_in

# https://learn.microsoft.com/rest/api/dataprotection/backup-instances/get
AT_WORK: Final = ("protectionconfigured", "updatingprotection", "retentionschedulessuspended")
IDLE: Final = (
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
RESTORES: Final = "properties.restorePolicy.enabled"
RESTORES_SINCE: Final = "2019-06-01"  # API version
CHOSEN: Final = "properties.policyInfo.policyParameters.backupDatasourceParametersList"
CONTAINERS: Final = "containersList"
AUTOMATIC: Final = "autoProtectionSettings"
OF_BLOBS: Final = ("azureblob", "azuredatalakegen2")  # types of datastore


@rule(
    id="AML2307",
    title="Blobs of sensitive production workspaces can be restored to an earlier point in time",
    severity="low",
    severity_reason="Soft delete recovers deleted data, not data that was gradually overwritten.",
    applies_to="Microsoft.Storage/storageAccounts",
    because=(
        "A faulty pipeline can overwrite good data with bad data every night without deleting "
        "anything. Only point-in-time restore, or a backup in a vault that the pipeline cannot "
        "reach, recovers the earlier state. A vaulted backup covers only the containers that were "
        "chosen for it."
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
        "https://learn.microsoft.com/azure/backup/blob-backup-overview",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Backup/StorageAccountBlobs_EnableAzureBackup_Audit.json",
    ),
    mappings={
        "azure_policy": ("4510daf9-5abc-4d7d-a11d-d84416b814f6",),
        "waf": ("Reliability",),
    },
    parameters={
        "environments": (("prod",), "Environments whose data must be restorable."),
        "classifications": (
            ("confidential", "restricted"),
            "Classifications whose data must be restorable.",
        ),
        "min_days": (7, "Minimum number of days that a restore must reach back."),
    },
)
def blobs_restorable(account: Subject) -> Verdict:
    """Look for a restore policy, then for an active backup of the workspaces' containers."""
    # It does not support a restore policy, and backup only in part.
    if is_hierarchical(account):
        return not_applicable("the account has a hierarchical namespace")
    if not any(True for _ in _sensitive(account)):
        return not_applicable("no sensitive production workspace stores data in this account")
    for way in known_of((_restores(account), _backups(account))):
        return ok(way)
    return fail("neither a restore policy nor an active backup reaches back far enough")


def _sensitive(account: Subject) -> Iterator[Subject]:
    """Yield the workspaces with data in the account that must be restorable.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    return known_of_each(
        account.follow("workspaces-with-data"),
        lambda workspace: (
            [workspace]
            if workspace.context("environment") in texts_of(account, "environments")
            and workspace.context("classification") in texts_of(account, "classifications")
            else []
        ),
    )


def _restores(account: Subject) -> Iterator[str]:
    """Yield how far back a restore policy of the account reaches, if far enough."""
    for service in account.follow("blob-service"):
        if service.flag(RESTORES, default=False, since=RESTORES_SINCE):
            days = service.number("properties.restorePolicy.days")
            if days >= number_of(account, "min_days"):
                yield f"a restore reaches back {days:g} days"


def _backups(account: Subject) -> Iterator[str]:
    """Yield each active backup that covers the containers of the workspaces.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    return known_of_each(account.follow("backups"), lambda backup: _if_it_covers(account, backup))


def _if_it_covers(account: Subject, backup: Subject) -> Iterator[str]:
    """Yield the name of a backup that is active.

    Raises:
        NoDataError: It may not cover the container of a datastore. An operational backup covers
            all of them, but only the policy tells whether the chosen ones are all there is.
    """
    if one_of(backup, "properties.currentProtectionState", AT_WORK + IDLE) in AT_WORK:
        parts = list(backup.each(CHOSEN, default=()))
        chosen = {each for part in parts for each in texts_in(part, CONTAINERS, default=())}
        left_out = tuple(prefix for part in parts for prefix in _left_out(part))
        for container in _containers(account) if chosen or left_out else ():
            if (chosen and container not in chosen) or container.startswith(left_out):
                raise backup.undetermined(CHOSEN, f"whether it also covers {container}")
        yield f"backup {backup.name} is active"


def _left_out(part: Subject) -> Iterator[str]:
    """Yield the beginnings of the names of the containers that automatic protection leaves out.

    https://learn.microsoft.com/rest/api/dataprotection/backup-instances/get
    """
    if part.get(AUTOMATIC, default=None) is None:
        return
    if not part.flag(f"{AUTOMATIC}.enabled"):
        yield ""
    for each in part.each(f"{AUTOMATIC}.rules", default=()):
        one_of(each, "mode", ("exclude",))
        one_of(each, "type", ("prefix",))
        yield each.text("pattern")


def _containers(account: Subject) -> Iterator[str]:
    """Yield the containers of the account in which sensitive workspaces store data."""
    for workspace in _sensitive(account):
        for datastore in workspace.follow("datastores"):
            if (
                datastore.text("properties.datastoreType") in OF_BLOBS
                and datastore.text("properties.accountName") == account.name.lower()
            ):
                yield datastore.text(
                    "properties.containerName"
                    if datastore.text("properties.datastoreType") == "azureblob"
                    else "properties.filesystem"
                )

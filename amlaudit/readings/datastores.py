"""The storage accounts of datastores."""

from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject

ACCOUNT: Final = "properties.accountName"
ON_ACCOUNTS: Final = ("azureblob", "azuredatalakegen2", "azurefile")
"""Types of datastores on a storage account."""
ELSEWHERE: Final = ("onelake", "azuredatalakegen1", "hdfs")
"""Types of datastores that are not on a storage account."""


def account_of(datastore: Subject) -> Subject | None:
    """Return the storage account that a datastore names, None if there is no such account.

    Raises:
        NoDataError: It is not known where the account is, or it is outside of the audit.
    """
    name = datastore.text(ACCOUNT)
    subscription = datastore.text("properties.subscriptionId", default="")
    group = datastore.text("properties.resourceGroup", default="")
    if not (subscription and group):  # it can only be the workspace's
        for workspace in datastore.follow("workspace"):
            named = workspace.text("properties.storageAccount", default="")
            own = arm_id.name_of(arm_id.normalise(named))
            for account in workspace.follow("storage") if own == name else ():
                return account
        raise datastore.undetermined(ACCOUNT, f"in which subscription {name} lies")
    place = f"/subscriptions/{subscription}/resourcegroups/{group}"
    found = datastore.estate.find(f"{place}/providers/microsoft.storage/storageaccounts/{name}")
    return datastore.neighbour(found) if found else None

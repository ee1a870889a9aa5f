"""Storage accounts that datastores name."""

from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject

ACCOUNT: Final = "properties.accountName"
ON_ACCOUNTS: Final = ("azureblob", "azuredatalakegen2", "azurefile")
"""Types of datastores that lie on a storage account."""
ELSEWHERE: Final = ("onelake", "azuredatalakegen1", "hdfs")
"""Types of those that lie on none."""


def account_of(datastore: Subject) -> Subject | None:
    """Return the storage account that a datastore names, None if there is no such account.

    Raises:
        NoDataError: It is not known where the account lies, or the audit does not reach there.
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
        raise datastore.untold(ACCOUNT, f"in which subscription {name} lies")
    place = f"/subscriptions/{subscription}/resourcegroups/{group}"
    found = datastore.estate.find(f"{place}/providers/microsoft.storage/storageaccounts/{name}")
    return datastore.neighbour(found) if found else None

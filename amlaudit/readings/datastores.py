"""The storage accounts of datastores, and whether they are data lakes."""

from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject

ACCOUNT: Final = "properties.accountName"
ON_ACCOUNTS: Final = ("azureblob", "azuredatalakegen2", "azurefile")
"""Types of datastores on a storage account."""
ELSEWHERE: Final = ("onelake", "azuredatalakegen1", "hdfs")
"""Types of datastores that are not on a storage account."""

_NAMESPACE_SHOWN_SINCE: Final = "2018-02-01"
"""First API version that shows whether an account has a hierarchical namespace.

https://github.com/Azure/azure-rest-api-specs
"""


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


def is_hierarchical(account: Subject) -> bool:
    """Tell whether an account has a hierarchical namespace, as data lakes do.

    Raises:
        NoDataError: It is not known.
    """
    return account.flag("properties.isHnsEnabled", default=False, since=_NAMESPACE_SHOWN_SINCE)

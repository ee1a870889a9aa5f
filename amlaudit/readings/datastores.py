"""Where datastores lead to."""

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.relations import STORAGE
from amlaudit.core.subject import Subject

_ACCOUNT = "properties.accountName"


def account_of(datastore: Subject) -> Subject | None:
    """Return the storage account that a datastore names, None if there is no such account.

    The datastore says where the account lies; where it does not, it can only be the workspace's.

    Raises:
        NoDataError: The place of the account was not read, or is not told.
    """
    name = datastore.text(_ACCOUNT)
    subscription = datastore.text("properties.subscriptionId", default="")
    group = datastore.text("properties.resourceGroup", default="")
    if not (subscription and group):
        return _account_of_workspace(datastore, name)
    place = f"/subscriptions/{subscription}/resourcegroups/{group}"
    if found := datastore.estate.store.get(f"{place}/providers/{STORAGE}/{name}"):
        return datastore.neighbour(found)
    if gap := datastore.estate.sight(place, STORAGE):
        raise NoDataError(gap)
    return None


def _account_of_workspace(datastore: Subject, name: str) -> Subject:
    """Return the storage account of the workspace of a datastore, if that has the name."""
    for workspace in datastore.follow("workspace"):
        if arm_id.name_of(workspace.text("properties.storageAccount", default="")) == name:
            for account in workspace.follow("storage"):
                return account
    detail = f"the datastore does not say in which subscription {name} lies"
    raise NoDataError(Gap(datastore.id, _ACCOUNT, Reason.ABSENT, detail))

"""Which datastores lead to a storage account."""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.gap import NoDataError
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.subject import Subject

SYSTEM_DATASTORES: Final = frozenset(
    {
        "workspaceblobstore",
        "workspacefilestore",
        "workspaceartifactstore",
        "workspaceworkingdirectory",
    }
)
"""Names of the datastores that every workspace has, on its own storage account."""


def datastores_on(account: Subject) -> Iterator[Subject]:
    """Yield the datastores that people made on a storage account, of any workspace.

    A datastore names its account, and that name is unique in all of Azure.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    missing: NoDataError | None = None
    store = account.estate.store
    for subscription_id in store.subscriptions():
        for workspace in store.inside(subscription_id, WORKSPACE):
            try:
                for datastore in account.neighbour(workspace).follow("datastores"):
                    named = datastore.text("properties.accountName", default="")
                    is_own = datastore.name.lower() not in SYSTEM_DATASTORES
                    if is_own and named == account.name.lower():
                        yield datastore
            except NoDataError as error:
                missing = missing or error
        if gap := account.estate.sight(subscription_id, WORKSPACE):
            missing = missing or NoDataError(gap)
    if missing:
        raise missing

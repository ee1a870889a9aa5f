"""Properties of storage accounts that several rules read."""

from typing import Final

from amlaudit.core.subject import Subject

_SHOWN_SINCE: Final = "2018-02-01"
"""First API version that shows whether there is a hierarchical namespace.

https://github.com/Azure/azure-rest-api-specs
"""


def is_hierarchical(account: Subject) -> bool:
    """Tell whether an account has a hierarchical namespace, as data lakes do.

    Raises:
        NoDataError: It is not known.
    """
    return account.flag("properties.isHnsEnabled", default=False, since=_SHOWN_SINCE)

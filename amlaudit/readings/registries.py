"""What container registries are used for, and whether they delete images."""

from typing import Final

from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of

_RETENTION: Final = "properties.policies.retentionPolicy.status"
_RETENTION_SHOWN_SINCE: Final = "2019-05-01"
"""First API version that shows the policies of a registry.

https://github.com/Azure/azure-rest-api-specs
"""


def serves_machine_learning(registry: Subject) -> bool:
    """Tell whether a workspace uses a container registry, or a machine learning registry made it.

    The latter puts it into the resource group that it manages.

    Raises:
        NoDataError: No user of it was seen, but there may be unseen ones.
    """
    if any(True for _ in registry.follow("workspaces-by-container-registry")):
        return True
    return any(
        True
        for group in registry.follow("resource-group")
        for _ in group.follow("ml-registries-by-managed-group")
    )


def retention_of(registry: Subject) -> str:
    """Return `enabled` if a registry deletes untagged images, else `disabled`.

    Raises:
        NoDataError: It is not known.
    """
    states, since = ("enabled", "disabled"), _RETENTION_SHOWN_SINCE
    return one_of(registry, _RETENTION, states, default="disabled", since=since)

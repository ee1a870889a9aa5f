"""What an audit was asked to look at."""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Scope:
    """What was asked for; empty means everything that the source holds.

    Attributes:
        subscriptions: Subscription names or ids, as given.
        management_groups: Management group ids, as given.
        resource_groups: Names of resource groups; empty means all groups.
        workspaces: Names of workspaces; empty means all workspaces.
    """

    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()
    resource_groups: tuple[str, ...] = ()
    workspaces: tuple[str, ...] = ()

    @property
    def narrows(self) -> bool:
        """Tell whether only a part of each subscription was asked for."""
        return bool(self.resource_groups or self.workspaces)

    def holds(self, arm_id: str) -> bool:
        """Tell whether the resource of a normalised id was asked for by its own place.

        What such a resource refers to (its storage account, its key vault) is asked for with it;
        see `amlaudit.core.estate`.
        """
        segments = arm_id.split("/")
        return _names(segments, "resourcegroups", self.resource_groups) and _names(
            segments, "workspaces", self.workspaces
        )


def _names(segments: list[str], collection: str, wanted: tuple[str, ...]) -> bool:
    """Tell whether the id names one of the wanted members of a collection."""
    if not wanted:
        return True
    pairs = pairwise(segments)
    names = {name.lower() for name in wanted}
    return any(key == collection and name in names for key, name in pairs)

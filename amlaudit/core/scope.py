"""What an audit was asked to look at."""

import re
from fnmatch import translate
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from amlaudit.core.arm_id import scopes_of, subscription_of


class Scope(Struct, frozen=True):
    """What was asked for; empty means everything that the source holds.

    Attributes:
        subscriptions: Subscription names or ids, as given.
        management_groups: Management group ids, as given.
        resource_groups: Names of resource groups; empty means all groups.
        workspaces: Names of workspaces; empty means all workspaces.
        tenant: Tenant id or domain, as given; without subscriptions and management groups all of
            it is asked for. Empty: whichever the principal is signed in to.
        excluded: What is left out, as given: subscription names or ids, or ARM ids; in each, `*`
            stands for any text.
    """

    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()
    resource_groups: tuple[str, ...] = ()
    workspaces: tuple[str, ...] = ()
    tenant: str = ""
    excluded: tuple[str, ...] = ()

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
        return (
            _names(segments, "resourcegroups", self.resource_groups)
            and _names(segments, "workspaces", self.workspaces)
            and not self.excludes(arm_id)
        )

    def excludes(self, arm_id: str) -> bool:
        """Tell whether a normalised id, or anything that it lies under, is left out."""
        return bool(self.excluded) and any(
            matches(pattern, scope if "/" in pattern else subscription_of(scope).rpartition("/")[2])
            for pattern in self.excluded
            for scope in scopes_of(arm_id)
        )


def matches(pattern: str, text: str) -> bool:
    """Tell whether all of a text is as a pattern says, without case; `*` stands for any text."""
    return _expression(pattern.lower()).fullmatch(text.lower()) is not None


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    """Return a pattern as an expression, which takes no longer for more stars."""
    return re.compile(translate(pattern.replace("[", "[[]").replace("?", "[?]")))


def _names(segments: list[str], collection: str, wanted: tuple[str, ...]) -> bool:
    """Tell whether the id names one of the wanted members of a collection."""
    if not wanted:
        return True
    pairs = pairwise(segments)
    names = {name.lower() for name in wanted}
    return any(key == collection and name in names for key, name in pairs)

"""What an audit was asked to look at."""

import re
from fnmatch import translate
from functools import lru_cache
from typing import Final

from msgspec import Struct

from amlaudit.core.arm_id import scopes_of, subscription_of

_GROUPS: Final = "/resourcegroups/"
_WORKSPACES: Final = "/microsoft.machinelearningservices/workspaces/"


class Scope(Struct, frozen=True):
    """What was asked for; empty means everything in the source.

    Attributes:
        subscriptions: Subscription names or ids, as given.
        management_groups: Management group ids, as given.
        resource_groups: Names of resource groups; empty means all groups.
        workspaces: Names of workspaces; empty means all workspaces.
        tenant: Tenant id or domain, as given; without subscriptions and management groups it means
            the whole tenant. Empty: the one that the principal is signed in to.
        excluded: What is excluded, as given: subscription names or ids, or ARM ids; in each, `*`
            matches any text.
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
        """Tell whether the location of a resource, given its normalised id, is in scope.

        What such a resource refers to (its storage account, its key vault) is in scope along with
        it; see `amlaudit.core.estate`.
        """
        return (
            _is_in(arm_id, _GROUPS, self.resource_groups)
            and _is_in(arm_id, _WORKSPACES, self.workspaces)
            and not self.excludes(arm_id)
        )

    def may_hold_under(self, arm_id: str) -> bool:
        """Tell whether anything at a normalised id or under it can be in scope, unless excluded."""
        is_in_group, is_resource = _GROUPS in arm_id, "/providers/" in arm_id[1:]
        return (not is_in_group or _is_in(arm_id, _GROUPS, self.resource_groups)) and (
            not is_resource or _is_in(arm_id, _WORKSPACES, self.workspaces)
        )

    def excludes(self, arm_id: str) -> bool:
        """Tell whether a normalised id, or any scope above it, is excluded."""
        return bool(self.excluded) and any(
            matches(pattern, scope if "/" in pattern else subscription_of(scope).rpartition("/")[2])
            for pattern in self.excluded
            for scope in scopes_of(arm_id)
        )


def matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern matches all of a text, ignoring case; `*` matches any text."""
    return _expression(pattern.lower()).fullmatch(text.lower()) is not None


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    """Return a pattern as a regular expression that is not slower with more stars."""
    return re.compile(translate(pattern.replace("[", "[[]").replace("?", "[?]")))


def _is_in(arm_id: str, collection: str, wanted: tuple[str, ...]) -> bool:
    """Tell whether an id is one of the wanted members of a collection, or under one."""
    return not wanted or any(f"{collection}{name.lower()}/" in f"{arm_id}/" for name in wanted)

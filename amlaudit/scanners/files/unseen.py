"""Resources that a deployment adds to what exists without showing how many, or where.

What was read of the existing resources then no longer proves that there are no others.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from amlaudit.core.arm_id import (
    RESOURCE_GROUP_TYPE,
    ROOT,
    resource_group_of,
    subscription_of,
)
from amlaudit.core.gap import Gap
from amlaudit.core.references import parents_of
from amlaudit.core.relation_kinds import ByName, Referrers
from amlaudit.core.relations import RELATIONS
from amlaudit.core.store import Store

_ASKED_EVERYWHERE: Final = frozenset(
    each.target for each in RELATIONS.values() if isinstance(each, Referrers | ByName)
)
"""Types of which rules ask who in the whole estate refers to a resource."""


def more_of(unseen: Gap, live: Store) -> Iterator[Gap]:
    """Yield the gaps to record where the existing resources of a type were read completely.

    Args:
        unseen: Its part is the type, its scope where the deployment adds to it: a resource group,
            a subscription, anything in one of them, or the whole estate.
        live: What exists.
    """
    parents = parents_of(unseen.part)
    for scope_id in _scopes(unseen, live):
        yield replace(unseen, scope_id=scope_id)
        for parent in sorted({*parents, RESOURCE_GROUP_TYPE}):
            for each in live.inside(scope_id, parent):
                if live.sight(each.id, unseen.part) is True:
                    yield replace(unseen, scope_id=each.id)


def _scopes(unseen: Gap, live: Store) -> list[str]:
    """Return the subscriptions, or the resource group, to which a deployment adds a type."""
    subscription = subscription_of(unseen.scope_id)
    if subscription == ROOT:
        return list(live.subscriptions())
    group = resource_group_of(unseen.scope_id)
    within = [] if group and unseen.part not in _ASKED_EVERYWHERE else [subscription]
    return [*within, *([group] if group else [])]

"""Resources that a deployment adds to what exists without showing which, how many, or where.

What was read of the existing resources then no longer proves that there are no others.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from amlaudit.core.arm_id import (
    RESOURCE_GROUP_TYPE,
    SUBSCRIPTION_TYPE,
    resource_group_of,
    subscription_of,
)
from amlaudit.core.gap import Gap
from amlaudit.core.relation_kinds import ByName, Referrers
from amlaudit.core.relations import (
    ASSESSMENT,
    COMPUTE_PREVIEW,
    METRIC,
    ML_LOCATION,
    POLICY_STATE,
    QUOTA,
    QUOTA_USAGE,
    REGISTRY_PREVIEW,
    REGISTRY_USAGE,
    RELATIONS,
    SUB_ASSESSMENT,
    WORKSPACE_PREVIEW,
)
from amlaudit.scanners.files.found import ANYTHING

_ASKED_EVERYWHERE: Final = frozenset(
    each.target for each in RELATIONS.values() if isinstance(each, Referrers | ByName)
)
"""Types of which rules ask who in the whole estate refers to a resource."""
_AZURES_OWN: Final = frozenset(
    {
        ASSESSMENT,
        COMPUTE_PREVIEW,
        METRIC,
        ML_LOCATION,
        POLICY_STATE,
        QUOTA,
        QUOTA_USAGE,
        REGISTRY_PREVIEW,
        REGISTRY_USAGE,
        SUB_ASSESSMENT,
        WORKSPACE_PREVIEW,
        SUBSCRIPTION_TYPE,
        RESOURCE_GROUP_TYPE,
    }
)
"""Types that no deployment adds to what is judged: Azure reports them of what exists."""


def added_to(scope_id: str) -> str:
    """Return the resource group, subscription or root scope that a scope belongs to."""
    return resource_group_of(scope_id) or subscription_of(scope_id)


def more_of(unseen: Gap, types_seen: Iterable[str]) -> Iterator[Gap]:
    """Yield the gaps to record in place of what proves that all resources of a type were read.

    Args:
        unseen: Its part is the type, or `ANYTHING`, its scope where the deployment adds to it: a
            resource group, a subscription, anything in one of them, or the whole estate.
        types_seen: The types of which all resources of some scope were read.
    """
    is_any = unseen.part == ANYTHING
    nearest = added_to(unseen.scope_id)
    for part in sorted({*types_seen} - _AZURES_OWN) if is_any else (unseen.part,):
        yield replace(unseen, scope_id=nearest, part=part)
        if part in _ASKED_EVERYWHERE and nearest != subscription_of(nearest):
            yield replace(unseen, scope_id=subscription_of(nearest), part=part)

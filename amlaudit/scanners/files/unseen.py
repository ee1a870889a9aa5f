"""Resources that a deployment adds to what exists without showing which, how many, or where.

What was read of the existing resources then no longer proves that there are no others.
"""

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
    CLUSTER_LOCATION,
    COMPUTE_PREVIEW,
    KUBERNETES_VERSIONS,
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
from amlaudit.scanners.snapshot import SnapshotWriter

_ASKED_EVERYWHERE: Final = frozenset(
    each.target for each in RELATIONS.values() if isinstance(each, Referrers | ByName)
)
"""Types of which rules ask who in the whole estate refers to a resource."""
_AZURES_OWN: Final = frozenset(
    {
        ASSESSMENT,
        CLUSTER_LOCATION,
        COMPUTE_PREVIEW,
        KUBERNETES_VERSIONS,
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


def withdraw(unseen: Gap, writer: SnapshotWriter) -> None:
    """Record a gap in place of what proves that all resources of a type were read.

    Args:
        unseen: Its part is the type, or `ANYTHING`, its scope where the deployment adds to it: a
            resource group, a subscription, anything in one of them, or the whole estate.
        writer: The snapshot, which holds what exists.
    """
    subscription = subscription_of(unseen.scope_id)
    nearest = resource_group_of(unseen.scope_id) or subscription
    is_any = unseen.part == ANYTHING
    for part in sorted(writer.types_seen() - _AZURES_OWN) if is_any else (unseen.part,):
        writer.forget_seen(nearest, part)
        writer.add_gap(replace(unseen, scope_id=nearest, part=part))
        if part in _ASKED_EVERYWHERE:
            writer.add_gap(replace(unseen, scope_id=subscription, part=part))

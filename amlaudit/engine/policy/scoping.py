"""Where an assignment counts: at its scope and beneath, but for the scopes that it leaves out.

https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure#scope
"""

from typing import Final

from amlaudit.core.arm_id import MANAGEMENT_GROUP_TYPE, is_within
from amlaudit.engine.policy.definition import Reach
from amlaudit.engine.policy.frame import Frame
from amlaudit.engine.policy.looks import Look

_GROUPS: Final = f"/providers/{MANAGEMENT_GROUP_TYPE}/"


def outside(frame: Frame, reach: Reach) -> tuple[str, Look] | None:
    """Return why an assignment does not count for a resource, and the look at it; None: it does.

    Raises:
        NoDataError: It is not known which management groups are above the resource.
    """
    if not reach.is_known:
        frame.note("its assignment does not tell its scopes by their ids: all resources are judged")
    if reach.scope and not _is_beneath(frame, reach.scope):
        look = Look(frame.resource, "id", "within", reach.scope, frame.resource.id)
        return f"its assignment is for {reach.scope}", look
    for scope in reach.excluded:
        if _is_beneath(frame, scope):
            look = Look(frame.resource, "id", "notWithin", scope, frame.resource.id)
            return f"its assignment leaves out {scope}", look
    return None


def _is_beneath(frame: Frame, scope: str) -> bool:
    """Tell whether a resource is a scope or lies under it."""
    if is_within(frame.resource.id, scope):
        return True
    return scope.startswith(_GROUPS) and scope in frame.surroundings.groups_above()

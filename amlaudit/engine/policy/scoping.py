"""Where an assignment applies: at and beneath its scope, except for the scopes that it excludes.

https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure#scope
https://learn.microsoft.com/azure/governance/policy/concepts/exemption-structure
"""

from typing import Final

from amlaudit.core.arm_id import MANAGEMENT_GROUP_TYPE, is_within
from amlaudit.core.conditions import FALSE, UNKNOWN
from amlaudit.core.gap import NoDataError
from amlaudit.core.times import time_of
from amlaudit.engine.policy.definition import Exempted, Reach
from amlaudit.engine.policy.fields import place_of
from amlaudit.engine.policy.frame import Frame
from amlaudit.engine.policy.looks import Judge, Look

_GROUPS: Final = f"/providers/{MANAGEMENT_GROUP_TYPE}/"


def outside(frame: Frame, reach: Reach) -> tuple[str, Look] | None:
    """Return why an assignment does not apply to a resource, and the look at it; None: it does.

    Raises:
        NoDataError: It is not known which management groups are above the resource.
    """
    if not reach.is_known:
        frame.note("its assignment does not give its scopes by id: all resources are judged")
    if reach.scope and not _is_beneath(frame, reach.scope):
        look = Look(frame.resource, "id", "within", reach.scope, frame.resource.id)
        return f"its assignment is for {reach.scope}", look
    for scope in reach.excluded:
        if _is_beneath(frame, scope):
            look = Look(frame.resource, "id", "notWithin", scope, frame.resource.id)
            return f"its assignment excludes {scope}", look
    return None


def exempting(frame: Frame, exempted: Exempted, selected: Judge) -> str:
    """Return a text saying that an exemption covers a resource, empty if it does not.

    One that had expired when the resource was read exempts nothing, and the text says so.

    Args:
        frame: The resource.
        exempted: The exemption, and where it applies.
        selected: Judges whether it selects a resource.
    """
    exemption, reach = exempted.exemption, exempted.reach
    ends = time_of(exemption.expires)
    is_over = ends is not None and ends <= frame.resource.origin.collected_at
    unsure = (
        ""
        if is_over
        else f"whether the exemption {exemption.name} applies to the resource is unknown"
    )
    try:
        if reach.scope and not _is_beneath(frame, reach.scope):
            return ""
        truth = selected(frame).truth
    except NoDataError:
        return unsure
    if truth == FALSE:
        return ""
    if not reach.scope or truth == UNKNOWN:
        return unsure
    return f"no longer {exemption.in_words()}" if is_over else exemption.in_words()


def _is_beneath(frame: Frame, scope: str) -> bool:
    """Tell whether a resource is a scope or is under it."""
    if is_within(place_of(frame.resource), scope):
        return True
    return scope.startswith(_GROUPS) and scope in frame.surroundings.groups_above()

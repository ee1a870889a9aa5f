"""What a deployment in complete mode deletes: whatever its resource group has and it does not.

Azure deletes resources that have a location of their own; for those inside others it depends on
their type, and locked ones stay.
https://learn.microsoft.com/azure/azure-resource-manager/templates/deployment-modes
"""

from collections.abc import Callable, Collection, Iterator
from typing import Final

from amlaudit.core.arm_id import is_within, normalise, parent_of, scopes_of
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.resource import Resource
from amlaudit.scanners.files.found import Found
from amlaudit.scanners.files.input import Home, Input

_WHAT_IF: Final = "what-if shows what it deletes"


def deletions(
    file: Input, kept: Collection[str], may_be_declared: Callable[[str], bool]
) -> Iterator[Found]:
    """Yield what becomes of existing resources that are not declared, and a gap that says so.

    Nothing without a snapshot of the resource group.

    Args:
        file: The file of the template.
        kept: Normalised ids of what it declares.
        may_be_declared: Tells whether it may declare more of an ARM type than these.
    """
    home = file.home
    if not (home.there and home.group and home.subscription):
        return
    group = normalise(f"/subscriptions/{home.subscription}/resourceGroups/{home.group}")
    why = f"{file.name} is deployed in complete mode, which deletes what it does not declare"
    detail = f"{why}; whether a lock prevents that is not known; {_WHAT_IF}"
    yield Found(gap=Gap(group, f"deletions by {file.name}", Reason.UNSUPPORTED, detail))
    above = {scope for each in kept for scope in scopes_of(each)}
    for each in _with_location(home, group):
        if each.id in kept:
            continue
        is_inside_another = parent_of(each.id) != group
        if is_inside_another or each.id in above or may_be_declared(each.type):
            gap = Gap(each.id, "properties", Reason.UNSUPPORTED, f"{why}; {_WHAT_IF}")
            yield Found(gap=gap, gaps=(((), gap),))
        else:
            yield Found(gone=each.id)


def _with_location(home: Home, group: str) -> Iterator[Resource]:
    """Yield the existing resources of a resource group that have a location."""
    for resource_id in home.ids():
        if is_within(resource_id, group) and resource_id != group:
            resource = home.there(resource_id) if home.there else None
            if resource and "location" in resource.body:
                yield resource

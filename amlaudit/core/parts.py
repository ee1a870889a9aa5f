"""Parts of an estate, as a profile names them, and which parts a resource is in."""

from collections.abc import Iterator

from amlaudit.core.arm_id import RESOURCE_GROUP_TYPE, name_of, scopes_of, subscription_of
from amlaudit.core.context import Assigned, Where
from amlaudit.core.estate import Estate
from amlaudit.core.patterns import GUID
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.resource import Resource
from amlaudit.core.scope import matches


def is_part(estate: Estate, resource: Resource, part: Assigned) -> bool:
    """Tell whether a resource is in a part of an estate.

    Raises:
        NoDataError: The part is a management group, and those above the resource are not known; or
            it is a subscription name, and that of the resource's subscription is not known.
    """
    match part.where:
        case Where.RESOURCES:
            return any(matches(part.name, each) for each in scopes_of(resource.id))
        case Where.SUBSCRIPTIONS:
            return _is_in_subscription(estate, resource, part.name)
        case _:  # management groups
            return any(matches(part.name, name_of(each)) for each in estate.scopes_of(resource))


def _is_in_subscription(estate: Estate, resource: Resource, named: str) -> bool:
    """Tell whether the id or name of a resource's subscription matches; `*` matches any text."""
    if matches(named, name_of(subscription_of(resource.id))):
        return True
    if GUID.fullmatch(named):  # an id, so not the name of a subscription
        return False
    return any(
        matches(named, str(title))
        for each in estate.neighbours(resource, "subscription")
        for title in (each.name, each.body.get("displayName", ""))
    )


def places_above(estate: Estate, resource: Resource) -> Iterator[Resource]:
    """Yield the workspace or resource itself, its resource group, and its subscription.

    Raises:
        NoDataError: One of them was not read.
    """
    relations = ["resource-group", "subscription"]
    if resource.type == RESOURCE_GROUP_TYPE:
        relations.remove("resource-group")
    if resource.type.startswith(WORKSPACE + "/"):
        relations.insert(0, "workspace")
    else:
        yield resource
    for relation in relations:
        yield from estate.neighbours(resource, relation)

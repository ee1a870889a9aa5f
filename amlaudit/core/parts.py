"""Parts of an estate, as a profile names them."""

from amlaudit.core.arm_id import name_of, scopes_of, subscription_of
from amlaudit.core.context import Assigned, Where
from amlaudit.core.estate import Estate
from amlaudit.core.resource import Resource
from amlaudit.core.scope import matches


def is_part(estate: Estate, resource: Resource, part: Assigned) -> bool:
    """Tell whether a resource lies in a part of an estate.

    Raises:
        NoDataError: The part is a management group, and those above the resource are not known.
    """
    match part.where:
        case Where.RESOURCES:
            return any(matches(part.name, each) for each in scopes_of(resource.id))
        case Where.SUBSCRIPTIONS:
            return name_of(subscription_of(resource.id)) == part.name
        case Where.MANAGEMENT_GROUPS:
            return any(name_of(each) == part.name for each in estate.scopes_of(resource))

"""Rules of network security groups.

https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
"""

from typing import Final

from amlaudit.core.gap import NoDataError
from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.texts import texts_in

ANYWHERE: Final = frozenset({"*", "any", "internet", "0.0.0.0/0", "::/0"})
"""How rules spell the internet, alone or with everything else."""
ANYWHERE_BY_IPV4: Final = ANYWHERE - {"::/0"}
"""How deny rules spell it: denying all IPv6 addresses leaves the others open."""

_ALL_PORTS: Final = frozenset({"*", "0-65535"})
_OPTIONAL: Final = "sourcePortRange"
_NAMELESS: Final = "a rule"


def rules_for(group: Subject, direction: str) -> list[Subject]:
    """Return the rules for a direction, in order of priority.

    The default rules of every group are not included.

    Raises:
        NoDataError: Not all of them are known.
    """
    rules = group.each("properties.securityRules", default=())
    ways = ("inbound", "outbound")
    found = (each for each in rules if one_of(each, "properties.direction", ways) == direction)
    return sorted(found, key=lambda each: each.number("properties.priority"))


def allows(each: Subject) -> bool:
    """Tell whether a rule allows its traffic.

    Raises:
        NoDataError: It is not known.
    """
    return one_of(each, "properties.access", ("allow", "deny")) == "allow"


def name_of(each: Subject) -> object:
    """Return a rule's name, or what stands for one that only the deployment decides."""
    try:
        return each.get("name", default=_NAMELESS)
    except NoDataError:
        return _NAMELESS


def values_of(each: Subject, name: str) -> list[str]:
    """Return the values that a rule has under the singular and the plural name.

    Empty: an application security group takes their place, or they are source ports, any of which
    will do.

    Raises:
        NoDataError: They are not known, or the rule lacks required ones.
    """
    path = f"properties.{name}"
    one = each.text(path, default="")
    plural = f"{path}es" if name.endswith("x") else f"{path}s"
    found = [one] * bool(one) + list(texts_in(each, plural, default=()))
    if not found and name != _OPTIONAL and not _has_group(each, path):
        raise each.unfamiliar(path, each[path])
    return found


def is_of_all_ports(each: Subject, name: str) -> bool:
    """Tell whether a rule covers all source or destination ports, given the singular name.

    Raises:
        NoDataError: They are not known, or the rule lacks required ones.
    """
    found = values_of(each, name)
    return not found or not _ALL_PORTS.isdisjoint(found)


def _has_group(each: Subject, path: str) -> bool:
    """Tell whether a rule names application security groups instead of addresses."""
    groups = f"{path.removesuffix('AddressPrefix')}ApplicationSecurityGroups"
    return any(True for _ in each.each(groups, default=()))

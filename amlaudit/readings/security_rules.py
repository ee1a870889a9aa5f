"""Rules of network security groups, as documents spell them.

https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
"""

from typing import Final

from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of

ANYWHERE: Final = frozenset({"*", "any", "internet", "0.0.0.0/0", "::/0"})
"""How rules spell the internet, alone or with all else."""


def rules_for(group: Subject, direction: str) -> list[Subject]:
    """Return the rules for a direction, in the order in which they count.

    Those that every group ends with are not among them.

    Raises:
        NoDataError: Not all of them are known.
    """
    rules = group.each("properties.securityRules", default=())
    found = (each for each in rules if each.text("properties.direction") == direction)
    return sorted(found, key=lambda each: each.number("properties.priority"))


def allows(each: Subject) -> bool:
    """Tell whether a rule lets pass what it is about.

    Raises:
        NoDataError: It is not known.
    """
    return one_of(each, "properties.access", ("allow", "deny")) == "allow"


def values_of(each: Subject, name: str) -> list[str]:
    """Return one value or several, as a rule has them under the singular and the plural name."""
    one = each.text(f"properties.{name}", default="")
    plural = f"properties.{name}es" if name.endswith("x") else f"properties.{name}s"
    return [one] * bool(one) + [str(part.value).lower() for part in each.each(plural, default=())]

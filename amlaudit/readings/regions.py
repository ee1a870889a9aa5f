"""Azure regions: their short names, and which of them have availability zones."""

from typing import Final

from amlaudit.core.gap import Gap, identity_of
from amlaudit.core.path import ABSENT, parse_path
from amlaudit.core.relations import COMPUTE
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Seen
from amlaudit.readings.texts import some_text

# fmt: off
# https://learn.microsoft.com/azure/reliability/regions-list; more regions get zones every year
_WITH_ZONES: Final = frozenset({
    "australiaeast", "austriaeast", "belgiumcentral", "brazilsouth", "canadacentral",
    "centralindia", "centralus", "chilecentral", "eastasia", "eastus", "eastus2", "francecentral",
    "germanywestcentral", "indonesiacentral", "israelcentral", "italynorth", "japaneast",
    "japanwest", "koreacentral", "malaysiawest", "mexicocentral", "newzealandnorth", "northeurope",
    "norwayeast", "polandcentral", "qatarcentral", "southafricanorth", "southcentralus",
    "southeastasia", "spaincentral", "swedencentral", "switzerlandnorth", "uaenorth", "uksouth",
    "westeurope", "westus2", "westus3",
})
_WITHOUT_ZONES: Final = frozenset({
    "australiacentral", "australiacentral2", "australiasoutheast", "brazilsoutheast", "canadaeast",
    "francesouth", "germanynorth", "jioindiacentral", "jioindiawest", "koreasouth",
    "northcentralus", "norwaywest", "southafricawest", "southindia", "swedensouth",
    "switzerlandwest", "uaecentral", "ukwest", "westcentralus", "westindia", "westus",
})
# fmt: on


_OF_NODES: Final = "properties.computeLocation"
"""Where a compute has the region of its nodes, if they have one of their own."""

_SAME: Final = "the same region, whichever it is"
"""What is expected of a region that only the deployment decides."""


def region_of(resource: Subject) -> str:
    """Return the region of a resource, or of a part of one, by its short name: westeurope."""
    return short_name(some_text(resource, "location"))


def region_of_compute(compute: Subject) -> str:
    """Return the region of the nodes of a compute, by its short name."""
    own = compute.text(_OF_NODES, default="")
    return short_name(own) if own else region_of(compute)


def are_together(resource: Subject, other: Subject | str) -> bool:
    """Tell whether two resources are in the same region, even if it is not known which one.

    Args:
        resource: The one.
        other: The other; by its id: only whether a deployment says that they are.

    Raises:
        NoDataError: A region is not known, nor that the other one is the same.
    """
    if isinstance(other, str):
        return _is_in_unknown(resource, identity_of(other, "location"))
    value = other.read(parse_path(_path_of(other)))
    if isinstance(value, Gap) and _is_in_unknown(resource, value.stands_for):
        return True
    return _region_in(resource) == _region_in(other)


def _is_in_unknown(resource: Subject, identity: str) -> bool:
    """Tell whether the region of a resource is surely an unknown one; see `Gap.stands_for`.

    Only then is it recorded, as the gap that it is.

    Args:
        resource: The resource.
        identity: The identity of the region; empty: it has none.
    """
    steps = parse_path(_path_of(resource))
    value = resource.read(steps)
    is_it = bool(identity) and isinstance(value, Gap) and value.stands_for == identity
    if is_it:
        resource.trail.append(resource.evidence(steps, _SAME, None, Seen.GAP))
    return is_it


def _path_of(resource: Subject) -> str:
    """Return the path of the region of a resource, or of the nodes of a compute."""
    has_nodes = resource.type == COMPUTE and resource.read(parse_path(_OF_NODES)) is not ABSENT
    return _OF_NODES if has_nodes else "location"


def _region_in(resource: Subject) -> str:
    """Return the region of a resource, or of the nodes of a compute, by its short name."""
    return region_of_compute(resource) if resource.type == COMPUTE else region_of(resource)


def short_name(region: str) -> str:
    """Return the name of a region as used in ids: "West Europe" is westeurope."""
    return region.replace(" ", "").lower()


def has_zones(resource: Subject) -> bool:
    """Tell whether the region of a resource has availability zones.

    Raises:
        NoDataError: It is not known: the region may be newer than this list.
    """
    region = region_of(resource)
    if region not in _WITH_ZONES and region not in _WITHOUT_ZONES:
        raise resource.undetermined("location", f"whether {region} has availability zones")
    return region in _WITH_ZONES

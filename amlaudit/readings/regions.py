"""Azure regions: their short names, and which of them have availability zones."""

from typing import Final

from amlaudit.core.subject import Subject
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
# fmt: on


def region_of(resource: Subject) -> str:
    """Return the region of a resource, or of a part of one, by its short name: westeurope."""
    return short_name(some_text(resource, "location"))


def region_of_compute(compute: Subject) -> str:
    """Return the region of the nodes of a compute, by its short name."""
    own = compute.text("properties.computeLocation", default="")
    return short_name(own) if own else region_of(compute)


def short_name(region: str) -> str:
    """Return the name of a region as used in ids: "West Europe" is westeurope."""
    return region.replace(" ", "").lower()


def must_have_zones(resource: Subject) -> None:
    """Make sure that the region of a resource is known to have availability zones.

    Raises:
        NoDataError: It is not: it has none, or got them after this was written.
    """
    if region_of(resource) not in _WITH_ZONES:
        raise resource.unfamiliar("location", region_of(resource))

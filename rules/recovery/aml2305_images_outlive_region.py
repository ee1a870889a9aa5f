"""AML2305: container images survive the loss of a zone and of a region."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import known_of, known_of_each
from amlaudit.readings.regions import has_zones, region_of
from amlaudit.readings.workspaces import is_critical, partners_of

STATE: Final = "properties.provisioningState"
COMPLETE: Final = ("succeeded", "updating")
INCOMPLETE: Final = ("creating", "deleting", "failed", "canceled")


@rule(
    id="AML2305",
    title="The registry of a production or critical workspace survives a zone or region outage",
    severity="low",
    severity_reason="No node and no endpoint starts without its image.",
    applies_to="Microsoft.ContainerRegistry/registries",
    because=(
        "Every job and every deployment starts by pulling an image. In a region with availability "
        "zones, Azure makes each registry zone-redundant automatically; a region without zones, "
        "and a paired workspace in another region, need a geo-replica, or the paired workspace "
        "cannot start anything."
    ),
    fix=Fix(
        "az acr replication create --registry {name} --location <region of the partner>",
        change=Change.CREATE_COMPANION,
        note="Geo-replication requires the Premium tier.",
        companions=(
            adding(
                "Microsoft.ContainerRegistry/registries/replications",
                "<region>",
                {"location": "<region>", "properties": {"zoneRedundancy": "Enabled"}},
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/container-registry/zone-redundancy",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Resilience/ContainerRegistry_registries_ZoneRedundant_Audit.json",
    ),
    mappings={"azure_policy": ("9d2b0a20-57d6-474c-9d12-44a4a20999c6",), "waf": ("Reliability",)},
    parameters={
        "criticalities": (
            ("high",),
            "Criticalities whose workspaces need images in other regions.",
        ),
        "environments": (("prod",), "Environments whose registries must be zone-redundant."),
        "pair_tag": (
            "dr-pair",
            "Name of the tag with the same value on both workspaces of a pair.",
        ),
    },
)
def images_outlive_region(registry: Subject) -> Verdict:
    """Look for a replica in the region of each paired workspace, then at the registry's zones.

    The property zoneRedundancy stems from the time when zone redundancy was optional, so that
    `Disabled` proves nothing.
    """
    in_production = is_replicated = False
    for workspace in registry.follow("workspaces-by-container-registry"):
        if is_critical(workspace):
            is_replicated = True
            for partner in partners_of(workspace):
                if not _is_held_in(registry, region_of(partner)):
                    return fail(f"no replica of the images in the region of {partner.name}")
        environments = texts_of(registry, "environments")
        in_production = in_production or workspace.context("environment") in environments
    if not in_production and not is_replicated:
        return not_applicable("no production or critical workspace uses this registry")
    is_spread = registry.text("properties.zoneRedundancy", default="Disabled") == "enabled"
    if is_spread or has_zones(registry) or is_replicated:
        return ok()
    return not_applicable("the region of the registry has no availability zones")


def _is_held_in(registry: Subject, region: str) -> bool:
    """Tell whether a registry or a replica that Azure finished is in a region.

    Raises:
        NoDataError: None is known to be, and not all of them are known.
    """
    replicas = known_of_each(registry.follow("replications"), _region_if_complete)
    return region in known_of(([region_of(registry)], replicas))


def _region_if_complete(replica: Subject) -> Iterator[str]:
    """Yield the region of a replica if it exists already, and still; declarations do not say."""
    if one_of(replica, STATE, (*COMPLETE, *INCOMPLETE), default="Succeeded") in COMPLETE:
        yield region_of(replica)

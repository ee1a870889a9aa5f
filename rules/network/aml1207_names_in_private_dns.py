"""AML1207: private DNS resolves the workspace to its private endpoints."""

from collections.abc import Container, Iterator
from typing import Final

from amlaudit import (
    Change,
    Fix,
    Subject,
    Verdict,
    adding,
    arm_id,
    fail,
    not_applicable,
    ok,
    rule,
    setting,
)
from amlaudit.readings.partial import any_does, known_of, known_of_each
from amlaudit.readings.private_access import approved_endpoints
from amlaudit.readings.regions import short_name
from amlaudit.readings.texts import texts_in

CONFIGS: Final = "properties.privateDnsZoneConfigs"
ZONE_ID: Final = "properties.privateDnsZoneId"
RECORDS: Final = "properties.recordSets"
LINK_STATE: Final = "properties.virtualNetworkLinkState"
# https://learn.microsoft.com/azure/private-link/private-endpoint-dns
OF_GOVERNMENT: Final = ("privatelink.api.ml.azure.us", "privatelink.notebooks.usgovcloudapi.net")
OF_CHINA: Final = ("privatelink.api.ml.azure.cn", "privatelink.notebooks.chinacloudapi.cn")
IN_OTHER_CLOUDS: Final = {"usgov": OF_GOVERNMENT, "usdod": OF_GOVERNMENT, "china": OF_CHINA}
"""The zones of the API and the notebooks, by what names of regions begin with."""
ZONES: Final = [
    {"name": "api", "properties": {"privateDnsZoneId": "<API zone id>"}},
    {"name": "notebooks", "properties": {"privateDnsZoneId": "<notebooks zone id>"}},
]


@rule(
    id="AML1207",
    title="Private DNS resolves the names of the workspace to its private endpoints",
    severity="medium",
    severity_reason="Clients otherwise use the public address unnoticed, or cannot open notebooks.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The names of a workspace resolve to its public address unless a private DNS zone "
        "overrides them: one zone for the API, another for the notebooks. A zone applies only in "
        "virtual networks it is linked to, and only to names for which it has a record; a DNS zone "
        "group of the private endpoint keeps the records up to date."
    ),
    fix=Fix(
        "az network private-endpoint dns-zone-group create --resource-group <group> "
        "--endpoint-name <endpoint> --name default --private-dns-zone <zone id> "
        "--zone-name <zone>\n"
        "az network private-dns link vnet create --resource-group <group> --zone-name <zone> "
        "--name <link> --virtual-network <network id> --registration-enabled false",
        change=Change.CREATE_COMPANION,
        companions=(
            setting(
                "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
                {"properties.privateDnsZoneConfigs": ZONES},
                via=("private-endpoints", "dns-zone-groups"),
            ),
            adding(
                "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
                "default",
                {"properties": {"privateDnsZoneConfigs": ZONES}},
                under="{its.id}",
                via=("private-endpoints",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-custom-dns",
        "https://learn.microsoft.com/azure/machine-learning/how-to-secure-training-vnet",
        "https://learn.microsoft.com/azure/machine-learning/how-to-integrate-azure-policy",
    ),
    mappings={
        "mcsb": ["NS-10"],
        "azure_policy": ["ee40564d-486e-4f68-a5ca-7a621edae0fb"],
        "waf": ["Reliability"],
    },
    parameters={
        "api_zone": (
            "privatelink.api.azureml.ms",
            "Private DNS zone of the API; those of Azure Government and China are built in.",
        ),
        "notebook_zone": (
            "privatelink.notebooks.azure.net",
            "Private DNS zone of notebooks; those of Azure Government and China are built in.",
        ),
        "custom_dns_managed": (False, "Whether the names are managed in custom DNS servers."),
    },
)
def names_in_private_dns(workspace: Subject) -> Verdict:
    """Follow each endpoint through its DNS zone groups and zones to links and records."""
    if workspace.parameters["custom_dns_managed"]:
        return not_applicable("the names are managed in custom DNS servers")
    for lack in known_of(map(_lacks, approved_endpoints(workspace))):
        return fail(lack)
    entered = any(True for _ in approved_endpoints(workspace))
    return ok() if entered else not_applicable("no private endpoint connection is approved")


def _lacks(endpoint: Subject) -> Iterator[str]:
    """Yield what prevents private DNS from resolving to a private endpoint."""
    groups = list(endpoint.follow("dns-zone-groups"))
    configs = [config for group in groups for config in group.each(CONFIGS, default=())]
    by_zone = {arm_id.name_of(_zone_of(config)): config for config in configs}
    for wanted in known_of_each(
        (_zones_wanted, _zones_begun), lambda zones_of: (zones_of(endpoint, by_zone),)
    ):
        for name in wanted:
            if name not in by_zone:
                yield f"{endpoint.name} has no DNS zone group entry for {name}"
        for zone in known_of(group.follow("dns-zones") for group in groups):
            if zone.name.lower() in wanted:
                yield from _lacks_of_zone(zone, by_zone[zone.name.lower()])


def _zones_begun(endpoint: Subject, entered: Container[str]) -> tuple[str, ...]:
    """Return the zones that an endpoint must be in, unless it is in a cloud where it has none.

    What they lack, it lacks in every cloud. None if all zones of several clouds are there: then
    its region tells which ones it needs.
    """
    clouds = (_own_zones(endpoint), OF_GOVERNMENT, OF_CHINA)
    complete = [zones for zones in clouds if all(zone in entered for zone in zones)]
    if complete:
        return complete[0] if len(complete) == 1 else ()
    return next((zones for zones in clouds if any(zone in entered for zone in zones)), ())


def _own_zones(endpoint: Subject) -> tuple[str, ...]:
    """Return the names of the private DNS zones in the public cloud."""
    return tuple(str(endpoint.parameters[name]) for name in ("api_zone", "notebook_zone"))


def _zones_wanted(endpoint: Subject, _entered: Container[str]) -> tuple[str, ...]:
    """Return the names of the private DNS zones in the cloud of a private endpoint."""
    region = short_name(endpoint.text("location", default=""))
    for beginning, zones in IN_OTHER_CLOUDS.items():
        if region.startswith(beginning):
            return zones
    return _own_zones(endpoint)


def _zone_of(config: Subject) -> str:
    """Return the normalised id of the zone of a zone group entry."""
    return arm_id.normalise(config.text(ZONE_ID))


def _is_in_effect(link: Subject) -> bool:
    """Tell whether a link makes a virtual network use its zone."""
    return link.text(LINK_STATE, default="Completed") == "completed"


def _lacks_of_zone(zone: Subject, config: Subject) -> Iterator[str]:
    """Yield what a zone lacks to resolve to the addresses of a private endpoint."""
    if not any_does(zone.follow("network-links"), _is_in_effect):
        yield f"{zone.name} is not linked to any virtual network"
    if config.is_as_declared and config.get(RECORDS, default=None) is None:
        return  # Azure enters the names when it creates the group
    names = [each for each in config.each(RECORDS) if each.text("recordType") == "a"]
    if not names:
        yield f"{zone.name} has no record for the endpoint"
    known = {record.name.lower(): record for record in zone.follow("address-records")}
    for entry in names:
        name = entry.text("recordSetName")
        wanted = set(texts_in(entry, "ipAddresses"))
        addresses = known[name].each("properties.aRecords") if name in known else ()
        if lost := wanted - {each.text("ipv4Address") for each in addresses}:
            yield f"{zone.name} does not resolve {name} to {', '.join(sorted(lost))}"

"""AML1207: private DNS leads clients to the private endpoint of the workspace."""

from collections.abc import Iterator
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
from amlaudit.readings.partial import known_of
from amlaudit.readings.private_access import approved_endpoints
from amlaudit.readings.regions import short_name
from amlaudit.readings.texts import texts_in

CONFIGS: Final = "properties.privateDnsZoneConfigs"
ZONE_ID: Final = "properties.privateDnsZoneId"
RECORDS: Final = "properties.recordSets"
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
    title="Private DNS leads clients to every private endpoint of the workspace",
    severity="medium",
    severity_reason="Clients go out to the public address unnoticed, or find no notebooks.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "The names of a workspace are public, and lead to its public address until a private DNS "
        "zone answers in its place: one zone for the API, another for the notebooks. A zone "
        "answers only in networks that it is linked to, and only for names that it has an address "
        "for, which a zone group of the endpoint keeps up to date."
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
            "The zone of the API; those of Azure Government and in China are known.",
        ),
        "notebook_zone": (
            "privatelink.notebooks.azure.net",
            "The zone of the notebooks; those of Azure Government and in China are known.",
        ),
        "custom_dns_managed": (False, "Whether the names are kept in DNS servers of one's own."),
    },
)
def names_in_private_dns(workspace: Subject) -> Verdict:
    """Go from each endpoint over zone groups and zones to networks and addresses."""
    if workspace.parameters["custom_dns_managed"]:
        return not_applicable("the names are kept in DNS servers of one's own")
    for lack in known_of(map(_lacks, approved_endpoints(workspace))):
        return fail(lack)
    entered = any(True for _ in approved_endpoints(workspace))
    return ok() if entered else not_applicable("no private endpoint is approved")


def _lacks(endpoint: Subject) -> Iterator[str]:
    """Yield what keeps private DNS from leading to a private endpoint."""
    wanted = _zones_wanted(endpoint)
    groups = list(endpoint.follow("dns-zone-groups"))
    configs = [config for group in groups for config in group.each(CONFIGS, default=())]
    by_zone = {arm_id.name_of(_zone_of(config)): config for config in configs}
    for name in wanted:
        if name not in by_zone:
            yield f"{endpoint.name} enters no name into {name}"
    for zone in known_of(group.follow("dns-zones") for group in groups):
        if zone.name.lower() in wanted:
            yield from _lacks_of_zone(zone, by_zone[zone.name.lower()])


def _zones_wanted(endpoint: Subject) -> tuple[str, ...]:
    """Return the names of the zones in the cloud of a private endpoint."""
    region = short_name(endpoint.text("location", default=""))
    for beginning, zones in IN_OTHER_CLOUDS.items():
        if region.startswith(beginning):
            return zones
    return tuple(str(endpoint.parameters[name]) for name in ("api_zone", "notebook_zone"))


def _zone_of(config: Subject) -> str:
    """Return the normalised id of the zone that a part of a zone group is about."""
    return arm_id.normalise(config.text(ZONE_ID))


def _lacks_of_zone(zone: Subject, config: Subject) -> Iterator[str]:
    """Yield what a zone lacks to answer with the addresses of a private endpoint."""
    if not list(zone.follow("network-links")):
        yield f"{zone.name} is linked to no network"
    names = [each for each in config.each(RECORDS) if each.text("recordType") == "a"]
    if not names:
        yield f"{zone.name} has no name of the endpoint"
    known = {record.name.lower(): record for record in zone.follow("address-records")}
    for entry in names:
        name = entry.text("recordSetName")
        wanted = set(texts_in(entry, "ipAddresses"))
        addresses = known[name].each("properties.aRecords") if name in known else ()
        if lost := wanted - {each.text("ipv4Address") for each in addresses}:
            yield f"{zone.name} does not lead {name} to {', '.join(sorted(lost))}"

"""Private endpoints down to their DNS records; networks, traffic rules and perimeters."""

from amlaudit.core.relations import (
    ADDRESS_RECORD,
    DNS_ZONE_GROUP,
    PRIVATE_DNS_ZONE,
    PRIVATE_ENDPOINT,
)
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

_PERIMETERS = "Microsoft.Network/networkSecurityPerimeters"
_IN_PERIMETERS = (
    f"{_PERIMETERS}/profiles/read",
    f"{_PERIMETERS}/profiles/accessRules/read",
    f"{_PERIMETERS}/resourceAssociations/read",
)

SCANNER = Scanner(
    name="network",
    queries=(
        GraphQuery(
            "network.kql",
            (
                "Microsoft.Network/privateEndpoints/read",
                "Microsoft.Network/privateDnsZones/read",
                "Microsoft.Network/privateDnsZones/virtualNetworkLinks/read",
                "Microsoft.Network/virtualNetworks/read",
                "Microsoft.Network/networkSecurityGroups/read",
                "Microsoft.Network/routeTables/read",
                "Microsoft.Network/serviceEndpointPolicies/read",
                "Microsoft.Network/networkWatchers/flowLogs/read",
                "Microsoft.Network/azureFirewalls/read",
                "Microsoft.Network/firewallPolicies/read",
                "Microsoft.Network/publicIPAddresses/read",
                "Microsoft.Network/networkInterfaces/read",
                f"{_PERIMETERS}/read",
            ),
        ),
        GraphQuery("perimeter.kql", _IN_PERIMETERS, dict.fromkeys(_IN_PERIMETERS, "2025-05-01")),
    ),
    reads=(
        ArmRead(
            of=PRIVATE_ENDPOINT,
            path="/privateDnsZoneGroups",
            api_version="2024-05-01",
            action="Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read",
            yields=DNS_ZONE_GROUP,
        ),
        ArmRead(
            of=PRIVATE_DNS_ZONE,
            path="/A",
            api_version="2020-06-01",
            action="Microsoft.Network/privateDnsZones/A/read",
            yields=ADDRESS_RECORD,
        ),
    ),
)

"""Private endpoints down to the addresses in their DNS records; networks and traffic rules."""

from amlaudit.core.relations import (
    ADDRESS_RECORD,
    DNS_ZONE_GROUP,
    PRIVATE_DNS_ZONE,
    PRIVATE_ENDPOINT,
)
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

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
            ),
        ),
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

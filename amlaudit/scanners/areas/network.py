"""Private endpoints, virtual networks with their subnets, and network security groups."""

from amlaudit.scanners.scanner import GraphQuery, Scanner

SCANNER = Scanner(
    name="network",
    queries=(
        GraphQuery(
            "network.kql",
            (
                "Microsoft.Network/privateEndpoints/read",
                "Microsoft.Network/virtualNetworks/read",
                "Microsoft.Network/networkSecurityGroups/read",
            ),
        ),
    ),
)

"""Subscriptions, the management groups above them, and resource groups."""

from amlaudit.scanners.scanner import GraphQuery, Scanner

SCANNER = Scanner(
    name="scope",
    queries=(
        GraphQuery(
            "scope.kql",
            (
                "Microsoft.Resources/subscriptions/read",
                "Microsoft.Resources/subscriptions/resourceGroups/read",
            ),
        ),
    ),
)

"""Endpoints of every kind with their deployments, how these scale, and the clusters they run on."""

from amlaudit.scanners.scanner import GraphQuery, Scanner

_WORKSPACES = "Microsoft.MachineLearningServices/workspaces"

SCANNER = Scanner(
    name="endpoints",
    queries=(
        GraphQuery(
            "endpoints.kql",
            (
                f"{_WORKSPACES}/onlineEndpoints/read",
                f"{_WORKSPACES}/onlineEndpoints/deployments/read",
                f"{_WORKSPACES}/batchEndpoints/read",
                f"{_WORKSPACES}/batchEndpoints/deployments/read",
                f"{_WORKSPACES}/serverlessEndpoints/read",
            ),
        ),
        GraphQuery(
            "targets.kql",
            (
                "Microsoft.Insights/autoscaleSettings/read",
                "Microsoft.ContainerService/managedClusters/read",
                "Microsoft.ContainerInstance/containerGroups/read",
            ),
        ),
        GraphQuery(
            "extensions.kql",
            ("Microsoft.KubernetesConfiguration/extensions/read",),
            api_version="2025-03-01",
        ),
    ),
)

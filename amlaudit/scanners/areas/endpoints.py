"""Endpoints of every kind with their deployments, how these scale, and the clusters they run on."""

from amlaudit.core.relations import ONLINE_DEPLOYMENT, ONLINE_ENDPOINT, WORKSPACE
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

_WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
_API_VERSION = "2025-12-01"

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
    reads=(
        # The graph does not promise to show when something was made or last changed.
        ArmRead(
            of=WORKSPACE,
            path="/onlineEndpoints",
            api_version=_API_VERSION,
            action=f"{_WORKSPACES}/onlineEndpoints/read",
            yields=ONLINE_ENDPOINT,
        ),
        ArmRead(
            of=ONLINE_ENDPOINT,
            path="/deployments",
            api_version=_API_VERSION,
            action=f"{_WORKSPACES}/onlineEndpoints/deployments/read",
            yields=ONLINE_DEPLOYMENT,
        ),
    ),
)

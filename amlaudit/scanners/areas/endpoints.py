"""Online, batch and serverless endpoints, with their deployments."""

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

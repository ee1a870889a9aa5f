"""Online, batch and serverless endpoints, with their deployments."""

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
    ),
)

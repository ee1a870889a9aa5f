"""Endpoints of every kind: their deployments, requests, scaling and underlying clusters."""

from collections.abc import Mapping
from typing import Any

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.relations import (
    CLUSTER_LOCATION,
    KUBERNETES_VERSIONS,
    METRIC,
    ONLINE_DEPLOYMENT,
    ONLINE_ENDPOINT,
    WORKSPACE,
)
from amlaudit.core.resource import Document
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner, document_of_location

_WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
_API_VERSION = "2025-12-01"
_CLUSTERS = "Microsoft.ContainerService"
_CLUSTERS_API_VERSION = "2025-05-01"


def document_of_metric(row: Mapping[str, Any]) -> Document:
    """Return a metric as an ARM document; the service returns its values outside the properties."""
    kept = ("unit", "errorCode", "timeseries")
    name = row.get("name")
    return {
        "id": row.get("id"),
        "name": name.get("value") if isinstance(name, Mapping) else name,
        "type": "Microsoft.Insights/metrics",
        "properties": {key: row[key] for key in kept if key in row},
    }


def document_of_versions(row: Mapping[str, Any]) -> Document:
    """Return the Kubernetes versions of a region as an ARM document; the service gives them none.

    https://learn.microsoft.com/rest/api/aks/managed-clusters/list-kubernetes-versions
    """
    return {
        "name": "supported",
        "type": f"{_CLUSTERS}/locations/kubernetesVersions",
        "properties": {"values": row["values"]} if "values" in row else {},
    }


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
            {"Microsoft.KubernetesConfiguration/extensions/read": "2025-03-01"},
        ),
    ),
    reads=(
        # The graph does not guarantee to show creation and modification times.
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
        # https://learn.microsoft.com/azure/machine-learning/monitor-azure-machine-learning-reference
        *(
            ArmRead(
                of=measured,
                path="/providers/Microsoft.Insights/metrics",
                api_version="2023-10-01",
                action="Microsoft.Insights/metrics/read",
                yields=METRIC,
                days=30,
                parameters={"metricnames": names, "aggregation": statistic, "interval": "P1D"},
                document=document_of_metric,
            )
            for measured, names, statistic in (
                (ONLINE_ENDPOINT, "RequestsPerMinute", "Average"),
                (ONLINE_DEPLOYMENT, "CpuUtilizationPercentage,GpuUtilizationPercentage", "Maximum"),
            )
        ),
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path=f"/providers/{_CLUSTERS}/managedClusters",
            api_version=_CLUSTERS_API_VERSION,
            action=f"{_CLUSTERS}/managedClusters/read",
            yields=CLUSTER_LOCATION,
            document=document_of_location,
        ),
        ArmRead(
            of=CLUSTER_LOCATION,
            path="/kubernetesVersions",
            api_version=_CLUSTERS_API_VERSION,
            action=f"{_CLUSTERS}/locations/kubernetesVersions/read",
            yields=KUBERNETES_VERSIONS,
            single=True,
            document=document_of_versions,
        ),
    ),
)

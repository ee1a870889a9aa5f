"""Application Insights, Log Analytics, metric alerts, and where resources send their logs."""

from collections.abc import Mapping
from typing import Any

from amlaudit.core.relations import (
    CONTAINER_REGISTRY,
    DIAGNOSTIC_SETTING,
    KEY_VAULT,
    LOG_ANALYTICS,
    LOG_TABLE,
    ONLINE_ENDPOINT,
    SCHEDULE,
    WORKSPACE,
)
from amlaudit.core.resource import Document
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner


def without_schema(table: Mapping[str, Any]) -> Document:
    """Return a table of Log Analytics without its columns: there are hundreds, and no rule asks."""
    properties = table.get("properties")
    if not isinstance(properties, Mapping):
        return dict(table)
    return {**table, "properties": {key: properties[key] for key in properties if key != "schema"}}


SCANNER = Scanner(
    name="monitoring",
    queries=(
        GraphQuery(
            "monitoring.kql",
            (
                "Microsoft.Insights/components/read",
                "Microsoft.OperationalInsights/workspaces/read",
                "Microsoft.Insights/metricAlerts/read",
            ),
        ),
    ),
    reads=(
        *(
            ArmRead(
                of=arm_type,
                path="/providers/Microsoft.Insights/diagnosticSettings",
                # Never left preview: https://learn.microsoft.com/rest/api/monitor/diagnostic-settings
                api_version="2021-05-01-preview",
                action="Microsoft.Insights/diagnosticSettings/read",
                yields=DIAGNOSTIC_SETTING,
            )
            for arm_type in (WORKSPACE, ONLINE_ENDPOINT, KEY_VAULT, CONTAINER_REGISTRY)
        ),
        ArmRead(
            of=LOG_ANALYTICS,
            path="/tables",
            api_version="2025-07-01",
            action="Microsoft.OperationalInsights/workspaces/tables/read",
            yields=LOG_TABLE,
            document=without_schema,
        ),
        ArmRead(
            of=WORKSPACE,
            path="/schedules",
            api_version="2025-12-01",
            action="Microsoft.MachineLearningServices/workspaces/schedules/read",
            yields=SCHEDULE,
        ),
    ),
)

"""Application Insights, Log Analytics, alerts, who is notified of them, and log destinations."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.relations import (
    ACTION_GROUP,
    ACTIVITY_LOG_EXPORT,
    ALERT_PROCESSING_RULE,
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
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner, without

_SETTINGS = "/providers/Microsoft.Insights/diagnosticSettings"
_SETTINGS_API = "2021-05-01-preview"
"""Never left preview: https://learn.microsoft.com/rest/api/monitor/diagnostic-settings"""


def document_of_export(row: Mapping[str, Any]) -> Document:
    """Return a diagnostic setting of a subscription, which exports its activity log.

    It has a type of its own: having read all such settings of a subscription must not prove
    anything about the settings of the resources in it.
    """
    written = str(row.get("id", ""))
    return {
        **row,
        "id": re.sub("/diagnosticSettings/", "/activityLogExports/", written, flags=re.IGNORECASE),
        "type": "Microsoft.Insights/activityLogExports",
    }


SCANNER = Scanner(
    name="monitoring",
    queries=(
        GraphQuery(
            "monitoring.kql",
            (
                "Microsoft.Insights/components/read",
                "Microsoft.OperationalInsights/workspaces/read",
                "Microsoft.Insights/metricAlerts/read",
                "Microsoft.Insights/scheduledQueryRules/read",
                "Microsoft.Insights/activityLogAlerts/read",
            ),
        ),
    ),
    reads=(
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path=_SETTINGS,
            api_version=_SETTINGS_API,
            action="Microsoft.Insights/diagnosticSettings/read",
            yields=ACTIVITY_LOG_EXPORT,
            document=document_of_export,
        ),
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path="/providers/Microsoft.Insights/actionGroups",
            api_version="2023-01-01",
            action="Microsoft.Insights/actionGroups/read",
            yields=ACTION_GROUP,
        ),
        ArmRead(
            of=SUBSCRIPTION_TYPE,
            path="/providers/Microsoft.AlertsManagement/actionRules",
            api_version="2021-08-08",
            action="Microsoft.AlertsManagement/actionRules/read",
            yields=ALERT_PROCESSING_RULE,
        ),
        *(
            ArmRead(
                of=arm_type,
                path=_SETTINGS,
                api_version=_SETTINGS_API,
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
            # It has hundreds of columns, and no rule needs any.
            document=partial(without, name="schema"),
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

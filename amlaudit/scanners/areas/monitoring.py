"""Application Insights, Log Analytics, and where workspaces and key vaults send their logs."""

from amlaudit.core.relations import DIAGNOSTIC_SETTING, KEY_VAULT, WORKSPACE
from amlaudit.scanners.scanner import ArmRead, GraphQuery, Scanner

SCANNER = Scanner(
    name="monitoring",
    queries=(
        GraphQuery(
            "monitoring.kql",
            ("Microsoft.Insights/components/read", "Microsoft.OperationalInsights/workspaces/read"),
        ),
    ),
    reads=tuple(
        ArmRead(
            of=arm_type,
            path="/providers/Microsoft.Insights/diagnosticSettings",
            # Never left preview: https://learn.microsoft.com/rest/api/monitor/diagnostic-settings
            api_version="2021-05-01-preview",
            action="Microsoft.Insights/diagnosticSettings/read",
            yields=DIAGNOSTIC_SETTING,
        )
        for arm_type in (WORKSPACE, KEY_VAULT)
    ),
)

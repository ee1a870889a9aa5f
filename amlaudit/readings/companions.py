"""Companions used by several rules: private endpoints, log settings, alerts, schedules, roles."""

from collections.abc import Iterable
from typing import Final

from amlaudit.core.companions import Companion, adding, setting

_CRITERIA: Final = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"
ROLE_DEFINITIONS: Final = "{subscription}/providers/Microsoft.Authorization/roleDefinitions"


def endpoint_to(part: str, *zones: str, via: Iterable[str] = ()) -> Companion:
    """Return the companion that adds a private endpoint resolved by private DNS.

    Args:
        part: The subresource it connects to: `vault`, `blob`, …
        zones: Placeholders for the ids of the private DNS zones in which it registers its names.
        via: Relations that lead to the resource; empty: the judged one.
    """
    its = "its." if via else ""
    name = f"{{{its}name}}-{part}"
    group = "{group.id}"
    endpoint = {
        "location": "{location}",
        "properties": {
            "subnet": {"id": "<subnet id>"},
            "privateLinkServiceConnections": [
                {
                    "name": name,
                    "properties": {"privateLinkServiceId": f"{{{its}id}}", "groupIds": [part]},
                }
            ],
        },
    }
    configs = [
        {"name": f"zone-{number}", "properties": {"privateDnsZoneId": f"<{zone}>"}}
        for number, zone in enumerate(zones, 1)
    ]
    names = adding(
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        f"{name}/default",
        {"properties": {"privateDnsZoneConfigs": configs}},
        under=group,
    )
    return adding(
        "Microsoft.Network/privateEndpoints", name, endpoint, under=group, via=via, along=(names,)
    )


def diagnostic_setting(
    name: str, category_group: str = "allLogs", via: Iterable[str] = ()
) -> Companion:
    """Return the companion that sends the logs of a resource to a Log Analytics workspace."""
    return adding(
        "Microsoft.Insights/diagnosticSettings",
        name,
        {
            "properties": {
                "workspaceId": "<log analytics id>",
                "logs": [{"categoryGroup": category_group, "enabled": True}],
            }
        },
        under="{its.id}" if via else "{id}",
        via=via,
    )


def metric_alert(
    namespace: str, metric: str, most: float | str, aggregation: str, via: Iterable[str] = ()
) -> Companion:
    """Return the companion that adds an alert on a metric that is too high.

    Args:
        namespace: ARM type of the resource with the metric.
        metric: Its name.
        most: The highest acceptable value, or a placeholder for it.
        aggregation: `Average`, `Total` and the like.
        via: Relations that lead to the resource with the metric; empty: the judged one.
    """
    its = "its." if via else ""
    criterion = {
        "name": "too-much",
        "criterionType": "StaticThresholdCriterion",
        "metricName": metric,
        "metricNamespace": namespace,
        "operator": "GreaterThan",
        "threshold": most,
        "timeAggregation": aggregation,
    }
    properties = {
        "severity": 2,
        "enabled": True,
        "scopes": [f"{{{its}id}}"],
        "evaluationFrequency": "PT5M",
        "windowSize": "PT15M",
        "criteria": {"odata.type": _CRITERIA, "allOf": [criterion]},
        "actions": [{"actionGroupId": "<action group id>"}],
    }
    return adding(
        "Microsoft.Insights/metricAlerts",
        f"{{{its}name}}-{metric.lower().replace(' ', '-')}",
        {"location": "global", "properties": properties},
        under="{group.id}",
        via=via,
    )


def daily_stop() -> Companion:
    """Return the companion that stops a compute instance by a schedule every evening."""
    return setting(
        "Microsoft.MachineLearningServices/workspaces/computes",
        {
            "properties.properties.schedules.computeStartStop": [
                {
                    "action": "Stop",
                    "status": "Enabled",
                    "triggerType": "Cron",
                    "cron": {"expression": "0 19 * * *", "timeZone": "UTC"},
                }
            ]
        },
    )


def renewed_key() -> Companion:
    """Return the companion that encrypts a workspace with a new, automatically rotated key.

    Azure Resource Manager creates keys and never changes an existing one.
    """
    rotation = {"action": {"type": "rotate"}, "trigger": {"timeAfterCreate": "P180D"}}
    pointing = setting(
        "Microsoft.MachineLearningServices/workspaces",
        {
            "properties.encryption.keyVaultProperties.keyIdentifier": (
                "https://{its.name}.vault.azure.net/keys/workspace/<version>"
            )
        },
        under="{id}",
    )
    return adding(
        "Microsoft.KeyVault/vaults/keys",
        "workspace",
        {
            "properties": {
                "kty": "RSA",
                "keySize": 3072,
                "rotationPolicy": {"lifetimeActions": [rotation]},
            }
        },
        via=("encryption-key-vault",),
        under="{its.id}",
        along=(pointing,),
    )


def temporary_role() -> Companion:
    """Return the companion that gives a role assignment over a resource an end."""
    return adding(
        "Microsoft.Authorization/roleAssignmentScheduleRequests",
        "<new GUID>",
        {
            "properties": {
                "principalId": "{its.properties.principalId}",
                "roleDefinitionId": "{its.properties.roleDefinitionId}",
                "requestType": "AdminUpdate",
                "scheduleInfo": {
                    "expiration": {"type": "AfterDateTime", "endDateTime": "<last day>"}
                },
            }
        },
        under="{its.properties.scope}",
        via=("role-assignments",),
        api_version="2020-10-01",
    )

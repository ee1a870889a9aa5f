"""AML1810: a service health alert reports incidents in Azure Machine Learning."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.alerts import ids_in, notifies_any
from amlaudit.readings.partial import all_hold, any_does
from amlaudit.readings.regions import region_of, short_name
from amlaudit.readings.texts import texts_in

# https://learn.microsoft.com/azure/azure-monitor/alerts/resource-manager-alerts-service-health
SERVICE: Final = "properties.impactedservices[*].servicename"
REGION: Final = "properties.impactedservices[*].impactedregions[*].regionname"
KIND: Final = "properties.incidenttype"
CATEGORY: Final = "category"
HEALTH: Final = "servicehealth"
GROUPS: Final = "properties.actions.actionGroups"


@rule(
    id="AML1810",
    title="A service health alert notifies of incidents in Azure Machine Learning",
    severity="low",
    severity_reason="Otherwise people look for their own bugs during a regional outage.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "When a region or the service has an incident, Azure reports it in the activity log of "
        "each subscription, where nobody looks at that moment. A service health alert with an "
        "action group notifies those who decide about failover."
    ),
    fix=Fix(
        "az monitor activity-log alert create --name service-health --resource-group <group> "
        "--scope {id} --condition category=ServiceHealth --action-group <action group id>",
        change=Change.CREATE_COMPANION,
        companions=(
            adding(
                "Microsoft.Insights/activityLogAlerts",
                "service-health",
                {
                    "location": "global",
                    "properties": {
                        "enabled": True,
                        "scopes": ["{id}"],
                        "condition": {"allOf": [{"field": "category", "equals": "ServiceHealth"}]},
                        "actions": {"actionGroups": [{"actionGroupId": "<action group id>"}]},
                    },
                },
                under="{id}/resourceGroups/<resource group>",
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-high-availability-machine-learning",
        "https://learn.microsoft.com/azure/azure-monitor/alerts/resource-manager-alerts-service-health",
        "https://github.com/Azure/Azure-Proactive-Resiliency-Library-v2/tree/main/azure-resources",
    ),
    mappings={
        "cis_azure": ["4.0.0:7.1.2.11", "5.0.0:6.1.2.11", "6.0.0:6.1.2.11"],
        "waf": ["Reliability"],
    },
)
def service_health_heard(subscription: Subject) -> Verdict:
    """Look for an enabled service health alert that omits no incidents and notifies somebody.

    Alert processing rules do not affect such alerts.
    https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-processing-rules
    """
    if not any(True for _ in subscription.follow("workspaces")):
        return not_applicable("the subscription has no workspace")
    regions = {region_of(workspace) for workspace in subscription.follow("workspaces")}
    alerts = subscription.follow("activity-log-alerts")
    if any_does(alerts, lambda each: _tells(each, subscription.id, regions)):
        return ok()
    return fail(
        "no service health alert notifies anybody of all incidents in Azure Machine Learning"
    )


def _tells(alert: Subject, watched: str, regions: set[str]) -> bool:
    """Tell whether an alert notifies of all incidents in the regions of a subscription."""
    # Only alerts on the tenant have no scopes; they report none of a subscription's incidents.
    scopes = map(arm_id.normalise, texts_in(alert, "properties.scopes", default=()))
    return all_hold(
        (
            lambda: watched in scopes,
            lambda: alert.flag("properties.enabled", default=True),
            lambda: _covers(alert, regions),
            lambda: notifies_any(alert, GROUPS, ids_in(alert, GROUPS)),
        )
    )


def _covers(alert: Subject, regions: set[str]) -> bool:
    """Tell whether an alert is about service health, and no condition excludes incidents."""
    return all_hold(
        (
            lambda: any_does(_clauses(alert), _is_of_health),
            lambda: not any_does(_clauses(alert), lambda each: _leaves_out(each, regions)),
        )
    )


def _clauses(alert: Subject) -> Iterator[Subject]:
    """Yield the conditions of an alert, all of which must hold."""
    return alert.each("properties.condition.allOf")


def _is_of_health(clause: Subject) -> bool:
    """Tell whether a condition demands that the event is one of service health."""
    return clause.text("equals", default="") == HEALTH


def _leaves_out(clause: Subject, regions: set[str]) -> bool:
    """Tell whether a condition excludes incidents of the service in one of the regions."""
    parts = list(clause.each("anyOf", default=())) or [clause]
    fields = {part.text("field") for part in parts}
    values = {value for part in parts for value in _values(part)}
    if unfamiliar := fields - {CATEGORY, SERVICE, REGION, KIND}:
        raise clause.unfamiliar("field", min(unfamiliar))
    return (
        (CATEGORY in fields and HEALTH not in values)
        or (SERVICE in fields and not any("machine learning" in value for value in values))
        or (REGION in fields and not regions <= set(map(short_name, values)))
        or (KIND in fields and "incident" not in values)
    )


def _values(part: Subject) -> Iterator[str]:
    """Yield the values that a part of a condition compares with, in lower case."""
    yield part.text("equals", default="")
    yield from texts_in(part, "containsAny", default=())

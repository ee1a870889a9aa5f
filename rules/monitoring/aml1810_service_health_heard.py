"""AML1810: a service health alert reports incidents in Azure Machine Learning."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.activity_alerts import CATEGORY, clauses_of, is_heard, parts_of, values_of
from amlaudit.readings.partial import all_hold, any_does
from amlaudit.readings.regions import region_of, short_name

# https://learn.microsoft.com/azure/azure-monitor/alerts/resource-manager-alerts-service-health
SERVICE: Final = "properties.impactedservices[*].servicename"
REGION: Final = "properties.impactedservices[*].impactedregions[*].regionname"
KIND: Final = "properties.incidenttype"
HEALTH: Final = "servicehealth"


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
    """Look for a service health alert that omits no incidents."""
    if not any(True for _ in subscription.follow("workspaces")):
        return not_applicable("the subscription has no workspace")
    regions = {region_of(workspace) for workspace in subscription.follow("workspaces")}
    if is_heard(subscription, lambda alert: _covers(alert, regions)):
        return ok()
    return fail(
        "no service health alert notifies anybody of all incidents in Azure Machine Learning"
    )


def _covers(alert: Subject, regions: set[str]) -> bool:
    """Tell whether an alert is about service health, and no condition excludes incidents."""
    return all_hold(
        (
            lambda: any_does(clauses_of(alert), _is_of_health),
            lambda: not any_does(clauses_of(alert), lambda each: _leaves_out(each, regions)),
        )
    )


def _is_of_health(clause: Subject) -> bool:
    """Tell whether a condition demands that the event is one of service health."""
    return clause.text("equals", default="") == HEALTH


def _leaves_out(clause: Subject, regions: set[str]) -> bool:
    """Tell whether a condition excludes incidents of the service in one of the regions."""
    parts = parts_of(clause)
    fields = {part.text("field") for part in parts}
    values = {value for part in parts for value in values_of(part)}
    if unfamiliar := fields - {CATEGORY, SERVICE, REGION, KIND}:
        raise clause.unfamiliar("field", min(unfamiliar))
    return (
        (CATEGORY in fields and HEALTH not in values)
        or (SERVICE in fields and not any("machine learning" in value for value in values))
        or (REGION in fields and not regions <= set(map(short_name, values)))
        or (KIND in fields and "incident" not in values)
    )

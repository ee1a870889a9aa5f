"""AML1810: somebody hears of incidents in the Azure Machine Learning service."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.partial import known_of
from amlaudit.readings.regions import region_of, short_name
from amlaudit.readings.texts import texts_in

# https://learn.microsoft.com/azure/azure-monitor/alerts/resource-manager-alerts-service-health
SERVICE: Final = "properties.impactedservices[*].servicename"
REGION: Final = "properties.impactedservices[*].impactedregions[*].regionname"
KIND: Final = "properties.incidenttype"


@rule(
    id="AML1810",
    title="An alert tells somebody of incidents in the Azure Machine Learning service",
    severity="low",
    severity_reason="People look for bugs of their own while the region is down.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "When a region or the service itself has trouble, Azure writes so into the activity log "
        "of each subscription, where nobody looks at that hour. An alert on service health with "
        "an action group brings it to whoever decides on failing over."
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
    """Look for an alert on service health that is on, reaches somebody and leaves nothing out."""
    if not any(True for _ in subscription.follow("workspaces")):
        return not_applicable("the subscription holds no workspace")
    regions = {region_of(workspace) for workspace in subscription.follow("workspaces")}
    alerts = subscription.follow("activity-log-alerts")
    if any(
        True for _ in known_of(_if_it_tells(alert, subscription.id, regions) for alert in alerts)
    ):
        return ok()
    return fail("no alert tells of all incidents in Azure Machine Learning")


def _if_it_tells(alert: Subject, watched: str, regions: set[str]) -> Iterator[Subject]:
    """Yield an alert that sends somebody word of what goes wrong in regions of a subscription."""
    scopes = set(map(arm_id.normalise, texts_in(alert, "properties.scopes")))
    clauses = list(alert.each("properties.condition.allOf"))
    groups = alert.each("properties.actions.actionGroups", default=())
    if (
        watched in scopes
        and any(clause.text("equals", default="") == "servicehealth" for clause in clauses)
        and alert.flag("properties.enabled", default=True)
        and any(group.text("actionGroupId", default="") for group in groups)
        and not any(_leaves_out(clause, regions) for clause in clauses)
    ):
        yield alert


def _leaves_out(clause: Subject, regions: set[str]) -> bool:
    """Tell whether a clause keeps out incidents of the service in one of some regions."""
    parts = list(clause.each("anyOf", default=())) or [clause]
    fields = {part.text("field") for part in parts}
    values = {value for part in parts for value in _values(part)}
    if unfamiliar := fields - {"category", SERVICE, REGION, KIND}:
        raise clause.unfamiliar("field", min(unfamiliar))
    return (
        (SERVICE in fields and not any("machine learning" in value for value in values))
        or (REGION in fields and not regions <= set(map(short_name, values)))
        or (KIND in fields and "incident" not in values)
    )


def _values(part: Subject) -> Iterator[str]:
    """Yield what a part of a clause compares with, lower case."""
    yield part.text("equals", default="")
    yield from texts_in(part, "containsAny", default=())

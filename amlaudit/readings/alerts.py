"""Alerts on metrics, and what they watch."""

from collections.abc import Iterator

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject


def alerts_over(resource: Subject) -> Iterator[Subject]:
    """Yield the metric alerts that are on, have an action group and cover a resource.

    Alerts in other subscriptions are not looked at.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    for subscription in resource.follow("subscription"):
        for alert in subscription.follow("metric-alerts"):
            scopes = (
                arm_id.normalise(str(scope.value)) for scope in alert.each("properties.scopes")
            )
            if (
                any(arm_id.is_within(resource.id, scope) for scope in scopes)
                and alert.flag("properties.enabled")
                and any(
                    action.text("actionGroupId", default="")
                    for action in alert.each("properties.actions", default=())
                )
            ):
                yield alert


def metric_watched(alert: Subject) -> str:
    """Return the metric that an alert tells of, lower case; empty if it waits for several at once.

    An alert with several criteria fires where all of them are met:
    https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-types#metric-alerts
    """
    criteria = [
        each.text("metricName", default="")
        for each in alert.each("properties.criteria.allOf", default=())
    ]
    return criteria[0] if len(criteria) == 1 else ""

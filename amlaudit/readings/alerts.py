"""Alerts on metrics and logs, and what they watch."""

from collections.abc import Collection, Iterator
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject
from amlaudit.readings.once import once
from amlaudit.readings.texts import texts_in

_SCOPES: Final = "properties.scopes"


def alerts_over(resource: Subject) -> Iterator[Subject]:
    """Yield the metric alerts that are enabled, have an action group and cover a resource.

    Alerts in other subscriptions are ignored.

    Raises:
        NoDataError: After the last known one, if there may be more.
    """
    for subscription in resource.follow("subscription"):
        for alert in subscription.follow("metric-alerts"):
            if (
                watches(alert, (resource.id,))
                and alert.flag("properties.enabled")
                and any(
                    action.text("actionGroupId", default="")
                    for action in alert.each("properties.actions", default=())
                )
            ):
                yield alert


def watches(alert: Subject, resource_ids: Collection[str]) -> bool:
    """Tell whether one scope of an alert contains one of some resources.

    Args:
        alert: The alert.
        resource_ids: Normalised ids.

    Raises:
        NoDataError: None of the known scopes does, and others are unknown.
    """
    scopes = _scopes_of(alert) if alert.resource.gaps else once(alert, _SCOPES, _all_scopes)
    return any(arm_id.is_within(each, scope) for scope in scopes for each in resource_ids)


def _scopes_of(alert: Subject) -> Iterator[str]:
    """Yield the normalised ids of what an alert watches."""
    return map(arm_id.normalise, texts_in(alert, _SCOPES))


def _all_scopes(alert: Subject) -> tuple[str, ...]:
    """Return the normalised ids of all that an alert watches."""
    return tuple(_scopes_of(alert))


def metric_watched(alert: Subject) -> str:
    """Return the metric that an alert watches, lower case; empty if it combines several.

    An alert with several criteria fires where all of them are met:
    https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-types#metric-alerts
    """
    criteria = [
        each.text("metricName", default="")
        for each in alert.each("properties.criteria.allOf", default=())
    ]
    return criteria[0] if len(criteria) == 1 else ""

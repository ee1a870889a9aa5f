"""Alerts on metrics and logs, and what they watch."""

from collections.abc import Collection, Iterator
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject
from amlaudit.readings.action_groups import ids_in, notifies_any
from amlaudit.readings.once import once
from amlaudit.readings.partial import all_hold, any_does
from amlaudit.readings.texts import texts_in

_SCOPES: Final = "properties.scopes"
_ACTIONS: Final = "properties.actions"


def is_alerted(resource: Subject, metrics: Collection[str]) -> bool:
    """Tell whether an alert notifies somebody of one of some metrics of a resource.

    Alerts that are disabled, or in other subscriptions, are ignored.

    Args:
        resource: What the alert watches.
        metrics: The metrics, lower case.

    Raises:
        NoDataError: None is known to, and there may be one.
    """
    alerts = _metric_alerts(resource)
    return any_does(alerts, lambda each: _tells(each, resource.id, metrics))


def _metric_alerts(resource: Subject) -> Iterator[Subject]:
    """Yield the metric alerts in the subscription of a resource."""
    for subscription in resource.follow("subscription"):
        yield from subscription.follow("metric-alerts")


def _tells(alert: Subject, watched: str, metrics: Collection[str]) -> bool:
    """Tell whether an alert notifies somebody of one of some metrics of a resource."""
    return all_hold(
        (
            lambda: watches(alert, (watched,)),
            lambda: alert.flag("properties.enabled"),
            lambda: _metric_watched(alert) in metrics,
            lambda: notifies_any(alert, _ACTIONS, ids_in(alert, _ACTIONS)),
        )
    )


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


def _metric_watched(alert: Subject) -> str:
    """Return the metric that an alert watches, lower case; empty if it combines several.

    An alert with several criteria fires where all of them are met:
    https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-types#metric-alerts
    """
    criteria = [
        each.text("metricName", default="")
        for each in alert.each("properties.criteria.allOf", default=())
    ]
    return criteria[0] if len(criteria) == 1 else ""

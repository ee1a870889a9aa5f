"""Alerts on metrics and logs: what they watch, and whether their action groups notify anybody."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.relations import ACTION_GROUP
from amlaudit.core.subject import Subject
from amlaudit.readings.once import once
from amlaudit.readings.partial import all_hold, any_does, known_of_each
from amlaudit.readings.texts import texts_in

_SCOPES: Final = "properties.scopes"
_ACTIONS: Final = "properties.actions"
# https://learn.microsoft.com/azure/templates/microsoft.insights/actiongroups
_RECEIVERS: Final = (
    "armRoleReceivers",
    "automationRunbookReceivers",
    "azureAppPushReceivers",
    "azureFunctionReceivers",
    "emailReceivers",
    "eventHubReceivers",
    "incidentReceivers",
    "itsmReceivers",
    "logicAppReceivers",
    "smsReceivers",
    "voiceReceivers",
    "webhookReceivers",
)


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


def notifies_any(holder: Subject, path: str, group_ids: Iterable[str]) -> bool:
    """Tell whether one of the action groups that a resource names notifies anybody.

    A group that does not exist notifies nobody.

    Args:
        holder: What names them: an alert, a budget, or a part of one.
        path: Where it names them.
        group_ids: Their ids, or empty texts.

    Raises:
        NoDataError: None is known to, and some of them are not known.
    """
    return any_does(group_ids, lambda each: _notifies(holder, path, each))


def ids_in(alert: Subject, path: str) -> Iterator[str]:
    """Yield the ids of the action groups in a list of an alert's actions, lower case."""
    for action in alert.each(path, default=()):
        yield action.text("actionGroupId", default="")


def _notifies(holder: Subject, path: str, group_id: str) -> bool:
    """Tell whether an action group notifies anybody; see `notifies_any`."""
    if not group_id:
        return False
    normalised = arm_id.normalise(group_id)
    if arm_id.type_of(normalised) != ACTION_GROUP:
        raise holder.unfamiliar(path, group_id)
    group = holder.estate.find(normalised)
    return group is not None and once(holder.neighbour(group), _RECEIVERS, _has_listeners)


def _has_listeners(group: Subject) -> bool:
    """Tell whether an action group is enabled and has a receiver that is not disabled."""
    receivers = known_of_each(_RECEIVERS, lambda kind: group.each(f"properties.{kind}", default=()))
    return all_hold(
        (
            lambda: group.flag("properties.enabled", default=True),
            lambda: any_does(receivers, _listens),
        )
    )


def _listens(receiver: Subject) -> bool:
    """Tell whether a receiver is notified; Azure disables those of people who unsubscribe.

    Only receivers of emails and text messages have a status.
    """
    status = receiver.text("status", default="enabled")
    if status not in ("enabled", "disabled"):
        raise receiver.unfamiliar("status", status)
    return status == "enabled"

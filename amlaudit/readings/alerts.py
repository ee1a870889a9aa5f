"""Alerts on metrics and logs: what they watch, and whether they notify anybody."""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import timedelta
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.relations import ACTION_GROUP
from amlaudit.core.subject import Subject
from amlaudit.readings.once import once
from amlaudit.readings.partial import all_hold, any_does, any_holds, known_of_each
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
_ADDING: Final = "addactiongroups"
_REMOVING: Final = "removeallactiongroups"
_LONGEST_PAUSE: Final = timedelta(days=30)
"""Notifications that are suppressed until later than this are taken as suppressed for good."""


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
            lambda: tells_anybody(alert, _ACTIONS, ids_in(alert, _ACTIONS), (watched,)),
        )
    )


def watches(alert: Subject, resource_ids: Collection[str]) -> bool:
    """Tell whether one scope of an alert contains one of some resources.

    Args:
        alert: The alert, or an alert processing rule.
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


def tells_anybody(
    alert: Subject, path: str, group_ids: Iterable[str], watched: Collection[str]
) -> bool:
    """Tell whether an alert notifies somebody, considering the alert processing rules.

    These add action groups to alerts, or remove all; removing them has priority. A rule for some
    hours, or for a time that ends soon, is not considered.
    https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-processing-rules

    Args:
        alert: The alert.
        path: Where it names its action groups.
        group_ids: The ids of these, or empty texts.
        watched: Normalised ids of the resources on which it fires.

    Raises:
        NoDataError: It is not known.
    """
    return all_hold(
        (
            lambda: any_holds(
                (
                    lambda: notifies_any(alert, path, group_ids),
                    lambda: _is_processed(alert, watched, _adds_listeners),
                )
            ),
            lambda: not _is_processed(alert, watched, _removes_groups),
        )
    )


def _is_processed(
    alert: Subject, watched: Collection[str], does: Callable[[Subject], bool]
) -> bool:
    """Tell whether a processing rule with some action applies to an alert on some resources."""
    return any_does(
        _processing_rules(alert),
        lambda each: all_hold(
            (
                lambda: does(each),
                lambda: each.flag("properties.enabled", default=True),
                lambda: watches(each, watched),
                lambda: _is_lasting(each),
                lambda: (
                    not any_does(
                        each.each("properties.conditions", default=()),
                        lambda condition: not _is_met(condition, alert, watched),
                    )
                ),
            )
        ),
    )


def _processing_rules(alert: Subject) -> Iterator[Subject]:
    """Yield the alert processing rules in the subscription of an alert."""
    for subscription in alert.follow("subscription"):
        yield from subscription.follow("alert-processing-rules")


def _adds_listeners(rule: Subject) -> bool:
    """Tell whether an alert processing rule adds an action group that notifies somebody."""
    return any_does(
        rule.each("properties.actions"),
        lambda action: (
            _kind_of(action) == _ADDING
            and notifies_any(rule, "properties.actions", texts_in(action, "actionGroupIds"))
        ),
    )


def _removes_groups(rule: Subject) -> bool:
    """Tell whether an alert processing rule removes all action groups."""
    return any_does(rule.each("properties.actions"), lambda action: _kind_of(action) == _REMOVING)


def _kind_of(action: Subject) -> str:
    """Return what an action of an alert processing rule does, lower case."""
    kind = action.text("actionType")
    if kind not in (_ADDING, _REMOVING):
        raise action.unfamiliar("actionType", kind)
    return kind


def _is_lasting(rule: Subject) -> bool:
    """Tell whether an alert processing rule applies now, at all hours, and does not end soon."""
    schedule = "properties.schedule"
    begin, end = f"{schedule}.effectiveFrom", f"{schedule}.effectiveUntil"
    recurrences = rule.each(f"{schedule}.recurrences", default=())
    return all_hold(
        (
            lambda: not any(True for _ in recurrences),
            lambda: not rule.text(begin, default="") or rule.time(begin) <= rule.read_at,
            lambda: (
                not rule.text(end, default="") or rule.time(end) - rule.read_at > _LONGEST_PAUSE
            ),
        )
    )


def _is_met(condition: Subject, alert: Subject, watched: Collection[str]) -> bool:
    """Tell whether an alert on some resources meets a condition of a processing rule."""
    found = _values_of(condition, alert, watched)
    wanted = list(texts_in(condition, "values"))
    tests = {
        "equals": any(each in found for each in wanted),
        "notequals": not any(each in found for each in wanted),
        "contains": any(each in value for each in wanted for value in found),
        "doesnotcontain": not any(each in value for each in wanted for value in found),
    }
    operator = condition.text("operator")
    if operator not in tests:
        raise condition.unfamiliar("operator", operator)
    return tests[operator]


def _values_of(condition: Subject, alert: Subject, watched: Collection[str]) -> Collection[str]:
    """Return what a condition compares, of an alert that fires on some resources; lower case."""
    field = condition.text("field")
    if field == "severity":
        return (f"sev{alert.number('properties.severity'):.0f}",)
    known = {
        "alertruleid": (alert.id,),
        "alertrulename": (alert.name.lower(),),
        "monitorcondition": ("fired",),
        "targetresource": watched,
        "targetresourcetype": [*map(arm_id.type_of, watched)],
    }
    if field not in known:
        raise condition.unfamiliar("field", field)
    return known[field]


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

"""Activity log alerts: which events of a subscription they notify of."""

from collections.abc import Callable, Iterator
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject
from amlaudit.readings.alerts import ids_in, notifies_any
from amlaudit.readings.partial import all_hold, any_does
from amlaudit.readings.texts import texts_in

CATEGORY: Final = "category"

_GROUPS: Final = "properties.actions.actionGroups"


def is_heard(subscription: Subject, covers: Callable[[Subject], bool]) -> bool:
    """Tell whether an activity log alert notifies somebody of some events of a subscription.

    Alert processing rules do not affect such alerts.
    https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-processing-rules

    Args:
        subscription: The subscription.
        covers: Tells whether the conditions of an alert include the events.

    Raises:
        NoDataError: None is known to, and there may be one.
    """
    alerts = subscription.follow("activity-log-alerts")
    return any_does(alerts, lambda each: _tells(each, subscription.id, covers))


def clauses_of(alert: Subject) -> Iterator[Subject]:
    """Yield the conditions of an alert, all of which must hold."""
    return alert.each("properties.condition.allOf")


def parts_of(clause: Subject) -> list[Subject]:
    """Return the parts of a condition, one of which must hold."""
    return list(clause.each("anyOf", default=())) or [clause]


def values_of(part: Subject) -> Iterator[str]:
    """Yield the values that a part of a condition compares with, in lower case."""
    yield part.text("equals", default="")
    yield from texts_in(part, "containsAny", default=())


def _tells(alert: Subject, watched: str, covers: Callable[[Subject], bool]) -> bool:
    """Tell whether an alert notifies somebody of some events of a subscription."""
    # Only alerts on the tenant have no scopes; they report none of a subscription's events.
    scopes = map(arm_id.normalise, texts_in(alert, "properties.scopes", default=()))
    return all_hold(
        (
            lambda: watched in scopes,
            lambda: alert.flag("properties.enabled", default=True),
            lambda: covers(alert),
            lambda: notifies_any(alert, _GROUPS, ids_in(alert, _GROUPS)),
        )
    )

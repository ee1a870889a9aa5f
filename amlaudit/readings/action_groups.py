"""Action groups: whether the ones that an alert or a budget names notify anybody."""

from collections.abc import Iterable, Iterator
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.relations import ACTION_GROUP
from amlaudit.core.subject import Subject
from amlaudit.readings.once import once
from amlaudit.readings.partial import all_hold, any_does, known_of_each

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

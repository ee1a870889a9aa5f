"""Which resource logs are sent, according to diagnostic settings."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from amlaudit.core.gap import NoDataError
from amlaudit.core.subject import Subject

_EVERYTHING: Final = "alllogs"  # the group that holds every category
_DESTINATIONS: Final = (
    "properties.workspaceId",
    "properties.storageAccountId",
    "properties.eventHubAuthorizationRuleId",
    "properties.marketplacePartnerId",
)


def unsent(
    categories: Iterable[str], settings: Iterable[Subject], groups: Collection[str] = ()
) -> list[str]:
    """Return the categories that no diagnostic setting sends, in order.

    Args:
        categories: What should be sent.
        settings: The settings that count.
        groups: Groups that contain all of it, lower case, besides the one of everything.

    Raises:
        NoDataError: One is not sent by any known setting, but there may be others, or a category
            group is sent whose contents are not known.
    """
    missing = {each.lower(): each for each in categories}
    unclear: NoDataError | None = None
    for setting in settings:
        for log in setting.each("properties.logs", default=()):
            if not log.flag("enabled"):
                continue
            group = log.text("categoryGroup", default="")
            if group == _EVERYTHING or group in groups:
                return []
            if group:
                unclear = log.unfamiliar("categoryGroup", group)
            missing.pop(log.text("category", default=""), None)
        if not missing:
            return []
    if unclear:
        raise unclear
    return sorted(missing.values())


def sending(settings: Iterable[Subject]) -> Iterator[Subject]:
    """Yield the diagnostic settings that send logs anywhere."""
    return (
        each
        for each in settings
        if any("/providers/" in each.text(to, default="") for to in _DESTINATIONS)
    )

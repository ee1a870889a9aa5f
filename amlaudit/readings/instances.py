"""Compute instances: when they shut down automatically, and what others install on them."""

from datetime import timedelta
from typing import Final

from amlaudit.core.subject import Subject
from amlaudit.core.times import seconds_of

_IDLE: Final = "properties.properties.idleTimeBeforeShutdown"
_IDLE_SHOWN_SINCE: Final = "2025-12-01"  # API version; the previews show it much longer
_IDLE_SHOWN_IN_PREVIEW_SINCE: Final = "2022-06-01-preview"
SERVICES: Final = "properties.properties.customServices"
_SERVICES_SHOWN_SINCE: Final = "2023-04-01"  # API version
# https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance
_SHORTEST_ACCEPTED: Final = timedelta(minutes=15)


def is_instance(compute: Subject) -> bool:
    """Tell whether a compute is a compute instance.

    Raises:
        NoDataError: It is not known.
    """
    return compute.text("properties.computeType") == "computeinstance"


def idle_time(instance: Subject) -> timedelta | None:
    """Return how long an instance is idle before it stops automatically, None if it never does.

    Raises:
        NoDataError: It is not known, or is not a duration that Azure accepts.
    """
    is_preview = instance.resource.origin.api_version.endswith("preview")
    since = _IDLE_SHOWN_IN_PREVIEW_SINCE if is_preview else _IDLE_SHOWN_SINCE
    written = instance.text(_IDLE, default="", since=since)
    if not written:
        return None
    seconds = seconds_of(written)
    if seconds is None or seconds < _SHORTEST_ACCEPTED.total_seconds():
        raise instance.unfamiliar(_IDLE, written)
    return timedelta(seconds=seconds)


def has_services(instance: Subject) -> bool:
    """Tell whether applications that somebody added run on an instance.

    Raises:
        NoDataError: It is not known.
    """
    return bool(instance.get(SERVICES, default=(), since=_SERVICES_SHOWN_SINCE))

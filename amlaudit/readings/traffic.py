"""Whether an online endpoint gets requests, and where they go."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from amlaudit.core.subject import Subject

LIVE: Final = "properties.traffic"
MIRRORED: Final = "properties.mirrorTraffic"
_REQUESTS: Final = "requestsperminute"
_DAY: Final = timedelta(days=1)
_SHOWN_SINCE: Final = {LIVE: "", MIRRORED: "2023-04-01"}  # API versions


def shares_of(endpoint: Subject, path: str) -> dict[str, float]:
    """Return the percentage of the requests by deployment, lower case; absent: none is sent.

    Args:
        endpoint: An online endpoint.
        path: `LIVE`, or `MIRRORED` for the copies that a deployment on trial gets.

    Raises:
        NoDataError: It is not known.
    """
    shares = endpoint.get(path, default={}, since=_SHOWN_SINCE[path])
    if not isinstance(shares, Mapping) or not all(map(_is_number, shares.values())):
        raise endpoint.unfamiliar(path, shares)
    return {name.lower(): percent for name, percent in shares.items()}


def gets_requests(deployment: Subject) -> bool:
    """Tell whether a deployment gets requests of its endpoint, or copies of them.

    Raises:
        NoDataError: It is not known.
    """
    name = deployment.name.lower()
    for endpoint in deployment.follow("online-endpoint"):
        if any(shares_of(endpoint, path).get(name) for path in (LIVE, MIRRORED)):
            return True
    return False


def was_called(endpoint: Subject, lately: timedelta) -> bool:
    """Tell whether an online endpoint got any request in a time up to now.

    Raises:
        NoDataError: It is not known: nothing was measured, or not for as long.
    """
    for metric in endpoint.follow("metrics"):
        if metric.name.lower() == _REQUESTS:
            return _was_measured(metric, lately)
    raise endpoint.untold("metrics", "whether anybody calls it: there is no measurement")


def _was_measured(metric: Subject, lately: timedelta) -> bool:
    """Tell whether a metric, an average for each day, was above nothing in a time up to now.

    Raises:
        NoDataError: It is not known.
    """
    if (code := metric.text("properties.errorCode", default="success")) != "success":
        raise metric.unfamiliar("properties.errorCode", code)
    begin, reaches_back = metric.read_at - lately, False
    for series in metric.each("properties.timeseries"):
        for day in series.each("data"):
            began = day.time("timeStamp")
            reaches_back |= began <= begin + _DAY
            if began + _DAY > begin and day.number("average", default=0) > 0:
                return True
    if not reaches_back:
        raise metric.untold("properties.timeseries", f"what was {lately.days} days ago")
    return False


def _is_number(value: object) -> bool:
    """Tell whether a value is a number, which a boolean is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)

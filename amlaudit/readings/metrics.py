"""Metrics of Azure Monitor, measured day by day."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from amlaudit.core.subject import Subject

_DAY: Final = timedelta(days=1)


def days_of(measured: Subject, name: str, lately: timedelta, doubt: str) -> Iterator[Subject]:
    """Yield what a metric of a resource was on each day of a time up to now.

    Args:
        measured: The resource.
        name: The metric, lower case.
        lately: The time.
        doubt: What is not known if there is no such metric.

    Raises:
        NoDataError: There is no such metric, or Azure Monitor could not tell; or, after the last
            day, not all days are known.
    """
    for metric in measured.follow("metrics"):
        if metric.name.lower() == name:
            yield from _days_in(metric, lately)
            return
    raise measured.undetermined("metrics", doubt)


def _days_in(metric: Subject, lately: timedelta) -> Iterator[Subject]:
    """Yield the days of a metric, which have no value where nothing was measured."""
    if (code := metric.text("properties.errorCode", default="success")) != "success":
        raise metric.unfamiliar("properties.errorCode", code)
    begin, reaches_back = metric.read_at - lately, False
    for series in metric.each("properties.timeseries"):
        for day in series.each("data"):
            began = day.time("timeStamp")
            reaches_back |= began <= begin + _DAY
            if began + _DAY > begin:
                yield day
    if not reaches_back:
        raise metric.undetermined("properties.timeseries", f"what was {lately.days} days ago")

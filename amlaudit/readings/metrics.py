"""Metrics of Azure Monitor, measured day by day."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from amlaudit.core.subject import Subject

DAY: Final = timedelta(days=1)


def days_of(metric: Subject, lately: timedelta) -> Iterator[Subject]:
    """Yield what was measured on each day of a time up to now.

    Args:
        metric: A metric with a value for each day, or none for a day without any measurement.
        lately: The time.

    Raises:
        NoDataError: Azure Monitor could not tell; or, after the last day, not all days are known.
    """
    if (code := metric.text("properties.errorCode", default="success")) != "success":
        raise metric.unfamiliar("properties.errorCode", code)
    begin, reaches_back = metric.read_at - lately, False
    for series in metric.each("properties.timeseries"):
        for day in series.each("data"):
            began = day.time("timeStamp")
            reaches_back |= began <= begin + DAY
            if began + DAY > begin:
                yield day
    if not reaches_back:
        raise metric.undetermined("properties.timeseries", f"what was {lately.days} days ago")

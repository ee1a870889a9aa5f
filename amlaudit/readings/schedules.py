"""Schedules that start and stop compute instances, by cron expression or by recurrence."""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.patterns import late_pattern
from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.texts import texts_in

_SCHEDULES: Final = "properties.properties.schedules.computeStartStop"
_SHOWN_SINCE: Final = "2022-01-01"
"""First API version that shows schedules, https://github.com/Azure/bicep-types-az."""
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_EVERY: Final = ("*", "?", "*/1")
_SETUPS: Final = ("completed", "provisioning", "failed")
_DAY: Final = rf"([0-7]|{'|'.join(_WEEKDAYS)})(-([0-7]|{'|'.join(_WEEKDAYS)}))?"
_CRON: Final = late_pattern(  # with or without seconds in front
    r"(\S+ )?\S+ \S+ (?P<date>[\d*?,/-]+) (?P<month>\S+) "
    rf"(?P<weekday>[*?]|\*/1|{_DAY}(,{_DAY})*)"
)
_LONGEST_INTERVAL: Final = {"minute": 24 * 60, "hour": 24, "day": 1, "week": 1, "month": 0}


def stops_daily(instance: Subject) -> bool:
    """Tell whether an enabled schedule stops an instance every day, weekends included.

    Raises:
        NoDataError: It is not known, or a schedule has an unknown form.
    """
    return any(map(_is_daily, stopping(instance)))


def stopping(instance: Subject) -> Iterator[Subject]:
    """Yield the enabled schedules that stop an instance, on any days.

    A schedule that Azure failed to set up is none.

    Raises:
        NoDataError: It is not known what a schedule does.
    """
    for schedule in instance.each(_SCHEDULES, default=(), since=_SHOWN_SINCE):
        stops = one_of(schedule, "action", ("start", "stop")) == "stop"
        is_on = one_of(schedule, "status", ("enabled", "disabled")) == "enabled"
        if stops and is_on and not _has_failed(schedule):
            yield schedule


def _has_failed(schedule: Subject) -> bool:
    """Tell whether Azure failed to set a schedule up; declarations do not say."""
    return one_of(schedule, "provisioningStatus", _SETUPS, default="Completed") == "failed"


def _is_daily(schedule: Subject) -> bool:
    """Tell whether a schedule acts on every day of the year."""
    if one_of(schedule, "triggerType", ("cron", "recurrence")) == "cron":
        found = _CRON.fullmatch(schedule.text("cron.expression"))
        if not (found and (days := _weekdays(found["weekday"]))):
            raise schedule.unfamiliar("cron.expression", schedule["cron.expression"])
        every_date = found["date"] in _EVERY and found["month"] in _EVERY
        return every_date and len(days) == len(_WEEKDAYS)
    unit = one_of(schedule, "recurrence.frequency", _LONGEST_INTERVAL)
    if schedule.number("recurrence.interval") > _LONGEST_INTERVAL[unit]:
        return False
    # Days of the week restrict daily recurrences, too.
    named = set(texts_in(schedule, "recurrence.schedule.weekDays", default=()))
    return len(named) == len(_WEEKDAYS) if named else unit != "week"


def _weekdays(field: str) -> set[int]:
    """Return the days of the week in a field of a cron expression, Sunday being 0.

    Empty if a range goes backwards, which implementations interpret differently.
    """
    days: set[int] = set()
    for part in ("0-6" if field in _EVERY else field).split(","):
        first, *last = (
            int(each) if each.isdecimal() else _WEEKDAYS.index(each) for each in part.split("-")
        )
        named = range(first, (last or [first])[0] + 1)
        if not named:
            return set()
        days.update(day % len(_WEEKDAYS) for day in named)
    return days

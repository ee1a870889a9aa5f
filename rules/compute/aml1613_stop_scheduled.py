"""AML1613: a schedule stops the instances that never count as idle."""

import re
from typing import Final

from amlaudit import Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.choices import choice
from amlaudit.readings.instances import has_services, idle_time, is_instance

SCHEDULES: Final = "properties.properties.schedules.computeStartStop"
WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
EVERY: Final = ("*", "?", "*/1")
DAY: Final = rf"([0-7]|{'|'.join(WEEKDAYS)})(-([0-7]|{'|'.join(WEEKDAYS)}))?"
CRON: Final = re.compile(  # with or without seconds in front
    r"(\S+ )?\S+ \S+ (?P<date>[\d*?,/-]+) (?P<month>\S+) "
    rf"(?P<weekday>[*?]|\*/1|{DAY}(,{DAY})*)"
)
LONGEST_INTERVAL: Final = {"minute": 24 * 60, "hour": 24, "day": 1, "week": 1, "month": 0}


@rule(
    id="AML1613",
    title="A schedule stops the compute instance every day where idleness does not",
    severity="low",
    severity_reason="Such an instance runs, and is paid for, until somebody thinks of it.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "An instance with an application of its own always counts as busy, so its idle time never "
        "comes, and one without an idle time waits for somebody to press the button. A schedule "
        "that stops it in the evening does not ask whether anybody remembers."
    ),
    fix="az ml compute create --file instance.yml --resource-group {group} --workspace-name "
    "<workspace>  # schedules.compute_start_stop with a daily stop",
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",),
    mappings={"waf": ("Cost Optimization",)},
)
def stop_scheduled(compute: Subject) -> Verdict:
    """Look for a schedule that is on and stops the instance every day, weekends included."""
    if not is_instance(compute):
        return not_applicable("only compute instances have such schedules")
    if idle_time(compute) is not None and not has_services(compute):
        return not_applicable("the instance stops when it is idle")
    for schedule in compute.each(SCHEDULES, default=()):
        stops = choice(schedule, "action", "start", "stop") == "stop"
        is_on = choice(schedule, "status", "enabled", "disabled") == "enabled"
        if stops and is_on and _is_daily(schedule):
            return ok()
    return fail("no schedule stops the instance every day, and idleness does not stop it")


def _is_daily(schedule: Subject) -> bool:
    """Tell whether a schedule acts on every day of the year."""
    if choice(schedule, "triggerType", "cron", "recurrence") == "cron":
        found = CRON.fullmatch(schedule.text("cron.expression"))
        if not found:
            raise schedule.unfamiliar("cron.expression", schedule["cron.expression"])
        every_date = found["date"] in EVERY and found["month"] in EVERY
        return every_date and len(_weekdays(found["weekday"])) == len(WEEKDAYS)
    unit = choice(schedule, "recurrence.frequency", *LONGEST_INTERVAL)
    if schedule.number("recurrence.interval") > LONGEST_INTERVAL[unit]:
        return False
    days = schedule.each("recurrence.schedule.weekDays", default=()) if unit == "week" else ()
    return unit != "week" or len({str(day.value).lower() for day in days}) == len(WEEKDAYS)


def _weekdays(field: str) -> set[int]:
    """Return the days of the week that a field of a cron expression names, Sunday being 0."""
    days: set[int] = set()
    for part in ("0-6" if field in EVERY else field).split(","):
        first, *last = (
            int(each) if each.isdecimal() else WEEKDAYS.index(each) for each in part.split("-")
        )
        days.update(day % 7 for day in range(first, (last or [first])[0] + 1))
    return days

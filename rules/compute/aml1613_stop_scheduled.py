"""AML1613: a schedule stops the instances that never count as idle."""

from typing import Final

from amlaudit import Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.choices import choice
from amlaudit.readings.instances import has_services, idle_time, is_instance

SCHEDULES: Final = "properties.properties.schedules.computeStartStop"
EVERY_DAY: Final = {"*", "?", "*/1", "1-31", "1-12", "0-6", "1-7"}  # of month, month, of week
DAYS_OF_WEEK: Final = 7
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
        fields = schedule.text("cron.expression").split()
        if len(fields) not in (5, 6):  # with or without seconds in front
            raise schedule.unfamiliar("cron.expression", " ".join(fields))
        return set(fields[-3:]) <= EVERY_DAY
    unit = choice(schedule, "recurrence.frequency", *LONGEST_INTERVAL)
    if schedule.number("recurrence.interval") > LONGEST_INTERVAL[unit]:
        return False
    days = schedule.each("recurrence.schedule.weekDays", default=()) if unit == "week" else ()
    return unit != "week" or len({str(day.value).lower() for day in days}) == DAYS_OF_WEEK

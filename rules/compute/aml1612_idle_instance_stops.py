"""AML1612: compute instances shut down when idle."""

from datetime import timedelta

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.durations import spelled
from amlaudit.readings.instances import idle_time, is_instance
from amlaudit.readings.parameters import number_of
from amlaudit.readings.schedules import stops_daily


@rule(
    id="AML1612",
    title="The compute instance shuts down after a short period of inactivity",
    severity="medium",
    severity_reason="A forgotten compute instance is billed at its full price every hour.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "A compute instance runs, and is billed, until somebody stops it. Users go home, on "
        "leave or to another project and forget about it, even about the one with the expensive "
        "GPU. With idle shutdown, the service stops the instance, and the disk is kept."
    ),
    fix=Fix(
        'az rest --method post --url "{id}/updateIdleShutdownSetting?api-version=2021-07-01" '
        """--body '{"idleTimeBeforeShutdown": "PT30M"}'""",
        note=(
            "The az ml compute commands can set the idle time only when they create the instance."
        ),
        settings={"properties.properties.idleTimeBeforeShutdown": "PT30M"},
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Machine%20Learning/IdleShutdown_Audit.json",
    ),
    mappings={
        "azure_policy": ("679ddf89-ab8f-48a5-9029-e76054077449",),
        "waf": ("Cost Optimization",),
    },
    parameters={
        "max_idle_minutes": (60, "Maximum idle time in minutes before the instance shuts down."),
        "accept_schedule": (
            False,
            "Whether a schedule that stops the instance every day is accepted instead.",
        ),
    },
)
def idle_instance_stops(compute: Subject) -> Verdict:
    """Compare the idle time of an instance with the maximum."""
    if not is_instance(compute):
        return not_applicable("only compute instances have an idle shutdown")
    if compute.parameters["accept_schedule"] and stops_daily(compute):
        return ok("a schedule stops the instance every day")
    idle = idle_time(compute)
    if idle is None:
        return fail("the instance never shuts down when idle")
    longest = timedelta(minutes=number_of(compute, "max_idle_minutes"))
    if idle > longest:
        times = [spelled(each.total_seconds()) for each in (idle, longest)]
        return fail(f"the instance shuts down after {times[0]}, later than {times[1]}")
    return ok()

"""AML1612: compute instances stop when nobody uses them."""

from datetime import timedelta

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.instances import idle_time, is_instance
from amlaudit.readings.parameters import number_of
from amlaudit.readings.schedules import stops_daily


@rule(
    id="AML1612",
    title="The compute instance stops within an hour when nobody uses it",
    severity="medium",
    severity_reason="A workstation that somebody forgot costs its full price every hour.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "An instance runs, and is paid for, until somebody stops it. People go home, on leave, "
        "to another project, and do not think of it, least of all of the one with the expensive "
        "graphics card. With an idle time the service stops it for them, and the disk stays."
    ),
    fix=Fix(
        'az rest --method post --url "{id}/updateIdleShutdownSetting?api-version=2021-07-01" '
        """--body '{"idleTimeBeforeShutdown": "PT30M"}'""",
        note="The commands for computes can set the idle time only when they create the instance.",
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
        "max_idle_minutes": (60, "Longest time that an instance may be idle."),
        "accept_schedule": (False, "Whether a schedule that stops it every day is as good."),
    },
)
def idle_instance_stops(compute: Subject) -> Verdict:
    """Compare the idle time of an instance with the longest accepted."""
    if not is_instance(compute):
        return not_applicable("only a compute instance stops when it is idle")
    if compute.parameters["accept_schedule"] and stops_daily(compute):
        return ok("a schedule stops the instance every day")
    idle = idle_time(compute)
    if idle is None:
        return fail("the instance never stops by itself")
    longest = timedelta(minutes=number_of(compute, "max_idle_minutes"))
    if idle > longest:
        return fail(f"the instance stops after {idle}, later than {longest}")
    return ok()

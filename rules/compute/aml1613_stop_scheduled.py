"""AML1613: a schedule stops the instances that idle shutdown does not stop."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import daily_stop
from amlaudit.readings.instances import has_services, idle_time, is_instance
from amlaudit.readings.schedules import stops_daily


@rule(
    id="AML1613",
    title="A daily stop schedule is set where idle shutdown does not stop the instance",
    severity="low",
    severity_reason="Such an instance runs, and is billed, until somebody stops it.",
    applies_to="Microsoft.MachineLearningServices/workspaces/computes",
    because=(
        "An instance with a custom application always counts as active, so idle shutdown never "
        "stops it, and one without an idle shutdown setting runs until somebody stops it. A "
        "schedule that stops it every evening does not depend on anybody remembering."
    ),
    fix=Fix(
        "az ml compute create --file instance.yml --resource-group {group} --workspace-name "
        "<workspace>  # schedules.compute_start_stop with a daily stop",
        companions=(daily_stop(),),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",),
    mappings={"waf": ("Cost Optimization",)},
)
def stop_scheduled(compute: Subject) -> Verdict:
    """Look for an enabled schedule that stops the instance every day, weekends included."""
    if not is_instance(compute):
        return not_applicable("only compute instances have such schedules")
    if idle_time(compute) is not None and not has_services(compute):
        return not_applicable("the instance shuts down when idle")
    if stops_daily(compute):
        return ok()
    return fail("no schedule stops the instance every day, and idle shutdown does not stop it")

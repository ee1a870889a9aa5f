"""AML1613: a schedule stops the instances that never count as idle."""

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.companions import daily_stop
from amlaudit.readings.instances import has_services, idle_time, is_instance
from amlaudit.readings.schedules import stops_daily


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
    fix=Fix(
        "az ml compute create --file instance.yml --resource-group {group} --workspace-name "
        "<workspace>  # schedules.compute_start_stop with a daily stop",
        companions=(daily_stop(),),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance",),
    mappings={"waf": ("Cost Optimization",)},
)
def stop_scheduled(compute: Subject) -> Verdict:
    """Look for a schedule that is on and stops the instance every day, weekends included."""
    if not is_instance(compute):
        return not_applicable("only compute instances have such schedules")
    if idle_time(compute) is not None and not has_services(compute):
        return not_applicable("the instance stops when it is idle")
    if stops_daily(compute):
        return ok()
    return fail("no schedule stops the instance every day, and idleness does not stop it")

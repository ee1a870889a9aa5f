"""AML1907: deployments receive requests."""

from datetime import timedelta
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.metrics import days_of
from amlaudit.readings.parameters import number_of
from amlaudit.readings.traffic import gets_requests, why_idle

REQUESTS: Final = "requestsperminute"


@rule(
    id="AML1907",
    title="Every deployment that is not new receives requests",
    severity="low",
    severity_reason="Its VMs are billed by the hour, whether or not anybody calls it.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
    because=(
        "After a new version has taken over, the old deployment is kept in case of a "
        "rollback, which is useful only for a short time. A deployment that receives no "
        "traffic, live or mirrored, costs as much as one that does; so does one whose "
        "endpoint nobody calls."
    ),
    fix=Fix(
        "az ml online-deployment delete --name {name} --endpoint-name <endpoint> "
        "--resource-group {group} --workspace-name <workspace> --yes",
        note="Alternatively, assign it traffic, or list its endpoint as a standby endpoint.",
        companions=(removing(),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints",
    ),
    mappings={"waf": ("Cost Optimization",)},
    parameters={
        "idle_days": (30, "Days that a deployment may exist without a request."),
        "standby_endpoints": ((), "Name patterns of standby endpoints, kept for failover."),
    },
)
def deployment_gets_requests(deployment: Subject) -> Verdict:
    """Check the deployment's age, its share of live or mirrored traffic, and whether it is called.

    Metrics of the last thirty days are known; for a longer period the answer is unknown.
    """
    if exempt := why_idle(deployment):
        return not_applicable(exempt)
    longest = timedelta(days=number_of(deployment, "idle_days"))
    is_served = gets_requests(deployment)
    if deployment.read_at - deployment.time("systemData.createdAt") <= longest:
        return ok() if is_served else ok("the deployment is new")
    if not is_served:
        return fail(f"the deployment gets no requests and is older than {longest.days} days")
    if not all(_was_called(each, longest) for each in deployment.follow("online-endpoint")):
        return fail(f"nobody called the endpoint in the last {longest.days} days")
    return ok()


def _was_called(endpoint: Subject, lately: timedelta) -> bool:
    """Tell whether an online endpoint got any request in a time up to now.

    Raises:
        NoDataError: It is not known: nothing was measured, or not for as long.
    """
    doubt = "whether anybody calls it: there is no metric"
    days = days_of(endpoint, REQUESTS, lately, doubt)
    return any(day.number("average", default=0) > 0 for day in days)

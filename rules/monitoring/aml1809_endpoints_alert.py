"""AML1809: somebody hears of slow, failing and overloaded endpoints."""

from itertools import chain
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.alerts import alerts_over, metric_watched
from amlaudit.readings.companions import metric_alert
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import known_of
from amlaudit.readings.traffic import LIVE, shares_of

ENDPOINTS: Final = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
GROUPS: Final = ("latency_metrics", "traffic_metrics", "saturation_metrics")


@rule(
    id="AML1809",
    title="Alerts tell of slow, failing and overloaded endpoints in production",
    severity="low",
    severity_reason="Without an alert, whoever waits for the model is the first to notice.",
    applies_to=ENDPOINTS,
    because=(
        "An endpoint that answers late or with errors, or whose machines are full, does not fail "
        "as a resource: Azure goes on counting and tells nobody. An alert on one metric of each "
        "kind, with an action group behind it, reaches people while there is time to act."
    ),
    fix=Fix(
        "az monitor metrics alert create --name <name> --resource-group {group} --scopes {id} "
        '--condition "avg RequestLatency > <milliseconds>" --action <action group>',
        change=Change.CREATE_COMPANION,
        note="Watch latency and requests of the endpoint, and the load of each deployment.",
        companions=(
            metric_alert(ENDPOINTS, "RequestLatency", "<most milliseconds (number)>", "Average"),
            metric_alert(ENDPOINTS, "RequestsPerMinute", "<most requests (number)>", "Average"),
            metric_alert(
                f"{ENDPOINTS}/deployments",
                "CpuUtilizationPercentage",
                80,
                "Average",
                via=("online-deployments",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints",
        "https://learn.microsoft.com/azure/well-architected/service-guides/azure-machine-learning",
        "https://github.com/Azure/review-checklists/blob/main/checklists-ext/azuremachinelearning_sg_checklist.en.json",
    ),
    mappings={"waf": ("Operational Excellence",)},
    parameters={
        "environments": (("prod",), "Environments whose endpoints must have alerts."),
        "latency_metrics": (
            (
                "RequestLatency",
                "RequestLatency_P50",
                "RequestLatency_P90",
                "RequestLatency_P95",
                "RequestLatency_P99",
            ),
            "Metrics of which one must have an alert, so that slow answers are noticed.",
        ),
        "traffic_metrics": (("RequestsPerMinute",), "Likewise, for errors and floods."),
        "saturation_metrics": (
            (
                "CpuUtilizationPercentage",
                "CpuMemoryUtilizationPercentage",
                "GpuUtilizationPercentage",
                "GpuMemoryUtilizationPercentage",
            ),
            "Likewise, for machines that are full.",
        ),
    },
)
def endpoints_alert(endpoint: Subject) -> Verdict:
    """Look for alerts over the endpoint, or over one of its deployments, on a metric of each kind.

    Alerts in other subscriptions are not looked at.
    """
    if endpoint.context("environment") not in texts_of(endpoint, "environments"):
        return not_applicable("the endpoint is not in one of the environments")
    if not any(shares_of(endpoint, LIVE).values()):
        return not_applicable("the endpoint gets no requests")
    missing = {group: texts_of(endpoint, group) for group in GROUPS}
    deployments = endpoint.follow("online-deployments")
    for alert in known_of(map(alerts_over, chain([endpoint], deployments))):
        watched = metric_watched(alert)
        missing = {group: each for group, each in missing.items() if watched not in each}
        if not missing:
            return ok()
    kinds = ", ".join(group.removesuffix("_metrics") for group in missing)
    return fail(f"no alert on {kinds}")

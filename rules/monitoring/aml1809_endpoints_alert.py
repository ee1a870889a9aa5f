"""AML1809: metric alerts report slow, failing and overloaded endpoints."""

from itertools import chain
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.alerts import is_alerted
from amlaudit.readings.companions import metric_alert
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import any_does, known_to_lack
from amlaudit.readings.traffic import LIVE, shares_of

ENDPOINTS: Final = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
GROUPS: Final = ("latency_metrics", "traffic_metrics", "saturation_metrics")


@rule(
    id="AML1809",
    title="Production endpoints have alerts on latency, traffic and resource saturation",
    severity="low",
    severity_reason="Without an alert, the callers of the model are the first to notice.",
    applies_to=ENDPOINTS,
    because=(
        "An endpoint that responds slowly or with errors, or whose instances are overloaded, does "
        "not fail as a resource: Azure records the metrics but notifies nobody. An alert rule on "
        "one metric of each kind with an action group reaches people while there is still time to "
        "act."
    ),
    fix=Fix(
        "az monitor metrics alert create --name <name> --resource-group {group} --scopes {id} "
        '--condition "avg RequestLatency > <milliseconds>" --action <action group>',
        change=Change.CREATE_COMPANION,
        note=(
            "Monitor latency and requests of the endpoint, and the utilization of each deployment. "
            "If an alert processing rule suppresses the notifications, disable it, or limit it to "
            "a schedule."
        ),
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
            "Latency metrics of which at least one must have an alert.",
        ),
        "traffic_metrics": (("RequestsPerMinute",), "Likewise for errors and request floods."),
        "saturation_metrics": (
            (
                "CpuUtilizationPercentage",
                "CpuMemoryUtilizationPercentage",
                "GpuUtilizationPercentage",
                "GpuMemoryUtilizationPercentage",
            ),
            "Likewise for overloaded instances.",
        ),
    },
)
def endpoints_alert(endpoint: Subject) -> Verdict:
    """Look for alert rules on the endpoint or one of its deployments, for each kind of metric.

    Alert rules in other subscriptions are not considered.
    """
    if endpoint.context("environment") not in texts_of(endpoint, "environments"):
        return not_applicable("the endpoint is not in one of the environments")
    if not any(shares_of(endpoint, LIVE).values()):
        return not_applicable("the endpoint receives no traffic")
    missing = known_to_lack(GROUPS, lambda group: _is_covered(endpoint, group))
    kinds = ", ".join(group.removesuffix("_metrics") for group in missing)
    return fail(f"no alert notifies anybody of {kinds}") if missing else ok()


def _is_covered(endpoint: Subject, group: str) -> bool:
    """Tell whether an alert is on a metric of a group, of the endpoint or of a deployment."""
    metrics = texts_of(endpoint, group)
    watched = chain([endpoint], endpoint.follow("online-deployments"))
    return any_does(watched, lambda each: is_alerted(each, metrics))

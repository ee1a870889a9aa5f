"""AML1808: metric alerts report failures in a production workspace."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.alerts import is_alerted
from amlaudit.readings.companions import metric_alert
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import known_to_lack

WORKSPACES: Final = "Microsoft.MachineLearningServices/workspaces"
# https://learn.microsoft.com/azure/machine-learning/monitor-azure-machine-learning
LIMITS: Final = (
    ("Model Deploy Failed", 0, "Total"),
    ("Quota Utilization Percentage", 90, "Average"),
    ("Unusable Nodes", 0, "Average"),
)


@rule(
    id="AML1808",
    title="Production workspaces have alerts on failed deployments, quota usage and unusable nodes",
    severity="low",
    severity_reason="Without an alert, the users of the model are the first to notice.",
    applies_to=WORKSPACES,
    because=(
        "The workspace publishes metrics for failed deployments, unusable nodes and quota usage, "
        "but notifies nobody. An alert rule on each of these metrics with an action group reaches "
        "people while there is still time to act."
    ),
    fix=Fix(
        "az monitor metrics alert create --name <name> --resource-group {group} --scopes {id} "
        "--condition \"total 'Model Deploy Failed' > 0\" --action <action group>",
        change=Change.CREATE_COMPANION,
        note=(
            "Recommended thresholds are more than 0 failures, more than 90 percent of the quota "
            "and more than 0 nodes. If an alert processing rule suppresses the notifications, "
            "disable it, or limit it to a schedule."
        ),
        companions=tuple(metric_alert(WORKSPACES, *each) for each in LIMITS),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/monitor-azure-machine-learning",),
    mappings={"waf": ("Operational Excellence",)},
    parameters={
        "required_metrics": (
            tuple(metric for metric, *_ in LIMITS),
            "Metrics that must have an alert rule.",
        ),
        "environments": (("prod",), "Environments whose workspaces must have alerts."),
    },
)
def failures_alert(workspace: Subject) -> Verdict:
    """Look for an enabled alert rule that notifies somebody, for each metric.

    Its scope is the workspace, its resource group or its subscription. Alert rules in other
    subscriptions are not considered.
    """
    if workspace.context("environment") not in texts_of(workspace, "environments"):
        return not_applicable("the workspace is not in one of the environments")
    required = sorted(set(texts_of(workspace, "required_metrics")))
    missing = known_to_lack(required, lambda metric: is_alerted(workspace, (metric,)))
    return fail(f"no alert notifies anybody of {', '.join(missing)}") if missing else ok()

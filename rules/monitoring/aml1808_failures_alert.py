"""AML1808: somebody hears of failures in a production workspace."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.alerts import alerts_over, metric_watched
from amlaudit.readings.companions import metric_alert
from amlaudit.readings.parameters import texts_of

WORKSPACES: Final = "Microsoft.MachineLearningServices/workspaces"
# https://learn.microsoft.com/azure/machine-learning/monitor-azure-machine-learning
LIMITS: Final = (
    ("Model Deploy Failed", 0, "Total"),
    ("Quota Utilization Percentage", 90, "Average"),
    ("Unusable Nodes", 0, "Average"),
)


@rule(
    id="AML1808",
    title="Alerts tell of failed deployments, used-up quota and broken nodes in production",
    severity="low",
    severity_reason="Without an alert, the users of the model are the first to notice.",
    applies_to=WORKSPACES,
    because=(
        "The workspace counts failed deployments, nodes that cannot be used and the share of the "
        "quota that is gone, but tells nobody. An alert on each of these metrics, with an action "
        "group behind it, reaches people while there is time to act."
    ),
    fix=Fix(
        "az monitor metrics alert create --name <name> --resource-group {group} --scopes {id} "
        "--condition \"total 'Model Deploy Failed' > 0\" --action <action group>",
        change=Change.CREATE_COMPANION,
        note="Sensible limits are above 0 failures, above 90 percent of the quota, above 0 nodes.",
        companions=tuple(metric_alert(WORKSPACES, *each) for each in LIMITS),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/monitor-azure-machine-learning",),
    mappings={"waf": ("Operational Excellence",)},
    parameters={
        "required_metrics": (
            tuple(metric for metric, *_ in LIMITS),
            "metrics that must have an alert",
        ),
        "environments": (("prod",), "environments whose workspaces must have alerts"),
    },
)
def failures_alert(workspace: Subject) -> Verdict:
    """Look for an alert that is on, reaches somebody and covers the workspace, for each metric.

    An alert covers it by itself, by its resource group or by its subscription. Alerts in other
    subscriptions are not looked at.
    """
    if workspace.context("environment") not in texts_of(workspace, "environments"):
        return not_applicable("the workspace is not in one of the environments")
    missing = set(texts_of(workspace, "required_metrics"))
    for alert in alerts_over(workspace):
        missing.discard(metric_watched(alert))
        if not missing:
            return ok()
    return fail(f"no alert on {', '.join(sorted(missing))}")

"""AML1815: an alert reports failed jobs of a production workspace."""

from collections.abc import Collection, Iterator
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.alerts import is_alerted, tells_anybody, watches
from amlaudit.readings.companions import metric_alert
from amlaudit.readings.logs import unsent
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.partial import all_hold, any_does, any_holds
from amlaudit.readings.texts import texts_in

WORKSPACES: Final = "Microsoft.MachineLearningServices/workspaces"
# https://learn.microsoft.com/azure/machine-learning/monitor-azure-machine-learning-reference
METRIC: Final = "Failed Runs"
TABLES: Final = ("amlcomputejobevent", "amlrunstatuschangedevent")
"""Log tables, and categories of diagnostic settings, that show how jobs end."""
GROUPS: Final = "properties.actions.actionGroups"
SELECTING: Final = ("_resourceid", "workspacename", "/workspaces/")
"""What a query contains that looks at some workspaces only."""


@rule(
    id="AML1815",
    title="Production workspaces have an alert on failed jobs",
    severity="low",
    severity_reason="A model that is no longer retrained or scored is noticed only by its users.",
    applies_to=WORKSPACES,
    because=(
        "A scheduled job that fails leaves yesterday's predictions, or last month's model, in "
        "use, and nothing else breaks. The workspace counts failed jobs in a metric and "
        "describes them in its logs, but an alert rule with an action group is needed to tell "
        "people."
    ),
    fix=Fix(
        "az monitor metrics alert create --name <name> --resource-group {group} --scopes {id} "
        "--condition \"total 'Failed Runs' > 0\" --action <action group>",
        change=Change.CREATE_COMPANION,
        note=(
            "Limit the alert to important jobs with the dimensions RunType and ExperimentName. "
            "If an alert processing rule suppresses the notifications, disable it, or limit it "
            "to a schedule."
        ),
        companions=(metric_alert(WORKSPACES, METRIC, 0, "Total"),),
    ),
    sources=(
        "https://azure.github.io/azure-monitor-baseline-alerts/services/MachineLearningServices/workspaces",
        "https://learn.microsoft.com/azure/machine-learning/monitor-azure-machine-learning-reference",
    ),
    mappings={"waf": ("Operational Excellence",)},
    parameters={
        "environments": (("prod",), "Environments whose workspaces must have an alert."),
    },
)
def failed_jobs_alert(workspace: Subject) -> Verdict:
    """Look for an alert rule on the metric, or for one that searches the logs for failed jobs.

    Alert rules in other subscriptions are not considered.
    """
    if workspace.context("environment") not in texts_of(workspace, "environments"):
        return not_applicable("the workspace is not in one of the environments")
    settings = workspace.follow("diagnostic-settings")
    tells = any_holds(
        (
            lambda: is_alerted(workspace, (METRIC.lower(),)),
            lambda: any_does(settings, lambda each: _is_alerted_by_logs(workspace, each)),
        )
    )
    return ok() if tells else fail("no alert notifies anybody of failed jobs")


def _is_alerted_by_logs(workspace: Subject, setting: Subject) -> bool:
    """Tell whether an alert tells of failed jobs in what a diagnostic setting sends.

    Raises:
        NoDataError: None is known to, and there may be one.
    """
    target = setting.text("properties.workspaceId", default="")
    places = (workspace.id, arm_id.normalise(target))
    alerts = _log_alerts(workspace) if target else ()
    return any_does(alerts, lambda alert: _tells(alert, workspace, setting, places))


def _log_alerts(workspace: Subject) -> Iterator[Subject]:
    """Yield the log search alerts in the subscription of a workspace."""
    for subscription in workspace.follow("subscription"):
        yield from subscription.follow("query-alerts")


def _tells(alert: Subject, workspace: Subject, setting: Subject, places: Collection[str]) -> bool:
    """Tell whether a log search alert finds failed jobs in some places, and notifies somebody."""
    return all_hold(
        (
            lambda: watches(alert, places),
            lambda: alert.flag("properties.enabled"),
            lambda: _finds(alert, workspace, setting),
            lambda: tells_anybody(
                alert,
                GROUPS,
                texts_in(alert, GROUPS, default=()),
                [each for each in places if watches(alert, (each,))],
            ),
        )
    )


def _finds(alert: Subject, workspace: Subject, setting: Subject) -> bool:
    """Tell whether a query of an alert finds the failed jobs of a workspace.

    Raises:
        NoDataError: It searches the right logs, but it is not clear for what.
    """
    for criterion in alert.each("properties.criteria.allOf"):
        query = criterion.text("query")
        tables = [each for each in TABLES if each in query]
        if len(unsent(tables, [setting])) == len(tables):  # none of them is there
            continue
        is_of_all = not any(each in query for each in SELECTING)
        if "fail" not in query or not (is_of_all or workspace.name.lower() in query):
            raise alert.undetermined("properties.criteria", "whether it finds the failed jobs")
        return True
    return False

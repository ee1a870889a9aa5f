"""AML1910: what log workspaces take in on one day is capped outside production."""

from collections.abc import Iterator
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, rule, setting
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.several import known_of

LOGS: Final = "Microsoft.OperationalInsights/workspaces"
CAP: Final = "properties.workspaceCapping.dailyQuotaGb"
STATUS: Final = "properties.workspaceCapping.dataIngestionStatus"
STATES: Final = (
    "respectquota",
    "approachingquota",
    "overquota",
    "forceon",
    "forceoff",
    "subscriptionsuspended",
)


@rule(
    id="AML1910",
    title="What is logged outside production is capped for each day",
    severity="info",
    severity_reason="A loop that logs costs more than the endpoint that it runs in.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Log Analytics charges by what it takes in, and a deployment that somebody tries out can "
        "write without end. A cap bounds the bill of a day. A log workspace that serves "
        "production as well has none, as evidence would be lost, and nor is one judged that no "
        "tag says to be for something else."
    ),
    fix=Fix(
        "az monitor log-analytics workspace update --workspace-name <log workspace> "
        "--resource-group {group} --quota 5",
        note="Where the cap was met, look for who logs that much before raising it.",
        companions=tuple(
            setting(LOGS, {CAP: 5, STATUS: "RespectQuota"}, via=via)
            for via in (
                ("application-insights", "log-analytics"),
                ("diagnostic-settings", "log-analytics"),
            )
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://learn.microsoft.com/azure/azure-monitor/logs/daily-cap",
    ),
    mappings={"waf": ("Cost Optimization",)},
    parameters={"environments": (("prod",), "Environments in which all logs are kept.")},
)
def logs_capped(workspace: Subject) -> Verdict:
    """Look at the log workspaces behind Application Insights and the diagnostic settings."""
    production = texts_of(workspace, "environments")
    if workspace.context("environment") in production:
        return not_applicable("the workspace is one of production")
    relations = ("application-insights", "diagnostic-settings")
    judged = False
    for logs in known_of(_logs_behind(workspace, each) for each in relations):
        if logs.context("environment") in production:
            continue
        judged = True
        if logs.number(CAP, default=-1) < 0:
            return fail(f"{logs.name} takes in whatever is sent to it")
        if one_of(logs, STATUS, STATES, default="RespectQuota") == "overquota":
            return fail(f"{logs.name} has met its cap and takes in no more today")
    return ok() if judged else not_applicable("no log workspace is known to be outside production")


def _logs_behind(workspace: Subject, relation: str) -> Iterator[Subject]:
    """Yield the log workspaces that a workspace sends to in one of its ways."""
    return known_of(each.follow("log-analytics") for each in workspace.follow(relation))

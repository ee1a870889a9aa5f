"""AML1902: a budget warns somebody before the money is spent."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of

RECIPIENTS: Final = ("contactEmails", "contactGroups", "contactRoles")


@rule(
    id="AML1902",
    title="A budget over the subscription warns somebody before the money is spent",
    severity="medium",
    severity_reason="Otherwise the invoice is the first to tell of a cluster that never stopped.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "Training burns money faster than almost anything else in Azure, and nothing stops it by "
        "itself. A budget compares what was spent with what was planned, every day, and writes to "
        "people while there is still time to look. It only warns: nothing is switched off."
    ),
    fix=Fix(
        'az rest --method put --url "{id}/providers/Microsoft.Consumption/budgets/<budget>'
        '?api-version=2024-08-01" --body @budget.json',
        change=Change.CREATE_COMPANION,
        note="The body needs a notification with a recipient, which the budget command cannot set; "
        "budgets of single resource groups do not count here.",
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/optimize-ai-machine-learning-cost",
    ),
    mappings={"waf": ("Cost Optimization",)},
    parameters={"max_threshold_percent": (90, "Percent of the budget at which to warn at last.")},
)
def budget_warns(subscription: Subject) -> Verdict:
    """Look for one running budget with a notification in time that reaches somebody.

    Running: on the day that the budget was read. Budgets of resource groups are not looked at.
    """
    if not any(True for _ in subscription.follow("workspaces")):
        return not_applicable("the subscription holds no workspace")
    latest = number_of(subscription, "max_threshold_percent")
    for budget in subscription.follow("budgets"):
        begin = budget.time("properties.timePeriod.startDate").date()
        end = budget.time("properties.timePeriod.endDate").date()
        is_running = begin <= budget.read_at.date() <= end
        notifications = budget.each("properties.notifications") if is_running else ()
        if any(_warns(each, latest) for each in notifications):
            return ok(f"budget {budget.name} warns somebody")
    return fail(f"no running budget warns anybody at {latest:g} percent or earlier")


def _warns(notification: Subject, latest: float) -> bool:
    """Tell whether a notification is on, in time and has a recipient."""
    is_early = notification.flag("enabled") and notification.number("threshold") <= latest
    recipients = (each for path in RECIPIENTS for each in notification.each(path, default=()))
    return is_early and any(True for _ in recipients)

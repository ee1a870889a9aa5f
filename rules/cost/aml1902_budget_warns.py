"""AML1902: somebody is warned before the money of a budget is spent."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import number_of
from amlaudit.readings.partial import known_of, known_of_each

RECIPIENTS: Final = ("contactEmails", "contactGroups", "contactRoles")
FILTERS: Final = ("properties.filter", "properties.filters")  # of today, and before 2019-10-01
A_DAY: Final = timedelta(days=1)


@rule(
    id="AML1902",
    title="A budget over the workspaces warns somebody before the money is spent",
    severity="medium",
    severity_reason="Otherwise the invoice is the first to tell of a cluster that never stopped.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "Training burns money faster than almost anything else in Azure, and nothing stops it by "
        "itself. A budget compares what was spent with what was planned, every day, and writes to "
        "people while there is still time to look. It only warns: nothing is switched off. It may "
        "be one over the subscription or the management groups above it, or one over each resource "
        "group with a workspace."
    ),
    fix=Fix(
        'az rest --method put --url "{id}/providers/Microsoft.Consumption/budgets/<budget>'
        '?api-version=2024-08-01" --body @budget.json',
        change=Change.CREATE_COMPANION,
        note=(
            "The body needs a notification with a recipient, which the budget command cannot set; "
            "with a filter, nobody knows what the budget leaves out."
        ),
        companions=(
            adding(
                "Microsoft.Consumption/budgets",
                "machine-learning",
                {
                    "properties": {
                        "category": "Cost",
                        "amount": "<amount a month (number)>",
                        "timeGrain": "Monthly",
                        "timePeriod": {
                            "startDate": "<first day of this month>",
                            "endDate": "<last day>",
                        },
                        "notifications": {
                            "early": {
                                "enabled": True,
                                "operator": "GreaterThanOrEqualTo",
                                "threshold": "{parameters.max_threshold_percent}",
                                "contactEmails": [],
                                "contactRoles": ["Owner"],
                            }
                        },
                    }
                },
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/optimize-ai-machine-learning-cost",
        "https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-acm-create-budgets",
    ),
    mappings={"waf": ("Cost Optimization",)},
    parameters={
        "max_threshold_percent": (90, "Percent of the budget at which to warn at last."),
    },
)
def budget_warns(subscription: Subject) -> Verdict:
    """Look for one budget over all, and else for one over each workspace."""
    if not any(True for _ in subscription.follow("workspaces")):
        return not_applicable("the subscription holds no workspace")
    if _is_known_to_warn(subscription):
        return ok()
    workspaces = subscription.follow("workspaces")
    for workspace in known_of_each(workspaces, lambda each: _if_unwatched(subscription, each)):
        return fail(f"no budget warns of what {workspace.name} costs")
    return ok()


def _is_known_to_warn(subscription: Subject) -> bool:
    """Tell whether a budget over all is known to warn; if not, workspaces may have their own."""
    # What may be missing among the budgets is raised after the last source, and never reached.
    return next(known_of((_warning(subscription, subscription), (None,)))) is not None


def _if_unwatched(subscription: Subject, workspace: Subject) -> Iterator[Subject]:
    """Yield a workspace if no budget over it warns anybody."""
    if not any(True for _ in _warning(subscription, workspace)):
        yield workspace


def _warning(subscription: Subject, watched: Subject) -> Iterator[Subject]:
    """Yield the budgets over something that warn somebody in time.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    at_last = number_of(subscription, "max_threshold_percent")
    return known_of_each(watched.follow("budgets"), lambda each: _if_it_warns(each, at_last))


def _if_it_warns(budget: Subject, at_last: float) -> Iterator[Subject]:
    """Yield a budget if it runs, and warns somebody at a percentage at most."""
    begun = budget.time("properties.timePeriod.startDate") <= budget.read_at
    ended = budget.read_at - budget.time("properties.timePeriod.endDate") >= A_DAY
    if not begun or ended:
        return
    told = known_of_each(
        budget.each("properties.notifications", keyed=True),
        lambda each: _if_it_reaches(each, at_last),
    )
    if any(True for _ in told):
        for path in FILTERS:
            if budget.get(path, default=None):
                raise budget.undetermined(
                    path, "whether the budget watches all that a workspace costs"
                )
        yield budget


def _if_it_reaches(notification: Subject, at_last: float) -> Iterator[Subject]:
    """Yield a notification if it is sent to somebody, at a percentage at most."""
    if notification.flag("enabled") and notification.number("threshold") <= at_last:
        lists = known_of_each(RECIPIENTS, lambda each: notification.each(each, default=()))
        if any(True for _ in lists):
            yield notification

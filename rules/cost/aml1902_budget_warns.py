"""AML1902: a budget alert is sent before the budget is exhausted."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, fail, not_applicable, ok, rule
from amlaudit.readings.alerts import notifies_any
from amlaudit.readings.parameters import number_of
from amlaudit.readings.partial import any_holds, known_of, known_of_each
from amlaudit.readings.texts import texts_in

PEOPLE: Final = ("contactEmails", "contactRoles")
GROUPS: Final = "contactGroups"
# https://learn.microsoft.com/rest/api/consumption/budgets/create-or-update
EXCEEDS: Final = ("greaterthan", "greaterthanorequalto")
OPERATORS: Final = (*EXCEEDS, "equalto", "lessthan")
FILTERS: Final = ("properties.filter", "properties.filters")  # of today, and before 2019-10-01
A_DAY: Final = timedelta(days=1)


@rule(
    id="AML1902",
    title="A budget covering the workspaces sends an alert before it is exhausted",
    severity="medium",
    severity_reason="Otherwise a cluster that never stopped is noticed only on the invoice.",
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "Training consumes money faster than almost any other Azure workload, and nothing stops "
        "it automatically. A budget compares actual with planned costs every day and notifies "
        "people while there is still time to act. It only sends alerts; nothing is shut down. A "
        "single budget on the subscription or a parent management group is sufficient, as is "
        "one budget on each resource group that contains a workspace."
    ),
    fix=Fix(
        'az rest --method put --url "{id}/providers/Microsoft.Consumption/budgets/<budget>'
        '?api-version=2024-08-01" --body @budget.json',
        change=Change.CREATE_COMPANION,
        note=(
            "The body needs a notification with a recipient, which the az consumption budget "
            "command cannot set. If the budget has a filter, it is unknown which costs it leaves "
            "out."
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
        "max_threshold_percent": (
            90,
            "Highest percentage of the budget at which an alert must be sent.",
        ),
    },
)
def budget_warns(subscription: Subject) -> Verdict:
    """Look for one budget over the whole subscription, otherwise for one over each workspace."""
    if not any(True for _ in subscription.follow("workspaces")):
        return not_applicable("the subscription has no workspace")
    if _is_known_to_warn(subscription):
        return ok()
    workspaces = subscription.follow("workspaces")
    for workspace in known_of_each(workspaces, lambda each: _if_unwatched(subscription, each)):
        return fail(f"no budget sends an alert for the costs of {workspace.name}")
    return ok()


def _is_known_to_warn(subscription: Subject) -> bool:
    """Tell whether a budget over the subscription is known to warn; workspaces may have others."""
    # What may be missing among the budgets is raised after the last source, and never reached.
    return next(known_of((_warning(subscription, subscription), (None,)))) is not None


def _if_unwatched(subscription: Subject, workspace: Subject) -> Iterator[Subject]:
    """Yield a workspace if no budget over it warns anybody."""
    if not any(True for _ in _warning(subscription, workspace)):
        yield workspace


def _warning(subscription: Subject, watched: Subject) -> Iterator[Subject]:
    """Yield the budgets over a scope that send an alert in time.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    at_last = number_of(subscription, "max_threshold_percent")
    return known_of_each(watched.follow("budgets"), lambda each: _if_it_warns(each, at_last))


def _if_it_warns(budget: Subject, at_last: float) -> Iterator[Subject]:
    """Yield a budget if it is active and sends an alert at a percentage at most."""
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
    in_time = notification.flag("enabled") and notification.number("threshold") <= at_last
    if in_time and _is_of_excess(notification):
        people = known_of_each(PEOPLE, lambda each: notification.each(each, default=()))
        groups = texts_in(notification, GROUPS, default=())
        if any_holds(
            (
                lambda: any(True for _ in people),
                lambda: notifies_any(notification, GROUPS, groups),
            )
        ):
            yield notification


def _is_of_excess(notification: Subject) -> bool:
    """Tell whether a notification is sent whenever the costs exceed its threshold.

    One for costs that equal the threshold is hardly ever sent, as costs are summed up a few times a
    day. Forecast costs include those of today, so that a forecast is never the later of the two.
    """
    operator = notification.text("operator", default=EXCEEDS[0])
    if operator not in OPERATORS:
        raise notification.unfamiliar("operator", operator)
    return operator in EXCEEDS

"""Budgets of the management groups above workspaces, of both kinds, which are read one by one."""

from collections import Counter
from typing import Any, Final

import pytest

from amlaudit.core import arm_id
from amlaudit.core.gap import Reason
from amlaudit.core.relations import BUDGET
from amlaudit.core.report import Report
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.pipeline import Policy
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from tests.loopback import estate as small
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.principal import Grant
from tests.loopback.reading import audited, collected

PRODUCTION: Final = f"/subscriptions/{small.PRODUCTION}"
LABORATORY: Final = f"/subscriptions/{small.LABORATORY}"
GROUPS: Final = "/providers/microsoft.management/managementgroups"
ABOVE: Final = f"{GROUPS}/{small.GROUP}"
HIGHEST: Final = f"{GROUPS}/{small.TENANT}"
WORKSPACES: Final = [
    each["id"]
    for each in small.documents()
    if each["type"].lower() == "microsoft.machinelearningservices/workspaces"
]
BUDGETS: Final = "/providers/microsoft.consumption/budgets"


def budget(scope: str) -> dict[str, Any]:
    """Return a budget with a timely alert."""
    return {
        "id": f"{scope}{BUDGETS}/ml",
        "name": "ml",
        "type": "Microsoft.Consumption/budgets",
        "properties": {
            "amount": 100,
            "timePeriod": {"startDate": "2026-01-01T00:00:00Z", "endDate": "2027-12-31T00:00:00Z"},
            "notifications": {"a": {"enabled": True, "threshold": 80, "contactRoles": ["Owner"]}},
        },
    }


@pytest.fixture
def grouped(certificates: Certificates) -> Any:
    """Serve the small estate, whose only budget is on a management group."""
    kept = [each for each in small.documents() if "/budgets/" not in each["id"]]
    with LoopbackAzure(certificates, [*kept, budget(ABOVE)]) as azure:
        yield azure


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Return a policy with only the rule on budgets."""
    pack, rules = load_pack(shipped("rules"), "built-in")
    return Policy((pack,), tuple(each for each in rules if each.id == "AML1902"))


def statuses(report: Report) -> dict[str, Status]:
    """Return the status of each subscription."""
    return {each.resource.id: each.verdict.status for each in report.findings}


def test_each_group_is_asked_once_however_many_subscriptions_it_holds(
    grouped: LoopbackAzure,
) -> None:
    with collected(grouped) as estate:
        assert estate.gaps() == ()
    asked = Counter(path for path in grouped.paths() if path.endswith(BUDGETS))
    groups = {arm_id.resource_group_of(arm_id.normalise(each)) for each in WORKSPACES}
    scopes = (PRODUCTION, LABORATORY, ABOVE, HIGHEST, *groups)
    assert asked == Counter(f"{scope}{BUDGETS}" for scope in scopes)


def test_a_budget_of_a_group_is_one_of_every_subscription_in_it(
    grouped: LoopbackAzure, policy: Policy
) -> None:
    assert statuses(audited(grouped, policy)) == {
        PRODUCTION: Status.PASS,
        LABORATORY: Status.PASS,
    }


def test_budgets_of_resource_groups_will_do_if_each_with_a_workspace_has_one(
    certificates: Certificates, policy: Policy
) -> None:
    kept = [each for each in small.documents() if "/budgets/" not in each["id"]]
    group = arm_id.resource_group_of(arm_id.normalise(small.CHURN))
    with LoopbackAzure(certificates, [*kept, budget(group)]) as azure:
        assert statuses(audited(azure, policy)) == {
            PRODUCTION: Status.PASS,
            LABORATORY: Status.FAIL,
        }


def test_without_any_budget_anywhere_the_money_is_spent_unwatched(
    certificates: Certificates, policy: Policy
) -> None:
    kept = [each for each in small.documents() if "/budgets/" not in each["id"]]
    with LoopbackAzure(certificates, kept) as azure:
        assert set(statuses(audited(azure, policy)).values()) == {Status.FAIL}


def test_who_may_not_see_a_group_does_not_know_whether_it_has_a_budget(
    grouped: LoopbackAzure, policy: Policy
) -> None:
    grouped.principal.grants[:] = [Grant(PRODUCTION), Grant(LABORATORY)]
    report = audited(grouped, policy)
    assert set(statuses(report).values()) == {Status.UNKNOWN}
    gaps = {gap.scope_id: gap for gap in report.gaps}
    assert gaps.keys() == {ABOVE, HIGHEST}
    assert {(gap.part, gap.reason) for gap in gaps.values()} == {(BUDGET, Reason.FORBIDDEN)}
    assert {gap.permission for gap in gaps.values()} == {"Microsoft.Consumption/budgets/read"}


def test_a_budget_that_was_seen_is_enough_without_the_groups(
    certificates: Certificates, policy: Policy
) -> None:
    with LoopbackAzure(certificates, [*small.documents(), budget(PRODUCTION)]) as azure:
        azure.principal.grants[:] = [Grant(PRODUCTION)]
        assert statuses(audited(azure, policy)) == {PRODUCTION: Status.PASS}


def test_an_offer_without_budgets_leaves_it_unknown(grouped: LoopbackAzure, policy: Policy) -> None:
    message = "Cost Management supports only Enterprise Agreement and Microsoft Customer Agreement"
    grouped.fail(faults.path_ends(f"{ABOVE}{BUDGETS}"), faults.error(400, "400", message))
    report = audited(grouped, policy)
    assert set(statuses(report).values()) == {Status.UNKNOWN}
    assert {gap.reason for gap in report.gaps} == {Reason.API_ERROR}


def test_what_hangs_above_a_part_of_a_subscription_is_read_with_it(grouped: LoopbackAzure) -> None:
    with collected(grouped, Scope(workspaces=("mlw-churn",))) as estate:
        assert estate.gaps() == ()


def test_a_group_that_is_left_out_is_not_asked(grouped: LoopbackAzure) -> None:
    with collected(grouped, Scope(excluded=(HIGHEST,))):
        asked = {path for path in grouped.paths() if path.startswith(GROUPS)}
    assert asked == {f"{ABOVE}{BUDGETS}"}

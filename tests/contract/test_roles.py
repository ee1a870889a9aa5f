"""A principal with a role in a part of the estate: what it sees, and what amlaudit makes of it."""

import pytest

from amlaudit.core import arm_id
from amlaudit.core.gap import Reason
from amlaudit.core.relations import BUDGET, COMPUTE, KEY_VAULT, ROLE_ASSIGNMENT, STORAGE, WORKSPACE
from tests.loopback import estate as small
from tests.loopback.azure import LoopbackAzure
from tests.loopback.principal import Grant
from tests.loopback.reading import collected

PRODUCTION = f"/subscriptions/{small.PRODUCTION}"
LABORATORY = f"/subscriptions/{small.LABORATORY}"
GROUP = f"{PRODUCTION}/resourceGroups/rg-ml"
CHURN, FRAUD, LAB = map(arm_id.normalise, (small.CHURN, small.FRAUD, small.LAB))
ML = "Microsoft.MachineLearningServices"


@pytest.fixture
def granted(azure: LoopbackAzure) -> list[Grant]:
    """Remove all roles from the principal, and return the list to add others to."""
    azure.principal.grants.clear()
    return azure.principal.grants


def test_a_reader_of_one_subscription_does_not_see_that_there_is_another(
    azure: LoopbackAzure, granted: list[Grant]
) -> None:
    granted.append(Grant(PRODUCTION))
    with collected(azure) as estate:
        assert estate.store.collection().reached == (PRODUCTION,)
        assert {each.id for each in estate.of_type(WORKSPACE)} == {CHURN, FRAUD}
        # Budgets of the management groups above are all that it does not see.
        assert {gap.part for gap in estate.gaps()} == {BUDGET}
        assert estate.sight(PRODUCTION, BUDGET) is None


def test_a_resource_group_reader_sees_its_rows_and_proves_no_more(
    azure: LoopbackAzure, granted: list[Grant]
) -> None:
    granted += [Grant(GROUP), Grant(LABORATORY)]
    with collected(azure) as estate:
        assert {each.id for each in estate.of_type(WORKSPACE)} == {CHURN, FRAUD, LAB}
        for part in (WORKSPACE, STORAGE, KEY_VAULT, ROLE_ASSIGNMENT):
            gap = estate.sight(PRODUCTION, part)
            assert gap is not None
            assert gap.reason is Reason.FORBIDDEN
            assert estate.sight(LABORATORY, part) is None
        assert estate.sight(CHURN, COMPUTE) is None


def test_a_reader_of_one_workspace_reads_what_hangs_under_it(
    azure: LoopbackAzure, granted: list[Grant]
) -> None:
    granted.append(Grant(small.CHURN))
    with collected(azure) as estate:
        assert {each.id for each in estate.of_type(WORKSPACE)} == {CHURN}
        assert estate.sight(CHURN, COMPUTE) is None
        assert estate.sight(PRODUCTION, WORKSPACE) is not None


def test_a_role_for_workspaces_alone_is_refused_every_other_read(
    azure: LoopbackAzure, granted: list[Grant]
) -> None:
    granted.append(Grant(actions=(f"{ML}/workspaces/*", "Microsoft.Resources/*/read")))
    with collected(azure) as estate:
        assert estate.sight(CHURN, COMPUTE) is None
        assert list(estate.of_type(STORAGE)) == []
        gap = estate.sight(PRODUCTION, STORAGE)
        assert gap is not None
        assert gap.permission.lower() == f"{STORAGE}/read"


def test_what_one_role_takes_back_another_may_grant(
    azure: LoopbackAzure, granted: list[Grant]
) -> None:
    action = f"{ML}/workspaces/computes/read"
    granted.append(Grant(not_actions=(action,)))
    with collected(azure) as estate:
        gap = estate.sight(CHURN, COMPUTE)
        assert gap is not None
        assert gap.permission.lower() == action.lower()
    granted.append(Grant(GROUP, actions=(action,)))
    with collected(azure) as estate:
        assert estate.sight(CHURN, COMPUTE) is None
        assert estate.sight(LAB, COMPUTE) is not None

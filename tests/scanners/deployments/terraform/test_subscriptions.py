"""A subscription that a plan reads is judged with what the plan adds to it."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.estate import Estate
from amlaudit.core.verdict import Status
from tests.scanners.deployments.terraform.plans import (
    PROVIDERS,
    SUBSCRIPTION,
    change,
    collect,
    plan,
)
from tests.scanners.deployments.terraform.test_round_trips import verdicts

ROLE = change(
    "azurerm_role_definition.x",
    {
        "name": "anything",
        "scope": SUBSCRIPTION,
        "assignable_scopes": [SUBSCRIPTION],
        "permissions": [{"actions": ["*"], "not_actions": [], "data_actions": []}],
    },
)
WORKSPACE = change(
    "azurerm_machine_learning_workspace.x",
    {"id": f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/mlw", "name": "mlw"},
)


def read(**values: Any) -> dict[str, Any]:
    """Return the state before a plan, with a subscription that the plan has read."""
    address = "data.azurerm_subscription.current"
    kind = {"mode": "data", "type": "azurerm_subscription", "name": "current"}
    found = {"address": address, **kind, "values": {"id": SUBSCRIPTION, **values}}
    return {"prior_state": {"values": {"root_module": {"resources": [found]}}}}


def names(estate: Estate) -> list[str]:
    return [each.id for each in estate.of_type(SUBSCRIPTION_TYPE)]


def test_rules_judge_a_subscription_that_a_plan_reads(tmp_path: Path) -> None:
    value = plan(ROLE, WORKSPACE, **read(display_name="ml", tags={"environment": "prod"}))
    estate = collect(tmp_path, value)
    (found,) = estate.of_type(SUBSCRIPTION_TYPE)
    assert found.body["tags"] == {"environment": "prod"}
    assert verdicts(estate, SUBSCRIPTION)["AML1312"] is Status.FAIL


@pytest.mark.parametrize("mode", ["data", "managed"])
def test_a_subscription_without_a_number_is_not_there(tmp_path: Path, mode: str) -> None:
    actions = ("read",) if mode == "data" else ("create",)
    later = change(
        f"{'data.' if mode == 'data' else ''}azurerm_subscription.later",
        {"subscription_name": "later"},
        unknown={"id": True, "subscription_id": True},
        actions=actions,
    )
    later |= {"mode": mode, "type": "azurerm_subscription", "name": "later"}
    estate = collect(tmp_path, plan(later))
    assert names(estate) == []
    details = [gap.detail for gap in estate.gaps() if gap.part == later["address"]]
    assert bool(details) is (mode == "managed")

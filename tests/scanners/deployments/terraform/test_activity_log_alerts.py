"""An alert on the activity log says in a plan what it is about, as Azure shows it."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.relations import ACTION_GROUP, ACTIVITY_LOG_ALERT, WORKSPACE
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.snapshots import snapshot
from tests.scanners.deployments.terraform.plans import (
    PROVIDERS,
    SUBSCRIPTION,
    change,
    collect,
    plan,
    refers,
    written,
)
from tests.scanners.deployments.terraform.test_round_trips import verdicts

ALERT = "azurerm_monitor_activity_log_alert.health"
GROUP = change(
    "azurerm_monitor_action_group.people",
    {"name": "people", "short_name": "people", "email_receiver": [{"name": "on-call"}]},
)
WORKSPACE_ID = f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/mlw"
LIVE = (
    {"id": SUBSCRIPTION, "properties": {}},
    {"id": WORKSPACE_ID, "name": "mlw", "location": "westeurope", "properties": {}},
)
BLOCKS = ("resource_health", "service_health")


SEEN = {SUBSCRIPTION: (ACTION_GROUP, ACTIVITY_LOG_ALERT, WORKSPACE)}
"""What is known to be there and no more."""


def heard(folder: Path, criteria: dict[str, Any], *, unknown: Any = None) -> Status:
    """Return whether somebody hears of incidents once a plan with one alert is applied."""
    values = {
        "name": "health",
        "scopes": [SUBSCRIPTION],
        "criteria": [criteria],
        "action": [{"action_group_id": f"{PROVIDERS}/Microsoft.Insights/actionGroups/people"}],
    }
    constants = {
        name: {"constant_value": value} for name, value in criteria.items() if name not in BLOCKS
    }
    open_ones = {name: refers("terraform_data.choice.output") for name in unknown or {}}
    own = written(ALERT, criteria=[{**constants, **open_ones}])
    marks = unknown or {name: True for name in BLOCKS if name not in criteria}
    alert = change(ALERT, values, unknown={"criteria": [marks]})
    collect(folder, plan(alert, GROUP, root={"resources": [own]})).close()
    snapshot(folder / "live.db", LIVE, SEEN)
    estate = Files((folder / "live.db", folder / "plan.json")).collect(Scope())
    return verdicts(estate, SUBSCRIPTION)["AML1810"]


def beside(folder: Path, more: str = "") -> None:
    """Write the source of the alert beside its plan."""
    name, kind = "health", "azurerm_monitor_activity_log_alert"
    text = f'resource "{kind}" "{name}" {{\n  criteria {{\n    category = "x"\n{more}  }}\n}}\n'
    (folder / "main.tf").write_text(text, "utf-8")


def test_an_alert_on_all_of_service_health_is_heard(tmp_path: Path) -> None:
    beside(tmp_path)
    assert heard(tmp_path, {"category": "ServiceHealth"}) is Status.PASS


def test_without_its_source_an_alert_may_have_a_dynamic_block(tmp_path: Path) -> None:
    assert heard(tmp_path, {"category": "ServiceHealth"}) is Status.UNKNOWN


def test_a_dynamic_block_may_leave_incidents_out(tmp_path: Path) -> None:
    beside(tmp_path, '    dynamic "service_health" {\n      for_each = var.x\n    }\n')
    assert heard(tmp_path, {"category": "ServiceHealth"}) is Status.UNKNOWN


def test_an_alert_on_something_else_is_none_on_service_health_whatever_its_blocks_say(
    tmp_path: Path,
) -> None:
    assert heard(tmp_path, {"category": "Administrative"}) is Status.FAIL


@pytest.mark.parametrize(
    ("block", "status"),
    [
        ({"events": ["Incident"], "locations": ["West Europe"], "services": []}, Status.PASS),
        ({"events": ["Maintenance"], "locations": [], "services": []}, Status.FAIL),
        ({"events": [], "locations": ["East US"], "services": []}, Status.FAIL),
        ({"events": None, "locations": None, "services": ["Storage"]}, Status.FAIL),
    ],
)
def test_an_alert_hears_what_its_block_names(
    tmp_path: Path, block: dict[str, Any], status: Status
) -> None:
    beside(tmp_path)
    criteria = {"category": "ServiceHealth", "service_health": [block], "levels": []}
    assert heard(tmp_path, criteria) is status


def test_a_clause_of_which_nothing_is_known_may_leave_incidents_out(tmp_path: Path) -> None:
    beside(tmp_path)
    hidden = heard(tmp_path, {"category": "ServiceHealth"}, unknown={"level": True})
    assert hidden is Status.UNKNOWN

"""Where a declared resource may create others, nothing is considered absent."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.relations import COMPUTE, WORKSPACE
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.estates import GROUP, WORKSPACE_ID
from tests.scanners.deployments.templates import deployed, template, vault
from tests.scanners.deployments.terraform.plans import GROUP as PLANNED
from tests.scanners.deployments.terraform.plans import change, collect, plan

SCRIPT = "Microsoft.Resources/deploymentScripts"
STACK = "Microsoft.Resources/deploymentStacks"
SOMEBODY: dict[str, Any] = {"type": "UserAssigned", "userAssignedIdentities": {"/x": {}}}
WORKSPACES = "Microsoft.MachineLearningServices/workspaces"


def workspace() -> dict[str, Any]:
    return {"type": WORKSPACES, "apiVersion": "2025-06-01", "name": "ws", "properties": {}}


def maker(kind: str = SCRIPT, **parts: Any) -> dict[str, Any]:
    """Return a resource that may create others, by default a script without an identity."""
    return {"type": kind, "apiVersion": "2024-03-01", "name": "maker", "properties": {}, **parts}


def whys(estate: Estate) -> list[str]:
    """Return the messages about what is created."""
    return [each.detail for each in estate.store.gaps() if each.part == "what it makes"]


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        (maker(identity=SOMEBODY), "it is a script with an identity, which may create or change"),
        (maker(STACK, properties={"template": template(vault())}), "it deploys a template"),
        (maker("Microsoft.Solutions/applications"), "it deploys a managed application"),
        (maker("Microsoft.Blueprint/blueprintAssignments"), "it deploys a blueprint"),
    ],
)
def test_a_script_or_a_stack_in_a_template_is_reported(
    tmp_path: Path, declared: dict[str, Any], why: str
) -> None:
    with deployed(tmp_path, template(workspace(), declared)) as estate:
        (told,) = whys(estate)
        assert why in told
        assert "main.json:" in told
        (found,) = estate.of_type(WORKSPACE)
        assert not estate.store.sight(found.id, COMPUTE)


@pytest.mark.parametrize("identity", [None, {"type": "None"}])
def test_a_script_without_identity_creates_nothing(tmp_path: Path, identity: object) -> None:
    with deployed(tmp_path, template(workspace(), maker(identity=identity))) as estate:
        assert not whys(estate)
        (found,) = estate.of_type(WORKSPACE)
        assert estate.store.sight(found.id, COMPUTE)


def judged(folder: Path, answer: object) -> Estate:
    """Return the estate that a file describes."""
    path = folder / "found.json"
    path.write_text(json.dumps(answer), "utf-8")
    return Files((path,)).collect(Scope())


def test_so_it_is_in_a_what_if_and_in_a_snapshot_of_bicep(tmp_path: Path) -> None:
    script_id = f"{GROUP}/providers/{SCRIPT}/maker"
    script = {**maker(identity=SOMEBODY), "id": script_id}
    new = {**workspace(), "id": WORKSPACE_ID}
    changes = [
        {"resourceId": each["id"], "changeType": "Create", "after": each} for each in (script, new)
    ]
    for answer in ({"changes": changes}, {"predictedResources": [script, new]}):
        with closing(judged(tmp_path, answer)) as estate:
            assert len(whys(estate)) == 1
            assert not estate.store.sight(WORKSPACE_ID, COMPUTE)


@pytest.mark.parametrize("kind", [STACK, "Microsoft.Resources/deployments"])
def test_so_it_is_in_what_azapi_declares(tmp_path: Path, kind: str) -> None:
    values = {"name": "maker", "parent_id": PLANNED, "body": {"properties": {"template": {}}}}
    maker_change = change("azapi_resource.maker", {**values, "type": f"{kind}@2024-03-01"})
    made = change("azurerm_machine_learning_workspace.ml", {"name": "ws"})
    estate = collect(tmp_path, plan(made, maker_change))
    assert len(whys(estate)) == 1
    (found,) = estate.of_type(WORKSPACE)
    assert not estate.store.sight(found.id, COMPUTE)

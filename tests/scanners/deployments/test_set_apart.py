"""Values declared apart from their resource: the managed network of a workspace, and tags."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.path import ABSENT, read
from amlaudit.core.relations import OUTBOUND_RULE, WORKSPACE
from amlaudit.core.resource import Resource
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.estates import WORKSPACE_ID
from tests.scanners.deployments.snapshots import snapshot
from tests.scanners.deployments.templates import template

ML = "Microsoft.MachineLearningServices/workspaces"
LIVE = {
    "id": WORKSPACE_ID,
    "name": "ws",
    "tags": {"environment": "prod", "owner": "me"},
    "properties": {
        "managedNetwork": {"isolationMode": "Disabled", "status": {"status": "Inactive"}},
    },
}
STRICT = {"isolationMode": "AllowOnlyApprovedOutbound", "firewallSku": "Standard"}
PARAMETERS = {"later": {"type": "string"}, "whether": {"type": "bool"}}


OPENED: list[Estate] = []


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder for files, and close what was opened of it."""
    yield tmp_path
    while OPENED:
        OPENED.pop().close()


def opened(*files: Path) -> Estate:
    OPENED.append(Files(files).collect(Scope()))
    return OPENED[-1]


def write(path: Path, *declared: dict[str, Any]) -> Path:
    path.write_text(json.dumps(template(*declared, parameters=PARAMETERS)), "utf-8")
    return path


def after(folder: Path, *declared: dict[str, Any], live: dict[str, Any] = LIVE) -> Resource:
    """Return the workspace of a snapshot after a deployment."""
    estate = opened(snapshot(folder / "live.db", (live,), {}), write(folder / "a.json", *declared))
    (found,) = estate.of_type(WORKSPACE)
    return found


def network(settings: Any, **parts: Any) -> dict[str, Any]:
    kind = {"type": f"{ML}/managedNetworks", "apiVersion": "2025-10-01-preview"}
    return {**kind, "name": "ws/default", "properties": {"managedNetwork": settings}, **parts}


def tags(value: Any, **parts: Any) -> dict[str, Any]:
    scope = f"[resourceId('{ML}', 'ws')]"
    kind = {"type": "Microsoft.Resources/tags", "apiVersion": "2024-03-01", "name": "default"}
    return {**kind, "scope": scope, "properties": {"tags": value}, **parts}


def gaps(found: Resource) -> list[str]:
    return [".".join(path) for path, _ in found.gaps]


def test_a_managed_network_changes_that_of_an_existing_workspace(folder: Path) -> None:
    rules = {"pypi": {"type": "FQDN", "destination": "pypi.org"}}
    found = after(folder, network({**STRICT, "outboundRules": rules}))
    shown = read(found.body, ("properties", "managedNetwork"))
    assert shown == {**STRICT, "status": {"status": "Inactive"}}
    assert not found.gaps


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (network({"isolationMode": "[parameters('later')]"}), "managednetwork.isolationmode"),
        (network("[parameters('later')]"), "managednetwork"),
        (network(STRICT, condition="[parameters('whether')]"), "managednetwork"),
    ],
)
def test_what_is_unknown_of_a_managed_network_is_unknown_of_the_workspace(
    declared: dict[str, Any], expected: str, folder: Path
) -> None:
    assert gaps(after(folder, declared)) == [f"properties.{expected}"]


def test_a_managed_network_without_settings_changes_nothing(folder: Path) -> None:
    found = after(folder, network(STRICT, properties={}))
    assert found.body["properties"] == LIVE["properties"]


def test_of_a_hidden_workspace_the_network_stays_hidden(folder: Path) -> None:
    workspace = {"type": ML, "apiVersion": "2025-06-01", "name": "ws", "properties": {}}
    hidden = {**workspace, "condition": "[parameters('whether')]"}
    estate = opened(write(folder / "a.json", hidden, network(STRICT)))
    (found,) = estate.of_type(WORKSPACE)
    assert gaps(found) == [""]
    assert read(found.body, ("properties",)) is ABSENT


def test_a_managed_network_of_another_file_is_that_of_its_workspace(folder: Path) -> None:
    workspace = {"type": ML, "apiVersion": "2025-06-01", "name": "ws", "properties": {}}
    files = write(folder / "a.json", workspace), write(folder / "b.json", network(STRICT))
    (found,) = opened(*files).of_type(WORKSPACE)
    assert read(found.body, ("properties", "managedNetwork")) == STRICT


def test_tags_replace_all_tags_of_an_existing_resource(folder: Path) -> None:
    found = after(folder, tags({"environment": "dev"}))
    assert found.body["tags"] == {"environment": "dev"}


def test_unknown_tags_are_unknown_of_an_existing_resource(folder: Path) -> None:
    found = after(folder, tags({"environment": "[parameters('later')]", "team": "ml"}))
    assert found.body["tags"] == {"environment": None, "team": "ml"}
    assert gaps(found) == ["tags.environment"]
    assert gaps(after(folder, tags({}, condition="[parameters('whether')]"))) == ["tags"]


def test_an_outbound_rule_is_one_of_the_existing_workspace(folder: Path) -> None:
    version = {"apiVersion": "2025-10-01-preview"}
    rule = {"properties": {"type": "FQDN", "destination": "pypi.org", "category": "UserDefined"}}
    declared = [
        {"type": f"{ML}/outboundRules", **version, "name": "ws/one", **rule},
        {
            "type": f"{ML}/managedNetworks/outboundRules",
            **version,
            "name": "ws/default/two",
            **rule,
        },
    ]
    live = snapshot(folder / "live.db", (LIVE,), {WORKSPACE_ID: (OUTBOUND_RULE,)})
    estate = opened(live, write(folder / "a.json", *declared))
    (workspace,) = estate.of_type(WORKSPACE)
    found = estate.neighbours(workspace, "outbound-rules")
    assert sorted(each.name for each in found) == ["one", "two"]

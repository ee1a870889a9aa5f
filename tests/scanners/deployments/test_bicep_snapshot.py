"""A Bicep snapshot contains what its parameters file is predicted to deploy."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.gap import Reason
from amlaudit.core.members import FURTHER
from amlaudit.core.relations import DIAGNOSTIC_SETTING, KEY_VAULT, WORKSPACE
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.estates import GROUP

SAMPLES = Path(__file__).parents[4] / "shared" / "iac-samples" / "bicep-snapshot"
VAULT = {
    "id": f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv",
    "type": "Microsoft.KeyVault/vaults",
    "name": "kv",
    "apiVersion": "2024-11-01",
    "location": "[resourceGroup().location]",
    "properties": {"publicNetworkAccess": "Disabled"},
}


def test_predicted_resources_are_judged_and_others_reported(tmp_path: Path) -> None:
    path = tmp_path / "main.snapshot.json"
    other = {"type": "request@v1", "properties": {"uri": "https://example.org"}}
    path.write_text(json.dumps({"predictedResources": [other, VAULT], "diagnostics": []}), "utf-8")
    estate = Files((path,)).collect(Scope())
    (found,) = estate.of_type(KEY_VAULT)
    assert found.body["properties"] == {
        "publicNetworkAccess": "Disabled",
        "privateEndpointConnections": [],
    }
    assert [(steps, gap.reason) for steps, gap in found.gaps] == [
        (("location",), Reason.UNRESOLVED)
    ]
    (gap,) = [each for each in estate.store.gaps() if each.part.startswith("request@v1")]
    assert gap.reason is Reason.UNSUPPORTED
    estate.close()


def test_unpredictable_resources_are_reported(tmp_path: Path) -> None:
    error = {"level": "Error", "code": "ExpansionFailed", "target": "", "message": "no such module"}
    path = tmp_path / "main.snapshot.json"
    path.write_text(json.dumps({"predictedResources": [VAULT], "diagnostics": [error]}), "utf-8")
    with closing(Files((path,)).collect(Scope())) as estate:
        (gap,) = (each for each in estate.store.gaps() if "no such module" in each.detail)
        assert gap.reason is Reason.UNRESOLVED
        assert not estate.store.sight(str(VAULT["id"]).lower(), DIAGNOSTIC_SETTING)
        found = estate.store.get(str(VAULT["id"]).lower())
        assert found
        assert ("properties", "privateendpointconnections", FURTHER) in dict(found.gaps)


def placed(arm_type: str, name: str) -> str:
    """Return an id as left by the command when the target of the deployment is not given."""
    within = "/subscriptions/{0}/resourceGroups/{1}/providers"
    return (
        f"[format('{within}/{arm_type}/{name}', subscription().subscriptionId,"
        " resourceGroup().name)]"
    )


def test_expressions_that_the_command_leaves_are_read_as_in_a_template(tmp_path: Path) -> None:
    store = placed("Microsoft.Storage/storageAccounts", "st")
    identity = placed("Microsoft.ManagedIdentity/userAssignedIdentities", "id")
    predicted: list[dict[str, object]] = [
        {"id": store, "type": "Microsoft.Storage/storageAccounts", "name": "st"},
        {
            "id": identity,
            "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
            "name": "id",
            "properties": {"isolationScope": "[reference(resourceId('a.b/c', 'd')).e]"},
        },
        {
            "id": placed("Microsoft.MachineLearningServices/workspaces", "ws"),
            "type": "Microsoft.MachineLearningServices/workspaces",
            "name": "ws",
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}},
            "properties": {
                "storageAccount": store,
                "friendlyName": "[toUpper('ws')]",
                "owner": f"[reference({identity[1:-1]}, '2023-01-31').principalId]",
                "description": "[parameters('open')]",
                "discoveryUrl": "[tryGet(target(), 'discoveryUrl')]",
            },
        },
    ]
    path = tmp_path / "main.snapshot.json"
    path.write_text(json.dumps({"predictedResources": predicted}), "utf-8")
    estate = Files((path,)).collect(Scope())
    (found,) = estate.of_type(WORKSPACE)
    assert [each.name for each in estate.neighbours(found, "storage")] == ["st"]
    body: Any = found.body
    assert body["properties"]["friendlyName"] == "WS"
    (assigned,) = body["identity"]["userAssignedIdentities"].values()
    assert body["properties"]["owner"] == assigned["principalId"]
    assert [gap.detail for _, gap in found.gaps] == [
        "properties.description is decided only at deployment: [parameters('open')]",
        "properties.discoveryUrl is decided only at deployment: [tryGet(target(), 'discoveryUrl')]",
    ]
    estate.close()


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
@pytest.mark.parametrize(
    "path", sorted(SAMPLES.rglob("*.snapshot.json")), ids=lambda path: path.parent.name
)
def test_every_sample_loads(path: Path) -> None:
    Files((path,)).collect(Scope()).close()

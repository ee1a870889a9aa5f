"""A snapshot of Bicep holds what its parameters file is predicted to give."""

import json
from pathlib import Path

import pytest

from amlaudit.core.gap import Reason
from amlaudit.core.relations import KEY_VAULT
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


def test_predicted_resources_are_judged_and_others_told(tmp_path: Path) -> None:
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


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
@pytest.mark.parametrize(
    "path", sorted(SAMPLES.rglob("*.snapshot.json")), ids=lambda path: path.parent.name
)
def test_every_sample_loads(path: Path) -> None:
    Files((path,)).collect(Scope()).close()

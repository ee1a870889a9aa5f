"""Third-party labelled templates are judged as labelled, or the difference is explained."""

from pathlib import Path

import pytest
import yaml

from amlaudit.core.estate import Estate
from amlaudit.core.relations import OUTBOUND_RULE
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import evaluate
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.shipped_pack import SHIPPED
from amlaudit.scanners.files.source import Files

SAMPLES = Path(__file__).parents[4] / "shared" / "iac-samples" / "arm"
PUBLIC = SAMPLES / "checkov-public-network-fixtures"
ENDPOINTS = SAMPLES / "checkov-private-endpoint-fixtures"
LABELS = yaml.safe_load((PUBLIC / "expected.yaml").read_text("utf-8")) if PUBLIC.exists() else {}

OTHERWISE = {
    # It does not mention public access. Azure documents that this means enabled:
    # https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces
    "pass2": Status.FAIL,
}

pytestmark = pytest.mark.skipif(not LABELS, reason="the shared samples are not here")


def opened(path: Path) -> Estate:
    return Files((path,)).collect(Scope())


@pytest.mark.parametrize(
    ("name", "label"),
    [
        (each.rpartition(".")[2], Status(label))
        for label in ("pass", "fail")
        for each in LABELS.get(label, ())
    ],
)
def test_public_access_is_judged_as_labelled(name: str, label: Status) -> None:
    _, rules = load_pack(shipped("rules"), SHIPPED)
    estate = opened(PUBLIC / f"{name}.json")
    wanted = [each for each in rules if each.id == "AML1201"]
    (found,) = [each for each in evaluate(wanted, estate) if each.resource.name == name]
    assert found.verdict.status == OTHERWISE.get(name, label)
    estate.close()


@pytest.mark.parametrize("path", sorted(ENDPOINTS.glob("*.json")), ids=lambda path: path.stem)
def test_outbound_rules_with_private_endpoints_are_found_where_they_are_labelled(
    path: Path,
) -> None:
    estate = opened(path)
    kinds = [str(each.body["properties"]) for each in estate.of_type(OUTBOUND_RULE)]
    assert any("PrivateEndpoint" in each for each in kinds) is path.stem.startswith("pass")
    estate.close()

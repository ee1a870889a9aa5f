"""Private endpoints of Azure ML registries, which list their connections in a way of their own."""

import json
from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.path import ABSENT, parse_path, read
from amlaudit.core.relations import ML_REGISTRY
from amlaudit.core.resource import Resource
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.engine.evaluate import evaluate
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.shipped_pack import SHIPPED
from amlaudit.scanners.files.source import Files
from tests.estates import GROUP
from tests.scanners.deployments.snapshots import snapshot
from tests.scanners.deployments.templates import deployed, template
from tests.scanners.deployments.terraform.plans import change, collect, plan, refers, written

LISTED = parse_path("properties.registryPrivateEndpointConnections")
STATUS = parse_path("properties.registryPrivateLinkServiceConnectionState.status")
ENDPOINT = parse_path("properties.privateEndpoint.id")
KIND = "Microsoft.MachineLearningServices/registries"
REGISTRY_ID = f"{GROUP}/providers/{KIND}/models"
REGISTRY = {
    "type": KIND,
    "apiVersion": "2025-06-01",
    "name": "models",
    "properties": {"publicNetworkAccess": "Disabled"},
}
ITS_ID = f"[resourceId('{KIND}', 'models')]"


AUTOMATIC, MANUAL = "privateLinkServiceConnections", "manualPrivateLinkServiceConnections"


def endpoint(target: str = ITS_ID, links: str = AUTOMATIC) -> dict[str, Any]:
    link = {"privateLinkServiceId": target, "groupIds": ["amlregistry"]}
    return {
        "type": "Microsoft.Network/privateEndpoints",
        "apiVersion": "2025-01-01",
        "name": "pe",
        "properties": {links: [{"name": "link", "properties": link}]},
    }


def registry(folder: Path, *declared: dict[str, Any]) -> tuple[Resource, Status]:
    """Return the registry that a template declares, and whether it can be reached privately."""
    _, rules = load_pack(shipped("rules"), SHIPPED)
    content = template(*declared, parameters={"later": {"type": "string"}})
    with deployed(folder, content) as estate:
        (found,) = estate.of_type(ML_REGISTRY)
        (finding,) = evaluate([each for each in rules if each.id == "AML1225"], estate)
    return found, finding.verdict.status


@pytest.mark.parametrize(("links", "status"), [(AUTOMATIC, "Approved"), (MANUAL, "Pending")])
def test_an_endpoint_is_a_connection_of_its_registry(
    links: str, status: str, tmp_path: Path
) -> None:
    found, _ = registry(tmp_path, REGISTRY, endpoint(links=links))
    (connection,) = found.body["properties"][LISTED[-1]]  # type: ignore[index]
    assert read(connection, STATUS) == status
    assert str(read(connection, ENDPOINT)).endswith("/privateEndpoints/pe")
    assert read(found.body, parse_path("properties.privateEndpointConnections")) is ABSENT


def test_a_new_registry_has_the_declared_endpoints_and_no_others(tmp_path: Path) -> None:
    assert registry(tmp_path, REGISTRY)[1] is Status.FAIL
    assert registry(tmp_path, REGISTRY, endpoint(links=MANUAL))[1] is Status.FAIL
    # an approved one alone does not reach its files and images, of which nothing is known yet
    assert registry(tmp_path, REGISTRY, endpoint())[1] is Status.UNKNOWN


def test_an_endpoint_with_unknown_target_may_lead_to_a_registry(tmp_path: Path) -> None:
    found, status = registry(tmp_path, REGISTRY, endpoint("[parameters('later')]"))
    assert [path[1] for path, _ in found.gaps] == [LISTED[-1].lower()]
    assert status is Status.UNKNOWN


def test_an_existing_registry_keeps_its_connections(tmp_path: Path) -> None:
    state = {"registryPrivateLinkServiceConnectionState": {"status": "Rejected"}}
    old = {"properties": {"privateEndpoint": {"id": f"{GROUP}/old"}, **state}}
    live = {"id": REGISTRY_ID, "name": "models", "properties": {LISTED[-1]: [old]}}
    before = snapshot(tmp_path / "live.db", (live,), {})
    for declared in ([endpoint()], [REGISTRY, endpoint()]):
        (tmp_path / "main.json").write_text(json.dumps(template(*declared)), "utf-8")
        estate = Files((before, tmp_path / "main.json")).collect(Scope())
        (found,) = estate.of_type(ML_REGISTRY)
        listed = read(found.body, LISTED)
        assert isinstance(listed, list)
        assert [read(each, STATUS) for each in listed] == ["Rejected", "Approved"]
        estate.close()


def test_an_endpoint_that_may_lead_anywhere_may_lead_to_an_existing_registry(
    tmp_path: Path,
) -> None:
    live = {"id": REGISTRY_ID, "name": "models", "properties": {LISTED[-1]: []}}
    before = snapshot(tmp_path / "live.db", (live,), {})
    content = template(endpoint("[parameters('later')]"), parameters={"later": {"type": "string"}})
    (tmp_path / "main.json").write_text(json.dumps(content), "utf-8")
    estate = Files((before, tmp_path / "main.json")).collect(Scope())
    (found,) = estate.of_type(ML_REGISTRY)
    assert [path for path, _ in found.gaps] == [(*(each.lower() for each in LISTED), "*")]
    estate.close()


def test_an_endpoint_in_a_plan_is_a_connection_of_its_registry(tmp_path: Path) -> None:
    address, pe = "azurerm_machine_learning_registry.it", "azurerm_private_endpoint.pe"
    link = {"is_manual_connection": False, "name": "link", "subresource_names": ["amlregistry"]}
    connection = {"private_connection_resource_id": refers(f"{address}.id")}
    content = plan(
        change(address, {"name": "models"}, unknown={"id": True}),
        change(
            pe,
            {"name": "pe", "private_service_connection": [link]},
            unknown={"private_service_connection": [{"private_connection_resource_id": True}]},
        ),
        root={
            "resources": [written(address), written(pe, private_service_connection=[connection])]
        },
    )
    estate = collect(tmp_path, content)
    (found,) = estate.of_type(ML_REGISTRY)
    listed = read(found.body, LISTED)
    assert isinstance(listed, list)
    assert [read(each, STATUS) for each in listed] == ["Approved"]
    estate.close()

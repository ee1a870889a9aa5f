"""A plan with a snapshot is judged as the estate will be after applying it."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.arm_id import normalise, subscription_of
from amlaudit.core.estate import Estate
from amlaudit.core.gap import NoDataError
from amlaudit.core.path import ABSENT, parse_path, read
from amlaudit.core.relations import (
    COMPUTE,
    DELEGATION,
    DIAGNOSTIC_SETTING,
    ROLE_ASSIGNMENT,
    STORAGE,
    WORKSPACE,
)
from amlaudit.core.resource import Resource
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.snapshots import snapshot
from tests.scanners.deployments.terraform.plans import PROVIDERS, change, collect, plan, written

WORKSPACE_ID = f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/mlw"
ACCOUNT_ID = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/data"
SETTING_ID = f"{WORKSPACE_ID}/providers/Microsoft.Insights/diagnosticSettings/all"
ADDRESS = "azurerm_machine_learning_workspace.x"
LIVE: tuple[dict[str, Any], ...] = (
    {
        "id": WORKSPACE_ID,
        "name": "mlw",
        "location": "westeurope",
        "tags": {"owner": "me"},
        "properties": {
            "publicNetworkAccess": "Enabled",
            "containerRegistry": f"{PROVIDERS}/Microsoft.ContainerRegistry/registries/cr",
            "enableDataIsolation": True,
            "managedNetwork": {"isolationMode": "Disabled", "status": {"status": "Active"}},
            "privateEndpointConnections": [
                {"properties": {"privateEndpoint": {"id": f"{PROVIDERS}/m.n/p/old"}}}
            ],
        },
    },
    {"id": ACCOUNT_ID, "name": "data", "kind": "StorageV2", "properties": {}},
    {"id": SETTING_ID, "name": "all", "properties": {}},
)


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """Write a snapshot of the existing resources."""
    workspace_id = normalise(WORKSPACE_ID)
    seen = {workspace_id: (COMPUTE,), subscription_of(workspace_id): (ROLE_ASSIGNMENT,)}
    return snapshot(tmp_path / "live.db", LIVE, seen)


def after(live: Path, value: Any) -> Estate:
    collect(live.parent, value).close()
    return Files((live, live.parent / "plan.json")).collect(Scope())


def updated(**values: Any) -> dict[str, Any]:
    basics = {"id": WORKSPACE_ID, "name": "mlw", "container_registry_id": None, "tags": None}
    return change(ADDRESS, basics | values, actions=("update",))


def workspace(estate: Estate) -> Resource:
    (found,) = estate.of_type(WORKSPACE)
    return found


def value(resource: Resource, path: str) -> object:
    return read(resource.body, parse_path(path))


def test_planned_resources_replace_live_ones(live: Path) -> None:
    entry = updated(public_network_access_enabled=False, tags={"owner": "team"})
    found = workspace(after(live, plan(entry)))
    assert value(found, "properties.publicNetworkAccess") == "Disabled"
    assert value(found, "tags.owner") == "team"
    assert value(found, "properties.containerRegistry") is ABSENT  # null, so it is not set


def test_what_the_provider_has_no_word_for_stays_as_it_is(live: Path) -> None:
    entry = updated(managed_network=[{"isolation_mode": "AllowOnlyApprovedOutbound"}])
    found = workspace(after(live, plan(entry)))
    assert value(found, "properties.enableDataIsolation") is True
    assert value(found, "properties.managedNetwork.isolationMode") == "AllowOnlyApprovedOutbound"
    assert value(found, "properties.managedNetwork.status.status") == "Active"
    assert value(found, "location") == "westeurope"
    hidden = [path for path, _ in found.gaps]
    assert ("properties", "enabledataisolation") not in hidden
    assert ("properties", "managednetwork", "status", "status") not in hidden


def test_known_after_apply_hides_the_live_value(live: Path) -> None:
    entry = updated()
    entry["change"]["after_unknown"] = {"public_network_access_enabled": True}
    found = workspace(after(live, plan(entry)))
    assert ("properties", "publicnetworkaccess") in [path for path, _ in found.gaps]


def test_existing_connections_stay_beside_planned_ones(live: Path) -> None:
    connection = {
        "name": "c",
        "is_manual_connection": False,
        "private_connection_resource_id": WORKSPACE_ID,
        "subresource_names": ["amlworkspace"],
    }
    endpoint = {"name": "new", "private_service_connection": [connection]}
    changes = (updated(), change("azurerm_private_endpoint.x", endpoint))
    found = workspace(after(live, plan(*changes)))
    connections = value(found, "properties.privateEndpointConnections")
    assert isinstance(connections, list)
    assert len(connections) == 2


def test_deleted_resources_are_gone(live: Path) -> None:
    gone = {"id": ACCOUNT_ID, "name": "data"}
    estate = after(live, plan(change("azurerm_storage_account.x", gone, actions=("delete",))))
    assert list(estate.of_type(STORAGE)) == []
    assert workspace(estate).name == "mlw"


def test_deleted_resources_are_gone_whatever_their_id_consists_of(live: Path) -> None:
    gone = {"id": f"{WORKSPACE_ID}|all", "name": "all", "target_resource_id": WORKSPACE_ID}
    entry = change("azurerm_monitor_diagnostic_setting.x", gone, actions=("delete",))
    assert list(after(live, plan(updated(), entry)).of_type(DIAGNOSTIC_SETTING)) == []


def test_computes_that_were_read_are_known_beside_planned_ones(live: Path) -> None:
    cluster = {"name": "c", "machine_learning_workspace_id": WORKSPACE_ID}
    entry = change("azurerm_machine_learning_compute_cluster.c", cluster)
    estate = after(live, plan(entry))
    assert [each.name for each in estate.neighbours(workspace(estate), "computes")] == ["c"]


def test_a_compute_of_an_unknown_workspace_may_belong_to_any_existing_one(live: Path) -> None:
    unknown = {"machine_learning_workspace_id": True}
    entry = change("azurerm_machine_learning_compute_cluster.c", {"name": "c"}, unknown=unknown)
    estate = after(live, plan(entry))
    with pytest.raises(NoDataError, match="what it belongs to is known after apply"):
        list(estate.neighbours(workspace(estate), "computes"))


@pytest.mark.parametrize(("action", "is_open"), [("create", True), ("no-op", False)])
def test_an_active_assignment_that_a_plan_requests_is_not_proven_absent(
    live: Path, action: str, *, is_open: bool
) -> None:
    active = change(
        "azurerm_pim_active_role_assignment.x", {"scope": WORKSPACE_ID}, actions=(action,)
    )
    gap = after(live, plan(active)).sight(normalise(WORKSPACE_ID), ROLE_ASSIGNMENT)
    assert bool(gap) is is_open


@pytest.mark.parametrize(
    ("action", "is_open"), [("create", True), ("update", True), ("no-op", False)]
)
@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("azurerm_resource_group_template_deployment.x", {"resource_group_name": "rg"}),
        ("azapi_resource.x", {"type": "Microsoft.Resources/deployments@2022-09-01"}),
    ],
)
def test_what_a_template_in_a_plan_adds_is_not_proven_absent(
    live: Path, address: str, values: dict[str, Any], action: str, *, is_open: bool
) -> None:
    scope = WORKSPACE_ID.partition("/providers/")[0]
    deployment = change(address, {"name": "x", "parent_id": scope, **values}, actions=(action,))
    estate = after(live, plan(deployment))
    for seen in (COMPUTE, ROLE_ASSIGNMENT):
        assert bool(estate.sight(normalise(WORKSPACE_ID), seen)) is is_open


def test_a_resource_of_a_type_that_is_not_known_yet_is_not_proven_absent(live: Path) -> None:
    entry = change("azapi_resource.x", {"name": "x"}, unknown={"type": True, "parent_id": True})
    gap = after(live, plan(entry)).sight(normalise(WORKSPACE_ID), COMPUTE)
    assert gap
    assert "its type is known after apply" in gap.detail


def test_what_an_incomplete_plan_adds_is_not_proven_absent(live: Path) -> None:
    partial = {**plan(updated()), "complete": False}
    gap = after(live, partial).sight(normalise(WORKSPACE_ID), COMPUTE)
    assert gap
    assert "the plan is incomplete" in gap.detail


def test_a_command_says_nothing_of_what_exists(live: Path) -> None:
    command = {**written("null_resource.x"), "provisioners": [{"type": "local-exec"}]}
    content = plan(change("null_resource.x", {}), root={"resources": [command]})
    estate = after(live, content)
    assert [each.part for each in estate.store.gaps() if "runs a command" in each.detail]
    assert estate.sight(normalise(WORKSPACE_ID), COMPUTE) is None


def test_a_delegation_that_a_plan_adds_is_there_with_unknown_properties(live: Path) -> None:
    scope = subscription_of(normalise(WORKSPACE_ID))
    delegation = change("azurerm_lighthouse_assignment.x", {"scope": scope})
    (found,) = after(live, plan(delegation)).of_type(DELEGATION)
    assert [path for path, _ in found.gaps] == [("properties",)]


def test_without_the_snapshot_computes_of_what_exists_are_not_known(live: Path) -> None:
    estate = collect(live.parent, plan(updated()))
    with pytest.raises(NoDataError):
        list(estate.neighbours(workspace(estate), "computes"))


def replaced(name: str) -> dict[str, Any]:
    entry = change(ADDRESS, {"name": name}, actions=("delete", "create"))
    entry["change"]["before"] = {"id": WORKSPACE_ID, "name": "mlw"}
    return entry


def test_a_replaced_resource_keeps_nothing_of_the_old_one(live: Path) -> None:
    estate = after(live, plan(replaced("mlw")))
    assert value(workspace(estate), "properties.enableDataIsolation") is ABSENT
    assert list(estate.neighbours(workspace(estate), "computes")) == []


def test_a_resource_replaced_under_another_name_leaves_nothing_behind(live: Path) -> None:
    assert workspace(after(live, plan(replaced("other")))).name == "other"

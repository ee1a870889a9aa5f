"""The body of an azapi resource is the document that Azure receives, in every version of azapi."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from amlaudit.core.arm_id import normalise
from amlaudit.core.gap import Reason
from amlaudit.core.path import ABSENT, parse_path, read
from amlaudit.core.relations import (
    BLOB_CONTAINER,
    BLOB_SERVICE,
    COMPUTE,
    FILE_SERVICE,
    KEY_VAULT,
    PRIVATE_ENDPOINT,
    STORAGE,
    WORKSPACE,
)
from amlaudit.core.resource import AS_DECLARED, Resource
from tests.scanners.deployments.terraform.plans import (
    GROUP,
    PROVIDERS,
    change,
    collect,
    plan,
    refers,
    written,
)

WORKSPACE_ID = f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/mlw"
TYPE = "Microsoft.MachineLearningServices/workspaces@2025-06-01"
BODY: dict[str, Any] = {
    "kind": "Default",
    "sku": {"name": "Basic"},
    "properties": {"publicNetworkAccess": "Disabled"},
}


def workspace(body: object, **more: Any) -> dict[str, Any]:
    values = {"type": TYPE, "name": "mlw", "parent_id": GROUP, "location": "westeurope"}
    return change("azapi_resource.ml", values | {"body": body}, **more)


def only(folder: Path, arm_type: str, *changes: dict[str, Any], **more: Any) -> Resource:
    (found,) = collect(folder, plan(*changes, **more)).of_type(arm_type)
    return found


def value(resource: Resource, path: str) -> object:
    return read(resource.body, parse_path(path))


@pytest.mark.parametrize("body", [BODY, json.dumps(BODY)])
def test_a_body_is_an_object_or_its_text(tmp_path: Path, body: object) -> None:
    found = only(tmp_path, WORKSPACE, workspace(body))
    assert found.id == normalise(WORKSPACE_ID)
    assert found.origin.api_version == AS_DECLARED
    assert value(found, "properties.publicNetworkAccess") == "Disabled"
    assert value(found, "sku.name") == "Basic"
    assert value(found, "location") == "westeurope"


def test_identity_and_tags_stand_beside_the_body(tmp_path: Path) -> None:
    entry = workspace(BODY)
    entry["change"]["after"] |= {
        "identity": [{"type": "SystemAssigned", "identity_ids": []}],
        "tags": {"owner": "ml"},
    }
    found = only(tmp_path, WORKSPACE, entry)
    assert value(found, "identity.type") == "SystemAssigned"
    assert value(found, "tags.owner") == "ml"


def test_a_part_of_a_body_that_is_not_known_is_a_gap_there(tmp_path: Path) -> None:
    unknown = {"body": {"properties": {"keyVault": True}}}
    found = only(tmp_path, WORKSPACE, workspace(BODY, unknown=unknown))
    (at,) = [path for path, gap in found.gaps if gap.reason is Reason.UNRESOLVED]
    assert at == ("properties", "keyvault")
    assert value(found, "properties.publicNetworkAccess") == "Disabled"


def test_a_body_that_is_not_known_hides_all_of_the_document(tmp_path: Path) -> None:
    found = only(tmp_path, WORKSPACE, workspace(None, unknown={"body": True}))
    assert {("properties",), ("kind",), ("sku",)} <= {path for path, _ in found.gaps}


def test_the_one_id_that_a_body_does_not_know_is_what_it_refers_to(tmp_path: Path) -> None:
    root = {"resources": [written("azapi_resource.ml", body=refers("azurerm_key_vault.kv.id"))]}
    unknown = {"body": {"properties": {"keyVault": True}}}
    vault = change("azurerm_key_vault.kv", {"name": "kv"})
    found = only(tmp_path, WORKSPACE, workspace(BODY, unknown=unknown), vault, root=root)
    assert value(found, "properties.keyVault") == f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv"


VAULT = change("azurerm_key_vault.kv", {"name": "kv"})
ACCOUNT = change("azurerm_storage_account.st", {"name": "st"})


def test_unknown_ids_in_a_body_are_distinguished_by_type(tmp_path: Path) -> None:
    ids = refers("azurerm_storage_account.st.id", "azurerm_key_vault.kv.id")
    unknown = {"body": {"properties": {"keyVault": True, "storageAccount": True}}}
    root = {"resources": [written("azapi_resource.ml", body=ids)]}
    entry = workspace(BODY, unknown=unknown)
    found = only(tmp_path, WORKSPACE, entry, VAULT, ACCOUNT, root=root)
    assert value(found, "properties.keyVault") == f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv"
    path = "properties.storageAccount"
    assert value(found, path) == f"{PROVIDERS}/Microsoft.Storage/storageAccounts/st"


def test_an_identity_that_a_body_does_not_know_is_a_key(tmp_path: Path) -> None:
    root = {
        "resources": [
            written("azapi_resource.ml", body=refers("azurerm_user_assigned_identity.ml.id"))
        ]
    }
    body = BODY | {"identity": {"type": "UserAssigned"}}
    entry = workspace(body, unknown={"body": {"identity": {"userAssignedIdentities": True}}})
    identity = change("azurerm_user_assigned_identity.ml", {"name": "ml"})
    found = only(tmp_path, WORKSPACE, entry, identity, root=root)
    named = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/ml"
    assert list(cast("dict[str, Any]", value(found, "identity.userAssignedIdentities"))) == [named]


def test_one_id_that_is_left_is_what_is_left_of_the_references(tmp_path: Path) -> None:
    kind = "Microsoft.Network/privateEndpoints@2024-05-01"
    entry = change(
        "azapi_resource.pe",
        {"type": kind, "name": "pe", "parent_id": GROUP, "body": {"properties": {}}},
        unknown={
            "body": {
                "properties": {
                    "subnet": {"id": True},
                    "privateLinkServiceConnections": [
                        {"properties": {"privateLinkServiceId": True}}
                    ],
                }
            }
        },
    )
    subnet = change("azurerm_subnet.pe", {"name": "pe", "virtual_network_name": "net"})
    ids = refers("azurerm_subnet.pe.id", "azurerm_key_vault.kv.id")
    root = {"resources": [written("azapi_resource.pe", body=ids)]}
    found = only(tmp_path, PRIVATE_ENDPOINT, entry, VAULT, subnet, root=root)
    (connection,) = cast("Any", value(found, "properties.privateLinkServiceConnections"))
    vault_id = f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv"
    assert connection["properties"]["privateLinkServiceId"] == vault_id
    assert str(value(found, "properties.subnet.id")).endswith("/subnets/pe")


def test_beside_locals_ids_go_where_only_they_can_go(tmp_path: Path) -> None:
    known = {"body": {"properties": {"keyVault": True, "storageAccount": True}}}
    ids = {"references": ["azurerm_key_vault.kv.id", "azurerm_key_vault.kv", "local.account_id"]}
    root = {"resources": [written("azapi_resource.ml", body=ids)]}
    found = only(tmp_path, WORKSPACE, workspace(BODY, unknown=known), VAULT, root=root)
    assert value(found, "properties.keyVault") == f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv"
    assert ("properties", "storageaccount") in dict(found.gaps)
    known["body"]["properties"] |= {"description": True}  # where the vault's id may also go
    found = only(tmp_path, WORKSPACE, workspace(BODY, unknown=known), VAULT, root=root)
    assert ("properties", "keyvault") in dict(found.gaps)


def test_an_id_that_may_be_one_of_two_is_not_known(tmp_path: Path) -> None:
    unknown = {"body": {"properties": {"keyVault": True}}}
    ids = refers("azurerm_key_vault.kv.id", "azurerm_key_vault.other.id")
    root = {"resources": [written("azapi_resource.ml", body=ids)]}
    other = change("azurerm_key_vault.other", {"name": "other"})
    found = only(tmp_path, WORKSPACE, workspace(BODY, unknown=unknown), VAULT, other, root=root)
    assert ("properties", "keyvault") in dict(found.gaps)


def test_a_plan_as_those_get_it_who_check_it_in_the_cloud_is_read(tmp_path: Path) -> None:
    (found,) = collect(tmp_path, {"plan": plan(VAULT), "run": {"id": "run-1"}}).of_type(KEY_VAULT)
    assert found.name == "kv"


def test_secrets_of_a_body_never_get_in(tmp_path: Path) -> None:
    secret = "hunter2-hunter2"  # noqa: S105 - made up
    entry = workspace(BODY, sensitive={"sensitive_body": True})
    entry["change"]["after"]["sensitive_body"] = {"properties": {"token": secret}}
    assert secret not in repr(only(tmp_path, WORKSPACE, entry))


@pytest.mark.parametrize(
    ("said", "marks", "expression"),
    [
        ({"sensitive_body_version": {"properties.v1LegacyMode": "1"}}, {}, refers("var.mode.x")),
        ({}, {}, {"constant_value": {"properties": {"v1LegacyMode": True}}}),
        (
            {"sensitive_body": {"properties": {"v1LegacyMode": True}}},
            {"sensitive_body": True},
            refers("var.mode.x"),
        ),
    ],
)
def test_values_that_a_plan_does_not_show_are_not_omitted(
    tmp_path: Path, said: dict[str, Any], marks: dict[str, Any], expression: dict[str, Any]
) -> None:
    entry = workspace(BODY, sensitive=marks)
    entry["change"]["after"] |= {"sensitive_body": None, **said}
    root = {"resources": [written("azapi_resource.ml", sensitive_body=expression)]}
    gaps = dict(only(tmp_path, WORKSPACE, entry, root=root).gaps)
    assert gaps["properties", "v1legacymode"].reason is Reason.UNSUPPORTED
    assert ("properties", "publicnetworkaccess") not in gaps


def test_a_body_that_no_plan_shows_is_named(tmp_path: Path) -> None:
    entry = workspace(BODY)
    root = {"resources": [written("azapi_resource.ml", sensitive_body=refers("var.secrets.x"))]}
    told = collect(tmp_path, plan(entry, root=root)).gaps()
    assert [each.detail for each in told if each.part == "sensitive_body"] == [
        "sensitive_body of azapi_resource.ml is write-only, and therefore never in a plan"
    ]
    assert "sensitive_body" not in {each.part for each in collect(tmp_path, plan(entry)).gaps()}
    later = plan(workspace(BODY, unknown={"sensitive_body": True}))
    assert "sensitive_body" in {each.part for each in collect(tmp_path, later).gaps()}


@pytest.mark.parametrize(
    ("said", "access"),
    [
        ({"method": "PATCH"}, "Enabled"),
        ({"method": "PUT", "when": "apply"}, "Enabled"),
        ({"method": "POST"}, "Disabled"),
        ({"method": "PATCH", "action": "keys"}, "Disabled"),
        ({"method": "PATCH", "when": "destroy"}, "Disabled"),
    ],
)
def test_an_action_that_writes_a_document_is_an_update_of_it(
    tmp_path: Path, said: dict[str, Any], access: str
) -> None:
    body = {"properties": {"publicNetworkAccess": "Enabled"}}
    values = {"type": TYPE, "resource_id": WORKSPACE_ID, "body": body, **said}
    action = change("azapi_resource_action.x", values)
    found = only(tmp_path, WORKSPACE, workspace(BODY), action)
    assert value(found, "properties.publicNetworkAccess") == access


def test_a_child_is_under_its_named_parent(tmp_path: Path) -> None:
    kind = "Microsoft.MachineLearningServices/workspaces/computes@2025-06-01"
    values = {"type": kind, "name": "c", "body": {"properties": {"computeType": "AmlCompute"}}}
    child = change("azapi_resource.c", values, unknown={"parent_id": True})
    root = {"resources": [written("azapi_resource.c", parent_id=refers("azapi_resource.ml.id"))]}
    found = only(tmp_path, COMPUTE, workspace(BODY), child, root=root)
    assert found.id == f"{normalise(WORKSPACE_ID)}/computes/c"


def test_an_update_is_part_of_the_document_that_it_changes(tmp_path: Path) -> None:
    update = change(
        "azapi_update_resource.x",
        {"type": TYPE, "body": {"properties": {"v1LegacyMode": True}}},
        unknown={"resource_id": True},
    )
    root = {
        "resources": [
            written("azapi_update_resource.x", resource_id=refers("azapi_resource.ml.id"))
        ]
    }
    found = only(tmp_path, WORKSPACE, workspace(BODY), update, root=root)
    assert value(found, "properties.v1LegacyMode") is True
    assert value(found, "properties.publicNetworkAccess") == "Disabled"


def service(kind: str, **values: Any) -> dict[str, Any]:
    arm_type = f"Microsoft.Storage/storageAccounts/{kind}@2023-05-01"
    body = {"properties": {"cors": {"corsRules": [{"allowedOrigins": ["*"]}]}}}
    return {"type": arm_type, "body": body, **values}


ACCOUNT_ID = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/st"
ACCOUNT_VALUES = {"name": "st", "account_tier": "Standard", "account_replication_type": "ZRS"}


@pytest.mark.parametrize(
    "target", [{"resource_id": f"{ACCOUNT_ID}/{{}}/default"}, {"parent_id": ACCOUNT_ID}]
)
def test_an_update_of_a_service_of_a_new_account_is_part_of_its_defaults(
    tmp_path: Path, target: dict[str, str]
) -> None:
    account = change("azurerm_storage_account.st", ACCOUNT_VALUES)
    updates = [
        change(
            f"azapi_update_resource.{kind}",
            service(kind, name="default", **{key: id_.format(kind) for key, id_ in target.items()}),
        )
        for kind in ("blobServices", "fileServices")
    ]
    blobs = only(tmp_path, BLOB_SERVICE, account, *updates)
    files = only(tmp_path, FILE_SERVICE, account, *updates)
    for found in (blobs, files):
        assert value(found, "properties.cors.corsRules") == [{"allowedOrigins": ["*"]}]
        assert found.gaps == ()
    assert value(files, "properties.shareDeleteRetentionPolicy.days") == 7
    assert value(blobs, "properties.shareDeleteRetentionPolicy") is ABSENT


@pytest.mark.parametrize("kind", ["BlobStorage", "StorageV2"])
def test_an_update_of_a_service_that_an_account_may_lack_is_a_gap(
    tmp_path: Path, kind: str
) -> None:
    account = change("azurerm_storage_account.st", {**ACCOUNT_VALUES, "account_kind": kind})
    name = "fileServices" if kind == "BlobStorage" else "queueServices"
    target = f"{ACCOUNT_ID}/{name}/default"
    update = change("azapi_update_resource.x", service(name, resource_id=target))
    estate = collect(tmp_path, plan(account, update))
    gaps = [each for each in estate.store.gaps() if each.part == "azapi_update_resource.x"]
    assert [each.scope_id for each in gaps] == [normalise(target)]


def test_an_update_by_an_id_within_a_longer_text_is_of_the_service(tmp_path: Path) -> None:
    account = change("azurerm_storage_account.st", ACCOUNT_VALUES, unknown={"id": True})
    update = change(
        "azapi_update_resource.x", service("blobServices"), unknown={"resource_id": True}
    )
    text = refers("azurerm_storage_account.st.id")
    root = {"resources": [written("azapi_update_resource.x", resource_id=text)]}
    found = only(tmp_path, BLOB_SERVICE, account, update, root=root)
    assert value(found, "properties.cors.corsRules") == [{"allowedOrigins": ["*"]}]


def test_a_container_below_an_id_within_a_longer_text_is_one_of_the_account(tmp_path: Path) -> None:
    account = change("azurerm_storage_account.st", ACCOUNT_VALUES, unknown={"id": True})
    values = service("blobServices/containers", name="data")
    container = change("azapi_resource.c", values, unknown={"parent_id": True})
    text = refers("azurerm_storage_account.st.id")
    root = {"resources": [written("azapi_resource.c", parent_id=text)]}
    found = only(tmp_path, BLOB_CONTAINER, account, container, root=root)
    assert found.id == normalise(f"{ACCOUNT_ID}/blobServices/default/containers/data")


def test_an_update_of_something_else_than_what_its_id_names_may_be_of_any(tmp_path: Path) -> None:
    update = change(
        "azapi_update_resource.x",
        {"type": TYPE, "resource_id": ACCOUNT_ID, "body": {"properties": {"hbiWorkspace": True}}},
    )
    found = only(tmp_path, WORKSPACE, workspace(BODY), update)
    assert ("properties", "hbiworkspace") in dict(found.gaps)


def test_an_update_of_an_unknown_resource_makes_its_properties_unknown(tmp_path: Path) -> None:
    update = change(
        "azapi_update_resource.x",
        {"type": TYPE, "body": {"properties": {"publicNetworkAccess": "Enabled"}}},
        unknown={"resource_id": True},
    )
    found = only(tmp_path, WORKSPACE, workspace(BODY), update)
    assert ("properties", "publicnetworkaccess") in [path for path, _ in found.gaps]


@pytest.mark.parametrize("hidden", [{"body": True}, {"body": {"properties": True}}])
def test_an_update_reveals_nothing_else_about_an_unknown_body(
    tmp_path: Path, hidden: dict[str, Any]
) -> None:
    said = {"type": TYPE, "resource_id": WORKSPACE_ID}
    update = change(
        "azapi_update_resource.x", said | {"body": {"properties": {"v1LegacyMode": True}}}
    )
    entry = workspace({"kind": "Default"}, unknown=hidden)
    gaps = dict(only(tmp_path, WORKSPACE, entry, update).gaps)
    assert gaps["properties",].reason is Reason.UNRESOLVED


def test_a_secret_reveals_nothing_else_about_an_unknown_body(tmp_path: Path) -> None:
    entry = workspace(None, unknown={"body": True})
    entry["change"]["after"]["sensitive_body"] = {"properties": {"description": "x"}}
    gaps = dict(only(tmp_path, WORKSPACE, entry).gaps)
    assert gaps["properties",].reason is Reason.UNRESOLVED


def test_an_identity_is_known_beside_a_body_that_is_not(tmp_path: Path) -> None:
    entry = workspace(None, unknown={"body": True})
    entry["change"]["after"]["identity"] = [{"type": "SystemAssigned", "identity_ids": None}]
    assert value(only(tmp_path, WORKSPACE, entry), "identity.type") == "SystemAssigned"


def test_azurerm_and_azapi_lead_to_each_other(tmp_path: Path) -> None:
    update = change(
        "azapi_update_resource.x",
        {
            "type": "Microsoft.KeyVault/vaults@2024-11-01",
            "name": "kv",
            "parent_id": GROUP,
            "body": {"properties": {"enablePurgeProtection": True}},
        },
    )
    vault = change("azurerm_key_vault.kv", {"name": "kv"})
    found = only(tmp_path, KEY_VAULT, vault, update)
    assert value(found, "properties.enablePurgeProtection") is True


def test_a_resource_of_a_type_that_is_not_known_yet_is_listed(tmp_path: Path) -> None:
    entry = change("azapi_resource.x", {"name": "x"}, unknown={"type": True})
    account = change("azurerm_storage_account.a", {"name": "a"})
    estate = collect(tmp_path, plan(entry, account))
    assert [each.id for each in estate.of_type(STORAGE)]
    assert [each.reason for each in estate.gaps() if each.part == "azapi_resource.x"] == [
        Reason.UNRESOLVED
    ]


def test_a_resource_of_a_type_that_is_not_known_yet_may_be_any(tmp_path: Path) -> None:
    entry = change("azapi_resource.x", {"name": "x"}, unknown={"type": True, "parent_id": True})
    estate = collect(tmp_path, plan(entry, workspace(BODY)))
    (found,) = estate.of_type(WORKSPACE)
    assert estate.sight(found.id, COMPUTE)
    alone = collect(tmp_path, plan(workspace(BODY)))
    assert alone.sight(found.id, COMPUTE) is None


TWO_VAULTS = {"keyVault": True, "encryption": {"keyVaultProperties": {"keyVaultArmId": True}}}


@pytest.mark.parametrize(
    ("hidden", "coming", "is_known"),
    [
        ({"keyVault": True}, True, True),  # nothing else can contain the new one
        ({"keyVault": True}, False, False),  # the existing one is where it is shown
        (TWO_VAULTS, True, False),
    ],
)
def test_with_locals_a_vault_is_not_mistaken_for_another(
    tmp_path: Path, hidden: dict[str, Any], *, coming: bool, is_known: bool
) -> None:
    vault_id = f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv"
    vault = change("azurerm_key_vault.kv", {"name": "kv"} | ({} if coming else {"id": vault_id}))
    ids = {"references": ["azurerm_key_vault.kv.id", "azurerm_key_vault.kv", "local.vault_id"]}
    root = {"resources": [written("azapi_resource.ml", body=ids)]}
    entry = workspace(BODY, unknown={"body": {"properties": hidden}})
    found = only(tmp_path, WORKSPACE, entry, vault, root=root)
    assert (("properties", "keyvault") not in dict(found.gaps)) is is_known


def test_a_verified_module_refers_to_its_arguments(tmp_path: Path) -> None:
    """Keys of objects, a `for_each` over them and outputs of other modules, as in real modules."""
    account, subnet = "azurerm_storage_account.this", "azurerm_subnet.pe"
    store = {
        "resources": [written(account)],
        "outputs": {"resource_id": {"expression": refers(f"{account}.id")}},
    }
    body = ["var.storage_account.resource_id", "var.storage_account", "local.key_vault_id"]
    endpoint = written(
        "azurerm_private_endpoint.this",
        subnet_id={"references": ["each.value.subnet_id", "each.value"]},
    )
    endpoint["for_each_expression"] = {"references": ["var.private_endpoints"]}
    resources = [written("azapi_resource.this", body={"references": body}), endpoint]
    zone = "azurerm_private_dns_zone.ml"
    call = {
        "module": {"resources": resources},
        "expressions": {
            "storage_account": refers("module.store.resource_id"),
            "private_endpoints": refers(f"{subnet}.id", f"{zone}.id"),
        },
    }
    unknown = {"id": True, "body": {"properties": {"keyVault": True, "storageAccount": True}}}
    entry = workspace(BODY, unknown=unknown) | {
        "address": "module.ml.azapi_resource.this[0]",
        "module_address": "module.ml",
        "name": "this",
        "index": 0,
    }
    changes = [
        change(f"module.store.{account}", {"name": "st"}, unknown={"id": True}),
        change(subnet, {"name": "pe", "virtual_network_name": "net"}, unknown={"id": True}),
        change(zone, {"name": "privatelink.api.azureml.ms"}, unknown={"id": True}),
        change(
            'module.ml.azurerm_private_endpoint.this["a"]',
            {"name": "pe"},
            unknown={"id": True, "subnet_id": True},
        ),
    ]
    root = {"module_calls": {"ml": call, "store": {"module": store}}}
    found = only(tmp_path, WORKSPACE, entry, *changes, root=root)
    assert value(found, "properties.storageAccount") == (
        f"{PROVIDERS}/Microsoft.Storage/storageAccounts/st"
    )
    assert ("properties", "keyvault") in dict(found.gaps)
    reached = only(tmp_path, PRIVATE_ENDPOINT, entry, *changes, root=root)
    assert str(value(reached, "properties.subnet.id")).endswith("/virtualNetworks/net/subnets/pe")

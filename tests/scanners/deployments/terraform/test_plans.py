"""A Terraform plan is judged as if it were applied; what it leaves open is a gap, not a default."""

import json
from pathlib import Path
from typing import Any, cast
from zipfile import ZipFile

import pytest

from amlaudit.core.arm_id import RESOURCE_GROUP_TYPE, normalise
from amlaudit.core.errors import AmlauditError
from amlaudit.core.estate import Estate
from amlaudit.core.gap import NoDataError, Reason
from amlaudit.core.members import FURTHER
from amlaudit.core.path import parse_path, read
from amlaudit.core.relations import (
    BLOB_SERVICE,
    COMPUTE,
    DATASTORE,
    DIAGNOSTIC_SETTING,
    KEY_VAULT,
    METRIC_ALERT,
    ROLE_ASSIGNMENT,
    ROUTE_TABLE,
    SECURITY_GROUP,
    STORAGE,
    SUBNET,
    USER_ASSIGNED_IDENTITY,
    WORKSPACE,
)
from amlaudit.core.resource import Resource
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.scanners.deployments.terraform.plans import (
    GROUP,
    PROVIDERS,
    SUBSCRIPTION,
    change,
    collect,
    plan,
    refers,
    written,
)

ACCOUNT = "azurerm_storage_account.data"
ACCOUNT_ID = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/data"
WORKSPACE_ID = f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/mlw"
VAULT_ID = f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv"


def account(values: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    basics = {"name": "data", "account_tier": "Standard", "account_replication_type": "LRS"}
    return change(ACCOUNT, basics | (values or {}), **more)


def only(estate: Estate, arm_type: str) -> Resource:
    (found,) = estate.of_type(arm_type)
    return found


def value(resource: Resource, path: str) -> object:
    return read(resource.body, parse_path(path))


def gap(resource: Resource, path: str) -> tuple[Reason, str] | None:
    steps = tuple(step.lower() for step in parse_path(path))
    found = [each for at, each in resource.gaps if at == steps]
    return (found[0].reason, found[0].detail) if found else None


# Values


def test_known_after_apply_is_a_gap_whatever_the_provider_default(
    tmp_path: Path,
) -> None:
    unknown = {"public_network_access_enabled": True, "network_rules": [{"bypass": True}]}
    rules = {"network_rules": [{"default_action": "Deny"}]}
    found = only(collect(tmp_path, plan(account(rules, unknown=unknown))), STORAGE)
    assert gap(found, "properties.publicNetworkAccess") == (
        Reason.UNRESOLVED,
        (
            "properties.publicNetworkAccess is decided only at deployment: "
            "public_network_access_enabled is known after apply"
        ),
    )
    assert gap(found, "properties.networkAcls.bypass")
    assert value(found, "properties.networkAcls.defaultAction") == "Deny"


WRITTEN = {"name": {"constant_value": "data"}}


def test_a_text_of_which_a_word_is_not_known_is_not_known(tmp_path: Path) -> None:
    rules = {"default_action": "Deny", "bypass": ["Logging", None]}
    unknown = {"network_rules": [{"bypass": [False, True]}]}
    found = only(
        collect(tmp_path, plan(account({"network_rules": [rules]}, unknown=unknown))), STORAGE
    )
    assert gap(found, "properties.networkAcls.bypass")
    assert value(found, "properties.networkAcls.defaultAction") == "Deny"


def test_what_is_not_written_is_what_the_provider_sends_though_it_is_known_after_apply(
    tmp_path: Path,
) -> None:
    unknown = dict.fromkeys(("min_tls_version", "access_tier", "large_file_share_enabled"), True)
    root = {"resources": [written(ACCOUNT, **WRITTEN)]}
    found = only(collect(tmp_path, plan(account(unknown=unknown), root=root)), STORAGE)
    assert value(found, "properties.minimumTlsVersion") == "TLS1_2"
    assert value(found, "properties.accessTier") == "Hot"
    why = gap(found, "properties.largeFileSharesState")
    assert why
    assert why[1].endswith("large_file_share_enabled is not set, and Azure chooses its value")


def test_what_is_not_written_in_a_block_is_not_sent(tmp_path: Path) -> None:
    rules = {"network_rules": [{"default_action": "Deny"}]}
    block = {"default_action": {"constant_value": "Deny"}}
    root = {"resources": [written(ACCOUNT, **WRITTEN, network_rules=[block])]}
    unknown = {"network_rules": [{"ip_rules": True}]}
    found = only(collect(tmp_path, plan(account(rules, unknown=unknown), root=root)), STORAGE)
    assert value(found, "properties.networkAcls.ipRules") == []


def net(*names: str, written_as: tuple[str, ...]) -> Any:
    """Return a plan of a network whose subnets are declared in one order and shown in another."""
    address, kind = "azurerm_virtual_network.net", "azurerm_network_security_group"
    blocks = [
        {"name": {"constant_value": name}, "security_group": refers(f"{kind}.{name}.id")}
        for name in written_as
    ]
    values = {"name": "net", "subnet": [{"name": name} for name in names]}
    unknown = {"subnet": [{"security_group": True} for _ in names]}
    return plan(
        change(address, values, unknown=unknown),
        *(change(f"{kind}.{name}", {"name": name}) for name in names),
        root={"resources": [written(address, subnet=blocks)]},
    )


def test_blocks_are_distinguished_by_constants_not_by_order(tmp_path: Path) -> None:
    estate = collect(tmp_path, net("a", "b", written_as=("b", "a")))
    groups = [
        (each.name, *(group.name for group in estate.neighbours(each, "security-group")))
        for each in estate.of_type(SUBNET)
    ]
    assert groups == [("a", "a"), ("b", "b")]


@pytest.mark.parametrize("written_as", [("a", "a"), ("a",)])
def test_indistinguishable_blocks_have_unknown_targets(
    tmp_path: Path, written_as: tuple[str, ...]
) -> None:
    estate = collect(tmp_path, net("a", "b", written_as=written_as))
    subnets = list(estate.of_type(SUBNET))
    assert [each.name for each in subnets] == ["a", "b"]
    assert all(gap(each, "properties.networkSecurityGroup.id") for each in subnets)


def test_a_block_that_is_not_written_is_unknown_because_it_may_be_dynamic(
    tmp_path: Path,
) -> None:
    root = {"resources": [written(ACCOUNT, **WRITTEN)]}
    entry = account(unknown={"network_rules": True})
    found = only(collect(tmp_path, plan(entry, root=root)), STORAGE)
    assert gap(found, "properties.networkAcls.defaultAction")


@pytest.mark.parametrize(
    ("lines", "is_known"),
    [
        ('  name = "data"', True),
        ('  name = "data"\n  blob_properties {\n    versioning_enabled = true\n  }', True),
        ('  name = "data"\n  dynamic "network_rules" {\n    for_each = var.rules\n  }', False),
        ('  location = "westeurope"', False),
    ],
    ids=["none", "another", "dynamic", "of another plan"],
)
def test_the_source_beside_a_plan_tells_that_a_block_is_not_there(
    tmp_path: Path, lines: str, *, is_known: bool
) -> None:
    source = f'resource "azurerm_storage_account" "data" {{\n{lines}\n}}\n'
    (tmp_path / "main.tf").write_text(source, "utf-8")
    root = {"resources": [written(ACCOUNT, **WRITTEN)]}
    entry = account(unknown={"network_rules": True})
    found = only(collect(tmp_path, plan(entry, root=root)), STORAGE)
    if is_known:
        assert value(found, "properties.networkAcls.defaultAction") == "Allow"
    else:
        assert gap(found, "properties.networkAcls.defaultAction")


def test_unwritten_properties_of_existing_resources_are_unknown(tmp_path: Path) -> None:
    root = {"resources": [written(ACCOUNT, **WRITTEN)]}
    entry = account({"id": ACCOUNT_ID}, unknown={"min_tls_version": True}, actions=("update",))
    found = only(collect(tmp_path, plan(entry, root=root)), STORAGE)
    assert gap(found, "properties.minimumTlsVersion")


@pytest.mark.parametrize("unknown", [True, [True]])
def test_the_identity_that_is_to_come_is_the_one_that_a_resource_has(
    tmp_path: Path, unknown: Any
) -> None:
    shown = {} if unknown is True else {"identity_ids": [None]}
    values = {"name": "mlw", "identity": [{"type": "UserAssigned", **shown}]}
    marks = {"identity": [{"identity_ids": unknown}]}
    workspace = change("azurerm_machine_learning_workspace.x", values, unknown=marks)
    ids = refers("azurerm_user_assigned_identity.id.id")
    root = {
        "resources": [
            written("azurerm_machine_learning_workspace.x", identity=[{"identity_ids": ids}])
        ]
    }
    identity = change("azurerm_user_assigned_identity.id", {"name": "id"})
    estate = collect(tmp_path, plan(workspace, identity, root=root))
    (found,) = estate.neighbours(only(estate, WORKSPACE), "identities")
    assert found.name == "id"


def test_unknown_identities_are_a_gap(tmp_path: Path) -> None:
    values = {"name": "mlw", "identity": [{"type": "UserAssigned", "identity_ids": [None]}]}
    marks = {"identity": [{"identity_ids": [True]}]}
    workspace = change("azurerm_machine_learning_workspace.x", values, unknown=marks)
    assert gap(
        only(collect(tmp_path, plan(workspace)), WORKSPACE), "identity.userAssignedIdentities"
    )


def test_what_an_alert_watches_that_is_to_come_is_a_list(tmp_path: Path) -> None:
    alert = "azurerm_monitor_metric_alert.x"
    root = {"resources": [written(alert, scopes=refers(f"{ACCOUNT}.id"))]}
    entry = change(alert, {"name": "x"}, unknown={"scopes": True})
    found = only(collect(tmp_path, plan(entry, account(), root=root)), METRIC_ALERT)
    assert value(found, "properties.scopes") == [ACCOUNT_ID]


def test_a_block_that_is_not_known_hides_all_that_it_can_say(tmp_path: Path) -> None:
    found = only(collect(tmp_path, plan(account(unknown={"network_rules": True}))), STORAGE)
    for path in ("defaultAction", "bypass", "ipRules", "virtualNetworkRules"):
        assert gap(found, f"properties.networkAcls.{path}")


def test_null_is_what_the_provider_sends_for_it(tmp_path: Path) -> None:
    found = only(collect(tmp_path, plan(account({"shared_access_key_enabled": None}))), STORAGE)
    assert value(found, "properties.allowSharedKeyAccess") is True
    assert value(found, "properties.publicNetworkAccess") == "Enabled"


def test_what_azure_decides_is_a_gap_where_it_is_not_set(tmp_path: Path) -> None:
    found = only(collect(tmp_path, plan(account({"large_file_share_enabled": None}))), STORAGE)
    assert gap(found, "properties.largeFileSharesState")


@pytest.mark.parametrize("is_new", [True, False])
def test_an_unset_block_leaves_only_existence_to_azure(tmp_path: Path, *, is_new: bool) -> None:
    workspace = "azurerm_machine_learning_workspace.x"
    there = {"actions": ("create",) if is_new else ("update",)}
    without = [
        account({"blob_properties": [], **({} if is_new else {"id": ACCOUNT_ID})}, **there),
        change(workspace, {"name": "mlw", "managed_network": []}, **there),
    ]
    estate = collect(tmp_path, plan(*without))
    blobs, network = only(estate, BLOB_SERVICE), "properties.managedNetwork.isolationMode"
    assert bool(blobs.gaps) is not is_new
    assert bool(gap(only(estate, WORKSPACE), network)) is not is_new


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("~> 2.99", False),
        (">= 3.0, < 5.0.0", True),
        ("5.1.0", False),
        (">= 3.36.0", None),
        ("", None),
    ],
)
def test_the_meaning_of_absence_depends_on_the_provider(
    tmp_path: Path, constraint: str, expected: object
) -> None:
    value_of_plan = plan(account())
    provider = value_of_plan["configuration"]["provider_config"]["azurerm"]
    value_of_plan["configuration"]["provider_config"] = {
        "azurerm": {**provider, "version_constraint": constraint}
    }
    found = only(collect(tmp_path, value_of_plan), STORAGE)
    if expected is None:
        assert gap(found, "properties.allowBlobPublicAccess")
    else:
        assert value(found, "properties.allowBlobPublicAccess") is expected


def test_an_attribute_of_an_earlier_provider_tells_its_version(tmp_path: Path) -> None:
    old = plan(account({"enable_https_traffic_only": False, "allow_blob_public_access": None}))
    old["configuration"]["provider_config"] = {}
    found = only(collect(tmp_path, old), STORAGE)
    assert value(found, "properties.supportsHttpsTrafficOnly") is False
    assert value(found, "properties.allowBlobPublicAccess") is False  # default of 2.x


def test_an_attribute_of_an_earlier_provider_that_is_known_after_apply_is_a_gap(
    tmp_path: Path,
) -> None:
    old = plan(account(unknown={"enable_https_traffic_only": True}))
    found = only(collect(tmp_path, old), STORAGE)
    assert gap(found, "properties.supportsHttpsTrafficOnly")


def test_an_attribute_that_is_not_mapped_is_named_and_opens_what_the_map_takes_for_unset(
    tmp_path: Path,
) -> None:
    values = {
        "name": "mlw",
        "data_isolation_level": "strict",
        "public_network_access_enabled": True,
    }
    estate = collect(tmp_path, plan(change("azurerm_machine_learning_workspace.x", values)))
    found = only(estate, WORKSPACE)
    assert gap(found, "properties.enableDataIsolation")
    named = [each for each in estate.gaps() if each.part == "data_isolation_level"]
    assert [each.reason for each in named] == [Reason.UNSUPPORTED]


def test_what_the_provider_never_sends_is_not_known_of_what_exists(tmp_path: Path) -> None:
    values = {"id": WORKSPACE_ID, "name": "mlw"}
    address = "azurerm_machine_learning_workspace.x"
    created = only(collect(tmp_path, plan(change(address, values))), WORKSPACE)
    changed = only(collect(tmp_path, plan(change(address, values, actions=("update",)))), WORKSPACE)
    assert gap(created, "properties.enableDataIsolation") is None
    assert gap(changed, "properties.enableDataIsolation")


def test_a_value_that_is_marked_as_sensitive_never_gets_in(tmp_path: Path) -> None:
    secret = "hunter2-hunter2"  # noqa: S105 - made up
    values = {"tags": {"owner": secret, "team": "ml"}, "allowed_copy_scope": secret}
    marks = {"tags": {"owner": True}, "allowed_copy_scope": True}
    found = only(collect(tmp_path, plan(account(values, sensitive=marks))), STORAGE)
    assert secret not in repr(found)
    assert value(found, "tags.team") == "ml"
    assert gap(found, "properties.allowedCopyScope") == (
        Reason.UNSUPPORTED,
        "properties.allowedCopyScope: allowed_copy_scope is marked as sensitive",
    )


# Existing resources


def test_a_secret_is_reported_as_set_without_its_value(tmp_path: Path) -> None:
    address = "azurerm_machine_learning_datastore_blobstorage.raw"
    values = {"name": "raw", "workspace_id": WORKSPACE_ID, "account_key": "a-key"}
    marks = {"account_key": True, "shared_access_signature": True}
    estate = collect(tmp_path, plan(change(address, values, sensitive=marks)))
    found = only(estate, DATASTORE)
    assert value(found, "properties.credentials.credentialsType") == "AccountKey"
    assert "a-key" not in str(found)


def test_whether_a_secret_is_set_that_is_known_after_apply_is_not_known(tmp_path: Path) -> None:
    address = "azurerm_machine_learning_datastore_blobstorage.raw"
    values = {"name": "raw", "workspace_id": WORKSPACE_ID}
    unknown = {"account_key": True, "storage_container_id": True}
    estate = collect(tmp_path, plan(change(address, values, unknown=unknown)))
    found = gap(only(estate, DATASTORE), "properties.credentials.credentialsType")
    assert found
    assert found[0] is Reason.UNRESOLVED


def test_what_is_deleted_is_not_there_and_what_is_replaced_is_new(tmp_path: Path) -> None:
    estate = collect(
        tmp_path,
        plan(
            account(actions=("delete",)),
            change(
                "azurerm_machine_learning_workspace.x",
                {"name": "mlw"},
                actions=("delete", "create"),
            ),
        ),
    )
    assert list(estate.of_type(STORAGE)) == []
    workspace = only(estate, WORKSPACE)
    assert list(estate.neighbours(workspace, "computes")) == []


def test_what_a_plan_does_not_touch_is_read_from_the_state_before(tmp_path: Path) -> None:
    kept = {
        "address": "module.old.azurerm_key_vault.kv",
        "mode": "managed",
        "type": "azurerm_key_vault",
        "name": "kv",
        "values": {"id": VAULT_ID, "name": "kv", "purge_protection_enabled": True},
    }
    gone = {**kept, "address": ACCOUNT, "type": "azurerm_storage_account", "name": "data"}
    root = {"resources": [gone], "child_modules": [{"address": "module.old", "resources": [kept]}]}
    value_of_plan = plan(
        account(actions=("delete",)), prior_state={"values": {"root_module": root}}
    )
    estate = collect(tmp_path, value_of_plan)
    assert value(only(estate, KEY_VAULT), "properties.enablePurgeProtection") is True
    assert list(estate.of_type(STORAGE)) == []


def test_a_state_is_read_with_its_modules(tmp_path: Path) -> None:
    entry = {
        "address": 'module.a["x"].module.b[0].azurerm_key_vault.kv',
        "mode": "managed",
        "type": "azurerm_key_vault",
        "name": "kv",
        "values": {"id": VAULT_ID, "name": "kv", "tenant_id": "t"},
        "sensitive_values": {"tenant_id": True},
    }
    inner = {"address": 'module.a["x"].module.b[0]', "resources": [entry]}
    root = {"child_modules": [{"address": 'module.a["x"]', "child_modules": [inner]}]}
    state = {"format_version": "1.0", "values": {"root_module": root}}
    found = only(collect(tmp_path, state), KEY_VAULT)
    assert found.id == normalise(VAULT_ID)
    assert gap(found, "properties.tenantId")


def test_what_terraform_forgets_stays_as_it_was(tmp_path: Path) -> None:
    forgotten = account({"id": ACCOUNT_ID}, actions=("forget",))
    before = forgotten["change"].pop("after")
    forgotten["change"] |= {"before": before, "after": None}
    assert only(collect(tmp_path, plan(forgotten)), STORAGE).id == normalise(ACCOUNT_ID)


def test_what_is_left_over_of_a_replaced_resource_does_not_hide_the_new_one(tmp_path: Path) -> None:
    old = account(actions=("delete",)) | {"deposed": "0123abcd"}
    assert only(collect(tmp_path, plan(old, account())), STORAGE).id == normalise(ACCOUNT_ID)


def test_a_data_source_of_a_group_tells_its_tags(tmp_path: Path) -> None:
    group = {
        "address": "data.azurerm_resource_group.rg",
        "mode": "data",
        "type": "azurerm_resource_group",
        "name": "rg",
        "values": {"id": GROUP, "name": "rg", "tags": {"environment": "dev"}},
    }
    vault = {
        "address": "data.azurerm_key_vault.kv",
        "mode": "data",
        "type": "azurerm_key_vault",
        "name": "kv",
        "values": {"id": VAULT_ID, "name": "kv"},
    }
    before = {"values": {"root_module": {"resources": [group, vault]}}}
    estate = collect(tmp_path, plan(account(), prior_state=before))
    assert value(only(estate, RESOURCE_GROUP_TYPE), "tags.environment") == "dev"
    assert list(estate.of_type(KEY_VAULT)) == []  # it only shows some properties of a vault


def test_a_resource_that_is_not_known_is_listed_as_not_looked_at(tmp_path: Path) -> None:
    estate = collect(tmp_path, plan(change("azurerm_virtual_wan.x", {"name": "wan"}), account()))
    assert [each.reason for each in estate.gaps() if each.part == "azurerm_virtual_wan.x"] == [
        Reason.UNSUPPORTED
    ]


def test_the_state_of_an_old_terraform_is_refused_with_the_command_that_helps(
    tmp_path: Path,
) -> None:
    raw = {"version": 3, "terraform_version": "0.11.15", "serial": 3, "lineage": "x", "modules": []}
    with pytest.raises(AmlauditError) as caught:
        collect(tmp_path, raw)
    assert "state of an old Terraform" in caught.value.cause
    assert "terraform show -json" in caught.value.advice


def test_what_opentofu_encrypted_is_refused_with_the_command_that_helps(tmp_path: Path) -> None:
    kept = {"serial": 1, "lineage": "x", "meta": {}, "encrypted_data": "AAAA"}
    with pytest.raises(AmlauditError) as caught:
        collect(tmp_path, {**kept, "encryption_version": "v0"})
    assert "encrypted by OpenTofu" in caught.value.cause
    assert "tofu show -json" in caught.value.advice


def test_what_terraform_tells_while_it_works_is_refused_with_the_command_that_helps(
    tmp_path: Path,
) -> None:
    line = {"@level": "info", "@message": "Terraform 1.9.0", "@module": "terraform.ui"}
    path = tmp_path / "plan.json"
    path.write_text(f"{json.dumps(line)}\n{json.dumps(line)}\n", "utf-8")
    with pytest.raises(AmlauditError) as caught:
        Files((path,)).collect(Scope())
    assert "progress output" in caught.value.cause
    assert "terraform show -json" in caught.value.advice


def test_what_a_wrapper_puts_before_a_plan_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(f"[command]/usr/bin/terraform show\n{json.dumps(plan(account()))}", "utf-8")
    with pytest.raises(AmlauditError) as caught:
        Files((path,)).collect(Scope())
    assert "terraform_wrapper: false" in caught.value.advice


def test_a_binary_plan_is_refused_with_the_command_that_helps(tmp_path: Path) -> None:
    path = tmp_path / "tfplan"
    with ZipFile(path, "w") as archive:
        archive.writestr("tfplan", "binary")
    with pytest.raises(AmlauditError) as caught:
        Files((path,)).collect(Scope())
    assert "binary Terraform plan" in caught.value.cause
    assert "terraform show -json" in caught.value.advice


# Ids and references


def test_ids_of_planned_resources_consist_of_subscription_group_and_name(tmp_path: Path) -> None:
    assert only(collect(tmp_path, plan(account())), STORAGE).id == normalise(ACCOUNT_ID)


def test_a_workspace_refers_to_resources_created_with_it(tmp_path: Path) -> None:
    root = {
        "resources": [
            written(
                "azurerm_machine_learning_workspace.x",
                storage_account_id=refers(f"{ACCOUNT}.id"),
                key_vault_id=refers("module.secrets.vault_id"),
                container_registry_id={"references": ["local.registry_id"]},
            )
        ],
        "module_calls": {
            "secrets": {
                "source": "./secrets",
                "module": {
                    "outputs": {"vault_id": {"expression": refers("azurerm_key_vault.kv.id")}}
                },
            }
        },
    }
    unknown = {"storage_account_id": True, "key_vault_id": True, "container_registry_id": True}
    estate = collect(
        tmp_path,
        plan(
            account(),
            change("module.secrets.azurerm_key_vault.kv", {"name": "kv"}),
            change("azurerm_machine_learning_workspace.x", {"name": "mlw"}, unknown=unknown),
            root=root,
        ),
    )
    workspace = only(estate, WORKSPACE)
    assert [each.id for each in estate.neighbours(workspace, "storage")] == [normalise(ACCOUNT_ID)]
    assert [each.id for each in estate.neighbours(workspace, "key-vault")] == [normalise(VAULT_ID)]
    with pytest.raises(NoDataError):  # written with a local, which a plan does not show
        list(estate.neighbours(workspace, "container-registry"))


def test_a_module_variable_refers_to_its_argument(tmp_path: Path) -> None:
    module = {
        "resources": [
            written(
                "azurerm_machine_learning_workspace.x",
                storage_account_id=refers("var.account.id"),
            )
        ]
    }
    root = {
        "module_calls": {
            "ml": {"expressions": {"account": refers(ACCOUNT)}, "module": module},
        }
    }
    address = "module.ml.azurerm_machine_learning_workspace.x"
    unknown = {"storage_account_id": True}
    estate = collect(
        tmp_path, plan(account(), change(address, {"name": "mlw"}, unknown=unknown), root=root)
    )
    workspace = only(estate, WORKSPACE)
    assert [each.id for each in estate.neighbours(workspace, "storage")] == [normalise(ACCOUNT_ID)]


@pytest.mark.parametrize(("more", "is_known"), [((), True), (("local.other_id",), False)])
def test_a_key_of_an_object_refers_to_its_value(
    tmp_path: Path, more: tuple[str, ...], *, is_known: bool
) -> None:
    workspace = "azurerm_machine_learning_workspace.x"
    own = written(workspace, storage_account_id=refers("var.storage.resource_id"))
    argument = {"references": [f"{ACCOUNT}.id", ACCOUNT, *more]}
    call = {"expressions": {"storage": argument}, "module": {"resources": [own]}}
    unknown = {"storage_account_id": True}
    entry = change(f"module.ml.{workspace}", {"name": "mlw"}, unknown=unknown)
    root = {"module_calls": {"ml": call}}
    found = only(collect(tmp_path, plan(account(), entry, root=root)), WORKSPACE)
    assert (gap(found, "properties.storageAccount") is None) is is_known


@pytest.mark.parametrize("tied", [True, False])
def test_one_of_several_instances_is_meant_by_the_key_that_both_have(
    tmp_path: Path, *, tied: bool
) -> None:
    several = [change(f'{ACCOUNT}["{key}"]', {"name": f"data{key}"}) for key in ("a", "b")]
    reference = refers(f"{ACCOUNT}.id")
    if tied:
        reference = {"references": ["each.key", *reference["references"]]}
    workspace = change(
        'azurerm_machine_learning_workspace.x["b"]',
        {"name": "mlw"},
        unknown={"storage_account_id": True},
    )
    block = written("azurerm_machine_learning_workspace.x", storage_account_id=reference)
    found = only(
        collect(tmp_path, plan(*several, workspace, root={"resources": [block]})), WORKSPACE
    )
    if tied:
        assert value(found, "properties.storageAccount") == f"{ACCOUNT_ID}b"
    else:
        assert gap(found, "properties.storageAccount")


def test_a_private_endpoint_is_a_connection_of_its_target(tmp_path: Path) -> None:
    def endpoint(name: str, *, manual: bool) -> dict[str, Any]:
        connection = {
            "name": name,
            "is_manual_connection": manual,
            "subresource_names": ["amlworkspace"],
        }
        return change(
            f"azurerm_private_endpoint.{name}",
            {"name": name, "private_service_connection": [connection]},
            unknown={"private_service_connection": [{"private_connection_resource_id": True}]},
        )

    leads = {"private_connection_resource_id": refers("azurerm_machine_learning_workspace.x.id")}
    root = {
        "resources": [
            written(f"azurerm_private_endpoint.{name}", private_service_connection=[leads])
            for name in ("auto", "asked")
        ]
    }
    workspace = change("azurerm_machine_learning_workspace.x", {"name": "mlw"})
    changes = (workspace, endpoint("auto", manual=False), endpoint("asked", manual=True))
    found = only(collect(tmp_path, plan(*changes, root=root)), WORKSPACE)
    states = [
        read(each, parse_path("properties.privateLinkServiceConnectionState.status"))
        for each in value(found, "properties.privateEndpointConnections")  # type: ignore[attr-defined]
    ]
    assert sorted(map(str, states)) == ["Approved", "Pending"]


def test_an_endpoint_with_unknown_target_may_target_any_of_its_kind(
    tmp_path: Path,
) -> None:
    connection = {"name": "x", "is_manual_connection": False, "subresource_names": ["blob"]}
    unknown = {"private_service_connection": [{"private_connection_resource_id": True}]}
    values = {"name": "pe", "private_service_connection": [connection]}
    endpoint = change("azurerm_private_endpoint.x", values, unknown=unknown)
    workspace = change("azurerm_machine_learning_workspace.x", {"name": "mlw"})
    estate = collect(tmp_path, plan(endpoint, account(), workspace))
    hidden = [path for path, _ in only(estate, STORAGE).gaps]
    assert ("properties", "privateendpointconnections", FURTHER) in hidden
    assert value(only(estate, WORKSPACE), "properties.privateEndpointConnections") == []


def test_rules_and_associations_of_their_own_are_part_of_what_they_name(tmp_path: Path) -> None:
    subnet = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/net/subnets/ml"
    rule = {
        "name": "ssh",
        "network_security_group_name": "nsg",
        "access": "Allow",
        "direction": "Inbound",
        "protocol": "Tcp",
        "priority": 100,
        "destination_port_range": "22",
    }
    join = "azurerm_subnet_network_security_group_association.x"
    root = {
        "resources": [
            written(
                join,
                subnet_id=refers("azurerm_subnet.ml.id"),
                network_security_group_id=refers("azurerm_network_security_group.nsg.id"),
            )
        ]
    }
    estate = collect(
        tmp_path,
        plan(
            change("azurerm_subnet.ml", {"name": "ml", "virtual_network_name": "net"}),
            change(
                "azurerm_network_security_group.nsg",
                {"name": "nsg"},
                unknown={"security_rule": True},
            ),
            change("azurerm_network_security_rule.ssh", rule),
            change(join, {}, unknown={"subnet_id": True, "network_security_group_id": True}),
            root=root,
        ),
    )
    found = only(estate, SUBNET)
    assert found.id == normalise(subnet)
    (group,) = estate.neighbours(found, "security-group")
    assert group.id == only(estate, SECURITY_GROUP).id
    (member,) = group.body["properties"]["securityRules"]  # type: ignore[index]
    assert member["properties"]["destinationPortRange"] == "22"


def test_rules_of_the_network_that_stand_alone_win_over_those_in_the_account(
    tmp_path: Path,
) -> None:
    alone = {
        "storage_account_id": ACCOUNT_ID,
        "default_action": "Allow",
        "ip_rules": [],
        "bypass": ["None"],
    }
    inline = {"network_rules": [{"default_action": "Deny", "ip_rules": ["203.0.113.7"]}]}
    changes = (account(inline), change("azurerm_storage_account_network_rules.x", alone))
    found = only(collect(tmp_path, plan(*changes)), STORAGE)
    assert value(found, "properties.networkAcls.defaultAction") == "Allow"
    assert value(found, "properties.networkAcls.ipRules") == []


def test_a_change_to_an_unknown_resource_makes_all_candidates_unknown(tmp_path: Path) -> None:
    alone = change(
        "azurerm_storage_account_network_rules.x",
        {"default_action": "Allow"},
        unknown={"storage_account_id": True},
    )
    found = only(collect(tmp_path, plan(account(), alone)), STORAGE)
    assert gap(found, "properties.networkAcls.defaultAction")
    assert value(found, "properties.allowSharedKeyAccess") is True


def test_terraform_of_old_names_only_the_resource_that_is_meant(tmp_path: Path) -> None:
    def whole(address: str) -> dict[str, Any]:
        return {"references": [address]}

    identity, vault = "azurerm_user_assigned_identity.id", "azurerm_key_vault.kv"
    policy, route = "azurerm_key_vault_access_policy.x", "azurerm_route.x"
    root = {
        "resources": [
            written(policy, key_vault_id=whole(vault), object_id=whole(identity)),
            written(
                route,
                route_table_name=whole("azurerm_route_table.x"),
                next_hop_in_ip_address=whole(identity),
            ),
        ]
    }
    estate = collect(
        tmp_path,
        plan(
            change(identity, {"name": "id"}),
            change(vault, {"name": "kv"}),
            change("azurerm_route_table.x", {"name": "rt"}),
            change(policy, {}, unknown={"key_vault_id": True, "object_id": True}),
            change(
                route,
                {"name": "r"},
                unknown={"route_table_name": True, "next_hop_in_ip_address": True},
            ),
            root=root,
        ),
    )
    (given,) = cast("Any", value(only(estate, KEY_VAULT), "properties.accessPolicies"))
    assert given["objectId"] == value(
        only(estate, USER_ASSIGNED_IDENTITY), "properties.principalId"
    )
    assert gap(only(estate, ROUTE_TABLE), "properties.routes.0.properties.nextHopIpAddress")


def test_a_role_is_assigned_to_the_identity_created_by_the_plan(tmp_path: Path) -> None:
    root = {
        "resources": [
            written(
                "azurerm_role_assignment.x",
                scope=refers(f"{ACCOUNT}.id"),
                principal_id=refers(
                    "azurerm_machine_learning_workspace.x.identity[0].principal_id"
                ),
            )
        ]
    }
    workspace = change(
        "azurerm_machine_learning_workspace.x",
        {"name": "mlw", "identity": [{"type": "SystemAssigned"}]},
        unknown={"identity": [{"principal_id": True}]},
    )
    assignment = change(
        "azurerm_role_assignment.x",
        {"role_definition_name": "Storage Blob Data Contributor"},
        unknown={
            "name": True, "scope": True, "principal_id": True, "principal_type": True,
            "role_definition_id": True,
        },
    )  # fmt: skip
    estate = collect(tmp_path, plan(account(), workspace, assignment, root=root))
    found = only(estate, ROLE_ASSIGNMENT)
    assert value(found, "properties.scope") == ACCOUNT_ID
    assert value(found, "properties.principalId") == value(
        only(estate, WORKSPACE), "identity.principalId"
    )
    assert value(found, "properties.principalType") == "ServicePrincipal"
    assert str(value(found, "properties.roleDefinitionId")).endswith(
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
    )
    assert list(estate.store.under(normalise(ACCOUNT_ID), ROLE_ASSIGNMENT)) == [found]


def watched(target: str) -> list[dict[str, Any]]:
    """Return a diagnostic setting of a resource, and its configuration."""
    setting = "azurerm_monitor_diagnostic_setting.x"
    logs = {"name": "logs", "enabled_log": [{"category_group": "audit"}]}
    return [
        change(setting, logs, unknown={"target_resource_id": True}),
        {"resources": [written(setting, target_resource_id=refers(f"{target}.id"))]},
    ]


def test_a_diagnostic_setting_is_attached_to_what_it_watches(tmp_path: Path) -> None:
    setting, root = watched("azurerm_key_vault.kv")
    vault = change("azurerm_key_vault.kv", {"name": "kv"})
    estate = collect(tmp_path, plan(vault, setting, root=root))
    (found,) = estate.neighbours(only(estate, KEY_VAULT), "diagnostic-settings")
    assert found.type == DIAGNOSTIC_SETTING


def test_a_setting_of_an_account_may_be_one_of_its_services(tmp_path: Path) -> None:
    """A plan shows `"${azurerm_storage_account.data.id}/blobServices/default"` as the account."""
    setting, root = watched(ACCOUNT)
    estate = collect(tmp_path, plan(account(), setting, root=root))
    for each in (only(estate, STORAGE), only(estate, BLOB_SERVICE)):
        with pytest.raises(NoDataError, match="attached to it or to a part of it"):
            list(estate.neighbours(each, "diagnostic-settings"))


def test_a_diagnostic_setting_with_unknown_target_makes_every_target_unknown(
    tmp_path: Path,
) -> None:
    setting = change(
        "azurerm_monitor_diagnostic_setting.x",
        {"name": "logs"},
        unknown={"target_resource_id": True},
    )
    estate = collect(tmp_path, plan(account(), setting))
    with pytest.raises(NoDataError):
        list(estate.neighbours(only(estate, STORAGE), "diagnostic-settings"))


def test_of_a_new_workspace_the_computes_are_those_of_the_plan(tmp_path: Path) -> None:
    cluster = "azurerm_machine_learning_compute_cluster.c"
    workspace = refers("azurerm_machine_learning_workspace.x.id")
    root = {"resources": [written(cluster, machine_learning_workspace_id=workspace)]}
    estate = collect(
        tmp_path,
        plan(
            change("azurerm_machine_learning_workspace.x", {"name": "mlw"}),
            change(cluster, {"name": "c"}, unknown={"machine_learning_workspace_id": True}),
            root=root,
        ),
    )
    (found,) = estate.neighbours(only(estate, WORKSPACE), "computes")
    assert found.id == f"{normalise(WORKSPACE_ID)}/computes/c"
    assert found.type == COMPUTE


def test_the_subscription_comes_from_a_variable_or_known_ids(tmp_path: Path) -> None:
    by_variable = plan(account(), variables={"sub": {"value": "from-variable"}})
    by_variable["configuration"]["provider_config"] = {
        "azurerm": {"expressions": {"subscription_id": {"references": ["var.sub"]}}}
    }
    assert "/subscriptions/from-variable/" in only(collect(tmp_path, by_variable), STORAGE).id
    by_ids = plan(account(), change("azurerm_key_vault.kv", {"id": VAULT_ID}, actions=("no-op",)))
    by_ids["configuration"]["provider_config"] = {}
    assert only(collect(tmp_path, by_ids), STORAGE).id.startswith(normalise(SUBSCRIPTION))


def test_routes_of_their_own_are_those_of_their_table(tmp_path: Path) -> None:
    route = {"name": "out", "route_table_name": "rt", "address_prefix": "0.0.0.0/0"}
    hop = {"next_hop_type": "VirtualAppliance", "next_hop_in_ip_address": "10.0.0.4"}
    changes = (
        change("azurerm_route_table.rt", {"name": "rt"}, unknown={"route": True}),
        change("azurerm_route.out", route | hop),
    )
    found = only(collect(tmp_path, plan(*changes)), ROUTE_TABLE)
    properties = {
        "addressPrefix": "0.0.0.0/0",
        "nextHopType": "VirtualAppliance",
        "nextHopIpAddress": "10.0.0.4",
    }
    assert value(found, "properties.routes") == [{"name": "out", "properties": properties}]

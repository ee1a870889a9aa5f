"""What comes with a declared resource without being declared."""

from pathlib import Path

import pytest

from amlaudit.core.relations import FILE_SERVICE, OUTBOUND_RULE, WORKSPACE
from tests.scanners.deployments.templates import deployed, template, vault

PUBLIC = {"publicNetworkAccess": "Enabled"}
CLOSED = {"publicNetworkAccess": "Disabled"}
OPEN = {"publicNetworkAccess": "[parameters('access')]"}


def id_of(kind: str, name: str) -> str:
    return f"[resourceId('{kind}', '{name}')]"


def workspace(isolation: str) -> dict[str, object]:
    """Return a workspace whose vault is also declared, and whose account is not."""
    return {
        "type": "Microsoft.MachineLearningServices/workspaces",
        "name": "ws",
        "properties": {
            "keyVault": id_of("Microsoft.KeyVault/vaults", "kv"),
            "storageAccount": id_of("Microsoft.Storage/storageAccounts", "elsewhere"),
            "managedNetwork": {"isolationMode": isolation},
        },
    }


@pytest.mark.parametrize(
    ("declared", "kept"),
    [
        ((), {"shareDeleteRetentionPolicy": {"enabled": True, "days": 7}}),
        (({"shareDeleteRetentionPolicy": {"enabled": False}},), None),
    ],
)
def test_a_new_account_keeps_deleted_shares_unless_it_says_otherwise(
    tmp_path: Path, declared: tuple[dict[str, object], ...], kept: object
) -> None:
    account = {"type": "Microsoft.Storage/storageAccounts", "name": "st", "kind": "StorageV2"}
    kind = "Microsoft.Storage/storageAccounts/fileServices"
    services = [{"type": kind, "name": "st/default", "properties": each} for each in declared]
    with deployed(tmp_path, template(account, *services)) as estate:
        (found,) = estate.of_type(FILE_SERVICE)
        assert found.body["properties"] == (kept or declared[0])


@pytest.mark.parametrize(
    ("isolation", "access", "parts"),
    [
        ("AllowOnlyApprovedOutbound", PUBLIC, ["blob", "file", "vault"]),
        ("AllowInternetOutbound", CLOSED, ["blob", "file", "vault"]),
        ("AllowInternetOutbound", OPEN, ["blob", "file", "vault"]),
        ("AllowInternetOutbound", PUBLIC, ["blob", "file"]),
        ("AllowInternetOutbound", {}, ["blob", "file"]),
        ("Disabled", CLOSED, []),
    ],
)
def test_a_managed_network_has_endpoints_of_azures_own(
    tmp_path: Path, isolation: str, access: dict[str, str], parts: list[str]
) -> None:
    content = template(
        workspace(isolation),
        vault(properties=access),
        parameters={"access": {"type": "string"}},
    )
    with deployed(tmp_path, content) as estate:
        (found,) = estate.of_type(WORKSPACE)
        rules = list(estate.neighbours(found, "outbound-rules"))
        to = [str(each.body["name"]).rpartition("_")[2] for each in rules]
        assert sorted(to) == parts
        assert all(dict(each.gaps).keys() == {("properties", "status")} for each in rules)


def test_declared_endpoints_are_added_to_those_of_azure(tmp_path: Path) -> None:
    rule = {
        "type": "Microsoft.MachineLearningServices/workspaces/outboundRules",
        "name": "ws/queue",
        "properties": {"type": "PrivateEndpoint"},
    }
    content = template(workspace("AllowOnlyApprovedOutbound"), rule)
    with deployed(tmp_path, content) as estate:
        assert [each.name for each in estate.of_type(OUTBOUND_RULE)].count("queue") == 1
        assert len(list(estate.of_type(OUTBOUND_RULE))) == 4

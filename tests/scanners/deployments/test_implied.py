"""What comes with a declared resource without being declared."""

from pathlib import Path

import pytest

from amlaudit.core.gap import NoDataError
from amlaudit.core.relations import FILE_SERVICE, OUTBOUND_RULE, STORAGE, WORKSPACE
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


def test_an_account_of_unknown_kind_may_have_services_or_none(tmp_path: Path) -> None:
    account = {
        "type": "Microsoft.Storage/storageAccounts",
        "name": "st",
        "kind": "[parameters('kind')]",
    }
    with deployed(tmp_path, template(account, parameters={"kind": {"type": "string"}})) as estate:
        (found,) = estate.of_type(STORAGE)
        for relation in ("blob-service", "file-service"):
            with pytest.raises(
                NoDataError, match="depends on the account's kind, which is unknown"
            ):
                list(estate.neighbours(found, relation))


def test_a_declared_service_is_there_whatever_the_kind_of_its_account(tmp_path: Path) -> None:
    account = {
        "type": "Microsoft.Storage/storageAccounts",
        "name": "st",
        "kind": "[parameters('kind')]",
    }
    service = {"type": "Microsoft.Storage/storageAccounts/fileServices", "name": "st/default"}
    content = template(account, service, parameters={"kind": {"type": "string"}})
    with deployed(tmp_path, content) as estate:
        (found,) = estate.of_type(STORAGE)
        assert [each.name for each in estate.neighbours(found, "file-service")] == ["default"]


def test_a_network_of_unknown_isolation_may_have_endpoints_of_azures_own(tmp_path: Path) -> None:
    content = template(
        workspace("[parameters('isolation')]"), parameters={"isolation": {"type": "string"}}
    )
    with deployed(tmp_path, content) as estate:
        (found,) = estate.of_type(WORKSPACE)
        with pytest.raises(NoDataError, match="isolation of its managed network, which is unknown"):
            list(estate.neighbours(found, "outbound-rules"))


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

"""What an API version means when it omits a property."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.gap import Reason
from amlaudit.core.path import read
from tests.scanners.deployments.templates import deployed, resources, template, vault
from tests.scanners.deployments.terraform import plans

ANONYMOUS = "allowBlobPublicAccess"
FOREIGN = "allowCrossTenantReplication"
HTTPS = "supportsHttpsTrafficOnly"
ROLES = "enableRbacAuthorization"
SCRIPT = {
    "type": "Microsoft.Resources/deploymentScripts",
    "apiVersion": "2023-08-01",
    "name": "script",
    "identity": {"type": "UserAssigned"},
}


def account(folder: Path, version: str, **parts: Any) -> dict[str, Any]:
    """Return the document of a storage account declared in a template."""
    kind = {"type": "Microsoft.Storage/storageAccounts", "name": "st", "kind": "BlobStorage"}
    declared = {"apiVersion": version, **kind, **parts}
    parameters = {"flag": {"type": "bool"}}
    with deployed(folder, template(declared, parameters=parameters)) as estate:
        found = resources(estate)["microsoft.storage/storageaccounts/st"]
    return {"gaps": [path[-1] for path, _ in found.gaps if path], **found.body}


@pytest.mark.parametrize(
    ("version", "properties", "value"),
    [
        ("2017-06-01", {}, False),
        ("2017-06-01", {"x": 1}, False),
        ("2018-03-01-preview", {HTTPS: None}, False),
        ("2017-06-01", {HTTPS: True}, True),
        ("2017-06-01", {HTTPS.lower(): True}, None),
        ("2019-04-01", {}, None),
        ("2023-01-01", {}, None),
    ],
)
def test_accounts_of_old_versions_take_http_unless_they_say_otherwise(
    tmp_path: Path, version: str, properties: dict[str, Any], value: object
) -> None:
    found = account(tmp_path, version, properties=properties)
    assert found["properties"].get(HTTPS) is value


@pytest.mark.parametrize(
    ("version", "properties", "value"),
    [
        ("2022-09-01", {}, None),
        ("2023-01-01", {}, False),
        ("2025-06-01", {ANONYMOUS: None}, False),
        ("2023-01-01", {ANONYMOUS: True}, True),
    ],
)
def test_accounts_of_new_versions_forbid_anonymous_access_unless_they_say_otherwise(
    tmp_path: Path, version: str, properties: dict[str, Any], value: object
) -> None:
    found = account(tmp_path, version, properties=properties)
    assert found["properties"].get(ANONYMOUS) is value


@pytest.mark.parametrize(
    ("version", "properties", "value"),
    [
        ("2022-09-01", {}, True),
        ("2022-09-01", {FOREIGN: False}, False),
        ("2023-01-01", {}, None),
    ],
)
def test_accounts_of_old_versions_replicate_to_other_tenants_unless_they_say_otherwise(
    tmp_path: Path, version: str, properties: dict[str, Any], value: object
) -> None:
    found = account(tmp_path, version, properties=properties)
    assert found["properties"].get(FOREIGN) is value


def test_an_account_without_properties_has_the_default_too(tmp_path: Path) -> None:
    assert account(tmp_path, "2015-06-15")["properties"][HTTPS] is False


@pytest.mark.parametrize("properties", [{HTTPS: "[parameters('flag')]"}, "[parameters('flag')]"])
def test_what_is_not_known_has_no_default(tmp_path: Path, properties: Any) -> None:
    found = account(tmp_path, "2017-06-01", properties=properties)
    assert found["gaps"]
    assert (found["properties"] or {}).get(HTTPS) is None


@pytest.mark.parametrize(
    ("version", "properties", "value"),
    [
        ("2025-05-01", {}, None),
        ("2026-02-01", {}, True),
        ("2026-04-01-preview", {}, True),
        ("2026-02-01", {ROLES: False}, False),
    ],
)
def test_vaults_of_new_versions_take_roles_unless_they_say_otherwise(
    tmp_path: Path, version: str, properties: dict[str, Any], value: object
) -> None:
    declared = vault(apiVersion=version, properties=properties)
    with deployed(tmp_path, template(declared)) as estate:
        found = resources(estate)["microsoft.keyvault/vaults/kv"].body["properties"]
    assert isinstance(found, dict)
    assert found.get(ROLES) is value


def test_a_version_is_read_in_any_case(tmp_path: Path) -> None:
    declared = {"type": "Microsoft.Storage/storageAccounts", "APIVERSION": "2018-07-01"}
    with deployed(tmp_path, template({**declared, "name": "st"})) as estate:
        found = resources(estate)["microsoft.storage/storageaccounts/st"]
    assert read(found.body, ("properties", HTTPS)) is False


def test_an_old_version_counts_beside_a_script_too(tmp_path: Path) -> None:
    declared = {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2018-07-01"}
    with deployed(tmp_path, template({**declared, "name": "st"}, SCRIPT)) as estate:
        found = resources(estate)["microsoft.storage/storageaccounts/st"]
    assert read(found.body, ("properties", HTTPS)) is False


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"apiVersion": "[providers('Microsoft.Storage').apiVersions[0]]"}, Reason.UNRESOLVED),
        ({}, Reason.UNSUPPORTED),
    ],
)
def test_the_default_of_an_unknown_version_is_unknown(
    tmp_path: Path, said: dict[str, Any], reason: Reason
) -> None:
    declared = {"type": "Microsoft.Storage/storageAccounts", "name": "st", **said}
    with deployed(tmp_path, template(declared)) as estate:
        found = resources(estate)["microsoft.storage/storageaccounts/st"]
    gaps = dict(found.gaps)
    assert gaps["properties", HTTPS.lower()].reason is reason


def test_a_body_of_terraform_has_the_version_of_its_type(tmp_path: Path) -> None:
    kind = {"type": "Microsoft.Storage/storageAccounts@2018-07-01", "name": "st"}
    values = {**kind, "parent_id": plans.GROUP, "body": {"kind": "StorageV2"}}
    estate = plans.collect(tmp_path, plans.plan(plans.change("azapi_resource.st", values)))
    found = next(estate.of_type("microsoft.storage/storageaccounts"))
    assert read(found.body, ("properties", HTTPS)) is False

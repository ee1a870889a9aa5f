"""What an old API version means by leaving a property out."""

from pathlib import Path
from typing import Any

import pytest

from tests.scanners.deployments.templates import deployed, resources, template

HTTPS = "supportsHttpsTrafficOnly"


def account(folder: Path, version: str, **parts: Any) -> dict[str, Any]:
    """Return the document of a storage account that a template declares."""
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


def test_an_account_without_properties_has_the_default_too(tmp_path: Path) -> None:
    assert account(tmp_path, "2015-06-15")["properties"][HTTPS] is False


@pytest.mark.parametrize("properties", [{HTTPS: "[parameters('flag')]"}, "[parameters('flag')]"])
def test_what_is_not_known_has_no_default(tmp_path: Path, properties: Any) -> None:
    found = account(tmp_path, "2017-06-01", properties=properties)
    assert found["gaps"]
    assert (found["properties"] or {}).get(HTTPS) is None

"""Datastores of the first API versions are judged as Azure shows them today."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.relations import DATASTORE
from tests.scanners.deployments.templates import deployed, properties_of, template

PARAMETERS = {"secret": {"type": "securestring"}, "open": {"type": "bool"}}
HIDDEN = "[parameters('secret')]"
PERHAPS = "[if(parameters('open'), parameters('secret'), json('null'))]"


def datastore(folder: Path, **properties: Any) -> dict[str, Any]:
    """Return the properties of a datastore declared in a template."""
    declared = {
        "type": "Microsoft.MachineLearningServices/workspaces/datastores",
        "apiVersion": "2020-05-01-preview",
        "name": "ws/data",
        "properties": properties,
    }
    with deployed(folder, template(declared, parameters=PARAMETERS)) as estate:
        (found,) = estate.of_type(DATASTORE)
    return properties_of(found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("blob", "AzureBlob"),
        ("File", "AzureFile"),
        ("adls", "AzureDataLakeGen1"),
        ("adls-gen2", "AzureDataLakeGen2"),
    ],
)
def test_the_kind_has_its_name_of_today(tmp_path: Path, old: str, new: str) -> None:
    assert datastore(tmp_path, DataStoreType=old)["DataStoreType"] == new


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"AccountKey": HIDDEN}, "AccountKey"),
        ({"AccountKey": None, "SasToken": HIDDEN}, "Sas"),
        ({"ClientId": "x", "ClientSecret": HIDDEN}, "ServicePrincipal"),
        ({"AccountKey": ""}, "None"),
        ({}, "None"),
    ],
)
def test_the_credential_type_is_derived_from_the_property_holding_it(
    tmp_path: Path, said: dict[str, Any], kind: str
) -> None:
    found = datastore(tmp_path, DataStoreType="blob", **said)
    assert found["credentials"] == {"credentialsType": kind}


def test_a_database_datastore_may_contain_a_service_principal_secret(tmp_path: Path) -> None:
    found = datastore(tmp_path, DataStoreType="sqldb", ClientSecret=HIDDEN)
    assert found["credentials"] == {"credentialsType": "ServicePrincipal"}
    assert found["DataStoreType"] == "sqldb"


@pytest.mark.parametrize(
    "said",
    [
        {"DataStoreType": "blob", "AccountKey": PERHAPS, "SasToken": PERHAPS},
        {"DataStoreType": "sqldb", "Password": HIDDEN},
        {"datastoreType": "AzureBlob"},
        {},
    ],
)
def test_nothing_is_invented_for_other_types(tmp_path: Path, said: dict[str, Any]) -> None:
    assert "credentials" not in datastore(tmp_path, **said)

"""Datastores name their accounts: that may be sure although the name is not known yet."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.path import read
from amlaudit.core.relations import DATASTORE, STORAGE
from amlaudit.core.resource import Resource
from tests.scanners.deployments.templates import deployed, template

NAME = "[parameters('account')]"
PARAMETERS = {"account": {"type": "string"}, "other": {"type": "string"}}
KIND = "Microsoft.MachineLearningServices/workspaces"
HERE = {
    "subscriptionId": "[subscription().subscriptionId]",
    "resourceGroup": "[resourceGroup().name]",
}


def found_in(folder: Path, account: str, **properties: Any) -> tuple[Resource, Resource]:
    """Return the account and the datastore that a template declares."""
    storage = {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2024-01-01"}
    store = {"type": f"{KIND}/datastores", "apiVersion": "2025-06-01", "name": "ml/blobs"}
    content = template(
        {**storage, "name": account},
        {**store, "properties": {"datastoreType": "AzureBlob", **properties}},
        parameters=PARAMETERS,
    )
    with deployed(folder, content) as estate:
        (its,) = estate.of_type(STORAGE)
        (found,) = estate.of_type(DATASTORE)
    return its, found


def test_the_account_of_the_same_name_is_that_of_the_datastore(tmp_path: Path) -> None:
    account, found = found_in(tmp_path, NAME, accountName=NAME, **HERE)
    _, subscription, _, group, *_, name = account.id.strip("/").split("/")
    assert str(read(found.body, ("properties", "accountName"))).lower() == name
    assert read(found.body, ("properties", "subscriptionId")) == subscription
    assert read(found.body, ("properties", "resourceGroup")) == group
    assert not found.gaps


def test_a_place_that_is_stated_stays(tmp_path: Path) -> None:
    _, found = found_in(tmp_path, NAME, accountName=NAME, resourceGroup="data")
    assert read(found.body, ("properties", "resourceGroup")) == "data"
    assert not found.gaps


@pytest.mark.parametrize(
    ("account", "named"),
    [
        (NAME, "[parameters('other')]"),
        (NAME, "[concat(parameters('account'), '2')]"),
        (NAME, "[if(parameters('other'), 'one', 'two')]"),
        ("known", NAME),
        ("[concat(parameters('account'), '2')]", NAME),
    ],
)
def test_an_account_of_perhaps_another_name_stays_unknown(
    account: str, named: str, tmp_path: Path
) -> None:
    _, found = found_in(tmp_path, account, accountName=named)
    assert [path for path, _ in found.gaps] == [("properties", "accountname")]


def test_an_account_that_is_named_is_the_one(tmp_path: Path) -> None:
    _, found = found_in(tmp_path, NAME, accountName="lake")
    assert read(found.body, ("properties", "accountName")) == "lake"

"""Converts datastores from the spelling of the first API versions to the current one.

https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/2020-05-01-preview/workspaces/datastores
"""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from amlaudit.core.relations import DATASTORE
from amlaudit.core.resource import Resource
from amlaudit.scanners.deployments.document_paths import is_unknown, key_in

_KIND: Final = "datastoretype"
_KINDS: Final[Mapping[str, str]] = {
    "adls": "AzureDataLakeGen1",
    "adls-gen2": "AzureDataLakeGen2",
    "blob": "AzureBlob",
    "file": "AzureFile",
}
"""Old names of datastore kinds, and their current names."""
_DATABASES: Final = frozenset({"dbfs", "mysqldb", "psqldb", "sqldb"})
"""Kinds without a current name, which may hold a password: no current credential kind fits."""
_NOBODY: Final = "None"
"""The credential kind of a datastore that holds none."""

_CREDENTIALS: Final[Mapping[str, str]] = {
    "accountkey": "AccountKey",
    "sastoken": "Sas",
    "clientsecret": "ServicePrincipal",
}
"""Credential kinds, by the property that held the credential."""


def in_current_form(resource: Resource) -> Resource:
    """Return a declared datastore with its kind and credentials as Azure shows them now."""
    properties = resource.body.get("properties")
    if resource.type != DATASTORE or not isinstance(properties, Mapping):
        return resource
    name = key_in(properties, _KIND)
    old = str(properties.get(name)).lower()
    if old not in _KINDS and old not in _DATABASES:
        return resource
    current: dict[str, object] = {**properties, name: _KINDS.get(old, properties.get(name))}
    credential = _credential(resource, properties)
    if credential and (credential != _NOBODY or old in _KINDS):
        current["credentials"] = {"credentialsType": credential}
    return replace(resource, body={**resource.body, "properties": current})


def _credential(resource: Resource, properties: Mapping[str, object]) -> str:
    """Return the kind of a datastore's credential, empty if several are possible."""
    hidden = {path[1] for path, _ in resource.gaps if len(path) > 1}
    held = {key.lower() for key, value in properties.items() if value not in (None, "")} | hidden
    kinds = [kind for key, kind in _CREDENTIALS.items() if key in held]
    if len(kinds) > 1 or is_unknown(resource, ("properties",)):
        return ""
    return kinds[0] if kinds else _NOBODY

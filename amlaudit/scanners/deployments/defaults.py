"""Defaults of omitted properties that differ between API versions."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import read
from amlaudit.core.relations import KEY_VAULT, STORAGE
from amlaudit.core.resource import Resource
from amlaudit.scanners.deployments.document_paths import is_unknown

_VERSION: Final = ("apiVersion",)
_PROPERTIES: Final = ("properties",)


class _Default(Struct, frozen=True):
    """A property's default in some API versions, where it differs from what rules assume.

    Attributes:
        name: The property.
        value: The default in those versions.
        since: The first of those versions; empty: the first one of all.
        before: The first version after them; empty: there is none.
    """

    name: str
    value: object
    since: str = ""
    before: str = "9"

    def holds_in(self, version: str) -> bool:
        """Tell whether the default applies in a version."""
        return self.since <= version < self.before


_BY_VERSION: Final[Mapping[str, tuple[_Default, ...]]] = {
    KEY_VAULT: (_Default("enableRbacAuthorization", value=True, since="2026-02-01"),),
    STORAGE: (
        _Default("allowBlobPublicAccess", value=False, since="2023-01-01"),
        _Default("allowCrossTenantReplication", value=True, before="2023-01-01"),
        _Default("supportsHttpsTrafficOnly", value=False, before="2019-04-01"),
    ),
}
"""By type.

https://learn.microsoft.com/azure/key-vault/general/access-control-default
https://learn.microsoft.com/azure/storage/common/storage-require-secure-transfer
https://github.com/Azure/azure-rest-api-specs/blob/main/specification/storage/resource-manager/Microsoft.Storage/stable/2023-01-01/storage.json
"""


def with_its_versions_defaults(resource: Resource) -> Resource:
    """Return a new resource with its API version's defaults where its declaration is silent.

    For an unknown version, the defaults are unknown.
    """
    if resource.type not in _BY_VERSION:
        return resource
    properties = resource.body.get("properties") or {}
    if is_unknown(resource, _PROPERTIES) or not isinstance(properties, Mapping):
        return resource
    declared = {key.lower() for key, value in properties.items() if value is not None}
    declared |= {path[1] for path, _ in resource.gaps if len(path) > 1}
    omitted = [each for each in _BY_VERSION[resource.type] if each.name.lower() not in declared]
    version = read(resource.body, _VERSION)
    if not isinstance(version, str) or not version:
        gaps = [((*_PROPERTIES, each.name.lower()), _gap_of(resource, each)) for each in omitted]
        return replace(resource, gaps=(*resource.gaps, *gaps))
    added = {each.name: each.value for each in omitted if each.holds_in(version)}
    if not added:
        return resource
    return replace(resource, body={**resource.body, "properties": {**properties, **added}})


def _gap_of(resource: Resource, default: _Default) -> Gap:
    """Return the gap of a property that depends on an unknown version."""
    part = f"properties.{default.name}"
    why = next((gap for path, gap in resource.gaps if path == ("apiversion",)), None)
    cause = why.detail if why else "no API version is specified"
    reason = why.reason if why else Reason.UNSUPPORTED
    detail = f"{part} is not set, and its default depends on the API version: {cause}"
    return Gap(resource.id, part, reason, detail)

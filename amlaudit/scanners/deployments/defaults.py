"""What an API version means by a property that is left out, where others mean another."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import read
from amlaudit.core.relations import KEY_VAULT, STORAGE
from amlaudit.core.resource import Resource

_VERSION: Final = ("apiVersion",)


class _Default(Struct, frozen=True):
    """What a property is in resources that some versions make, and not what rules take it for.

    Attributes:
        name: The property.
        value: What those versions make it.
        since: The first of them; empty: the first one of all.
        before: The first version after them; empty: there is none.
    """

    name: str
    value: object
    since: str = ""
    before: str = "9"

    def holds_in(self, version: str) -> bool:
        """Tell whether a version is one of them."""
        return self.since <= version < self.before


_BY_VERSION: Final[Mapping[str, tuple[_Default, ...]]] = {
    KEY_VAULT: (_Default("enableRbacAuthorization", value=True, since="2026-02-01"),),
    STORAGE: (_Default("supportsHttpsTrafficOnly", value=False, before="2019-04-01"),),
}
"""By type.

https://learn.microsoft.com/azure/key-vault/general/access-control-default
https://learn.microsoft.com/azure/storage/common/storage-require-secure-transfer
"""


def with_its_versions_defaults(resource: Resource) -> Resource:
    """Return a new resource with what its API version sets where its declaration says nothing.

    Of a version that is not known, nobody knows what it sets.
    """
    if resource.type not in _BY_VERSION:
        return resource
    properties = resource.body.get("properties") or {}
    whole = any(path in ((), ("properties",)) for path, _ in resource.gaps)
    if whole or not isinstance(properties, Mapping):
        return resource
    said = {key.lower() for key, value in properties.items() if value is not None}
    said |= {path[1] for path, _ in resource.gaps if len(path) > 1}
    unsaid = [each for each in _BY_VERSION[resource.type] if each.name.lower() not in said]
    version = read(resource.body, _VERSION)
    if not isinstance(version, str) or not version:
        gaps = [(("properties", each.name.lower()), _open(resource, each)) for each in unsaid]
        return replace(resource, gaps=(*resource.gaps, *gaps))
    added = {each.name: each.value for each in unsaid if each.holds_in(version)}
    if not added:
        return resource
    return replace(resource, body={**resource.body, "properties": {**properties, **added}})


def _open(resource: Resource, default: _Default) -> Gap:
    """Return the gap of a property that depends on a version which is not known."""
    part = f"properties.{default.name}"
    why = next((gap for path, gap in resource.gaps if path == ("apiversion",)), None)
    told = why.detail if why else "no API version is named"
    reason = why.reason if why else Reason.UNSUPPORTED
    detail = f"{part} is left out, and the API version says what it is then: {told}"
    return Gap(resource.id, part, reason, detail)

"""What an old API version means by a property that is left out, where newer ones mean another."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.relations import STORAGE
from amlaudit.core.resource import Resource


class _Default(Struct, frozen=True):
    """What a property is in resources that were made by versions before another."""

    name: str
    before: str
    value: object


_OLD: Final[Mapping[str, tuple[_Default, ...]]] = {
    STORAGE: (_Default("supportsHttpsTrafficOnly", "2019-04-01", value=False),),
}
"""By type.

https://learn.microsoft.com/azure/storage/common/storage-require-secure-transfer
"""


def with_old_defaults(resource: Resource) -> Resource:
    """Return a new resource with what its API version sets where its declaration says nothing."""
    if resource.type not in _OLD:
        return resource
    version = str(resource.body.get("apiVersion") or "")
    properties = resource.body.get("properties") or {}
    if not version or not isinstance(properties, Mapping):
        return resource
    said = {key.lower() for key, value in properties.items() if value is not None}
    said |= {path[1] for path, _ in resource.gaps if len(path) > 1}
    whole = any(path in ((), ("properties",)) for path, _ in resource.gaps)
    added = {
        each.name: each.value
        for each in _OLD[resource.type]
        if version < each.before and each.name.lower() not in said and not whole
    }
    if not added:
        return resource
    return replace(resource, body={**resource.body, "properties": {**properties, **added}})

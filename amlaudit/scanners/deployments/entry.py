"""A document under construction, until it is known what the other documents add to it."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from amlaudit.core.gap import Reason
from amlaudit.scanners.deployments.declaration import Unresolved

_PROPERTIES: Final = "properties"
_VERSION: Final = "apiVersion"
_IDENTIFYING: Final = ("id", "name", "type")
"""Keys in which declarations of one resource may differ without contradicting each other."""
_MISSING: Final = object()


class Entry(Struct):
    """A document being assembled.

    Attributes:
        id: Its ARM id.
        type: Its ARM type, lower case.
        body: The document; `Unresolved` stands for unknown values.
        address: What declares it, in readable form.
        is_new: It is to be created.
    """

    id: str
    type: str
    body: dict[str, Any]
    address: str
    is_new: bool


def put_together(entries: dict[str, Entry], key: str, entry: Entry) -> None:
    """Add an entry; of one declared before, only that is known on which both agree.

    A prediction does not show which of two deployments of a resource runs last.

    Args:
        entries: The entries, by normalised id.
        key: Its normalised id.
        entry: The entry.
    """
    earlier = entries.get(key)
    if earlier:
        versions = {str(each.body.pop(_VERSION, "")) for each in (earlier, entry)}
        entry.body = _agreed(earlier.body, entry.body)
        if len(versions) == 1:  # what absence means depends on it
            entry.body[_VERSION] = versions.pop()
        entry.is_new &= earlier.is_new
    entries[key] = entry


def _agreed(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document, with `Unresolved` wherever another one of the resource differs."""
    merged = dict(other)
    for key in (*one, *(each for each in other if each not in one)):
        values = one.get(key, _MISSING), other.get(key, _MISSING)
        if key not in _IDENTIFYING and values[0] != values[1]:
            merged[key] = _differing(key, *values)
    return merged


def _differing(key: str, one: object, other: object) -> object:
    """Return what is known of a part in which two documents differ."""
    if key == _PROPERTIES and isinstance(one, Mapping) and isinstance(other, Mapping):
        return _agreed(one, other)
    return Unresolved("it is declared twice, with different values", Reason.UNSUPPORTED)

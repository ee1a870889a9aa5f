"""Combines what several files say about one resource.

Independently planned deployments may declare the same resource, or change one that another
declares. Which of them runs last is unknown, so whatever they do not agree on is unknown.
"""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import Steps, read, spell_path
from amlaudit.core.resource import Document, Gaps, Resource
from amlaudit.scanners.deployments.document_paths import lies_in, overlap, with_value

_PROPERTIES: Final = "properties"
_IDENTIFYING: Final = ("id", "name", "type", "apiversion")
"""Keys in which declarations of one resource may differ without contradicting each other."""


def agreed(one: Resource, other: Resource) -> Resource:
    """Return a resource with a gap wherever another declaration of it differs.

    The same object if they agree.
    """
    files = f"{one.origin.source} and {other.origin.source}"
    clashes = [path for path in _compared(one.body, other.body) if _clash(one, other, path)]
    gaps = (
        Gap(one.id, spell_path(path), Reason.UNSUPPORTED, f"{files} declare it differently")
        for path in clashes
    )
    return hidden(one, tuple(zip(clashes, gaps, strict=True))) if clashes else one


def hidden(resource: Resource, gaps: Gaps) -> Resource:
    """Return a resource with some parts made unknown; an empty path is all of it."""
    body = resource.body
    for path, _ in gaps:
        body = with_value(body, path, None) if path else _identified(body)
    others = (each for each in resource.gaps if not any(lies_in(each[0], at) for at, _ in gaps))
    return replace(resource, body=body, gaps=(*others, *gaps))


def _identified(body: Document) -> Document:
    """Return only what identifies a document's resource."""
    return {key: value for key, value in body.items() if key.lower() in _IDENTIFYING}


def _compared(*bodies: Document) -> list[Steps]:
    """Return the paths at which declarations are compared, lower case: each of their properties."""
    tops = {key.lower() for body in bodies for key in body} - {_PROPERTIES, *_IDENTIFYING}
    below = {
        key.lower()
        for body in bodies
        if isinstance(properties := body.get(_PROPERTIES), Mapping)
        for key in properties
    }
    return [(key,) for key in sorted(tops)] + [(_PROPERTIES, key) for key in sorted(below)]


def _clash(one: Resource, other: Resource, path: Steps) -> bool:
    """Tell whether two declarations of a resource differ at a path."""
    if read(one.body, path) != read(other.body, path):
        return True
    return _unknown_at(one, path) != _unknown_at(other, path)


def _unknown_at(resource: Resource, path: Steps) -> set[Steps]:
    """Return the unknown paths of a resource that are inside, at or above a given one."""
    return {gap for gap, _ in resource.gaps if overlap(gap, path)}

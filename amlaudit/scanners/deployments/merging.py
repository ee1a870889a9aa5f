"""Combines what several files say about one resource.

Independently planned deployments may declare the same resource, or change one that another
declares. Which of them runs last is unknown, so whatever they do not agree on is unknown.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, cast

from msgspec.structs import replace

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import Steps, read, spell_path
from amlaudit.core.resource import Document, Gaps, Resource
from amlaudit.scanners.deployments.overlay import connected, connections_of

_PROPERTIES: Final = "properties"
_LINES: Final = ("id", "name", "type", "apiversion")


def agreed(one: Resource, other: Resource) -> Resource:
    """Return a resource with a gap wherever another declaration of it differs.

    The same object if they agree.
    """
    files = f"{one.origin.source} and {other.origin.source}"
    clashes = [path for path in _paths(one.body, other.body) if _clash(one, other, path)]
    gaps = (
        Gap(one.id, spell_path(path), Reason.UNSUPPORTED, f"{files} declare it differently")
        for path in clashes
    )
    return hidden(one, tuple(zip(clashes, gaps, strict=True))) if clashes else one


def hidden(resource: Resource, gaps: Gaps) -> Resource:
    """Return a resource with some parts made unknown."""
    body: object = resource.body
    for path, _ in gaps:
        body = _without(body, path)
    others = (each for each in resource.gaps if not any(_lies_in(each[0], at) for at, _ in gaps))
    return replace(resource, body=cast("Document", body), gaps=(*others, *gaps))


def reached(endpoint: Resource, declared: Callable[[str], Resource | None]) -> Iterator[Resource]:
    """Yield the targets of a private endpoint that do not show its connection yet, with it.

    Args:
        endpoint: The private endpoint; any other resource has no targets.
        declared: Returns a declared resource by its normalised id.
    """
    for target, connection in connections_of(endpoint).items():
        found = declared(target)
        path = (_PROPERTIES, "privateEndpointConnections")
        if found and isinstance(read(found.body, path), list):
            after = connected(found, connection)
            if after.body != found.body:
                yield after


def _paths(*bodies: Document) -> list[Steps]:
    """Return the paths at which declarations are compared, lower case: each of their properties."""
    tops = {key.lower() for body in bodies for key in body} - {_PROPERTIES, *_LINES}
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
    return _unknown(one, path) != _unknown(other, path)


def _unknown(resource: Resource, path: Steps) -> set[Steps]:
    """Return the unknown paths of a resource that are inside, at or above a given one."""
    return {at for at, _ in resource.gaps if _lies_in(at, path) or _lies_in(path, at)}


def _lies_in(path: Steps, above: Steps) -> bool:
    """Tell whether a path is inside another."""
    return path[: len(above)] == above


def _without(value: object, path: Steps) -> object:
    """Return a JSON value with null at a path, whose keys match regardless of case."""
    if not path:
        return None
    held = value if isinstance(value, Mapping) else {}
    key = next((each for each in held if each.lower() == path[0]), path[0])
    return {**held, key: _without(held.get(key), path[1:])}

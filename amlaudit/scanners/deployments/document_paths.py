"""Paths in the documents of resources: Azure ignores the case of keys, and a gap hides all below.

Gaps have their steps in lower case, see `amlaudit.core.resource.Gaps`.
"""

from collections.abc import Mapping
from typing import Any

from amlaudit.core.path import Steps, spelling_of
from amlaudit.core.resource import Document, Resource


def folded(path: Steps) -> Steps:
    """Return a path with its steps in lower case, as gaps have them."""
    return tuple(step.lower() for step in path)


def lies_in(path: Steps, above: Steps) -> bool:
    """Tell whether a path is another one, or leads into what is there."""
    return path[: len(above)] == above


def overlap(one: Steps, other: Steps) -> bool:
    """Tell whether one of two paths lies in the other."""
    return lies_in(one, other) or lies_in(other, one)


def is_unknown(resource: Resource, path: Steps) -> bool:
    """Tell whether a gap of a resource hides what is at a path."""
    sought = folded(path)
    return any(lies_in(sought, gap) for gap, _ in resource.gaps)


def key_in(holder: Mapping[str, object], step: str) -> str:
    """Return a step as an object spells it: unchanged, unless a key differs only by case."""
    return step if step in holder else spelling_of(step, tuple(holder)) or step


def put(body: dict[str, Any], path: Steps, value: object) -> None:
    """Set a value in a document; anything on the way that is not an object is replaced by one."""
    *above, last = path
    for step in above:
        key = key_in(body, step)
        if not isinstance(body.get(key), dict):
            body[key] = {}
        body = body[key]
    body[key_in(body, last)] = value


def with_value(document: Document, path: Steps, value: object) -> Document:
    """Return a document with a value set, see `put`; the original stays as it is."""
    step, *rest = path
    key = key_in(document, step)
    if rest:
        held = document.get(key)
        value = with_value(held if isinstance(held, Mapping) else {}, tuple(rest), value)
    return {**document, key: value}

"""Resources of the azapi provider, whose bodies are ARM documents already."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from amlaudit.core import arm_id
from amlaudit.core.gap import Reason
from amlaudit.core.path import Steps
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.terraform.attributes import (
    Attributes,
    marked,
    member,
)
from amlaudit.scanners.deployments.terraform.convert import Body, leaves, put
from amlaudit.scanners.deployments.terraform.link_targets import leads_to
from amlaudit.scanners.deployments.terraform.plan import Declaration, references_of
from amlaudit.scanners.files.json_values import object_of
from amlaudit.strict_json import load_json

AZAPI: Final = "azapi_resource"
_UPDATE: Final = "azapi_update_resource"
_ACTION: Final = "azapi_resource_action"
_WRITES: Final = ("PATCH", "PUT")
"""Methods with which an action changes a resource's document."""
_BODY: Final = "body"
_SECRETS: Final = "sensitive_body"
_VERSIONS: Final = "sensitive_body_version"
"""Versions of secret values, by their paths."""
_HIDDEN: Final = Unresolved(
    f"it is set in {_SECRETS}, which a plan never shows", Reason.UNSUPPORTED
)
_KEYED_BY_ID: Final = "userassignedidentities"
"""An object keyed by ids: if one is unknown, so is the object."""
_PARTS: Final = ("properties", "sku", "kind")
_IDENTITY: Final = "identity"
"""Hidden by an unknown body; the identity only if no attribute gives it."""


def version_of(declaration: Declaration) -> str:
    """Return the API version that a resource is declared for, empty if it names none."""
    return str(declaration.values.get("type") or "").partition("@")[2]


def type_in(declaration: Declaration) -> str:
    """Return the declared ARM type of a resource, empty if unknown."""
    return str(declaration.values.get("type") or "").partition("@")[0]


def is_update(declaration: Declaration) -> bool:
    """Tell whether a declaration changes the document of a resource declared elsewhere.

    https://registry.terraform.io/providers/Azure/azapi/latest/docs/resources/resource_action
    """
    if declaration.type != _ACTION or declaration.is_data:
        return declaration.type == _UPDATE
    values = declaration.values
    is_at_once = values.get("when") in (None, "apply")
    return values.get("method") in _WRITES and not values.get("action") and is_at_once


def may_hide_more(attributes: Attributes) -> bool:
    """Tell whether a body has a part that a plan shows neither itself nor by its paths."""
    is_open = member(attributes.unknown, _SECRETS) is True
    is_written = is_open or bool(references_of(attributes.expressions.get(_SECRETS)))
    is_shown = bool(attributes.values.get(_SECRETS)) or any(_paths_hidden(attributes))
    return is_written and not is_shown


def body_of(declaration: Declaration, attributes: Attributes) -> Body:
    """Return a resource's declared document, with `Unresolved` for unknown values."""
    body: Body = {}
    for name in (_BODY, _SECRETS):
        value = _parsed(attributes, name)
        if isinstance(value, Unresolved):
            for part in _parts_hidden(attributes) if name == _BODY else ():
                put(body, (part,), value)
        elif isinstance(value, Mapping):
            for key, member in value.items():
                put(body, (key,), member)
    for path in _paths_hidden(attributes):
        put(body, path, _HIDDEN)
    _name_what_is_referred_to(body, type_in(declaration), attributes)
    return body


def _parts_hidden(attributes: Attributes) -> Iterator[str]:
    """Yield the parts of a document that an unknown body hides."""
    yield from _PARTS
    if not attributes.blocks(_IDENTITY):
        yield _IDENTITY


def _paths_hidden(attributes: Attributes) -> Iterator[Steps]:
    """Yield the paths of the body that a plan does not show, as secret or write-only."""
    for path in object_of(attributes.values.get(_VERSIONS)):
        yield tuple(str(path).split("."))
    written = object_of(attributes.expressions.get(_SECRETS))
    is_secret = member(attributes.sensitive, _SECRETS) is True
    for body in (
        written.get("constant_value"),
        attributes.values.get(_SECRETS) if is_secret else None,
    ):
        yield from leaves(object_of(body))


def _parsed(attributes: Attributes, name: str) -> object:
    """Return a part of a document: an object, or its JSON text in 1.x."""
    value, hidden = attributes.values.get(name), member(attributes.unknown, name)
    if hidden is True:
        return Unresolved(f"{name} is known after apply")
    if isinstance(value, str):
        try:
            value = load_json(value)
        except (ValueError, RecursionError) as error:
            return Unresolved(f"{name} is not JSON: {error}", Reason.UNSUPPORTED)
    return marked(value or {}, hidden, member(attributes.sensitive, name), name)


def _name_what_is_referred_to(body: Body, arm_type: str, attributes: Attributes) -> None:
    """Fill unknown parts of the body with the ids that it refers to.

    A plan lists what the whole body refers to, but not from where: a property for resources of one
    type gets the only future one of that type, and one remaining property the remaining id. With
    references that the plan does not show, an id is filled in only if nothing else fits.
    """
    places = list(_unresolved_in(body, ()))
    if not places:
        return
    targets = {each.path: leads_to(arm_type, each.path) for each in places}
    references = references_of(attributes.expressions.get(_BODY))
    found = attributes.follow("id", references)
    lost, future_ids = found.lost, found.coming
    if lost and not all(targets.values()):
        return
    types = list(targets.values())
    fitting = {
        path: [each for each in future_ids if kind and _type_of(each) == kind]
        for path, kind in targets.items()
        if not lost or types.count(kind) == 1
    }
    named = {path: ids[0] for path, ids in fitting.items() if len(ids) == 1}
    left = [each for each in future_ids if each not in named.values()]
    for path, holder, key in places:
        if path in named:
            holder[key] = {named[path]: {}} if path[-1] == _KEYED_BY_ID else named[path]
        elif not targets[path] and len(left) == 1 and len(places) == len(named) + 1:
            holder[key] = left[0]


class _Place(NamedTuple):
    """The place of something unknown in a document.

    Attributes:
        path: Its path, lower case.
        holder: The object or list that holds it.
        key: Its key or index in that.
    """

    path: Steps
    holder: Any
    key: Any


def _type_of(resource_id: str) -> str:
    """Return the ARM type of an id as it is spelled, lower case."""
    return arm_id.type_of(arm_id.normalise(resource_id))


def _unresolved_in(value: object, path: Steps) -> Iterator[_Place]:
    """Yield the place of everything unknown in a document."""
    members = value.items() if isinstance(value, dict) else ()
    for key, each in enumerate(value) if isinstance(value, list) else members:
        at = (*path, str(key).lower())
        if isinstance(each, Unresolved):
            yield _Place(at, value, key)
        else:
            yield from _unresolved_in(each, at)

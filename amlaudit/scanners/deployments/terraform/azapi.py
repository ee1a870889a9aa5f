"""Resources of the azapi provider: their bodies are ARM documents already."""

from collections.abc import Mapping
from typing import Any, Final

from amlaudit.core.gap import Reason
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.terraform.attributes import (
    Attributes,
    marked,
    member,
    references_of,
)
from amlaudit.scanners.deployments.terraform.convert import Body, put
from amlaudit.scanners.deployments.terraform.plan import Declaration
from amlaudit.strict_json import load_json

_BODY: Final = "body"
_SECRETS: Final = "sensitive_body"
_PARTS: Final = ("properties", "sku", "kind", "identity")
"""What a body that is not known hides."""


def version_of(declaration: Declaration) -> str:
    """Return the version of the API that a resource is declared for, empty if it names none."""
    return str(declaration.values.get("type") or "").partition("@")[2]


def body_of(attributes: Attributes) -> Body:
    """Return the document that a resource declares, `Unresolved` where it is not known."""
    body: Body = {}
    for name in (_BODY, _SECRETS):
        value = _parsed(attributes, name)
        if isinstance(value, Unresolved):
            for part in _PARTS if name == _BODY else ():
                put(body, (part,), value)
        elif isinstance(value, Mapping):
            for key, member in value.items():
                put(body, (key,), member)
    _name_what_is_referred_to(body, attributes)
    return body


def _parsed(attributes: Attributes, name: str) -> object:
    """Return a part of a document: an object, or in 1.x its JSON text."""
    value, hidden = attributes.values.get(name), member(attributes.unknown, name)
    if hidden is True:
        return Unresolved(f"{name} is known after apply")
    if isinstance(value, str):
        try:
            value = load_json(value)
        except (ValueError, RecursionError) as error:
            return Unresolved(f"{name} is not JSON: {error}", Reason.UNSUPPORTED)
    return marked(value or {}, hidden, member(attributes.sensitive, name), name)


def _name_what_is_referred_to(body: Body, attributes: Attributes) -> None:
    """Put the id that the body refers to where the only part of it lies that is not known."""
    places = list(_unresolved_in(body))
    references = references_of(attributes.expressions.get(_BODY))
    found = attributes.follow("id", references) if len(places) == 1 else ()
    if len(found) == 1:
        holder, key = places[0]
        holder[key] = found[0]


def _unresolved_in(value: object) -> "list[tuple[Any, Any]]":
    """Return (object or list, key) of everything in a document that is not known."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in members:
            if isinstance(each, Unresolved):
                found.append((value, key))
            else:
                found += _unresolved_in(each)
    return found

"""Resources of the azapi provider: their bodies are ARM documents already."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from amlaudit.core import arm_id
from amlaudit.core.gap import Reason
from amlaudit.core.path import Steps
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.terraform.attributes import (
    Attributes,
    Followed,
    marked,
    member,
)
from amlaudit.scanners.deployments.terraform.convert import Body, put
from amlaudit.scanners.deployments.terraform.leads import leads_to
from amlaudit.scanners.deployments.terraform.plan import Declaration, references_of
from amlaudit.strict_json import load_json

_BODY: Final = "body"
_SECRETS: Final = "sensitive_body"
_PARTS: Final = ("properties", "sku", "kind", "identity")
"""What a body that is not known hides."""


def version_of(declaration: Declaration) -> str:
    """Return the version of the API that a resource is declared for, empty if it names none."""
    return str(declaration.values.get("type") or "").partition("@")[2]


def type_in(declaration: Declaration) -> str:
    """Return the ARM type that a resource is declared of, empty if that is not known."""
    return str(declaration.values.get("type") or "").partition("@")[0]


def body_of(declaration: Declaration, attributes: Attributes) -> Body:
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
    _name_what_is_referred_to(body, type_in(declaration), attributes)
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


def _name_what_is_referred_to(body: Body, arm_type: str, attributes: Attributes) -> None:
    """Put ids that the body refers to where parts of it lie that are not known.

    A plan lists what a whole body refers to, and not which part of it does: a property that leads
    to resources of one type has the only one of that type that is to come, and one that is left
    what is left. Beside what the plan does not show, an id goes only where nothing else can.
    """
    places = list(_unresolved_in(body, ()))
    references = references_of(attributes.expressions.get(_BODY))
    wanted = {path: leads_to(arm_type, path) for path, _, _ in places}
    _, lost, found = attributes.follow("id", references) if places else Followed()
    if lost and not all(wanted.values()):
        return
    kinds = list(wanted.values())
    by_type = {
        path: [each for each in found if kind and arm_id.type_of(arm_id.normalise(each)) == kind]
        for path, kind in wanted.items()
        if not lost or kinds.count(kind) == 1
    }
    named = {path: ids[0] for path, ids in by_type.items() if len(ids) == 1}
    left = [each for each in found if each not in named.values()]
    for path, holder, key in places:
        if path in named:
            holder[key] = named[path]
        elif not wanted[path] and len(left) == 1 and len(places) == len(named) + 1:
            holder[key] = left[0]


def _unresolved_in(value: object, path: Steps) -> "Iterator[tuple[Steps, Any, Any]]":
    """Yield (path, object or list, key) of everything in a document that is not known."""
    members = value.items() if isinstance(value, dict) else ()
    for key, each in enumerate(value) if isinstance(value, list) else members:
        at = (*path, str(key).lower())
        if isinstance(each, Unresolved):
            yield at, value, key
        else:
            yield from _unresolved_in(each, at)

"""Values of a template's parameters: given, default or unknown.

https://learn.microsoft.com/azure/azure-resource-manager/templates/parameters
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from amlaudit.core.patterns import late_pattern
from amlaudit.scanners.deployments.templates.pending import (
    Open,
    Pending,
    Runtime,
    pending,
    tentative,
)
from amlaudit.scanners.deployments.templates.spelling import respelled
from amlaudit.scanners.files.json_values import object_of

Given = Mapping[str, Callable[[], object]]
"""Factories of the given parameters' values, by lower-case name."""

_SECURE: Final = frozenset({"securestring", "secureobject"})
_SPELLED: Final[Mapping[str, type]] = {"bool": bool, "int": int, "array": list, "object": dict}
"""Types that a string is parsed as, by the type of a parameter that is not a string."""

_HOLE: Final = late_pattern(r"\$\{(\w+)(?::?[-=]([^{}]*))?\}")
"""An environment variable, optionally with a default.

https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables
"""
_TOKEN: Final = late_pattern(
    r"\$\(.+\)|#\{.+\}#|__\w+__|GEN-(?!UNIQUE)[A-Z][A-Z0-9-]*|GET-PREREQ-\S+", re.DOTALL
)
"""Tokens that a pipeline replaces; the last two occur in templates published by Azure.

`GEN-UNIQUE` in them stands for a unique name, which is as good a name as any.

https://github.com/Azure/azure-quickstart-templates/blob/master/1-CONTRIBUTION-GUIDE/best-practices.md
"""

_REFERENCE: Final = "#/definitions/"
_DEEPEST: Final = 32


def given_in(parameters: object, evaluated: Callable[[object], object]) -> Given:
    """Return the values set by a parameters file, or by a nested deployment.

    Args:
        parameters: `{name: {"value": …}}`, or a `reference` to a secret in a key vault.
        evaluated: Evaluates a value.
    """
    return {
        name.lower(): _giver(name, each, evaluated) for name, each in object_of(parameters).items()
    }


def unavailable(template: Mapping[str, Any], why: Pending) -> Given:
    """Return a placeholder for every parameter of a template."""
    return {name.lower(): (lambda: why) for name in object_of(template.get("parameters"))}


def filled(value: object) -> object:
    """Return a value of a parameters file with the placeholders that tools fill before deployment.

    The Azure Developer CLI fills `${NAME=default}` from its environment, pipelines fill tokens.
    """
    if isinstance(value, Mapping):
        return {key: filled(member) for key, member in value.items()}
    if isinstance(value, list):
        return [filled(member) for member in value]
    if not isinstance(value, str):
        return value
    if _TOKEN.fullmatch(value):
        return tentative(value, f"{value} is a placeholder that a pipeline fills")
    open_holes = [match[1] for match in _HOLE.finditer(value) if match[2] is None]
    if open_holes:
        return tentative(value, f"it comes from the environment variable {open_holes[0]}")
    return _HOLE.sub(lambda match: match[2], value)


def _giver(name: str, given: object, evaluated: Callable[[object], object]) -> Callable[[], object]:
    """Return the factory of one parameter; an expression may choose between whole entries."""
    is_expression = isinstance(given, str)

    def give() -> object:
        entry = evaluated(given) if is_expression else given
        if isinstance(entry, Pending):
            return entry
        found = respelled(object_of(entry))
        if "value" in found:
            return found["value"] if is_expression else evaluated(found["value"])
        return pending(f"the parameter {name!r} comes from elsewhere at deployment")

    return give


def parameter_value(
    name: str,
    declaration: Mapping[str, Any],
    definitions: Mapping[str, Any],
    make: Callable[[], Any],
) -> object:
    """Return the value of a parameter, without the secrets in it.

    Args:
        name: The parameter.
        declaration: Its declaration in the template.
        definitions: Types that the template defines.
        make: The factory of its value.
    """
    kind = _resolved(declaration, definitions)
    value = _as_declared(make(), str(kind.get("type")).lower())
    allowed = kind.get("allowedValues")
    if type(value) is str and isinstance(allowed, list) and not _is_among(value, allowed):
        # Azure rejects it, so another one must be given.
        return tentative(value, f"the template does not allow {value!r} for the parameter {name!r}")
    return _without_secrets(name, value, declaration, definitions, 0)


def _as_declared(value: object, kind: str) -> object:
    """Return a value; a string is parsed if the parameter's type is another one."""
    if not isinstance(value, str) or kind not in _SPELLED:
        return value
    try:
        found: object = json.loads(value.lower() if kind == "bool" else value)
    except (ValueError, RecursionError):
        return value
    return found if type(found) is _SPELLED[kind] else value


def _is_among(value: str, allowed: Sequence[object]) -> bool:
    """Tell whether a string is one of those that a template allows, ignoring case."""
    return value.lower() in {str(each).lower() for each in allowed}


def missing(name: str, declaration: Mapping[str, Any], definitions: Mapping[str, Any]) -> object:
    """Return a placeholder for a parameter that has neither a value nor a default."""
    kind = _resolved(declaration, definitions)
    if declaration.get("nullable") or kind.get("nullable"):
        return None
    why = f"the parameter {name!r} has no value"
    if str(kind.get("type")).lower() == "string":
        return tentative(f"parameter-{name}", why)
    return pending(why)


def _without_secrets(
    name: str, value: object, schema: object, definitions: Mapping[str, Any], depth: int
) -> object:
    """Return a value with `Pending` wherever its type marks a secret."""
    found = _resolved(schema, definitions)
    if str(found.get("type")).lower() in _SECURE and value not in ("", None):
        why = f"the parameter {name!r} is a secret"
        secret = (
            tentative(f"secret-{name}", why, solid=True) if type(value) is str else pending(why)
        )
        return _hidden(value, found, secret)
    if isinstance(value, Open) and depth <= _DEEPEST:
        shown = _without_secrets(name, dict(value), schema, definitions, depth)
        return Open(object_of(shown), value.gap)
    if depth > _DEEPEST or isinstance(value, Pending | Runtime):
        return value
    if isinstance(value, Mapping):
        found = _chosen(found, value, definitions)
        kinds = {key.lower(): kind for key, kind in object_of(found.get("properties")).items()}
        other = found.get("additionalProperties")
        return {
            key: _without_secrets(name, each, kinds.get(key.lower(), other), definitions, depth + 1)
            for key, each in value.items()
        }
    if isinstance(value, list):
        first = found.get("prefixItems")
        members = zip_longest(value, first[: len(value)] if isinstance(first, list) else ())
        return [
            _without_secrets(name, each, kind or found.get("items"), definitions, depth + 1)
            for each, kind in members
        ]
    return value


def _hidden(value: object, schema: Mapping[str, Any], secret: Pending) -> object:
    """Return what is known of a secret: for an object of several possible kinds, its kind."""
    discriminator = object_of(schema.get("discriminator"))
    name = str(discriminator.get("propertyName"))
    if not isinstance(value, Mapping) or isinstance(value, Runtime):
        return secret
    kind = value.get(name)
    if not isinstance(kind, str) or kind not in object_of(discriminator.get("mapping")):
        return secret
    return {key: kind if key == name else secret for key in value}


def _chosen(
    schema: Mapping[str, Any], value: Mapping[str, Any], definitions: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the type of an object; of several, the one that a property of the object names.

    https://learn.microsoft.com/azure/azure-resource-manager/templates/definitions#discriminator
    """
    discriminator = object_of(schema.get("discriminator"))
    kind = value.get(str(discriminator.get("propertyName")))
    mapping = object_of(discriminator.get("mapping"))
    return (
        _resolved(mapping[kind], definitions)
        if isinstance(kind, str) and kind in mapping
        else schema
    )


def _resolved(schema: object, definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a type; a reference is resolved."""
    found = respelled(object_of(schema))
    for _ in range(_DEEPEST):
        reference = found.get("$ref")
        if not isinstance(reference, str) or not reference.startswith(_REFERENCE):
            break
        found = respelled(object_of(definitions.get(reference.removeprefix(_REFERENCE))))
    return found

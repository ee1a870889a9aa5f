"""Values of a template's parameters: given, by default, or not known.

https://learn.microsoft.com/azure/azure-resource-manager/templates/parameters
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from amlaudit.scanners.deployments.templates.pending import Pending, Runtime, pending, tentative
from amlaudit.scanners.deployments.templates.spelling import respelled
from amlaudit.scanners.files.json_values import object_of

Given = Mapping[str, Callable[[], object]]
"""What gives the value of each parameter that has one, by lower-case name."""

_SECURE: Final = frozenset({"securestring", "secureobject"})
_REFERENCE: Final = "#/definitions/"
_DEEPEST: Final = 32


def is_parameters(value: object) -> bool:
    """Tell whether the JSON value of a file is that of a parameters file."""
    if not isinstance(value, Mapping) or not isinstance(value.get("parameters"), Mapping):
        return False
    schema = str(value.get("$schema") or "").lower()
    return "deploymentparameters.json" in schema or (
        not {"resources", "template"} & set(value)
        and all(
            isinstance(each, Mapping) and set(each) & {"value", "reference"}
            for each in value["parameters"].values()
        )
    )


def given_in(parameters: object, evaluated: Callable[[object], object]) -> Given:
    """Return what gives the parameters of a parameters file, or of a nested deployment.

    Args:
        parameters: `{name: {"value": …}}`, or a `reference` to a secret in a key vault.
        evaluated: Evaluates a value.
    """
    return {
        name.lower(): _giver(name, each, evaluated) for name, each in object_of(parameters).items()
    }


def _giver(name: str, given: object, evaluated: Callable[[object], object]) -> Callable[[], object]:
    """Return what gives one parameter; an expression may choose between two whole entries."""

    def give() -> object:
        entry = evaluated(given) if isinstance(given, str) else given
        if isinstance(entry, Pending):
            return entry
        found = respelled(object_of(entry))
        if "value" in found:
            return evaluated(found["value"]) if entry is given else found["value"]
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
        declaration: What the template says of it.
        definitions: Types that the template defines.
        make: Gives its value.
    """
    value = make()
    allowed = _resolved(declaration, definitions).get("allowedValues")
    if type(value) is str and isinstance(allowed, list) and not _is_among(value, allowed):
        # Azure refuses it, so that another one has to be given.
        return tentative(value, f"the template does not allow {value!r} for the parameter {name!r}")
    return _without_secrets(name, value, declaration, definitions, 0)


def _is_among(value: str, allowed: Sequence[object]) -> bool:
    """Tell whether a text is one of those that a template allows, in whatever case."""
    return value.lower() in {str(each).lower() for each in allowed}


def missing(name: str, declaration: Mapping[str, Any], definitions: Mapping[str, Any]) -> object:
    """Return what stands for a parameter that has no value and no default."""
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
    """Return a value with `Pending` wherever its type says that it is a secret."""
    found = _resolved(schema, definitions)
    if str(found.get("type")).lower() in _SECURE and value not in ("", None):
        return pending(f"the parameter {name!r} is a secret")
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


def _chosen(
    schema: Mapping[str, Any], value: Mapping[str, Any], definitions: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the type of an object, of several the one that a property of it names.

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
    """Return a type, of a reference the one that it leads to."""
    found = respelled(object_of(schema))
    for _ in range(_DEEPEST):
        reference = found.get("$ref")
        if not isinstance(reference, str) or not reference.startswith(_REFERENCE):
            break
        found = respelled(object_of(definitions.get(reference.removeprefix(_REFERENCE))))
    return found

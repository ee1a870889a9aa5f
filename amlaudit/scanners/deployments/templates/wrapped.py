"""Finds the deployment template in a file, which may wrap it in something else.

https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from amlaudit.scanners.deployments.templates.scope import Source
from amlaudit.scanners.deployments.templates.spelling import respelled
from amlaudit.scanners.files.json_values import object_of

_KEYS_OF_EACH: Final = frozenset({"apiversion", "name", "type"})
"""Keys that a template has for each of its resources."""

_WRAPPERS: Final = ("template", "mainTemplate")
"""Keys under which files contain templates."""


class Wrapped(Struct, frozen=True):
    """A template as it appears in a file: by itself, or in the body of a deployment.

    Attributes:
        source: The template.
        parameters: The parameter values that the body sets.
        parameters_link: The link to a file that sets them instead.
    """

    source: Source
    parameters: object = None
    parameters_link: object = None


def unwrapped(value: object) -> Wrapped | None:
    """Return the template of a file, None if there is none.

    It is the file itself, or is contained in the body of a deployment, the version of a template
    spec or the artifact of a blueprint.
    https://learn.microsoft.com/rest/api/resources/deployments/create-or-update
    """
    if is_template(value):
        return Wrapped(Source(respelled(object_of(value))))
    outer = object_of(value)
    for inner, above in ((outer, ""), (object_of(outer.get("properties")), "/properties")):
        for key in _WRAPPERS:
            if is_template(found := inner.get(key)):
                source = Source(respelled(object_of(found)), pointer=f"{above}/{key}")
                return Wrapped(source, inner.get("parameters"), inner.get("parametersLink"))
    return None


def is_template(value: object) -> bool:
    """Tell whether a JSON value is a deployment template, or a fragment of one without its head."""
    if not isinstance(value, Mapping):
        return False
    lowered = {key.lower(): member for key, member in value.items()}
    resources = lowered.get("resources")
    if not isinstance(resources, list | Mapping):
        return False
    schema = str(lowered.get("$schema") or "").lower()
    if "deploymenttemplate" in schema or "contentversion" in lowered:
        return True
    members = resources.values() if isinstance(resources, Mapping) else resources
    return bool(members) and all(map(_is_declared, members))


def _is_declared(member: object) -> bool:
    """Tell whether a resource is written as in a template, and not as Azure shows it."""
    keys = {key.lower() for key in member} if isinstance(member, Mapping) else set()
    return keys >= _KEYS_OF_EACH and "id" not in keys

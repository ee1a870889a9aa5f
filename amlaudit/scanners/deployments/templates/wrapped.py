"""Finds the deployment template in a file, which may wrap it in something else.

https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax
"""

from collections.abc import Iterator, Mapping
from posixpath import normpath
from typing import Any, Final

from msgspec import Struct

from amlaudit.scanners.deployments.templates.scope import Source
from amlaudit.scanners.deployments.templates.spelling import respelled
from amlaudit.scanners.files.json_values import object_of, objects_of

_KEYS_OF_EACH: Final = frozenset({"apiversion", "name", "type"})
"""Keys that a template has for each of its resources."""

_LINKED: Final = "linkedTemplates"
"""Key of the templates that a template spec contains besides its main one."""

_OTHER_LEVELS: Final = ("subscriptiondeployment", "managementgroupdeployment", "tenantdeployment")
"""Parts of the schemas of templates that are not deployed to a resource group."""

_WRAPPERS: Final = ("template", "mainTemplate")
"""Keys under which files contain templates."""


class Wrapped(Struct, frozen=True):
    """A template as it appears in a file: by itself, or in the body of a deployment.

    Attributes:
        source: The template.
        parameters: The parameter values that the body sets.
        parameters_link: The link to a file that sets them instead.
        linked: The templates that it links to and that the body contains, by their paths.
        mode: The deployment mode that the body sets.
        error: What an export could not include; None: it is complete.
    """

    source: Source
    parameters: object = None
    parameters_link: object = None
    linked: Mapping[str, Source] = {}
    mode: object = None
    error: object = None

    @property
    def is_complete(self) -> bool:
        """Whether the deployment is in complete mode, which only resource groups have."""
        schema = str(self.source.template.get("$schema") or "").lower()
        is_elsewhere = any(level in schema for level in _OTHER_LEVELS)
        return str(self.mode).lower() == "complete" and not is_elsewhere


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
                return Wrapped(
                    source,
                    inner.get("parameters"),
                    inner.get("parametersLink"),
                    dict(_linked_in(inner, above)),
                    inner.get("mode"),
                    inner.get("error"),
                )
    return None


def _linked_in(inner: Mapping[str, Any], above: str) -> Iterator[tuple[str, Source]]:
    """Yield (path, template) for each linked template in the version of a template spec.

    https://learn.microsoft.com/azure/azure-resource-manager/templates/template-specs-create-linked
    """
    for at, each in enumerate(objects_of(inner.get(_LINKED))):
        if is_template(each.get("template")):
            path = normpath(str(each.get("path") or ""))
            pointer = f"{above}/{_LINKED}/{at}/template"
            yield path, Source(respelled(object_of(each["template"])), path, pointer)


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

"""The keys of a template in the spelling of its schema: Azure ignores their case.

https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax
"""

from collections.abc import Mapping
from typing import Any, Final

_KEYS: Final = {
    key.lower(): key
    for key in (
        "$schema", "additionalProperties", "condition", "contentVersion", "copy", "count",
        "defaultValue", "definitions", "discriminator", "existing", "expressionEvaluationOptions",
        "functions", "input", "items", "members", "metadata", "name", "namespace", "nullable",
        "output", "outputs", "parameters", "parametersLink", "prefixItems", "properties",
        "reference", "relativePath", "resourceGroup", "resources", "scope", "subscriptionId",
        "template", "templateLink", "type", "uri", "value", "variables",
    )
}  # fmt: skip
"""Keys of templates and their parts, by lower case."""


class TwoSpellingsError(ValueError):
    """An object has a key in two spellings, and it is unknown which one applies."""


def respelled(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object of a template with its known keys in their documented spelling.

    Raises:
        TwoSpellingsError: It has one of them twice.
    """
    if all(_KEYS.get(key.lower(), key) == key for key in value):
        return value
    found: dict[str, Any] = {}
    for key, member in value.items():
        name = _KEYS.get(key.lower(), key)
        if name in found:
            raise TwoSpellingsError(f"duplicate key {name!r} in two spellings")
        found[name] = member
    return found

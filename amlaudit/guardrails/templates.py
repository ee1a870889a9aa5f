"""Policy sets as deployable files: an ARM template, or Bicep.

https://learn.microsoft.com/azure/templates/microsoft.authorization/policysetdefinitions
"""

import json
from collections.abc import Mapping
from typing import Final

from amlaudit.core.dialects import BICEP, Raw
from amlaudit.guardrails.initiative import NAME, Initiative, set_properties

_VERSION: Final = "2023-04-01"
_DEFINITIONS: Final = "Microsoft.Authorization/policyDefinitions"
_SETS: Final = "Microsoft.Authorization/policySetDefinitions"
SCOPES: Final[Mapping[str, tuple[str, str]]] = {
    "subscription": (
        "2018-05-01/subscriptionDeploymentTemplate.json#",
        "[subscriptionResourceId('{type}', '{name}')]",
    ),
    "management-group": (
        "2019-08-01/managementGroupDeploymentTemplate.json#",
        "[extensionResourceId(managementGroup().id, '{type}', '{name}')]",
    ),
}
"""By scope at which a set can be defined: the template schema, and the expression for ids there.

https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax#template-format
"""


def arm_template(initiative: Initiative, scope: str) -> str:
    """Return the ARM template that defines a policy set at a scope, one of `SCOPES`."""
    schema, identity = SCOPES[scope]
    written = initiative.definitions
    ids = {each.name: identity.format(type=_DEFINITIONS, name=each.name) for each in written}
    definitions = [
        _resource(_DEFINITIONS, each.name, _escaped(each.properties)) for each in written
    ]
    policy_set = _resource(_SETS, NAME, set_properties(initiative, ids))
    template = {
        "$schema": f"https://schema.management.azure.com/schemas/{schema}",
        "contentVersion": "1.0.0.0",
        "resources": [*definitions, {**policy_set, "dependsOn": list(ids.values())}],
    }
    return json.dumps(template, indent=2, ensure_ascii=False) + "\n"


def bicep_file(initiative: Initiative, scope: str) -> str:
    """Return the Bicep file that defines a policy set at a scope, one of `SCOPES`."""
    target = scope.title().replace("-", "")
    parts = [f"targetScope = '{target[0].lower()}{target[1:]}'"]
    symbols = {each.name: each.name.replace("-", "_") for each in initiative.definitions}
    parts += (
        _bicep(symbols[each.name], _DEFINITIONS, each.name, each.properties)
        for each in initiative.definitions
    )
    reference = {name: Raw(f"{symbol}.id") for name, symbol in symbols.items()}
    parts.append(_bicep("guardrails", _SETS, NAME, set_properties(initiative, reference)))
    return "\n\n".join(parts) + "\n"


def _resource(arm_type: str, name: str, properties: object) -> dict[str, object]:
    """Return a resource of a template."""
    return {"type": arm_type, "apiVersion": _VERSION, "name": name, "properties": properties}


def _bicep(symbol: str, arm_type: str, name: str, properties: Mapping[str, object]) -> str:
    """Return a resource of a Bicep file."""
    body = BICEP.write({"name": name, "properties": properties})
    return f"resource {symbol} '{arm_type}@{_VERSION}' = {body}"


def _escaped(value: object) -> object:
    """Return a value in which no string is an expression of the template itself.

    Policy expressions must be passed through unevaluated: a second bracket prevents the template
    from evaluating them.
    """
    match value:
        case Mapping():
            return {key: _escaped(member) for key, member in value.items()}
        case list():
            return [_escaped(member) for member in value]
        case str() if value.startswith("["):
            return f"[{value}"
        case _:
            return value

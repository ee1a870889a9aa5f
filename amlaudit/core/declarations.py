"""How infrastructure as code declares what mends a fail: in Bicep, and in Terraform."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from amlaudit.core.conditions import ParameterValue, Scalar
from amlaudit.core.path import Steps, parse_path
from amlaudit.core.rule import Rule

Tree: TypeAlias = Mapping[str, "Tree | ParameterValue"]
"""Settings by their first step, those beneath it in a tree of their own."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INDENT = "  "


def bicep_of(rule: Rule) -> str:
    """Return what a Bicep file must say of a resource for a rule to pass, empty if nothing does.

    https://learn.microsoft.com/azure/azure-resource-manager/bicep/resource-declaration
    """
    if not rule.fix.settings:
        return ""
    lines = _object(_tree_of(rule), ": ", _in_bicep, 1)
    return "\n".join((f"resource audited '{_versioned(rule)}' = {{", *lines, "}"))


def terraform_of(rule: Rule) -> str:
    """Return what a Terraform file must say of a resource for a rule to pass, empty if nothing.

    With the provider that speaks Azure's own names:
    https://registry.terraform.io/providers/Azure/azapi/latest/docs
    """
    if not rule.fix.settings:
        return ""
    lines = _object(_tree_of(rule), " = ", _in_terraform, 2)
    head = ('resource "azapi_resource" "audited" {', f'{_INDENT}type = "{_versioned(rule)}"')
    return "\n".join((*head, f"{_INDENT}body = {{", *lines, f"{_INDENT}}}", "}"))


def _versioned(rule: Rule) -> str:
    """Return a rule's ARM type with the API version that its properties are known of."""
    return f"{rule.type_name}@{rule.api_version or '<api-version>'}"


def _tree_of(rule: Rule) -> Tree:
    """Return the settings of a rule as the objects in which they lie."""
    return _tree({parse_path(path): value for path, value in rule.fix.settings.items()})


def _tree(settings: Mapping[Steps, ParameterValue]) -> Tree:
    """Return settings as the objects in which they lie."""
    tree: dict[str, Tree | ParameterValue] = {}
    for head in dict.fromkeys(path[0] for path in settings):
        beneath = {path[1:]: value for path, value in settings.items() if path[0] == head}
        tree[head] = beneath[()] if () in beneath else _tree(beneath)
    return tree


def _object(
    tree: Tree, between: str, spell: Callable[[ParameterValue], str], depth: int
) -> Iterator[str]:
    """Yield the lines of what stands in an object.

    Args:
        tree: Its members.
        between: What stands between a key and its value.
        spell: Returns a value as the language writes it.
        depth: How far the lines are indented.
    """
    indent = _INDENT * depth
    for key, value in tree.items():
        name = key if _PLAIN_KEY.fullmatch(key) else spell(key)
        if isinstance(value, Mapping):
            yield f"{indent}{name}{between}{{"
            yield from _object(value, between, spell, depth + 1)
            yield f"{indent}}}"
        else:
            yield f"{indent}{name}{between}{spell(value)}"


def _in_bicep(value: ParameterValue) -> str:
    """Return a value as Bicep writes it; `${` would begin an expression."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_in_bicep, value))}]"
    if isinstance(value, str):
        quoted = value.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\${")
        return f"'{quoted}'"
    return _literal(value)


def _in_terraform(value: ParameterValue) -> str:
    """Return a value as Terraform writes it; `${` and `%{` would begin an expression."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_in_terraform, value))}]"
    if isinstance(value, str):
        return json.dumps(value).replace("${", "$${").replace("%{", "%%{")
    return _literal(value)


def _literal(value: Scalar) -> str:
    """Return a number, or true or false, as both languages write it."""
    return json.dumps(value)

"""Expressions that are compared in a way of their own.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
"""

from typing import Final

from amlaudit.language.expressions import Access, Call, Literal, Node, is_expression, parse

SCOPES: Final = frozenset({"resourcegroup", "subscription"})
"""Functions that tell about what the resource is in, lower case."""


def is_api_version(raw: object) -> bool:
    """Tell whether a JSON value is the API version of the request."""
    match whole_expression(raw):
        case Access(Call("requestcontext", ()), Literal(str() as key)):
            return key.lower() == "apiversion"
        case _:
            return False


def is_location(raw: object) -> bool:
    """Tell whether a JSON value is the location of the resource or of its group."""
    match whole_expression(raw):
        case Call("field", (Literal(str() as key),)):
            return key.lower() == "location"
        case Access(Call("resourcegroup", ()), Literal(str() as key)):
            return key.lower() == "location"
        case _:
            return False


def is_tag_of_scope(node: Node | None) -> bool:
    """Tell whether an expression is a tag of the resource group or subscription."""
    match node:
        case Access(Access(Call(name, ()), Literal(str() as key)), _):
            return name in SCOPES and key.lower() == "tags"
        case _:
            return False


def whole_expression(raw: object) -> Node | None:
    """Return the expression that is all of a JSON value; None: it is something else."""
    return parse(raw) if isinstance(raw, str) and is_expression(raw) else None

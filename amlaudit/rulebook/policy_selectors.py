"""What policy assignments and exemptions have in common: where they apply, and what they select.

https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure
https://learn.microsoft.com/azure/governance/policy/concepts/exemption-structure
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from amlaudit.core import arm_id
from amlaudit.core.patterns import late_pattern
from amlaudit.engine.policy.conditions import (
    Accessor,
    AllOf,
    AnyOf,
    Condition,
    Field,
    Leaf,
    Value,
)
from amlaudit.engine.policy.definition import Reach
from amlaudit.language.expressions import Call, Literal, Node, is_expression, parse
from amlaudit.language.values import EvaluationError

_SCOPE: Final = late_pattern(
    r"/(?:subscriptions|providers/Microsoft\.Management/managementGroups)/[^\[\]{}<>$\s]+",
    re.IGNORECASE,
)
_PLACEHOLDER: Final = late_pattern(
    r"\$\{[^{}]+\}|#\{[^{}]+\}#|\$\([^()]+\)|/placeholder\b", re.IGNORECASE
)
"""What is filled in later: by Terraform, by a pipeline, or in the library of Azure Landing Zones.

https://developer.hashicorp.com/terraform/language/functions/templatefile
https://github.com/Azure/Azure-Landing-Zones-Library/tree/main/platform/alz/policy_assignments
"""
_PLACE: Final = late_pattern(r"\{(\d+)\}$")
"""The place at the end of a pattern that a value is filled in at."""

_ACCESSORS: Final[Mapping[str, Accessor]] = {
    "resourcelocation": Field("location"),
    "resourcetype": Field("type"),
    "policydefinitionreferenceid": Value("[policy().definitionReferenceId]"),
}
"""What selectors look at; any other kind looks at an unknown field."""

_WITHOUT_LOCATION: Final = AllOf(
    (
        Leaf(Field("location"), "exists", "false"),
        Leaf(Field("id"), "notcontains", "/resourceGroups/"),
    )
)


def reach_of(scope: object, excluded: object) -> Reach:
    """Return where an assignment or exemption applies, as far as it is given as ids.

    Policies as code usually have placeholders or expressions there, which only a deployment knows.
    """
    several = excluded if isinstance(excluded, list) else [excluded] if excluded else []
    own, ids = _scope_id(scope), [_scope_id(each) for each in several]
    return Reach(own, tuple(filter(None, ids)), is_known=all(ids) and bool(own or not scope))


def _scope_id(spelled: object) -> str:
    """Return the normalised id of a scope, empty for anything else."""
    if not isinstance(spelled, str) or _PLACEHOLDER.search(spelled):
        return ""
    return arm_id.normalise(spelled) if _SCOPE.fullmatch(spelled) else ""


def scope_above(keys: Mapping[str, Any], kind: str) -> object:
    """Return the scope of an extension resource as it is given; None if it is not.

    Args:
        keys: The resource, its keys lower case.
        kind: Its type without the provider, lower case.
    """
    properties = properties_of(keys)
    if scope := properties.get("scope") or keys.get("scope"):
        return scope
    own_id = arm_id.normalise(str(keys.get("id") or ""))
    above, own, _ = own_id.partition(f"/providers/microsoft.authorization/{kind}/")
    return above if own else None


def selected_by(selectors: object) -> Condition | None:
    """Return the condition that selected resources meet; None: all are selected."""
    groups = tuple(condition_of(folded(each)) for each in objects(selectors))
    return AnyOf(groups) if groups else None


def condition_of(found: Mapping[str, Any]) -> Condition:
    """Return the conjunction of all selectors in a group."""
    return AllOf(tuple(_selector(folded(each)) for each in objects(found.get("selectors"))))


def _selector(found: Mapping[str, Any]) -> Condition:
    """Return the condition of one selector."""
    kind = str(found.get("kind", ""))
    if kind.lower() == "resourcewithoutlocation":  # of which there are those of subscriptions only
        return _WITHOUT_LOCATION
    operator = "in" if "in" in found else "notin"
    return Leaf(_ACCESSORS.get(kind.lower(), Field(kind)), operator, found.get(operator))


def object_of(value: object) -> Mapping[str, Any]:
    """Return a JSON object, empty for any other value."""
    return value if isinstance(value, Mapping) else {}


def objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects in a JSON list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def has_expression(value: object) -> bool:
    """Tell whether there is an expression or a placeholder anywhere in a JSON value."""
    return has_text(value, lambda text: bool(is_expression(text) or _PLACEHOLDER.search(text)))


def has_text(value: object, test: Callable[[str], bool]) -> bool:
    """Tell whether a test holds for a text anywhere in a JSON value; keys do not count."""
    if isinstance(value, Mapping):
        return any(has_text(each, test) for each in value.values())
    if isinstance(value, list):
        return any(has_text(each, test) for each in value)
    return isinstance(value, str) and test(value)


def name_in(spelled: str) -> str:
    """Return the name that the id of a definition or set ends with.

    In a template an id is usually made by a function: its last string is used, or the pattern.
    """
    if is_expression(spelled):
        with suppress(EvaluationError):  # reported when the definition is read
            spelled = _last_text(parse(spelled)) or spelled
    return arm_id.name_of(spelled.rstrip("')] ")).rpartition("'")[2]


def _last_text(node: Node) -> str:
    """Return the text that the result of a function ends with, empty if there is none."""
    match node:
        case Literal(str() as value):
            return value
        case Call("format", (Literal(str() as pattern), *values)):
            last = _PLACE.search(pattern)
            place = int(last[1]) if last else len(values)
            return _last_text(values[place]) if place < len(values) else pattern
        case Call(_, (*_, last_of)):
            return _last_text(last_of)
        case _:
            return ""


def folded(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with its keys in lower case: the service accepts any case."""
    return {key.lower(): value for key, value in found.items()}


def properties_of(keys: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the properties of a resource, which may come without it; all keys lower case."""
    inner = keys.get("properties")
    return folded(inner) if isinstance(inner, Mapping) else keys

"""The typed tree of policy conditions, and its parser.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
"""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from amlaudit.core.path import describe
from amlaudit.core.suggestions import hinted
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.values import DEEPEST

OPERATORS: Final = {
    name.lower(): name
    for name in (
        "equals", "notEquals", "in", "notIn", "like", "notLike", "match", "notMatch",
        "matchInsensitively", "notMatchInsensitively", "contains", "notContains", "containsKey",
        "notContainsKey", "less", "lessOrEquals", "greater", "greaterOrEquals", "exists",
    )
}  # fmt: skip
"""The documented spelling of the operators by lower-case name."""

_LOGIC: Final = frozenset({"allof", "anyof", "not"})
_ACCESSORS: Final = frozenset({"field", "value", "count"})
_WORDS: Final = (*OPERATORS.values(), *sorted(_ACCESSORS), "allOf", "anyOf", "not")
"""Every key that a condition may have, as the documentation spells it."""


class AllOf(Struct, frozen=True):
    """Every condition is true; true if there are none."""

    conditions: tuple["Condition", ...]


class AnyOf(Struct, frozen=True):
    """At least one condition is true."""

    conditions: tuple["Condition", ...]


class Not(Struct, frozen=True):
    """The condition is false."""

    condition: "Condition"


class Field(Struct, frozen=True):
    """A field of the resource, given by name or by an expression for its name."""

    name: str


class Value(Struct, frozen=True):
    """A JSON value, which may contain expressions."""

    raw: object


class FieldCount(Struct, frozen=True):
    """The number of members of an array field that meet a condition."""

    field: str
    where: "Condition | None"


class ValueCount(Struct, frozen=True):
    """The number of members of an array value that meet a condition."""

    raw: object
    name: str
    where: "Condition | None"


Accessor: TypeAlias = Field | Value | FieldCount | ValueCount


class Leaf(Struct, frozen=True):
    """A comparison.

    Attributes:
        accessor: What is compared.
        operator: The operator, lower case.
        operand: What it is compared with: a JSON value, which may contain expressions.
    """

    accessor: Accessor
    operator: str
    operand: object


Condition: TypeAlias = AllOf | AnyOf | Not | Leaf


def read_condition(document: object, at: str, depth: int = 0) -> Condition:
    """Parse a condition from JSON.

    Args:
        document: The JSON value.
        at: Its JSON path in the definition.
        depth: How deep it is nested.

    Raises:
        DefinitionError: It is not a condition.
    """
    if depth > DEEPEST:
        raise DefinitionError(at, f"conditions nest deeper than {DEEPEST}")
    keys = read_object(document, at)
    logic = sorted(_LOGIC & keys.keys())
    if not logic:
        return _read_leaf(keys, at, depth)
    if len(keys) > 1:
        raise DefinitionError(at, f"{keys[logic[0]][0]} cannot be combined with other keys")
    spelled, inner = keys[logic[0]]
    if logic[0] == "not":
        return Not(read_condition(inner, f"{at}.{spelled}", depth + 1))
    if not isinstance(inner, list):
        raise DefinitionError(f"{at}.{spelled}", f"must be a list, not {describe(inner)}")
    conditions = tuple(
        read_condition(each, f"{at}.{spelled}[{place}]", depth + 1)
        for place, each in enumerate(inner)
    )
    return AllOf(conditions) if logic[0] == "allof" else AnyOf(conditions)


def read_object(document: object, at: str) -> dict[str, tuple[str, object]]:
    """Return the keys of a JSON object, lower case, with their spelling and value.

    Raises:
        DefinitionError: It is not an object, or has a duplicate key.
    """
    if not isinstance(document, Mapping):
        raise DefinitionError(at, f"must be an object, not {describe(document)}")
    keys = {key.lower(): (key, value) for key, value in document.items()}
    if len(keys) != len(document):
        raise DefinitionError(at, "duplicate key")
    return keys


def leaves_of(condition: Condition) -> Iterator[Leaf]:
    """Yield the comparisons of a condition, except those within counts."""
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            for each in conditions:
                yield from leaves_of(each)
        case Not(inner):
            yield from leaves_of(inner)
        case _:
            yield condition


def _read_leaf(keys: Mapping[str, tuple[str, object]], at: str, depth: int) -> Leaf:
    """Parse a comparison: one accessor and one operator."""
    for key, (spelled, _) in keys.items():
        if key not in _ACCESSORS and key not in OPERATORS:
            problem = hinted("neither an accessor nor an operator", spelled, _WORDS)
            raise DefinitionError(f"{at}.{spelled}", problem)
    accessors = sorted(_ACCESSORS & keys.keys())
    operators = sorted(OPERATORS.keys() & keys.keys())
    if len(accessors) != 1 or len(operators) != 1:
        raise DefinitionError(at, "one of field, value and count, and one operator are required")
    spelled, raw = keys[accessors[0]]
    operand = keys[operators[0]][1]
    if accessors[0] == "value":
        return Leaf(Value(raw), operators[0], operand)
    if accessors[0] == "field":
        return Leaf(Field(read_text(raw, f"{at}.{spelled}")), operators[0], operand)
    return Leaf(_read_count(raw, f"{at}.{spelled}", depth), operators[0], operand)


def _read_count(document: object, at: str, depth: int) -> FieldCount | ValueCount:
    """Parse what is counted."""
    keys = read_object(document, at)
    if unknown := keys.keys() - {"field", "value", "name", "where"}:
        raise DefinitionError(f"{at}.{keys[min(unknown)][0]}", "no part of a count")
    if ("field" in keys) is ("value" in keys):
        raise DefinitionError(at, "a count needs either field or value")
    where = None
    if "where" in keys:
        spelled, inner = keys["where"]
        where = read_condition(inner, f"{at}.{spelled}", depth + 1)
    if "field" in keys:
        return FieldCount(read_text(keys["field"][1], f"{at}.field"), where)
    name = keys.get("name", ("name", "default"))[1]
    return ValueCount(keys["value"][1], read_text(name, f"{at}.name"), where)


def read_text(value: object, at: str) -> str:
    """Parse a JSON string.

    Raises:
        DefinitionError: It is not a string.
    """
    if isinstance(value, str):
        return value
    raise DefinitionError(at, f"must be a string, not {describe(value)}")

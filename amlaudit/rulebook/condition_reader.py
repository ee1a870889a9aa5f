"""Conditions read from YAML into the engine's typed tree, or a clear error with its place."""

from collections.abc import Mapping

from amlaudit.core.path import Steps, describe, parse_path
from amlaudit.core.relations import RELATIONS
from amlaudit.engine.conditions import (
    COUNTABLE,
    ORDERINGS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    CountMembers,
    CountNeighbours,
    Default,
    Exists,
    Not,
    Operator,
    Scalar,
)
from amlaudit.rulebook.nodes import Node, did_you_mean

_OPERATORS = tuple(Operator)
_LEAF_KEYS = ("field", "exists", "default", "since", *_OPERATORS)
_COUNT_KEYS = ("count", *_OPERATORS)
_WITH_SEVERAL = (Operator.IN, Operator.NOT_IN)


def read_condition(node: Node, arm_type: str) -> Condition:
    """Return the condition that a node spells.

    Args:
        node: Where the condition stands.
        arm_type: ARM type of the resource it looks at; empty for a part of a resource.

    Raises:
        AmlauditError: It is not a condition.
    """
    entries = node.entries()
    for word in ("allOf", "anyOf"):
        if word in entries:
            node.mapping((word,), f"a condition with {word}")
            members = tuple(read_condition(each, arm_type) for each in entries[word][1].items())
            return AllOf(members) if word == "allOf" else AnyOf(members)
    if "not" in entries:
        node.mapping(("not",), "a condition with not")
        return Not(read_condition(entries["not"][1], arm_type))
    if "count" in entries:
        return _read_count(node, arm_type)
    if "field" in entries:
        return _read_leaf(node)
    first = next(iter(entries), "")
    words = ("allOf", "anyOf", "not", "field", "count")
    return node.error(
        f"a condition needs one of {', '.join(words)}.{did_you_mean(first, words)}", code="E202"
    )


def _read_leaf(node: Node) -> Condition:
    """Return a comparison of one field, or the question whether it exists."""
    keys = node.mapping(_LEAF_KEYS, "a condition on a field")
    path = _read_path(keys["field"])
    if "exists" in keys:
        node.mapping(("field", "exists"), "a condition with exists")
        return Exists(path, keys["exists"].boolean())
    operator = _read_operator(node, keys)
    operand = _read_operand(keys[operator], operator)
    default = _read_default(keys)
    if default and not isinstance(default.value, tuple):
        sample = operand[0] if isinstance(operand, tuple) else operand
        if describe(default.value) != describe(sample):
            keys["default"].error(
                f"the default is {describe(default.value)}, the operand {describe(sample)}",
                code="E202",
            )
    return Comparison(path, operator, operand, default)


def _read_count(node: Node, arm_type: str) -> Condition:
    """Return a count over the members of a list, or over neighbours."""
    keys = node.mapping(_COUNT_KEYS, "a condition with count")
    operator = _read_operator(node, keys)
    if operator not in COUNTABLE:
        keys[operator].error(f"a count cannot be compared with {operator}", code="E202")
    number = keys[operator].scalar()
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        keys[operator].error("a count is compared with a whole number", code="E202")
    inner = keys["count"].mapping(("field", "follow", "where", "default", "since"), "a count")
    if ("field" in inner) is ("follow" in inner):
        keys["count"].error("a count needs either field or follow", code="E202")
    if "field" in inner:
        where = read_condition(inner["where"], "") if "where" in inner else None
        return CountMembers(
            _read_path(inner["field"]), where, operator, number, _read_default(inner)
        )
    relation = _read_relation(inner["follow"], arm_type)
    where = read_condition(inner["where"], RELATIONS[relation].target) if "where" in inner else None
    return CountNeighbours(relation, where, operator, number)


def _read_relation(node: Node, arm_type: str) -> str:
    """Return the name of a relation that leads from a type."""
    relation = node.text()
    if relation not in RELATIONS:
        node.error(
            f'unknown relation "{relation}".{did_you_mean(relation, RELATIONS)}', code="E202"
        )
    if not RELATIONS[relation].starts_at(arm_type):
        place = f"a {arm_type}" if arm_type else "a part of a resource"
        node.error(f'no relation "{relation}" leads from {place}', code="E202")
    return relation


def _read_path(node: Node) -> Steps:
    """Return a property path."""
    try:
        return parse_path(node.text())
    except ValueError as error:
        return node.error(str(error), code="E202")


def _read_operator(node: Node, keys: Mapping[str, Node]) -> Operator:
    """Return the one operator of a condition."""
    found = [operator for operator in _OPERATORS if operator in keys]
    if len(found) != 1:
        node.error(
            f"a condition needs exactly one operator, this has {len(found)}",
            code="E202",
            advice=f"use one of {', '.join(_OPERATORS)}",
        )
    return found[0]


def _read_operand(node: Node, operator: Operator) -> Scalar | tuple[Scalar, ...]:
    """Return what a field is compared with."""
    if operator in _WITH_SEVERAL:
        members = tuple(each.scalar() for each in node.items())
        if len(set(map(describe, members))) > 1:
            node.error("the members of the list must be of one kind", code="E202")
        return members
    operand = node.scalar()
    if operator in ORDERINGS and describe(operand) != "a number":
        node.error(f"{operator} compares numbers", code="E202")
    if operator in (Operator.LIKE, Operator.NOT_LIKE) and not isinstance(operand, str):
        node.error(f"{operator} compares texts", code="E202")
    return operand


def _read_default(keys: Mapping[str, Node]) -> Default | None:
    """Return what Azure documents for an absent property; None: nothing."""
    if "default" not in keys:
        if "since" in keys:
            keys["since"].error("since says how old a default is; there is none", code="E202")
        return None
    since = keys["since"].text() if "since" in keys else ""
    node = keys["default"]
    if node.is_list:
        if node.json() != []:
            node.error("only the empty list can be the default of a list", code="E202")
        return Default((), since)
    return Default(node.scalar(), since)

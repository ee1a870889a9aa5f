"""Parses YAML conditions into the engine's typed tree, or raises a clear error with its place."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from msgspec import Struct

from amlaudit.core.conditions import (
    ALWAYS,
    COUNTABLE,
    NEVER,
    ORDERINGS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    CountMembers,
    CountNeighbours,
    Default,
    Exists,
    InContext,
    Not,
    Operator,
    ParameterValue,
    Reading,
    Scalar,
    Tagged,
)
from amlaudit.core.context import LABELS
from amlaudit.core.path import Steps, describe, parse_path
from amlaudit.core.patterns import late_pattern
from amlaudit.core.relations import RELATIONS
from amlaudit.core.rule import Parameter
from amlaudit.core.suggestions import did_you_mean
from amlaudit.engine.matchers import kind_of
from amlaudit.rulebook.arm_properties import MEMBER, check_path, is_list
from amlaudit.rulebook.parameter_reader import read_list
from amlaudit.strict_yaml import Keys, Node

_OPERATORS = tuple(Operator)
_LEAF_KEYS = ("field", "as", "exists", "default", "since", "known", *_OPERATORS)
_COUNT_KEYS = ("count", *_OPERATORS)
_WITH_SEVERAL = (Operator.IN, Operator.NOT_IN)
_READINGS = tuple(each.value for each in Reading if each.value)
_MEMBER_ITSELF = "."
_VERSION = late_pattern(r"\d{4}-\d{2}-\d{2}(-preview)?")
_EQUALITIES = (Operator.EQUALS, Operator.NOT_EQUALS, Operator.IN, Operator.NOT_IN)


class ConditionReader(Struct, frozen=True):
    """Reads the conditions of one rule.

    Attributes:
        parameters: The rule's parameters, which operands can refer to.
    """

    parameters: Mapping[str, Parameter]

    def read(self, node: Node, arm_type: str, within: Steps = ()) -> Condition:
        """Parse the condition in a node.

        Args:
            node: The node of the condition.
            arm_type: ARM type of the resource it looks at.
            within: Path of the part of the resource it looks at; empty for the whole.

        Raises:
            AmlauditError: It is not a condition.
        """
        if node.is_list:
            node.error("expected one condition", advice="combine several with allOf or anyOf")
        entries = node.entries()
        for word in ("allOf", "anyOf"):
            if word in entries:
                node.mapping((word,), f"a condition with {word}")
                members = tuple(
                    self.read(each, arm_type, within) for each in entries[word][1].items()
                )
                return _all_of(members) if word == "allOf" else _any_of(members)
        if "not" in entries:
            node.mapping(("not",), "a condition with not")
            inner = self.read(entries["not"][1], arm_type, within)
            return _OPPOSITE.get(inner) or Not(inner)
        if "count" in entries:
            return self._read_count(node, arm_type, within)
        if "field" in entries:
            return self._read_leaf(node, arm_type, within)
        for word, read in (("context", self._read_context), ("parameter", self._read_choice)):
            if word in entries:
                return read(node)
        first = next(iter(entries), "")
        words = ("allOf", "anyOf", "not", "field", "count", "context", "parameter")
        hint = did_you_mean(first, words)
        return node.error(f"a condition needs one of {', '.join(words)}.{hint}", code="E202")

    def _read_leaf(self, node: Node, arm_type: str, within: Steps) -> Condition:
        """Parse a comparison of one field, or a test whether it exists."""
        keys = node.mapping(_LEAF_KEYS, "a condition on a field")
        path = read_path(keys["field"], arm_type, within)
        if "exists" in keys:
            node.mapping(("field", "exists"), "a condition with exists")
            return Exists(path, keys["exists"].boolean())
        operator = _read_operator(node, keys)
        operand = self._read_operand(keys[operator], operator)
        reading = keys.read("as", partial(_read_reading, operator=operator), Reading.ITSELF)
        default = _read_default(keys)
        if default and not isinstance(default.value, tuple):
            kind = kind_of(operand)
            if kind and describe(default.value) != kind:
                words = f"the default is {describe(default.value)}, the operand {kind}"
                keys["default"].error(words, code="E202")
        read_known = partial(_read_known, operator=operator, operand=operand)
        known = keys.read("known", read_known, ())
        return Comparison(path, operator, operand, default, reading, known)

    def _read_context(self, node: Node) -> InContext | Tagged:
        """Parse a comparison of what tags say about the workspace, or a test whether they do."""
        keys = node.mapping(("context", "exists", *_OPERATORS), "a condition on a context")
        label = keys["context"].text()
        if label not in LABELS:
            hint = did_you_mean(label, LABELS)
            keys["context"].error(f'unknown context "{label}".{hint}', code="E202")
        if "exists" in keys:
            node.mapping(("context", "exists"), "a condition with exists")
            return Tagged(label, keys["exists"].boolean())
        operator = _read_operator(node, keys)
        operand = self._read_operand(keys[operator], operator)
        if kind_of(operand) not in ("a string", ""):
            keys[operator].error("a context must be compared with strings", code="E202")
        return InContext(label, operator, operand)

    def _read_choice(self, node: Node) -> Condition:
        """Parse a company's choice by a parameter: a condition that always holds, or never."""
        keys = node.mapping(("parameter", "equals"), "a condition on a parameter")
        if "equals" not in keys:
            node.error('a condition on a parameter has no "equals"', code="E202")
        value = self._value_of(keys["parameter"])
        if not isinstance(value, bool):
            keys["parameter"].error("the parameter must be a boolean", code="E202")
        return ALWAYS if value is keys["equals"].boolean() else NEVER

    def _read_count(self, node: Node, arm_type: str, within: Steps) -> Condition:
        """Parse a count over the members of a list, or over neighbours."""
        keys = node.mapping(_COUNT_KEYS, "a condition with count")
        operator = _read_operator(node, keys)
        if operator not in COUNTABLE:
            keys[operator].error(f"a count cannot be compared with {operator}", code="E202")
        number = self._read_operand(keys[operator], operator)
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            keys[operator].error("a count must be compared with a whole number", code="E202")
        if not keys["count"].is_mapping:
            advice = "write { field: PATH } or { follow: RELATION }"
            keys["count"].error("count does not say what is counted", advice=advice)
        inner = keys["count"].mapping(("field", "follow", "where", "default", "since"), "a count")
        if ("field" in inner) is ("follow" in inner):
            keys["count"].error("a count needs either field or follow", code="E202")
        if "field" in inner:
            path = read_path(inner["field"], arm_type, within)
            members = (*within, *path, MEMBER)
            where = self.read(inner["where"], arm_type, members) if "where" in inner else None
            default, keyed = _read_default(inner), not is_list(arm_type, within, path)
            return CountMembers(path, where, operator, number, default, keyed)
        relation = _read_relation(inner["follow"], "" if within else arm_type)
        target = RELATIONS[relation].target
        where = self.read(inner["where"], target) if "where" in inner else None
        return CountNeighbours(relation, where, operator, number)

    def _read_operand(self, node: Node, operator: Operator) -> ParameterValue:
        """Parse what a field is compared with: a literal, or a parameter's value."""
        several, is_like = operator in _WITH_SEVERAL, operator.positive is Operator.LIKE
        if node.is_mapping:
            operand = self._read_parameter(node)
            if isinstance(operand, tuple) is not several and not (is_like and not several):
                node.error(f"{operator} takes {'a list' if several else 'one value'}", code="E202")
        elif node.is_list is not several and not is_like:
            given = "use in or notIn for a list" if node.is_list else "write it in brackets"
            node.error(f"{operator} takes {'a list' if several else 'one value'}; {given}")
        else:
            operand = read_list(node) if node.is_list else node.scalar()
        if operator in ORDERINGS and describe(operand) != "a number":
            node.error(f"{operator} needs a number", code="E202")
        if is_like and kind_of(operand) not in ("a string", ""):
            node.error(f"{operator} needs a string", code="E202")
        return operand

    def _read_parameter(self, node: Node) -> ParameterValue:
        """Return the value of the parameter that an operand names."""
        keys = node.mapping(("parameter",), "an operand")
        if "parameter" not in keys:
            node.error("an operand must be a value, a list, or { parameter: NAME }", code="E202")
        return self._value_of(keys["parameter"])

    def _value_of(self, node: Node) -> ParameterValue:
        """Return the value of the parameter that a node names."""
        name = node.text()
        if name not in self.parameters:
            hint = did_you_mean(name, self.parameters)
            node.error(f'the rule has no parameter "{name}".{hint}', code="E202")
        return self.parameters[name].value


_OPPOSITE: Final[Mapping[Condition, Condition]] = {ALWAYS: NEVER, NEVER: ALWAYS}


def _all_of(members: tuple[Condition, ...]) -> Condition:
    """Return the conjunction of conditions, without those already decided by a parameter."""
    return NEVER if NEVER in members else AllOf(tuple(each for each in members if each != ALWAYS))


def _any_of(members: tuple[Condition, ...]) -> Condition:
    """Return the disjunction of conditions, without those already decided by a parameter."""
    return ALWAYS if ALWAYS in members else AnyOf(tuple(each for each in members if each != NEVER))


def _read_reading(node: Node, operator: Operator) -> Reading:
    """Parse what is compared of a value."""
    if node.text() not in _READINGS:
        node.error(f"a field can only be read as {', '.join(_READINGS)}", code="E202")
    if operator not in ORDERINGS:
        node.error(f"{node.text()} are compared by {', '.join(sorted(ORDERINGS))}", code="E202")
    return Reading(node.text())


def _read_known(node: Node, operator: Operator, operand: ParameterValue) -> tuple[Scalar, ...]:
    """Parse the values with a known meaning besides the operands."""
    if operator not in _EQUALITIES:
        node.error(f"known can only be used with {', '.join(_EQUALITIES)}", code="E202")
    known = read_list(node)
    kind = kind_of(operand)
    if kind and describe(known[0]) != kind:
        node.error(f"each value of known must be {kind}", code="E202")
    return known


def _read_relation(node: Node, arm_type: str) -> str:
    """Parse the name of a relation that starts at a type."""
    relation = node.text()
    if relation not in RELATIONS:
        node.error(
            f'unknown relation "{relation}".{did_you_mean(relation, RELATIONS)}', code="E202"
        )
    if not RELATIONS[relation].starts_at(arm_type):
        place = f"a {arm_type}" if arm_type else "a part of a resource"
        node.error(f'{place} has no relation "{relation}"', code="E202")
    return relation


def read_path(node: Node, arm_type: str, within: Steps) -> Steps:
    """Parse a property path that documents of a type have, within a part of them.

    A list member that is not an object is referred to as `.`.
    """
    if within and node.text() == _MEMBER_ITSELF:
        return ()
    try:
        path = parse_path(node.text())
    except ValueError as error:
        return node.error(str(error), code="E202")
    if problem := check_path(arm_type, within, path):
        node.error(f"expression error: {problem}", code="E202")
    return path


def _read_operator(node: Node, keys: Mapping[str, Node]) -> Operator:
    """Parse the single operator of a condition."""
    found = [operator for operator in _OPERATORS if operator in keys]
    if len(found) != 1:
        node.error(
            f"a condition needs exactly one operator, this has {len(found)}",
            code="E202",
            advice=f"use one of {', '.join(_OPERATORS)}",
        )
    return found[0]


def _read_version(node: Node) -> str:
    """Parse an API version."""
    version = node.text()
    if not _VERSION.fullmatch(version):
        node.error(
            f'"{version}" is not an API version', code="E202", advice='use the form "2024-04-01"'
        )
    return version


def _read_default(keys: Keys) -> Default | None:
    """Parse what Azure documents for an absent property; None: nothing."""
    if "default" not in keys:
        if "since" in keys:
            keys["since"].error("since needs a default", code="E202")
        return None
    since = keys.read("since", _read_version, "")
    node = keys["default"]
    if node.is_list:
        if node.json() != []:
            node.error("the default of a list must be the empty list", code="E202")
        return Default((), since)
    return Default(node.scalar(), since)

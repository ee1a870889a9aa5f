"""Compares a value with an operand, for the leaves of conditions and their messages."""

import math
import operator as op
import re
from collections.abc import Callable
from fnmatch import translate
from typing import Final, TypeAlias

from amlaudit.core.conditions import ORDERINGS, Operator, ParameterValue, Scalar
from amlaudit.core.path import describe

Matcher: TypeAlias = Callable[[object], bool | None]
"""Compares a present value; None: its type cannot be compared with the operand."""

ORDER: Final[dict[Operator, Callable[[float, float], bool]]] = {
    Operator.LESS: op.lt,
    Operator.LESS_OR_EQUALS: op.le,
    Operator.GREATER: op.gt,
    Operator.GREATER_OR_EQUALS: op.ge,
}

_WORDS: Final = {
    Operator.EQUALS: "",
    Operator.NOT_EQUALS: "not ",
    Operator.IN: "one of ",
    Operator.NOT_IN: "none of ",
    Operator.LIKE: "like ",
    Operator.NOT_LIKE: "not like ",
    Operator.CONTAINS: "containing ",
    Operator.NOT_CONTAINS: "not containing ",
    Operator.LESS: "less than ",
    Operator.LESS_OR_EQUALS: "at most ",
    Operator.GREATER: "more than ",
    Operator.GREATER_OR_EQUALS: "at least ",
}


def expectation(operator: Operator, operand: ParameterValue) -> str:
    """Describe what a comparison expects."""
    several = operand if isinstance(operand, tuple) else (operand,)
    return _WORDS[operator] + (", ".join(map(spell_scalar, several)) or "an empty list")


def spell_scalar(value: Scalar) -> str:
    """Return a scalar as in JSON and YAML; a text without quotes, unless it is empty."""
    return str(value).lower() if isinstance(value, bool) else str(value) or '""'


def kind_of(operand: ParameterValue) -> str:
    """Describe the kind of value that an operand can be compared with; `""`: any."""
    if isinstance(operand, tuple):
        return describe(operand[0]) if operand else ""
    return describe(operand)


def matcher(operator: Operator, operand: ParameterValue) -> Matcher:
    """Return the comparison of a present value with an operand, for a positive operator."""
    if operator in ORDERINGS:
        return _ordering(ORDER[operator], operand)
    if operator is Operator.LIKE:
        return _like(operand if isinstance(operand, tuple) else (operand,))
    if operator is Operator.CONTAINS:
        return _containing(operand)
    return _equality(operand if isinstance(operand, tuple) else (operand,))


_NOTHING: Final = r"(?!)"
"""A regular expression that matches no text."""


def _equality(operands: tuple[Scalar, ...]) -> Matcher:
    """Match a value that equals one of the operands, which all have the same kind."""
    if not operands:
        return lambda _: False
    wanted = frozenset(map(fold, operands))
    kind = kind_of(operands)

    def match(value: object) -> bool | None:
        if isinstance(value, str):
            return value.lower() in wanted if kind == "a string" else None
        return fold(value) in wanted if describe(value) == kind else None

    return match


def _ordering(compare: Callable[[float, float], bool], operand: object) -> Matcher:
    """Match a number by its order."""
    limit = operand if isinstance(operand, int | float) else math.nan

    def match(value: object) -> bool | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return compare(value, limit)

    return match


def _like(patterns: tuple[Scalar, ...]) -> Matcher:
    """Match a string by one of several patterns, in which `*` is any text."""
    literals = (str(each).lower().replace("[", "[[]").replace("?", "[?]") for each in patterns)
    matches = re.compile("|".join(map(translate, literals)) or _NOTHING).match

    def match(value: object) -> bool | None:
        return bool(matches(value.lower())) if isinstance(value, str) else None

    return match


def _containing(operand: ParameterValue) -> Matcher:
    """Match a list that contains the operand, or a string that has it as a substring."""
    wanted = fold(operand)

    def match(value: object) -> bool | None:
        if isinstance(value, str):
            return wanted in value.lower() if isinstance(wanted, str) else None
        if isinstance(value, list | tuple):
            return any(
                describe(each) == describe(operand) and fold(each) == wanted for each in value
            )
        return None

    return match


def fold(value: object) -> object:
    """Return a scalar in its comparable form: strings case-folded."""
    return value.lower() if isinstance(value, str) else value

"""The settings that fix a fail: what a resource must declare so that a condition holds.

They are derived from the condition itself, so that rule and fix cannot drift apart. Where a
condition is about other resources, or leaves open which value is right, there are none: people
decide.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from amlaudit.core.conditions import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    CountMembers,
    Exists,
    Not,
    Operator,
    ParameterValue,
    Reading,
)
from amlaudit.core.path import Steps, spell_path

Settings: TypeAlias = Mapping[Steps, ParameterValue]
"""Values by the path where they are declared; `()` is an empty list."""


def settings_for(condition: Condition) -> dict[str, ParameterValue]:
    """Return what to declare so that a condition holds, by property path; empty if nothing does."""
    settled = _settle(condition, holds=True) or {}
    return {spell_path(path): value for path, value in settled.items()}


def _settle(condition: Condition, *, holds: bool) -> Settings | None:
    """Return what to declare so that a condition holds, or does not."""
    match condition:
        case Not(inner):
            return _settle(inner, holds=not holds)
        case AllOf(conditions) | AnyOf(conditions):
            if holds is isinstance(condition, AllOf):
                return _every([_settle(each, holds=holds) for each in conditions], conditions)
            settled = (_settle(each, holds=holds) for each in conditions)
            return next((each for each in settled if each), None)
        case Comparison():
            value = _value_for(condition, holds=holds)
            return None if value is None else {condition.path: value}
        case CountMembers(path, None | Comparison(), Operator.EQUALS, 0) if holds:
            return {path: ()}
        case _:
            return None


def _every(settled: Sequence[Settings | None], conditions: Sequence[Condition]) -> Settings | None:
    """Merge all settings, None if any are missing or two conflict.

    That something exists is implied by whatever is declared beneath it.
    """
    together: dict[Steps, ParameterValue] = {}
    for settings in filter(None, settled):
        if any(together.get(path, value) != value for path, value in settings.items()):
            return None
        together |= settings
    open_ones = (each for each, found in zip(conditions, settled, strict=True) if found is None)
    return together if all(_is_implied(each, together) for each in open_ones) else None


def _is_implied(condition: Condition, settings: Settings) -> bool:
    """Tell whether a condition already holds through what is declared anyway."""
    if not isinstance(condition, Exists) or not condition.wanted:
        return False
    return any(path[: len(condition.path)] == condition.path for path in settings)


def _value_for(comparison: Comparison, *, holds: bool) -> ParameterValue | None:
    """Return the value that makes a comparison come out as wanted, None if many might."""
    operand, operator = comparison.operand, comparison.operator
    if comparison.reading is Reading.SECONDS and isinstance(operand, int):
        operand = f"PT{operand}S"
    elif comparison.reading is not Reading.ITSELF:
        return None
    if operator.positive is not operator:
        operator, holds = operator.positive, not holds
    match operator, operand:
        case Operator.EQUALS, bool():
            return operand is holds
        case Operator.EQUALS | Operator.GREATER_OR_EQUALS | Operator.LESS_OR_EQUALS, _ if holds:
            return operand
        case Operator.EQUALS | Operator.IN, _:
            operands = operand if isinstance(operand, tuple) else (operand,)
            if holds:
                return operands[0] if operands else None
            others = [each for each in comparison.known if each not in operands]
            return others[0] if len(others) == 1 else None
        case _:
            return None

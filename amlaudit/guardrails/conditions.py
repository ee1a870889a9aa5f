"""Writes the conditions of rules in the language of Azure Policy.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec import Struct

from amlaudit.core.conditions import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    CountMembers,
    CountNeighbours,
    Exists,
    InContext,
    Not,
    Operator,
    ParameterValue,
    Reading,
    Tagged,
)
from amlaudit.core.path import Steps, spell_path
from amlaudit.engine.matchers import matcher

Written: TypeAlias = dict[str, object]
"""A condition in the JSON of a policy rule."""

_FIELDS: Final = frozenset({"name", "kind", "type", "location", "id", "identity.type"})
"""Fields that policies name without an alias.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule#fields
"""
_STAND_INS: Final = {"identity": "identity.type"}
"""Fields used instead of ones that policies cannot check, which are present if those are."""
_MEMBER: Final = "[*]"
_WILDCARD: Final = "*"


class NotExpressibleError(Exception):
    """Azure Policy cannot express a condition; the text says why."""


class Writer(Struct, frozen=True):
    """Writes conditions about resources of one type.

    Attributes:
        alias_of: Returns the alias of the type's property path, None if there is none.
    """

    alias_of: Callable[[str], str | None]

    def write(self, condition: Condition, within: str = "") -> Written:
        """Return a condition in the form of a policy rule.

        Args:
            condition: The condition.
            within: Path of the list whose members it applies to, with its `[*]`; empty for the
                resource.

        Raises:
            NotExpressibleError: It cannot be expressed.
        """
        match condition:
            case AllOf(conditions):
                return {"allOf": [self.write(each, within) for each in conditions]}
            case AnyOf(conditions):
                return {"anyOf": [self.write(each, within) for each in conditions]}
            case Not(inner):
                return {"not": self.write(inner, within)}
            case CountMembers():
                return self._count(condition, within)
            case CountNeighbours() | InContext() | Tagged():
                raise NotExpressibleError(_beyond(condition))
            case _:
                return self._leaf(condition, within)

    def _leaf(self, leaf: Comparison | Exists, within: str) -> Written:
        """Return a condition on a field."""
        field = self._field(leaf.path, within)
        if isinstance(leaf, Exists):
            return {"field": field, "exists": leaf.wanted}
        if leaf.reading is not Reading.ITSELF:
            raise NotExpressibleError("it checks an age or a duration")
        written = _compared(field, leaf.operator, leaf.operand)
        if leaf.default is None:
            return written
        # In policies an absent property is null, which equals nothing and differs from everything.
        absent = {"field": field, "exists": False}
        if _holds_of(leaf.default.value, leaf.operator, leaf.operand):
            return {"anyOf": [absent, written]}
        return {"allOf": [{"not": absent}, written]}

    def _count(self, count: CountMembers, within: str) -> Written:
        """Return a count over the members of a list."""
        path = f"{_joined(within, count.path)}{_MEMBER}"
        counted: Written = {"field": self._named(path)}
        if count.where:
            counted["where"] = self.write(count.where, path)
        return {"count": counted, count.operator.value: count.number}

    def _field(self, path: Steps, within: str) -> str:
        """Return the name of a field in policies."""
        spelled = _STAND_INS.get(spelled := _joined(within, path), spelled)
        return spelled if spelled in _FIELDS else self._named(spelled)

    def _named(self, path: str) -> str:
        """Return the alias of a path."""
        alias = self.alias_of(path)
        if alias is None:
            raise NotExpressibleError(f"Azure Policy has no alias for {path}")
        return alias


def _joined(within: str, path: Steps) -> str:
    """Return the path of a field, from the root of the document."""
    return ".".join(filter(None, (within, spell_path(path))))


def _beyond(condition: CountNeighbours | InContext | Tagged) -> str:
    """Return why a condition refers to more than a policy can check."""
    if isinstance(condition, CountNeighbours):
        return f"it looks at other resources ({condition.relation})"
    return f"it depends on the tags for the {condition.label}"


def _compared(field: str, operator: Operator, operand: ParameterValue) -> Written:
    """Return the comparison of a field with an operand."""
    if isinstance(operand, tuple) and operator.positive is Operator.LIKE:
        several: list[object] = [_compared(field, Operator.LIKE, each) for each in operand]
        return {"anyOf": several} if operator is Operator.LIKE else {"not": {"anyOf": several}}
    if operand == ():  # a list that the company has not filled: it contains nothing
        return {"value": operator is not operator.positive, "equals": True}
    if operator.positive is Operator.LIKE and str(operand).count(_WILDCARD) > 1:
        raise NotExpressibleError("a pattern in a policy can have only one *")
    return {"field": field, operator.value: _literal(operand)}


def _literal(value: ParameterValue) -> object:
    """Return an operand as JSON; a leading bracket is escaped, as it would begin an expression."""
    if isinstance(value, tuple):
        return [_literal(each) for each in value]
    return f"[{value}" if isinstance(value, str) and value.startswith("[") else value


def _holds_of(default: object, operator: Operator, operand: ParameterValue) -> bool:
    """Tell whether a comparison holds for the default of an absent property."""
    matches = matcher(operator.positive, operand)(default)
    return bool(matches) is (operator.positive is operator)

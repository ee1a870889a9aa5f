"""Function calls in a rule that fail whatever the resource and the parameters are.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule#policy-functions
"""

from collections.abc import Iterator
from typing import Final, TypeAlias

from amlaudit.engine.policy.conditions import (
    Condition,
    FieldCount,
    ValueCount,
    leaves_of,
)
from amlaudit.engine.policy.definition import PolicyDefinition
from amlaudit.engine.policy.functions import FUNCTIONS
from amlaudit.engine.policy.usage import nodes_in_value, nodes_outside_conditions, values_in
from amlaudit.language.expressions import Call, Literal, Node

_TAKES: Final = {"field": (1, 1), "parameters": (1, 1), "current": (0, 1), "if": (3, 3)}
"""Fewest and most arguments of functions that depend on more than those, by lower-case name."""

_Counts: TypeAlias = tuple[FieldCount | ValueCount, ...]
"""The counts around an expression, outermost first."""


def wrong_calls(definition: PolicyDefinition) -> Iterator[str]:
    """Yield what is wrong with the calls in a rule: their number of arguments, `current` outside.

    Whether a rule ever gets to a call makes no difference.
    """
    for node in nodes_outside_conditions(definition):
        yield from _wrong(node, ())
    yield from _in_condition(definition.condition, ())
    if definition.details and definition.details.condition:
        yield from _in_condition(definition.details.condition, ())


def _in_condition(condition: Condition, counts: _Counts) -> Iterator[str]:
    """Yield what is wrong with the calls in a condition."""
    for leaf in leaves_of(condition):
        for value in values_in(leaf):
            for node in nodes_in_value(value):
                yield from _wrong(node, counts)
        counted = leaf.accessor
        if isinstance(counted, FieldCount | ValueCount) and counted.where:
            yield from _in_condition(counted.where, (*counts, counted))


def _wrong(node: Node, counts: _Counts) -> Iterator[str]:
    """Yield what is wrong with an expression itself; its parts are looked at separately.

    Args:
        node: The expression.
        counts: The counts around it.
    """
    if not isinstance(node, Call):
        return
    found, given = FUNCTIONS.get(node.name), len(node.arguments)
    least, most = (found.least, found.most) if found else _TAKES.get(node.name, (0, None))
    if given < least or (most is not None and given > most):
        yield f"{node.name}(): wrong number of arguments: {given}"
    elif node.name == "current":
        yield from _wrong_current(node.arguments, counts)


def _wrong_current(arguments: tuple[Node, ...], counts: _Counts) -> Iterator[str]:
    """Yield why `current` has nothing to give where it is called."""
    match arguments:
        case () if len(counts) != 1:
            yield "current(): without a name it is only allowed in a count that is not nested"
        case (Literal(str() as name),) if not any(_may_give(each, name) for each in counts):
            yield f"current(): not inside a count {name!r}"


def _may_give(counted: FieldCount | ValueCount, name: str) -> bool:
    """Tell whether `current` with a name may give the member of a count.

    The names of two aliases do not tell whether one leads through the list of the other.
    """
    if isinstance(counted, FieldCount):
        return "/" in name
    return counted.name.lower() == name.lower()

"""Mistakes in a well-formed definition that keep it from judging any resource.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
"""

from collections.abc import Iterator, Mapping
from typing import Final

from amlaudit.core.gap import NoDataError
from amlaudit.core.path import ABSENT, describe
from amlaudit.core.suggestions import hinted
from amlaudit.core.texts import cut
from amlaudit.engine.policy.aliases import Aliases
from amlaudit.engine.policy.applicability import MODES
from amlaudit.engine.policy.assignment import is_allowed, misfit
from amlaudit.engine.policy.calls import wrong_calls
from amlaudit.engine.policy.conditions import (
    OPERATORS,
    Accessor,
    Field,
    FieldCount,
    Leaf,
    ValueCount,
)
from amlaudit.engine.policy.definition import EXISTENCE, Parameter, PolicyDefinition
from amlaudit.engine.policy.evaluate import EFFECTS
from amlaudit.engine.policy.fields import field_reader
from amlaudit.engine.policy.operands import Env, Operand, constant
from amlaudit.engine.policy.operands import operand as compiled
from amlaudit.engine.policy.operators import make_test
from amlaudit.engine.policy.usage import all_leaves, nodes_of, parameter_in
from amlaudit.language.expressions import Call, Literal, is_expression
from amlaudit.language.values import EvaluationError, is_list

_USUAL_MODES: Final = ("All", "Indexed")

_SCOPES: Final = frozenset({"subscription", "resourcegroup"})
"""Where an existence check may look, lower case.

https://learn.microsoft.com/azure/governance/policy/concepts/effect-audit-if-not-exists
"""

_LONGEST: Final = 80
"""Characters of a value that a message quotes."""

_EXAMPLES: Final[Mapping[str, object]] = {"array": [], "object": {}}
"""A value of a parameter of a type; others are compared as text, such as `true`."""

_BARE: Final = Env(Aliases())
"""An environment in which an operand is constant only if it depends on nothing at all."""


def mistakes(definition: PolicyDefinition) -> Iterator[str]:
    """Yield what is wrong with a definition, whatever its resource and parameters are.

    Definitions evaluated by resource providers may have their own effects and more.
    """
    if definition.mode.lower() not in MODES:
        if "." in definition.mode:
            return
        yield hinted(f"unknown mode {definition.mode}", definition.mode, _USUAL_MODES)
    for parameter in definition.parameters.values():
        yield from _mistakes_in_parameter(parameter)
    effect = written_effect(definition).lower()
    for each in (effect, *(other.lower() for _, other in definition.overrides)):
        if each and each not in EFFECTS:
            yield hinted(f"unknown effect {each}", each, sorted(EFFECTS))
    if effect in EXISTENCE and definition.details is None:
        yield f"the effect {effect} needs details.type, which the rule lacks"
    if definition.details:
        yield from _mistakes_in_scope(definition.details.scope)
    for leaf in all_leaves(definition):
        yield from _mistakes_in(leaf, definition.parameters)
    yield from wrong_calls(definition)


def _mistakes_in_parameter(parameter: Parameter) -> Iterator[str]:
    """Yield what is wrong with the default of a parameter, or with the value it is assigned."""
    value = "" if parameter.default is ABSENT else parameter.default
    if value and (problem := misfit(parameter, value)):
        yield f"parameters.{parameter.name}: {problem}"
    elif value and not is_allowed(parameter, value):
        yield f"parameters.{parameter.name}: its value is not one of the allowed values"


def _mistakes_in_scope(scope: str) -> Iterator[str]:
    """Yield what is wrong with the scope of an existence check."""
    if scope and not is_expression(scope) and scope.lower() not in _SCOPES:
        yield hinted(f"unknown existenceScope {scope}", scope, ("Subscription", "ResourceGroup"))


def unknown_fields(definition: PolicyDefinition) -> Iterator[str]:
    """Yield why fields that a rule names cannot be evaluated offline."""
    accessors = (leaf.accessor for leaf in all_leaves(definition))
    for each in accessors:
        if isinstance(each, Field) and not is_expression(each.name):
            yield from _unknown_field(each.name)
    for node in nodes_of(definition):
        match node:
            case Call("field", (Literal(str() as name),)):
                yield from _unknown_field(name)
            case _:
                pass


def _unknown_field(name: str) -> Iterator[str]:
    """Yield why a field cannot be evaluated offline."""
    try:
        field_reader(name, _BARE.aliases, ())
    except NoDataError as error:
        yield error.gap.detail
    except EvaluationError:
        pass  # a mistake


def written_effect(definition: PolicyDefinition) -> str:
    """Return the literal effect, or the default of its parameter; empty: neither."""
    if not is_expression(definition.effect):
        return definition.effect
    parameter = parameter_in(definition.effect, definition.parameters)
    return parameter.default if parameter and isinstance(parameter.default, str) else ""


def _mistakes_in(leaf: Leaf, parameters: Mapping[str, Parameter]) -> Iterator[str]:
    """Yield what is wrong with a comparison: an operand, a field, a count over a non-array."""
    match leaf.accessor:
        case FieldCount(name) | Field(name) if not is_expression(name):
            if isinstance(leaf.accessor, FieldCount) and "[*]" not in name:
                yield f"a count over {name}, which has no [*]"
            else:
                yield from _mistakes_in_field(name)
        case ValueCount(raw) if (value := compiled(raw, _BARE)).constant:
            if not is_list(value.value):
                yield f"a count needs a list, not {describe(value.value)}"
    parameter = parameter_in(leaf.operand, parameters)
    operand = _example_of(parameter) if parameter else compiled(leaf.operand, _BARE)
    if operand.constant:
        try:
            make_test(leaf.operator, operand.value)
        except EvaluationError as error:
            problem, operator = str(error), OPERATORS[leaf.operator]
            named = problem if problem.startswith(f"{operator} ") else f"{operator}: {problem}"
            source = f" (parameters('{parameter.name}'))" if parameter else ""
            yield f"{_named(leaf.accessor)}: {named}{source}"


def _example_of(parameter: Parameter) -> Operand:
    """Return an operand that has the type of a parameter."""
    return constant(_EXAMPLES.get(parameter.kind, "true"))


def _named(accessor: Accessor) -> str:
    """Return a text that tells which comparison of a rule is meant."""
    match accessor:
        case Field(name):
            return f"field {name}"
        case FieldCount(name, _):
            return f"count of {name}"
        case ValueCount(_, name, _):
            return f"count {name}"
        case _:
            return f"value {cut(str(accessor.raw), _LONGEST)}"


def _mistakes_in_field(name: str) -> Iterator[str]:
    """Yield why a field is invalid, whatever the alias table."""
    try:
        field_reader(name, _BARE.aliases, ())
    except EvaluationError as error:
        yield f"field {name}: {error}"
    except NoDataError:
        pass  # one that cannot be evaluated offline

"""Mistakes in a well-formed definition that keep it from judging any resource.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
"""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.gap import NoDataError
from amlaudit.core.path import ABSENT
from amlaudit.core.suggestions import hinted
from amlaudit.engine.policy.aliases import Aliases
from amlaudit.engine.policy.assignment import is_allowed, misfit
from amlaudit.engine.policy.conditions import OPERATORS, Field, FieldCount, Leaf
from amlaudit.engine.policy.definition import EXISTENCE, PolicyDefinition
from amlaudit.engine.policy.evaluate import EFFECTS
from amlaudit.engine.policy.fields import field_reader
from amlaudit.engine.policy.operands import Env
from amlaudit.engine.policy.operands import operand as compiled
from amlaudit.engine.policy.operators import make_test
from amlaudit.engine.policy.usage import all_leaves
from amlaudit.language.expressions import Call, Literal, is_expression, parse
from amlaudit.language.values import EvaluationError

_MODES: Final = frozenset({"all", "indexed", "notspecified"})
"""Modes besides those of resource providers, lower case; older API versions show the last.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics#mode
"""
_USUAL_MODES: Final = ("All", "Indexed")
_BARE: Final = Env(Aliases())
"""An environment in which an operand is constant only if it depends on nothing at all."""


def mistakes(definition: PolicyDefinition) -> Iterator[str]:
    """Yield what is wrong with a definition, whatever its resource and parameters are.

    Definitions evaluated by resource providers may have their own effects and more.
    """
    if definition.mode.lower() not in _MODES:
        if "." in definition.mode:
            return
        yield hinted(f"unknown mode {definition.mode}", definition.mode, _USUAL_MODES)
    for parameter in definition.parameters.values():
        value = "" if parameter.default is ABSENT else parameter.default
        if value and (problem := misfit(parameter, value)):
            yield f"parameters.{parameter.name}: {problem}"
        elif value and not is_allowed(parameter, value):
            yield f"parameters.{parameter.name}: its value is not one of the allowed values"
    effect = written_effect(definition).lower()
    for each in (effect, *(other.lower() for _, other in definition.overrides)):
        if each and each not in EFFECTS:
            yield hinted(f"unknown effect {each}", each, sorted(EFFECTS))
    if effect in EXISTENCE and definition.details is None:
        yield f"the effect {effect} needs details.type, which the rule lacks"
    for leaf in all_leaves(definition):
        yield from _mistakes_in(leaf)


def written_effect(definition: PolicyDefinition) -> str:
    """Return the literal effect, or the default of its parameter; empty: neither."""
    written: object = definition.effect
    if is_expression(definition.effect):
        match parse(definition.effect):
            case Call("parameters", (Literal(str() as name),)):
                found = definition.parameters.get(name.lower())
                written = found.default if found else ABSENT
            case _:
                return ""
    return written if isinstance(written, str) else ""


def _mistakes_in(leaf: Leaf) -> Iterator[str]:
    """Yield what is wrong with a comparison: an operand, a field, a count over a non-array."""
    match leaf.accessor:
        case FieldCount(name) | Field(name) if not is_expression(name):
            if isinstance(leaf.accessor, FieldCount) and "[*]" not in name:
                yield f"a count over {name}, which has no [*]"
            else:
                yield from _mistakes_in_field(name)
    operand = compiled(leaf.operand, _BARE)
    if operand.constant:
        try:
            make_test(leaf.operator, operand.value)
        except EvaluationError as error:
            problem, operator = str(error), OPERATORS[leaf.operator]
            yield problem if problem.startswith(f"{operator} ") else f"{operator}: {problem}"


def _mistakes_in_field(name: str) -> Iterator[str]:
    """Yield why a field is invalid, whatever the alias table."""
    try:
        field_reader(name, _BARE.aliases, ())
    except EvaluationError as error:
        yield f"field {name}: {error}"
    except NoDataError:
        pass  # one that cannot be evaluated offline

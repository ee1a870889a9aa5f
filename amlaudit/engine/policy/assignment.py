"""Parameters of an assignment: given values, defaults, and the values a policy set passes on.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-parameters
"""

import json
from collections.abc import Callable, Mapping
from typing import Final

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import ABSENT, describe
from amlaudit.engine.policy.aliases import Aliases
from amlaudit.engine.policy.definition import Parameter, PolicyDefinition
from amlaudit.engine.policy.operands import Env, operand
from amlaudit.engine.policy.values import DefinitionError, same
from amlaudit.language.values import Unknown, is_list, is_number, items

_KINDS: Final[dict[str, Callable[[object], bool]]] = {
    "string": lambda value: isinstance(value, str | bool | int | float),
    "datetime": lambda value: isinstance(value, str),
    "array": is_list,
    "object": lambda value: isinstance(value, Mapping),
    "boolean": lambda value: isinstance(value, bool | str),
    "integer": lambda value: is_number(value) or isinstance(value, str),
    "float": lambda value: is_number(value) or isinstance(value, str),
}
"""Which values each parameter type accepts; scalars also as text, as command lines give them."""


def assigned(definition: PolicyDefinition, given: Mapping[str, object]) -> dict[str, object]:
    """Return the value of every parameter by lower-case name, `Unknown` where there is none.

    Args:
        definition: The definition.
        given: Values by name; for a definition in a policy set, values of the set's parameters.

    Raises:
        DefinitionError: A value is for an undeclared parameter, or is not allowed for its own.
    """
    if definition.bound is None:
        return _values(definition.parameters, given)
    env = Env(Aliases(), _values(definition.outer, given))
    passed: dict[str, object] = {}
    for name, raw in definition.bound.items():
        value = operand(raw, env)
        # a value that is not constant refers to a parameter of the set that has no value
        passed[name] = value.value if value.constant else Unknown(_needed(name, raw))
    return _values(definition.parameters, passed)


def _values(declared: Mapping[str, Parameter], given: Mapping[str, object]) -> dict[str, object]:
    """Return the given values and the defaults of declared parameters."""
    values = {
        key: Unknown(_needed(each.name)) if each.default is ABSENT else each.default
        for key, each in declared.items()
    }
    for name, value in given.items():
        parameter = declared.get(name.lower())
        if parameter is None:
            raise DefinitionError(f"parameters.{name}", "the definition has no such parameter")
        if not isinstance(value, Unknown):
            _check(parameter, value)
        values[name.lower()] = value
    return values


def _needed(name: str, passed: object = None) -> Gap:
    """Return the gap left by a parameter without a value, or with a set's value that is unknown."""
    spelled = passed if isinstance(passed, str) else json.dumps(passed, ensure_ascii=False)
    text = "" if passed is None else f"; the set passes on {spelled}"
    detail = f"the parameter {name} needs a value{text}"
    return Gap("", f"parameters.{name}", Reason.NOT_COLLECTED, detail)


def _check(parameter: Parameter, value: object) -> None:
    """Check that a parameter may have a value."""
    at = f"parameters.{parameter.name}"
    if problem := misfit(parameter, value):
        raise DefinitionError(at, problem)
    if not is_allowed(parameter, value):
        raise DefinitionError(at, "the value is not one of the allowed values")


def is_allowed(parameter: Parameter, value: object) -> bool:
    """Tell whether a value is among those that a parameter allows.

    Every member of an array must be allowed. Upper and lower case, which the service would tell
    apart, are not: a value refused at assignment is no evidence about a resource.
    """
    if not parameter.allowed or any(same(value, each) for each in parameter.allowed):
        return True
    members = items(value) if is_list(value) else (value,)
    return all(any(same(member, each) for each in parameter.allowed) for member in members)


def misfit(parameter: Parameter, value: object) -> str:
    """Return why a value does not have the type of a parameter, empty if it does."""
    accepts = _KINDS.get(parameter.kind)
    if accepts is None:
        return f"unknown type {parameter.kind}"
    if accepts(value):
        return ""
    return f"must be a value of type {parameter.kind}, not {describe(value)}"

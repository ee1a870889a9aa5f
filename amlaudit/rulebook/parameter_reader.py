"""Parameters of rules: declared in YAML or Python, and overridden by profiles."""

from collections.abc import Mapping

from msgspec.structs import replace

from amlaudit.core.conditions import ParameterValue, Scalar
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.path import describe
from amlaudit.core.rule import Parameter
from amlaudit.strict_yaml import Node


def read_parameters(
    node: Node, rule_id: str, settings: Mapping[str, ParameterValue]
) -> dict[str, Parameter]:
    """Return the parameters that a rule declares, with the values that a profile sets.

    Args:
        node: A mapping of names to `default` and `meaning`.
        rule_id: Id of the rule: a setting `AML1904.sizes` is for that rule only.
        settings: The values that the profile sets, by name.
    """
    found: dict[str, Parameter] = {}
    for name, (_, body) in node.entries().items():
        known = ("default", "meaning")
        keys = body.mapping(known, f'parameter "{name}"', needed=known)
        default = keys["default"]
        value = read_parameter_value(default)
        found[name] = Parameter(keys["meaning"].text(), value, value)
    return with_settings(found, rule_id, settings)


def with_settings(
    parameters: Mapping[str, Parameter], rule_id: str, settings: Mapping[str, ParameterValue]
) -> dict[str, Parameter]:
    """Return parameters with the values that a profile sets.

    Raises:
        AmlauditError: A value is not of the same kind as the default.
    """
    found = dict(parameters)
    for name, parameter in parameters.items():
        key = f"{rule_id}.{name}"
        if key not in settings and name not in settings:
            continue
        value = settings.get(key, settings.get(name, parameter.default))
        if not _of_one_kind(value, parameter.default):
            raise AmlauditError(
                "E201",
                f'Parameter "{name}" of rule {rule_id} is set to {_kind(value)}',
                cause=f"its default is {_kind(parameter.default)}: {parameter.default}",
                exit_code=Exit.INVALID,
            )
        found[name] = replace(parameter, value=value)
    return found


def read_parameter_value(node: Node) -> ParameterValue:
    """Read the value of a parameter; a list may be empty, for companies to fill."""
    if not node.is_list:
        return node.scalar()
    return read_list(node) if node.json() else ()


def _of_one_kind(value: ParameterValue, default: ParameterValue) -> bool:
    """Tell whether a parameter can be set to a value; an empty list as default accepts any list."""
    if default == ():
        return isinstance(value, tuple)
    return _kind(value) == _kind(default)


def _kind(value: ParameterValue) -> str:
    """Describe the kind of a parameter's value, including the kind of a list's members."""
    if isinstance(value, tuple):
        return f"a list, each {describe(value[0])}" if value else "an empty list"
    return describe(value)


def read_list(node: Node) -> tuple[Scalar, ...]:
    """Read several values of one kind."""
    members = tuple(each.scalar() for each in node.items())
    if len(set(map(describe, members))) > 1:
        node.error("all members of the list must be of the same kind", code="E202")
    return members

"""What the rule of a definition uses: its comparisons, and the expressions in them.

`mistakes`, `calls` and `evaluate` look for something in a whole rule, and go through it by the
functions here.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from amlaudit.engine.policy.comparands import whole_expression
from amlaudit.engine.policy.conditions import (
    Condition,
    Field,
    FieldCount,
    Leaf,
    ValueCount,
    leaves_of,
)
from amlaudit.engine.policy.definition import Parameter, PolicyDefinition
from amlaudit.engine.policy.functions import CONTEXTUAL, FUNCTIONS
from amlaudit.language.expressions import Access, Call, Literal, Node, is_expression

_REQUEST: Final = Call("requestcontext", ())
_EQUALITY: Final = frozenset({"equals", "notequals"})


def refused_functions(definition: PolicyDefinition) -> Iterator[str]:
    """Yield the functions that a rule calls but policies do not have, lower case."""
    for node in nodes_of(definition):
        if isinstance(node, Call) and node.name not in FUNCTIONS and node.name not in CONTEXTUAL:
            yield node.name


def undeclared_parameters(definition: PolicyDefinition) -> Iterator[str]:
    """Yield the parameters that a rule reads but its definition does not declare."""
    read = map(_parameter_read, nodes_of(definition))
    declared = definition.parameters
    yield from (name for name in read if name is not None and name.lower() not in declared)


def undeclared_by_set(definition: PolicyDefinition) -> Iterator[str]:
    """Yield the parameters that a set passes on to a definition but does not declare itself."""
    read = map(_parameter_read, nodes_in_value(definition.bound))
    declared = definition.outer
    yield from (name for name in read if name is not None and name.lower() not in declared)


def arrays_compared(definition: PolicyDefinition) -> Iterator[str]:
    """Yield the array parameters, lower case, that a rule compares by `equals`.

    The service refuses such a definition:
    https://learn.microsoft.com/azure/governance/policy/how-to/author-policies-for-arrays
    """
    for leaf in all_leaves(definition):
        if leaf.operator in _EQUALITY:
            parameter = parameter_in(leaf.operand, definition.parameters)
            if parameter and parameter.kind == "array":
                yield parameter.name.lower()


def parameter_in(value: object, declared: Mapping[str, Parameter]) -> Parameter | None:
    """Return the declared parameter whose value is all of a JSON value; None: there is none."""
    name = _parameter_read(whole_expression(value))
    return None if name is None else declared.get(name.lower())


def _parameter_read(node: Node | None) -> str | None:
    """Return the name in `parameters(name)`; None for a computed name, and for anything else."""
    match node:
        case Call("parameters", (Literal(str() as name),)):
            return name
        case _:
            return None


def all_leaves(definition: PolicyDefinition) -> Iterator[Leaf]:
    """Yield every comparison of a rule: of its condition, and of what must exist."""
    yield from _leaves_within(definition.condition)
    if definition.details and definition.details.condition:
        yield from _leaves_within(definition.details.condition)


def _leaves_within(condition: Condition) -> Iterator[Leaf]:
    """Yield the comparisons of a condition, including those within counts."""
    for leaf in leaves_of(condition):
        yield leaf
        if isinstance(leaf.accessor, FieldCount | ValueCount) and leaf.accessor.where:
            yield from _leaves_within(leaf.accessor.where)


def asks_who_calls(definition: PolicyDefinition) -> bool:
    """Tell whether a rule reads the identity behind a request, which compliance scans do not have.

    https://github.com/Azure/azure-policy-linter/blob/main/docs/Rules/request-context-identity-is-enforcement-only.md
    """
    return any(_is_identity(node) for node in nodes_of(definition))


def names_type(definition: PolicyDefinition) -> bool:
    """Tell whether a rule reads the type of a resource anywhere."""
    calls = (node for node in nodes_of(definition) if isinstance(node, Call))
    asked = (each.arguments[:1] for each in calls if each.name == "field")
    return any(map(_is_type, asked)) or any(map(_is_of_type, _leaves_within(definition.condition)))


def _is_type(arguments: tuple[Node, ...]) -> bool:
    """Tell whether the first argument of `field()` may be `type`: a computed one may be."""
    match arguments:
        case (Literal(str() as name),):
            return name.lower() == "type"
        case _:
            return True


def _is_of_type(leaf: Leaf) -> bool:
    """Tell whether a comparison may be of the field `type`: one with a computed name may be."""
    match leaf.accessor:
        case Field(name):
            return name.lower() == "type" or is_expression(name)
        case _:
            return False


def _is_identity(node: Node) -> bool:
    """Tell whether an expression is `requestContext().identity`, or reads it by `tryGet`."""
    match node:
        case Access(target, Literal(str() as key)) if target == _REQUEST:
            return key.lower() == "identity"
        case Call("tryget", (target, Literal(str() as key), *_)) if target == _REQUEST:
            return key.lower() == "identity"
        case _:
            return False


def nodes_of(definition: PolicyDefinition) -> Iterator[Node]:
    """Yield every expression of a rule, including all parts."""
    yield from nodes_outside_conditions(definition)
    for leaf in all_leaves(definition):
        for value in values_in(leaf):
            yield from nodes_in_value(value)


def nodes_outside_conditions(definition: PolicyDefinition) -> Iterator[Node]:
    """Yield the expressions of the effect and of what an existence check looks for."""
    details = definition.details
    texts = [definition.effect]
    if details:
        texts += [details.arm_type, details.name, details.group, details.scope]
    for text in texts:
        yield from nodes_in_value(text)


def values_in(leaf: Leaf) -> tuple[object, object]:
    """Return the two JSON values of a comparison: what is compared or counted, and with what."""
    match leaf.accessor:
        case Field(name) | FieldCount(name):
            return name, leaf.operand
        case _:
            return leaf.accessor.raw, leaf.operand


def nodes_in_value(value: object) -> Iterator[Node]:
    """Yield the expressions of a JSON value."""
    if node := whole_expression(value):
        yield from _parts(node)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from nodes_in_value(each)
    elif isinstance(value, list):
        for each in value:
            yield from nodes_in_value(each)


def _parts(node: Node) -> Iterator[Node]:
    """Yield an expression and all of its parts."""
    yield node
    inside: tuple[Node, ...] = ()
    if isinstance(node, Access):
        inside = (node.target, node.key)
    elif isinstance(node, Call):
        inside = node.arguments
    for each in inside:
        yield from _parts(each)

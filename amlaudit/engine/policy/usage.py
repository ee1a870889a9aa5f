"""What the rule of a definition uses, such as functions, in any of its expressions."""

from collections.abc import Iterator, Mapping
from typing import Final

from amlaudit.engine.policy.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Field,
    FieldCount,
    Leaf,
    Not,
    Value,
    ValueCount,
    leaves_of,
)
from amlaudit.engine.policy.definition import PolicyDefinition
from amlaudit.engine.policy.functions import CONTEXTUAL, FUNCTIONS
from amlaudit.language.expressions import Access, Call, Literal, Node, is_expression, parse

_REQUEST: Final = Call("requestcontext", ())
_EQUALITY: Final = frozenset({"equals", "notequals"})


def refused_functions(definition: PolicyDefinition) -> Iterator[str]:
    """Yield the functions that a rule calls but policies do not have, lower case."""
    for node in nodes_of(definition):
        if isinstance(node, Call) and node.name not in FUNCTIONS and node.name not in CONTEXTUAL:
            yield node.name


def undeclared_parameters(definition: PolicyDefinition) -> Iterator[str]:
    """Yield the parameters that a rule reads but its definition does not declare."""
    declared = definition.parameters
    for node in nodes_of(definition):
        match node:
            case Call("parameters", (Literal(str() as name),)) if name.lower() not in declared:
                yield name


def undeclared_by_set(definition: PolicyDefinition) -> Iterator[str]:
    """Yield the parameters that a set passes on to a definition but does not declare itself."""
    declared = definition.outer
    for node in nodes_in_value(definition.bound):
        match node:
            case Call("parameters", (Literal(str() as name),)) if name.lower() not in declared:
                yield name


def arrays_compared(definition: PolicyDefinition) -> Iterator[str]:
    """Yield the array parameters, lower case, that a rule compares by `equals`.

    The service refuses such a definition:
    https://learn.microsoft.com/azure/governance/policy/how-to/author-policies-for-arrays
    """
    arrays = {key for key, each in definition.parameters.items() if each.kind == "array"}
    for leaf in all_leaves(definition):
        text = leaf.operand
        if leaf.operator in _EQUALITY and isinstance(text, str) and is_expression(text):
            match parse(text):
                case Call("parameters", (Literal(str() as name),)) if name.lower() in arrays:
                    yield name.lower()


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
    return any(map(_is_type, asked)) or _has_type_field(definition.condition)


def _is_type(arguments: tuple[Node, ...]) -> bool:
    """Tell whether the first argument of `field()` may be `type`: a computed one may be."""
    match arguments:
        case (Literal(str() as name),):
            return name.lower() == "type"
        case _:
            return True


def _has_type_field(condition: Condition) -> bool:
    """Tell whether a condition compares the field `type`, also within counts."""
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            return any(map(_has_type_field, conditions))
        case Not(inner):
            return _has_type_field(inner)
        case Leaf(Field(name), _, _):
            return name.lower() == "type" or is_expression(name)
        case Leaf(FieldCount(_, where) | ValueCount(_, _, where), _, _):
            return where is not None and _has_type_field(where)
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
    details = definition.details
    yield from nodes_outside_conditions(definition)
    yield from _in_condition(definition.condition)
    if details and details.condition:
        yield from _in_condition(details.condition)


def nodes_outside_conditions(definition: PolicyDefinition) -> Iterator[Node]:
    """Yield the expressions of the effect and of what an existence check looks for."""
    details = definition.details
    texts = [definition.effect]
    if details:
        texts += [details.arm_type, details.name, details.group, details.scope]
    for text in texts:
        yield from nodes_in_value(text)


def _in_condition(condition: Condition) -> Iterator[Node]:
    """Yield the expressions of a condition."""
    for leaf in leaves_of(condition):
        yield from _in_leaf(leaf)


def _in_leaf(leaf: Leaf) -> Iterator[Node]:
    """Yield the expressions of a comparison."""
    yield from nodes_in_value(leaf.operand)
    match leaf.accessor:
        case Field(name):
            yield from nodes_in_value(name)
        case Value(raw):
            yield from nodes_in_value(raw)
        case FieldCount(name, where):
            yield from nodes_in_value(name)
            yield from _in_condition(where) if where else ()
        case _:
            yield from nodes_in_value(leaf.accessor.raw)
            yield from _in_condition(leaf.accessor.where) if leaf.accessor.where else ()


def nodes_in_value(value: object) -> Iterator[Node]:
    """Yield the expressions of a JSON value."""
    if isinstance(value, str) and is_expression(value):
        yield from _parts(parse(value))
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

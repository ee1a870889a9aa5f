"""Functions that take a lambda: `map`, `filter`, `reduce`, `sort` and the like.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-lambda
"""

from collections.abc import Callable, Mapping
from functools import cmp_to_key
from typing import Final

from amlaudit.language.arguments import array, flag, mapping, text
from amlaudit.language.expressions import Call, Node
from amlaudit.language.values import EvaluationError
from amlaudit.scanners.deployments.templates.context import Context, Special
from amlaudit.scanners.deployments.templates.evaluator import value_of
from amlaudit.scanners.deployments.templates.pending import (
    Pending,
    Runtime,
    key_of,
    rest_of,
    runtime_rest,
)


class _Stop(Exception):  # noqa: N818 - no error: what it carries is the answer
    """The result depends on an unknown value."""

    def __init__(self, value: Pending) -> None:
        """Carry that value."""
        super().__init__()
        self.value = value


def _known(value: object) -> object:
    """Return a value that a result depends on.

    Raises:
        _Stop: It is unknown.
    """
    if rest := rest_of(value):
        value = Pending(rest.gap)
    if isinstance(value, Runtime):
        value = runtime_rest(value)
    if isinstance(value, Pending):
        raise _Stop(value)
    return value


def _lambda(node: Node, context: Context) -> Callable[..., object]:
    """Return a lambda as a callable."""
    match node:
        case Call("lambda", (*names, body)):
            spelled = [text(value_of(name, context)) for name in names]
        case _:
            raise EvaluationError("expected a lambda function")

    def call(*values: object) -> object:
        # A lambda may omit the index that it is called with.
        return value_of(body, context.in_lambda(dict(zip(spelled, values, strict=False))))

    return call


def _taking(least: int, most: int, do: Callable[..., object]) -> Special:
    """Return a function that takes a value and lambdas.

    Args:
        least: Minimum number of arguments.
        most: Maximum number of arguments.
        do: Computes the result from the value and the other arguments' nodes.
    """

    def special(arguments: tuple[Node, ...], context: Context) -> object:
        if not least <= len(arguments) <= most:
            raise EvaluationError(
                f"wrong number of arguments ({len(arguments)}) for a lambda function"
            )
        try:
            return do(_known(value_of(arguments[0], context)), arguments[1:], context)
        except _Stop as stop:
            return stop.value.named("")

    return special


def _map(values: object, rest: tuple[Node, ...], context: Context) -> object:
    """Return the result of a lambda for each member."""
    call = _lambda(rest[0], context)
    return [call(each, index) for index, each in enumerate(array(values))]


def _map_values(values: object, rest: tuple[Node, ...], context: Context) -> object:
    """Return an object with the result of a lambda for each value."""
    call = _lambda(rest[0], context)
    return {key: call(each) for key, each in mapping(values).items()}


def _filter(values: object, rest: tuple[Node, ...], context: Context) -> object:
    """Return the members that a lambda accepts."""
    call = _lambda(rest[0], context)
    members = enumerate(array(values))
    return [each for index, each in members if flag(_known(call(each, index)))]


def _reduce(values: object, rest: tuple[Node, ...], context: Context) -> object:
    """Return the result of folding the members with a lambda from a start value."""
    found, call = value_of(rest[0], context), _lambda(rest[1], context)
    for index, each in enumerate(array(values)):
        found = call(found, each, index)
    return found


def _sort(values: object, rest: tuple[Node, ...], context: Context) -> object:
    """Return the members, ordered by a lambda that tells whether one comes before another."""
    call = _lambda(rest[0], context)

    def compare(left: object, right: object) -> int:
        if flag(_known(call(left, right))):
            return -1
        return 1 if flag(_known(call(right, left))) else 0

    return sorted(array(values), key=cmp_to_key(compare))


def _keyed(values: object, rest: tuple[Node, ...], context: Context) -> object:
    """Return an object of the members, whose keys and optionally values come from lambdas."""
    key, *value = (_lambda(each, context) for each in rest)
    return {
        text(_known(key_of(key(each)))): value[0](each) if value else each for each in array(values)
    }


def _grouped(values: object, rest: tuple[Node, ...], context: Context) -> object:
    """Return an object of lists of members, grouped by the key that a lambda returns."""
    key, *value = (_lambda(each, context) for each in rest)
    found: dict[str, list[object]] = {}
    for each in array(values):
        members = found.setdefault(text(_known(key_of(key(each)))), [])
        members.append(value[0](each) if value else each)
    return found


def _variable(arguments: tuple[Node, ...], context: Context) -> object:
    """Return `lambdaVariables(name)`: an argument of an enclosing lambda."""
    name = text(value_of(arguments[0], context)) if len(arguments) == 1 else ""
    if name not in context.lambdas:
        raise EvaluationError(f"there is no enclosing lambda with an argument {name!r}")
    return context.lambdas[name]


LAMBDAS: Final[Mapping[str, Special]] = {
    "filter": _taking(2, 2, _filter),
    "groupby": _taking(2, 3, _grouped),
    "lambdavariables": _variable,
    "map": _taking(2, 2, _map),
    "mapvalues": _taking(2, 2, _map_values),
    "reduce": _taking(3, 3, _reduce),
    "sort": _taking(2, 2, _sort),
    "toobject": _taking(2, 3, _keyed),
}

"""Evaluates the JSON values of a template as far as they are known before deployment.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeGuard

from msgspec.structs import replace

from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.path import spelling_of
from amlaudit.language.expressions import (
    Access,
    Call,
    Literal,
    Node,
    is_expression,
    literal,
    parse,
)
from amlaudit.language.functions import FUNCTIONS
from amlaudit.language.lists import member, try_get
from amlaudit.language.values import EvaluationError
from amlaudit.scanners.deployments.templates.context import Context, Lazy
from amlaudit.scanners.deployments.templates.partly_known import (
    decided_by_known_values,
    looked_up,
    with_further_members,
)
from amlaudit.scanners.deployments.templates.pending import (
    HOLE,
    Open,
    Parts,
    Pending,
    Runtime,
    Tentative,
    first_pending,
    is_id,
    is_solid,
    key_of,
    pending,
    rest_of,
    runtime_rest,
    without_tentative,
)
from amlaudit.scanners.deployments.templates.spelling import respelled
from amlaudit.scanners.deployments.templates.target import split_name

_COPY: Final = "copy"

_MAX_ROUNDS: Final = 800
"""Maximum number of iterations of a copy loop in Azure.

https://learn.microsoft.com/azure/azure-resource-manager/templates/copy-resources#iteration-limits
"""

_TEXT_MAKERS: Final = frozenset(
    {
        "concat", "format", "guid", "join", "padleft", "replace", "skip", "split", "string",
        "substring", "take", "tolower", "toupper", "trim", "uniquestring", "uri", "uricomponent",
        "base64", "first", "json", "last",
    }
)  # fmt: skip
"""Functions that build a string from strings, so that tentative input gives tentative output."""

_ALWAYS_SOLID: Final = frozenset({"guid", "uniquestring"})
_KEEP_SOLID: Final = frozenset({"concat", "format", "join", "tolower", "toupper"})
"""Functions whose result is not empty if any of their strings is not."""
_KEEP_TAIL: Final = frozenset({"concat", "format", "tolower", "toupper"})
"""Functions that keep whatever follows an unknown part."""

_STRUCTURAL: Final = frozenset(
    {
        "array", "concat", "createarray", "createobject", "empty", "first", "flatten",
        "indexfromend", "items", "last", "length", "objectkeys", "shallowmerge", "skip", "take",
        "tryget", "tryindexfromend", "union",
    }
)  # fmt: skip
"""Functions that rearrange members without inspecting them."""

_TAKE_ANYTHING: Final = frozenset({"createarray", "createobject"})
"""Those among them whose arguments are members."""

_NOT_COMPLETED: Final = frozenset({"tags"})
"""Objects in which Azure adds nothing to what is declared."""

_MERGERS: Final = frozenset({"flatten", "shallowmerge"})
"""Those among them that split up the members of a list."""


def evaluate(raw: object, context: Context) -> object:
    """Return a JSON value of a template with every expression in it evaluated.

    A value unknown before deployment becomes a `Pending`; so does one that cannot be evaluated,
    because one faulty expression says nothing about the others.
    """
    context.registry.budget.spend()
    if isinstance(raw, str):
        return _expression(raw, context) if is_expression(raw) else literal(raw)
    if isinstance(raw, dict):
        return _object(raw, context)
    if isinstance(raw, list):
        return [evaluate(each, context) for each in raw]
    return raw


def _expression(raw: str, context: Context) -> object:
    """Return the value of an expression."""
    try:
        return value_of(parse(raw), context)
    except EvaluationError as error:
        return pending(f"{raw} cannot be evaluated: {error}", Reason.UNSUPPORTED)


def _object(raw: Mapping[str, object], context: Context) -> object:
    """Return an object with its property loops unrolled; keys may be expressions."""
    found: dict[str, object] = {}
    for key, value in raw.items():
        if is_copy(key) and _are_loops(value):
            loops = map(respelled, value)
            found.update((str(loop["name"]), loop_values(loop, context)) for loop in loops)
            continue
        name = key_of(evaluate(key, context)) if is_expression(key) else literal(key)
        if isinstance(name, Pending):
            return name.named("")
        found[str(name)] = evaluate(value, context)
    return found


def is_copy(key: str) -> bool:
    """Tell whether a key is the one for loops."""
    return len(key) == len(_COPY) and key.lower() == _COPY


def _are_loops(value: object) -> TypeGuard[list[Mapping[str, Any]]]:
    """Tell whether a property called `copy` holds loops over properties."""
    return isinstance(value, list) and all(
        isinstance(each, Mapping) and {"name", "count"} <= {key.lower() for key in each}
        for each in value
    )


def loop_values(loop: Mapping[str, object], context: Context) -> object:
    """Return the values of a loop as a list; `Pending` if its length is unknown."""
    written = respelled(loop)
    name, raw = str(written.get("name") or ""), written.get("input")
    rounds = rounds_of(written.get("count"), context)
    if isinstance(rounds, Pending):
        return rounds
    return [evaluate(raw, context.in_copy(name, index)) for index in rounds]


def rounds_of(count: object, context: Context) -> range | Pending:
    """Return the iterations of a loop."""
    number = evaluate(count, context)
    if isinstance(number, Pending):
        return number.named("")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _MAX_ROUNDS:
        return pending(
            f"a loop must run 0 to {_MAX_ROUNDS} times, not {number}", Reason.UNSUPPORTED
        )
    return range(number)


def value_of(node: Node, context: Context) -> object:
    """Return the value of a syntax tree.

    Raises:
        EvaluationError: The deployment would fail here.
    """
    context.registry.budget.spend()
    match node:
        case Literal(value):
            return value
        case Access(target, key):
            spend = context.registry.budget.spend
            return access(value_of(target, context), value_of(key, context), spend)
        case Call(name, arguments):
            listing = "list*" if name.startswith("list") else ""
            if special := context.specials.get(name) or context.specials.get(listing):
                return special(arguments, context)
            values = [value_of(each, context) for each in arguments]
            if name in context.functions:
                return _user_function(name, values, context)
            return apply(name, values, context)


def access(target: object, key: object, spend: Callable[[], None]) -> object:
    """Return a property or member, `Pending` if Azure adds it or the whole is unknown.

    Args:
        target: The object or list.
        key: The name or position.
        spend: Uses up a step of the budget.

    Raises:
        EvaluationError: There is none.
    """
    if isinstance(target, Parts) and isinstance(key, int):
        return target.part(key)
    if isinstance(target, Pending):
        return target.named("")
    if unknown := rest_of(target) or (key if isinstance(key, Pending) else None):
        return _under_unknown_key(target, unknown, spend)
    if not isinstance(target, Runtime):
        return member(target, key)
    spelled = spelling_of(str(key), tuple(target))
    if spelled is None:
        return runtime_rest(target, key)
    found = target[spelled]
    is_whole = isinstance(target, Open) or spelled in _NOT_COMPLETED
    return found if is_whole else _completed_by_azure(found, target.what)


def _under_unknown_key(target: object, key: Pending, spend: Callable[[], None]) -> object:
    """Return what is known of a property or member whose name or position is unknown."""
    if isinstance(key, Tentative) and type(target) is dict:
        return looked_up(target, key, spend)
    return Pending(key.gap)


def _completed_by_azure(value: object, what: str) -> object:
    """Return a part of a resource's declaration: Azure adds to nested objects as well."""
    if isinstance(value, list):
        return [_completed_by_azure(each, what) for each in value]
    return Runtime(value, what) if type(value) is dict else value


def _user_function(name: str, values: list[object], context: Context) -> object:
    """Return the result of a function that the template defines.

    It sees its arguments and the template's variables: Bicep turns imports into variables.
    """
    function = context.functions[name]
    if len(values) != len(function.parameters):
        raise EvaluationError(f"{name}(): wrong number of arguments ({len(values)})")
    given = {
        parameter: (lambda value=value: value)
        for parameter, value in zip(function.parameters, values, strict=True)
    }
    inside = replace(context, parameters=Lazy("parameter", given), lambdas={})
    return evaluate(function.output, inside)


def apply(name: str, values: list[object], context: Context) -> object:
    """Return the result of a function that depends on its arguments alone.

    Raises:
        EvaluationError: There is no such function, or it rejects its arguments.
    """
    found = FUNCTIONS.get(name)
    if found is None:
        raise EvaluationError(f"unknown function {name}()")
    if len(values) < found.least or (found.most is not None and len(values) > found.most):
        raise EvaluationError(f"{name}(): wrong number of arguments ({len(values)})")
    spend = context.registry.budget.spend
    unknown = first_pending(values, spend)
    if unknown is None:
        return _called(name, values)
    if name == "tryget":
        return _tried(values[0], values[1:], spend)
    if name == "concat" and any(isinstance(each, list) for each in values):
        return with_further_members(values, unknown)
    return _with_unknown_values(name, values, unknown, spend)


def _called(name: str, values: list[object]) -> object:
    """Return the result of a function."""
    try:
        return FUNCTIONS[name].call(*values)
    except EvaluationError as error:
        raise EvaluationError(f"{name}(): {error}") from None
    except NoDataError as error:
        return Pending(error.gap)


def _with_unknown_values(
    name: str, values: list[object], unknown: Pending, spend: Callable[[], None]
) -> object:
    """Return a function's result for values that are only partly known."""
    if name in _STRUCTURAL and _moves_members(name, values):
        return _called(name, _with_plain_keys(name, values))
    if (known := decided_by_known_values(name, values)) is not None:
        return known
    texts = without_tentative(values)
    if name not in _TEXT_MAKERS or first_pending(texts, spend) or not isinstance(texts, list):
        return Pending(unknown.gap)
    if name == "json":
        return _tentative_in(_called(name, texts), unknown.gap)
    made = _called(name, texts)
    if isinstance(made, list):
        return _split_up(name, values, list(map(str, made)), unknown.gap)
    solid = name in _ALWAYS_SOLID or (name in _KEEP_SOLID and any(map(is_solid, values)))
    return Tentative(str(made), unknown.gap, solid=solid, tail=_tail(name, values))


def _tried(target: object, keys: Sequence[object], spend: Callable[[], None]) -> object:
    """Return the value at a path, null if one of its steps is missing."""
    if unknown := next((each for each in keys if isinstance(each, Pending)), None):
        return Pending(unknown.gap)
    for key in keys:
        is_partial = isinstance(target, Pending | Runtime) or rest_of(target)
        target = access(target, key, spend) if is_partial else try_get(target, key)
    return target


def _tail(name: str, values: list[object]) -> str:
    """Return the known end of a string that a function builds from others."""
    hollow = [each.hollow if isinstance(each, Tentative) else each for each in values]
    if name not in _KEEP_TAIL or not all(isinstance(each, str | int | float) for each in hollow):
        return ""
    made = _called(name, hollow)
    return made.rpartition(HOLE)[2] if isinstance(made, str) and HOLE in made else ""


def _split_up(name: str, values: list[object], made: list[str], gap: Gap) -> object:
    """Return the parts of an unknown string; an id has as many as its substitute."""
    match values:
        case [Tentative() as whole, "/"] if is_id(whole):
            return ["", *split_name(whole)[1:]]
        case _:
            return Parts(made, gap, _last_part(name, values))


def _last_part(name: str, values: list[object]) -> str | None:
    """Return the last part of a split string, None if it is unknown."""
    whole, *delimiters = values
    match delimiters:
        case [str(mark)] if name == "split" and isinstance(whole, Tentative):
            return whole.tail.rpartition(mark)[2] if mark and mark in whole.tail else None
    return None


def _tentative_in(value: object, gap: Gap) -> object:
    """Return the value of a tentative JSON string: its strings are tentative, its shape known."""
    if isinstance(value, Mapping):
        return {key: _tentative_in(member, gap) for key, member in value.items()}
    if isinstance(value, list):
        return [_tentative_in(member, gap) for member in value]
    return Tentative(value, gap) if isinstance(value, str) else value


def _moves_members(name: str, values: list[object]) -> bool:
    """Tell whether a function does not need to inspect unknown values."""
    if name in _TAKE_ANYTHING:
        keys = values[::2] if name == "createobject" else []
        return not any(isinstance(key_of(key), Pending) for key in keys)
    if name == "union" and not all(isinstance(each, Mapping) for each in values):
        return False  # with lists, the number of members depends on all of them
    tops = [*values, *(_members_of(values[0]) if name in _MERGERS else ())]
    return not any(isinstance(each, Pending | Runtime) or rest_of(each) for each in tops)


def _members_of(value: object) -> list[object]:
    """Return the members of a list."""
    return value if isinstance(value, list) else []


def _with_plain_keys(name: str, values: list[object]) -> list[object]:
    """Return arguments with the keys of an object as strings."""
    if name != "createobject":
        return values
    return [key_of(each) if at % 2 == 0 else each for at, each in enumerate(values)]

"""JSON values of policies with their expressions compiled; constants are computed once.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule#policy-functions
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.gap import NoDataError
from amlaudit.engine.policy.aliases import Aliases, AliasPath
from amlaudit.engine.policy.comparands import SCOPES, is_tag_of_scope, whole_expression
from amlaudit.engine.policy.fields import (
    Counted,
    Scope,
    binding,
    field_reader,
    present_in,
    values_of,
)
from amlaudit.engine.policy.frame import Frame
from amlaudit.engine.policy.functions import FUNCTIONS, is_refused, why_not
from amlaudit.engine.policy.values import as_location
from amlaudit.language.arguments import flag, text
from amlaudit.language.expressions import (
    Access,
    Call,
    Literal,
    Node,
    is_expression,
    literal,
    parse,
)
from amlaudit.language.lists import member, try_get
from amlaudit.language.times import spell_time
from amlaudit.language.values import LONGEST_TEXT, EvaluationError, Unknown, known, unsupported_gap

Read: TypeAlias = Callable[[Frame], object]


class Operand(NamedTuple):
    """A JSON value, ready to be read.

    Attributes:
        read: Gives the value in a frame.
        constant: Whether it is the same in every frame.
        value: The value, if it is constant.
    """

    read: Read
    constant: bool = False
    value: object = None


class Env(Struct, frozen=True):
    """The environment in which expressions are compiled.

    Attributes:
        aliases: The alias table.
        parameters: Values of the parameters by lower-case name; `Unknown` where there is none.
        policy: The result of `policy()`.
        scope: The counts around the expression.
        existence: Whether it is in an existence condition, where `field()` looks at the resource
            of the `if`.
    """

    aliases: Aliases
    parameters: Mapping[str, object] = field(default_factory=dict)
    policy: Mapping[str, object] = field(default_factory=dict)
    scope: Scope = ()
    existence: bool = False

    def inside(self, counted: Counted) -> "Env":
        """Return the environment for the condition of a count."""
        return replace(self, scope=(*self.scope, counted))


def constant(value: object) -> Operand:
    """Return the operand with a constant value."""
    return Operand(lambda _: value, constant=True, value=value)


def failing(error: Exception) -> Operand:
    """Return the operand that raises an error when read."""

    def read(_: Frame) -> object:
        raise error.with_traceback(None)  # or it would grow with every resource

    return Operand(read)


def operand(raw: object, env: Env) -> Operand:
    """Compile a JSON value and the expressions in it."""
    if isinstance(raw, str):
        return _node(parse(raw), env) if is_expression(raw) else constant(literal(raw))
    if isinstance(raw, list):
        return _together([operand(each, env) for each in raw], lambda *values: list(values))
    if isinstance(raw, Mapping):
        keys = list(raw)
        members = [operand(each, env) for each in raw.values()]
        return _together(members, lambda *values: dict(zip(keys, values, strict=True)))
    return constant(raw)


def compared(raw: object, env: Env) -> Operand:
    """Compile what a value is compared with; a tag that a scope lacks counts as the empty text.

    Null would fail the evaluation, and with it a built-in rule in every group without the tag.
    https://github.com/Azure/azure-policy/blob/master/built-in-policies/policyDefinitions/Tags/InheritTag_AddOrReplace_Modify.json
    https://github.com/microsoft/regorus/blob/main/tests/azure_policy/cases/e2e_tags_inherit_modify.yaml
    """
    found = operand(raw, env)
    if not is_tag_of_scope(whole_expression(raw)):
        return found

    def read(frame: Frame) -> object:
        value = found.read(frame)
        return "" if value is None else value

    return Operand(read)


def _together(parts: list[Operand], call: Callable[..., object]) -> Operand:
    """Return the operand that calls a function on others; constant if all of them are."""
    reads = [part.read for part in parts]

    def read(frame: Frame) -> object:
        values = [each(frame) for each in reads]
        frame.spend(*values)
        return call(*values)

    if all(part.constant for part in parts):
        try:
            return constant(call(*(part.value for part in parts)))
        except (EvaluationError, NoDataError) as error:
            return failing(error)
    return Operand(read)


def _node(node: Node, env: Env) -> Operand:
    """Compile an expression."""
    match node:
        case Literal(value):
            return constant(value)
        case Access(Call(name, ()), Literal(str() as key)) if name in _FACTS:
            return _fact(name, key, env)
        case Access(Access(Call(name, ()), Literal(str() as fact)), key) if name in SCOPES:
            # a scope without the tag gives null, or built-in rules would fail where it is missing
            read = try_get if is_tag_of_scope(node) else member
            return _together([_fact(name, fact, env), _node(key, env)], read)
        case Access(target, key):
            return _together([_node(target, env), _node(key, env)], member)
        case Call(name, arguments) if special := _SPECIAL.get(name):
            return special(arguments, env)
        case _:
            return _function(node.name, node.arguments, env)


def _function(name: str, arguments: tuple[Node, ...], env: Env) -> Operand:
    """Compile the call of a function that depends only on its arguments."""
    found = FUNCTIONS.get(name)
    if found is None and is_refused(name):
        return failing(EvaluationError(why_not(name)))
    if found is None:
        return failing(NoDataError(unsupported_gap(why_not(name))))
    if len(arguments) < found.least or (found.most is not None and len(arguments) > found.most):
        return failing(EvaluationError(f"{name}(): wrong number of arguments: {len(arguments)}"))

    def call(*values: object) -> object:
        try:
            result = found.call(*values)
        except EvaluationError as error:
            raise EvaluationError(f"{name}(): {error}") from None
        if isinstance(result, str) and len(result) > LONGEST_TEXT:
            raise EvaluationError(f"{name}(): a text of more than {LONGEST_TEXT} characters")
        return result

    return _together([_node(each, env) for each in arguments], call)


def _if(arguments: tuple[Node, ...], env: Env) -> Operand:
    """Compile `if(condition, then, else)`, which evaluates only the branch taken."""
    if len(arguments) != 3:  # noqa: PLR2004 - condition and two branches
        return failing(EvaluationError("if(): needs three arguments"))
    condition, then, otherwise = (_node(each, env) for each in arguments)

    def read(frame: Frame) -> object:
        return (then if flag(condition.read(frame)) else otherwise).read(frame)

    if condition.constant and isinstance(condition.value, bool):
        return then if condition.value else otherwise
    return Operand(read)


def _parameters(arguments: tuple[Node, ...], env: Env) -> Operand:
    """Compile `parameters(name)`."""

    def call(name: object) -> object:
        key = text(name).lower()
        if key not in env.parameters:
            raise EvaluationError(f"parameters(): unknown parameter {name!r}")
        return known(env.parameters[key])

    if len(arguments) != 1:
        return failing(EvaluationError("parameters(): needs one argument"))
    return _together([_node(arguments[0], env)], call)


def _by_name(
    function: str, arguments: tuple[Node, ...], env: Env, reader_of: Callable[[str], Read]
) -> Operand:
    """Compile a function with one argument, a name, of which the reader is made once if constant.

    Args:
        function: The function.
        arguments: Its arguments.
        env: The environment.
        reader_of: Makes the reader of what a name stands for.
    """
    if len(arguments) != 1:
        return failing(EvaluationError(f"{function}(): needs one argument"))
    name = _node(arguments[0], env)
    if name.constant:
        try:
            return Operand(reader_of(text(name.value)))
        except (EvaluationError, NoDataError) as error:
            return failing(error)

    def read(frame: Frame) -> object:
        value = name.read(frame)
        frame.spend(value)
        return reader_of(text(value))(frame)

    return Operand(read)


def _field(arguments: tuple[Node, ...], env: Env) -> Operand:
    """Compile `field(name)`: what a field selects, as an array if it may select several.

    https://learn.microsoft.com/azure/governance/policy/how-to/author-policies-for-arrays
    """
    scope = () if env.existence else env.scope

    def reader_of(name: str) -> Read:
        reader = field_reader(name, env.aliases, scope)
        if reader.one and reader.counted and len(reader.counted.groups) > 1:
            # the member being counted, as if it were the only one of its array
            return lambda frame: present_in([values_of(reader, frame.origin)], reader, frame)
        empty: object = {} if reader.path.lower() == "tags" else ""
        if reader.path.lower() == "location":
            return lambda frame: as_location(values_of(reader, frame.origin, empty))
        return lambda frame: _charged(frame, values_of(reader, frame.origin, empty))

    return _by_name("field", arguments, env, reader_of)


def _charged(frame: Frame, value: object) -> object:
    """Charge for a collected value and return it; collecting a long one takes several steps."""
    frame.spend(value)
    return value


def _current(arguments: tuple[Node, ...], env: Env) -> Operand:
    """Compile `current()`, `current(name)` or `current(alias)`: the member being counted."""
    if not arguments:
        return _current_only(env)

    def reader_of(name: str) -> Read:
        for depth, counted in reversed(list(enumerate(env.scope))):
            if counted.path is None and counted.name == name.lower():
                return _element_at(depth)
        if "/" not in name:
            raise EvaluationError(f"current(): not inside a count {name!r}")
        return _current_field(env.aliases.path(name), name, env)

    return _by_name("current", arguments, env, reader_of)


def _current_only(env: Env) -> Operand:
    """Compile `current()`, which is only allowed in a single, not nested count."""
    if len(env.scope) != 1:
        problem = "current(): without a name it is only allowed in a count that is not nested"
        return failing(EvaluationError(problem))
    return Operand(_element_at(0))


def _element_at(depth: int) -> Read:
    """Return the reader of a count's current member."""
    return lambda frame: frame.elements[depth][0]


def _current_field(path: AliasPath, name: str, env: Env) -> Read:
    """Return the reader of a field of the member being counted."""
    if not binding(path, env.scope)[1]:
        raise EvaluationError(f"current(): not inside a count of {name}")
    reader = field_reader(name, env.aliases, env.scope)
    return lambda frame: values_of(reader, frame, "")


def _fact(name: str, key: str, env: Env) -> Operand:
    """Compile one property of a function's result: the others need not be known."""

    def read(frame: Frame) -> object:
        return member(_FACTS[name](frame, env), key)

    return Operand(read)


def _whole_fact(name: str, arguments: tuple[Node, ...], env: Env) -> Operand:
    """Compile a call for the whole result of a function."""

    def read(frame: Frame) -> object:
        if arguments:
            raise EvaluationError(f"{name}(): it takes no arguments")
        return {key: known(value) for key, value in _FACTS[name](frame, env).items()}

    return Operand(read)


def _utc_now(arguments: tuple[Node, ...], env: Env) -> Operand:
    """Compile `utcNow()`: the time when the resource was read, so that audits are repeatable."""
    formats = [_node(each, env) for each in arguments]

    def read(frame: Frame) -> object:
        at = frame.origin.resource.origin.collected_at
        return spell_time(at, *(each.read(frame) for each in formats))

    return Operand(read)


_REQUEST: Final[Mapping[str, object]] = {
    # a compliance scan uses the latest version; rules test whether it is later than some date
    "apiVersion": "9999-12-31",
    "identity": Unknown(
        unsupported_gap("requestContext().identity is known for live requests only")
    ),
}


def _group(frame: Frame, _: Env) -> Mapping[str, object]:
    """Return the result of `resourceGroup()`, whose location compares with `field('location')`."""
    facts = frame.surroundings.group()
    return {key: as_location(each) if key == "location" else each for key, each in facts.items()}


_FACTS: Final[dict[str, Callable[[Frame, Env], Mapping[str, object]]]] = {
    "resourcegroup": _group,
    "subscription": lambda frame, _: frame.surroundings.subscription(),
    "policy": lambda _, env: env.policy,
    "requestcontext": lambda *_: _REQUEST,
}

_SPECIAL: Final[dict[str, Callable[[tuple[Node, ...], Env], Operand]]] = {
    "current": _current,
    "field": _field,
    "if": _if,
    "parameters": _parameters,
    "utcnow": _utc_now,
    **{name: partial(_whole_fact, name) for name in _FACTS},
}

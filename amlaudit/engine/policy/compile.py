"""Policy conditions compiled once into closures that judge a frame and say what decided.

Conditions are looked at from left to right and only as far as needed, as authors rely on. What is
not known is a third truth value; it only decides where no known condition does.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, NamedTuple, TypeAlias

from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.resource import Resource
from amlaudit.core.verdict import Seen
from amlaudit.engine.conditions import FALSE, TRUE, UNKNOWN, Truth
from amlaudit.engine.policy.conditions import (
    OPERATORS,
    AllOf,
    AnyOf,
    Condition,
    Field,
    FieldCount,
    Leaf,
    Not,
    Value,
    ValueCount,
)
from amlaudit.engine.policy.fields import Counted, Reader, field_reader
from amlaudit.engine.policy.frame import Element, Frame
from amlaudit.engine.policy.operands import Env, Operand, operand
from amlaudit.engine.policy.operators import ORDERINGS, Test, make_test
from amlaudit.engine.policy.values import EvaluationError, is_list, items

MOST_LOOKS: Final = 50
"""Looks at members of one count that are kept as evidence."""


class Look(NamedTuple):
    """One look at one value.

    Attributes:
        resource: The resource that was looked at.
        path: Property path, or the expression.
        operator: The operator, as the documentation spells it.
        operand: What the value was compared with.
        observed: The value.
        seen: Whether it was there.
        gap: Why it could not be judged; None where it could.
        inside: It was a look at a member of something that was counted.
    """

    resource: Resource
    path: str
    operator: str
    operand: object
    observed: object
    seen: Seen
    gap: Gap | None = None
    inside: bool = False


class Result(NamedTuple):
    """The truth of a condition in a frame, and the looks that decided it."""

    truth: Truth
    looks: tuple[Look, ...]


Judge: TypeAlias = Callable[[Frame], Result]
"""Judges a frame.

Raises:
    EvaluationError: The evaluation fails.
"""

NEVER: Final = AnyOf(())
ALWAYS: Final = AllOf(())


def compile_condition(condition: Condition, env: Env) -> Judge:
    """Return the closure that judges a frame by a condition."""
    match condition:
        case AllOf(conditions):
            return _combined([compile_condition(each, env) for each in conditions], FALSE)
        case AnyOf(conditions):
            return _combined([compile_condition(each, env) for each in conditions], TRUE)
        case Not(inner):
            return _negated(compile_condition(inner, env))
        case Leaf():
            return _leaf(condition, env)


def _combined(judges: list[Judge], decisive: Truth) -> Judge:
    """Return the conjunction (decisive false) or disjunction (decisive true) of conditions.

    A failure after something unknown is unknown: whether it would have been reached is open.
    """

    def judge(frame: Frame) -> Result:
        looks: list[Look] = []
        unknown: list[Look] = []
        for each in judges:
            try:
                truth, found = each(frame)
            except EvaluationError:
                if not unknown:
                    raise
                break
            if truth == decisive:
                return Result(truth, found)
            (unknown if truth == UNKNOWN else looks).extend(found)
        return Result(UNKNOWN, tuple(unknown)) if unknown else Result(TRUE - decisive, tuple(looks))

    return judge


def _negated(judge: Judge) -> Judge:
    """Return the mirror of a condition: true and false change places, unknown stays."""

    def negation(frame: Frame) -> Result:
        truth, looks = judge(frame)
        return Result(TRUE - truth, looks)

    return negation


Testing: TypeAlias = Callable[[Frame], tuple[Test, object]]
"""Gives, in a frame, the test of a value and the operand it was made of."""


def _leaf(leaf: Leaf, env: Env) -> Judge:
    """Return the closure of a comparison."""
    match leaf.accessor:
        case Field(name):
            return _field(leaf, name, env)
        case Value(raw):
            return _value(leaf, raw, env)
        case FieldCount(name, where):
            return _field_count(leaf, name, where, env)
        case ValueCount(raw, name, where):
            return _value_count(leaf, raw, env, (name.lower(), where))


def _testing(leaf: Leaf, env: Env, *, location: bool = False) -> Testing:
    """Return what makes the test of a leaf, once for all where its operand is constant."""
    right = operand(leaf.operand, env)

    def make(value: object) -> tuple[Test, object]:
        return make_test(leaf.operator, _as_location(value) if location else value), value

    if right.constant:
        try:
            made = make(right.value)
        except EvaluationError as error:
            problem = str(error)
            return lambda _: _fail(problem)
        return lambda _: made
    return lambda frame: make(right.read(frame))


def _fail(problem: str) -> tuple[Test, object]:
    """Fail the evaluation."""
    raise EvaluationError(problem)


def _as_location(value: object) -> object:
    """Return the names of locations as they are compared: `East US 2` is `eastus2`.

    https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
    """
    if is_list(value):
        return [_as_location(each) for each in items(value)]
    return value.replace(" ", "").lower() if isinstance(value, str) else value


def _field(leaf: Leaf, name: str, env: Env) -> Judge:
    """Return the comparison of a field: of every value where it selects several."""
    testing = _testing(leaf, env, location=name.lower() == "location")
    normal = _as_location if name.lower() == "location" else _as_is
    reading, spelled = _reading(name, env), OPERATORS[leaf.operator]
    whole, ordering = leaf.operator != "exists", leaf.operator in ORDERINGS

    def judge(frame: Frame) -> Result:
        frame.spend()
        path, wanted = name, None
        try:
            reader = reading(frame)
            path = reader.path
            if reader.one is None:
                return _every(frame, reader, testing(frame), leaf)
            value = reader.one(frame, whole)
            test, wanted = testing(frame)
        except NoDataError as error:
            return _not_known(frame, path, spelled, wanted, error.gap)
        if value is None and ordering:
            frame.note(f"how the service orders a missing value is not documented ({path})")
        seen = Seen.ABSENT if value is None else Seen.PRESENT
        look = Look(frame.resource, path, spelled, wanted, value, seen)
        return Result(TRUE if test(normal(value)) else FALSE, (look,))

    return judge


def _as_is(value: object) -> object:
    """Return a value as it is."""
    return value


def _reading(name: str, env: Env) -> Callable[[Frame], Reader]:
    """Return what gives the reader of a field, whose name may be an expression."""
    named = operand(name, env)

    def make(value: object) -> Reader:
        if not isinstance(value, str):
            raise EvaluationError("the name of a field is no text")
        return field_reader(value, env.aliases, env.scope)

    if named.constant:
        try:
            reader = make(named.value)
        except (EvaluationError, NoDataError):
            return lambda _: make(named.value)  # fails in every frame that looks
        return lambda _: reader
    return lambda frame: make(named.read(frame))


def _every(frame: Frame, reader: Reader, tested: tuple[Test, object], leaf: Leaf) -> Result:
    """Return whether every value passes that a field selects; without any it is true.

    https://learn.microsoft.com/azure/governance/policy/how-to/author-policies-for-arrays
    """
    test, wanted = tested
    spelled = OPERATORS[leaf.operator]
    found = reader.several(frame, leaf.operator != "exists") if reader.several else []
    if not found and leaf.operator == "exists":
        frame.note(f"what exists means for an empty list is not documented ({reader.path})")
    missing: Gap | None = None
    for value, _ in found:
        frame.spend()
        if isinstance(value, Gap):
            missing = missing or value
        elif not test(value):
            seen = Seen.ABSENT if value is None else Seen.PRESENT
            look = Look(frame.resource, reader.path, spelled, wanted, value, seen)
            return Result(FALSE, (look,))
    if missing:
        return _not_known(frame, reader.path, spelled, wanted, missing)
    observed = [value for value, _ in found]
    look = Look(frame.resource, reader.path, spelled, wanted, observed, Seen.PRESENT)
    return Result(TRUE, (look,))


def _not_known(frame: Frame, path: str, operator: str, wanted: object, gap: Gap) -> Result:
    """Return the result of a look at what is not known."""
    return Result(UNKNOWN, (Look(frame.resource, path, operator, wanted, None, Seen.GAP, gap),))


def _value(leaf: Leaf, raw: object, env: Env) -> Judge:
    """Return the comparison of a value."""
    left, testing = operand(raw, env), _testing(leaf, env)
    path, spelled = raw if isinstance(raw, str) else "value", OPERATORS[leaf.operator]

    def judge(frame: Frame) -> Result:
        frame.spend()
        try:
            value = left.read(frame)
            test, wanted = testing(frame)
        except NoDataError as error:
            return _not_known(frame, path, spelled, None, error.gap)
        seen = Seen.ABSENT if value is None else Seen.PRESENT
        look = Look(frame.resource, path, spelled, wanted, value, seen)
        return Result(TRUE if test(value) else FALSE, (look,))

    return judge


Members: TypeAlias = Callable[[Frame], list[Element]]
"""Gives the members to count; a gap in the place of those that are not known."""


def _field_count(leaf: Leaf, name: str, where: Condition | None, env: Env) -> Judge:
    """Return the comparison of a count over an array field."""
    named = operand(name, env)
    if not named.constant or not isinstance(named.value, str):
        return _value(Leaf(Value(name), leaf.operator, leaf.operand), named, env)
    reading = _reading(name, env)
    try:
        path = field_reader(named.value, env.aliases, env.scope).counted
    except (EvaluationError, NoDataError):
        path = None
    if path is None or len(path.groups) == 1:
        return _uncountable(named.value, reading)
    ahead = replace(path, groups=(*path.groups[:-1], ()))
    each = compile_condition(where, env.inside(Counted("", path))) if where else None

    def members(frame: Frame) -> list[Element]:
        reader = field_reader_of(frame)
        return reader.several(frame, False) if reader.several else []

    return _counted(leaf, path.spelled, members, each, _testing(leaf, env))


def _value_count(
    leaf: Leaf, raw: object, env: Env, member: tuple[str, Condition | None]
) -> Judge:
    """Return the comparison of a count over an array value."""
    name, where = member
    left = operand(raw, env)
    each = compile_condition(where, env.inside(Counted(name))) if where else None

    def members(frame: Frame) -> list[Element]:
        value = left.read(frame)
        if not is_list(value):
            raise EvaluationError("a count needs a list")
        return [(value, ()) for value in items(value)]

    path = raw if isinstance(raw, str) else name
    return _counted(leaf, path, members, each, _testing(leaf, env))

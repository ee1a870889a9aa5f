"""Compiles policy conditions once into closures that judge a frame and return what decided.

Conditions are evaluated from left to right with short-circuiting, which authors rely on. Unknown is
a third truth value; it only decides where no known condition does.
"""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from amlaudit.core.conditions import FALSE, TRUE, UNKNOWN, Truth
from amlaudit.core.gap import Gap, NoDataError
from amlaudit.engine.policy.aliases import AliasPath
from amlaudit.engine.policy.comparands import is_api_version, is_location
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
)
from amlaudit.engine.policy.counts import Testing, counting
from amlaudit.engine.policy.fields import Counted, Reader, field_reader, path_reader
from amlaudit.engine.policy.frame import Element, Frame
from amlaudit.engine.policy.looks import Judge, Look, Result, not_known
from amlaudit.engine.policy.operands import Env, compared, failing, operand
from amlaudit.engine.policy.operators import ORDERINGS, Test, make_test
from amlaudit.engine.policy.values import as_location
from amlaudit.language.values import (
    EvaluationError,
    is_list,
    items,
    unsupported,
    unsupported_gap,
)

NEVER: Final = AnyOf(())


def compile_condition(condition: Condition, env: Env) -> Judge:
    """Return the closure that judges a frame by a condition."""
    match condition:
        case AllOf(conditions):
            return _combined([compile_condition(each, env) for each in conditions], FALSE)
        case AnyOf(conditions):
            return _combined([compile_condition(each, env) for each in conditions], TRUE)
        case Not(inner):
            return _negated(compile_condition(inner, env))
        case _:
            return _leaf(condition, env)


def _combined(judges: list[Judge], decisive: Truth) -> Judge:
    """Return the conjunction (decisive false) or disjunction (decisive true) of conditions.

    A failure after an unknown condition is unknown: it may not have been reached.
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
    """Return the negation of a condition: true and false are swapped, unknown stays."""

    def negation(frame: Frame) -> Result:
        truth, looks = judge(frame)
        return Result(TRUE - truth, looks)

    return negation


def _leaf(leaf: Leaf, env: Env) -> Judge:
    """Return the closure of a comparison."""
    match leaf.accessor:
        case Field(name):
            return _field(leaf, name, env)
        case Value(raw):
            return _value(leaf, raw, env)
        case FieldCount(name, where):
            return _field_count(leaf, name, where, env)
        case _:
            raw, name, where = leaf.accessor.raw, leaf.accessor.name, leaf.accessor.where
            each = compile_condition(where, env.inside(Counted(name.lower()))) if where else None
            return _value_count(leaf, raw, each, env)


def _testing(leaf: Leaf, env: Env, *, location: bool = False) -> Testing:
    """Return the function that gives the test of a leaf, made once if its operand is constant."""
    right = compared(leaf.operand, env)

    def make(value: object) -> tuple[Test, object]:
        return make_test(leaf.operator, as_location(value) if location else value), value

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


def _field(leaf: Leaf, name: str, env: Env) -> Judge:
    """Return the comparison of a field; of every value if it selects several."""
    testing = _testing(leaf, env, location=name.lower() == "location")
    normal = as_location if name.lower() == "location" else _as_is
    reading, spelled = _reading(name, env), OPERATORS[leaf.operator]
    whole, ordering = leaf.operator != "exists", leaf.operator in ORDERINGS

    def judge(frame: Frame) -> Result:
        path, wanted = name, leaf.operand
        try:
            reader = reading(frame)
            path = reader.path
            if reader.one is None:
                return _every(frame, reader, testing(frame), leaf)
            value = reader.one(frame, whole)
            test, wanted = testing(frame)
        except NoDataError as error:
            return not_known(frame, path, spelled, wanted, error.gap)
        frame.spend(value)
        if value is None and ordering:
            frame.note(f"how the service orders a missing value is not documented ({path})")
        look = Look(frame.resource, path, spelled, wanted, value)
        return Result(TRUE if test(normal(value)) else FALSE, (look,))

    return judge


def _as_is(value: object) -> object:
    """Return a value unchanged."""
    return value


def _reading(name: str, env: Env) -> Callable[[Frame], Reader]:
    """Return the function that gives the reader of a field, whose name may be an expression."""
    named = operand(name, env)

    def make(value: object) -> Reader:
        if not isinstance(value, str):
            raise EvaluationError("the name of a field is not a string")
        return field_reader(value, env.aliases, env.scope)

    if named.constant:
        try:
            reader = make(named.value)
        except (EvaluationError, NoDataError):
            return lambda _: make(named.value)  # fails in every frame that uses it
        return lambda _: reader
    return lambda frame: make(named.read(frame))


def _every(frame: Frame, reader: Reader, tested: tuple[Test, object], leaf: Leaf) -> Result:
    """Return whether every value that a field selects passes; true if there are none.

    https://learn.microsoft.com/azure/governance/policy/how-to/author-policies-for-arrays
    """
    test, wanted = tested
    spelled = OPERATORS[leaf.operator]
    found = reader.several(frame, leaf.operator != "exists") if reader.several else []
    if reader.counted and not reader.counted.is_of(frame.resource.type):
        # not even an empty list: otherwise rules for several types would hold for all others
        found = [(None, ())]
        frame.note(f"what a list of another type selects is not documented ({reader.path})")
    if not found and leaf.operator == "exists":
        frame.note(f"what exists means for an empty list is not documented ({reader.path})")
    missing: Gap | None = None
    for value, _ in found:
        frame.spend()
        if isinstance(value, Gap):
            missing = missing or value
        elif not test(value):
            look = Look(frame.resource, reader.path, spelled, wanted, value)
            return Result(FALSE, (look,))
    if missing:
        return not_known(frame, reader.path, spelled, wanted, missing)
    observed = [value for value, _ in found]
    look = Look(frame.resource, reader.path, spelled, wanted, observed)
    return Result(TRUE, (look,))


def _value(leaf: Leaf, raw: object, env: Env) -> Judge:
    """Return the comparison of a value."""
    left, testing = operand(raw, env), _testing(leaf, env, location=is_location(raw))
    path, spelled = raw if isinstance(raw, str) else "value", OPERATORS[leaf.operator]
    if is_api_version(raw) and leaf.operator not in (*ORDERINGS, "exists"):
        # that it is the latest version only tells how it is ordered
        latest = "the latest API version in a compliance scan is known only to the service"
        left = failing(NoDataError(unsupported_gap(latest)))

    def judge(frame: Frame) -> Result:
        try:
            value = left.read(frame)
            test, wanted = testing(frame)
        except NoDataError as error:
            return not_known(frame, path, spelled, leaf.operand, error.gap)
        frame.spend(value)
        look = Look(frame.resource, path, spelled, wanted, value)
        return Result(TRUE if test(value) else FALSE, (look,))

    return judge


def _field_count(leaf: Leaf, name: str, where: Condition | None, env: Env) -> Judge:
    """Return the comparison of a count over an array field."""
    try:
        path = _counted_path(name, env)
    except (EvaluationError, NoDataError) as error:
        return _unable(leaf, name, error)
    each = compile_condition(where, env.inside(Counted("", path))) if where else None
    # the members are counted, even where the field names one of their properties
    reader = path_reader(replace(path, groups=(*path.groups[:-1], ())), env.scope, name)

    def members(frame: Frame) -> list[Element]:
        return reader.several(frame, False) if reader.several else []  # noqa: FBT003 - see `Reader`

    return counting(leaf, path.spelled, members, each, _testing(leaf, env))


def _counted_path(name: str, env: Env) -> AliasPath:
    """Return the path of a counted field, which must lead through a list."""
    named = operand(name, env)
    if not named.constant or not isinstance(named.value, str):
        unsupported(f"a count over the field {name}, whose name is not constant")
    path = field_reader(named.value, env.aliases, env.scope).counted
    if path is None or len(path.groups) == 1:
        raise EvaluationError(f"a count over {name}, which has no [*]")
    return path


def _unable(leaf: Leaf, path: str, error: EvaluationError | NoDataError) -> Judge:
    """Return the closure for a comparison that cannot be judged in any frame."""

    def judge(frame: Frame) -> Result:
        if isinstance(error, NoDataError):
            return not_known(frame, path, OPERATORS[leaf.operator], leaf.operand, error.gap)
        raise EvaluationError(str(error))

    return judge


def _value_count(leaf: Leaf, raw: object, each: Judge | None, env: Env) -> Judge:
    """Return the comparison of a count over an array value."""
    left = operand(raw, env)

    def members(frame: Frame) -> list[Element]:
        value = left.read(frame)
        if not is_list(value):
            raise EvaluationError("a count needs a list")
        return [(each, ()) for each in items(value)]

    path = raw if isinstance(raw, str) else "value"
    return counting(leaf, path, members, each, _testing(leaf, env))

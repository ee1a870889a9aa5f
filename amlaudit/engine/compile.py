"""Compiles conditions once into closures that judge a subject and return what decided.

What decided is the evidence: the failing leaves of a failed `allOf`, every leaf of a failed
`anyOf`, the unknown leaves of an unknown condition.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from msgspec.structs import replace

from amlaudit.core.conditions import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    CountMembers,
    Exists,
    InContext,
    Not,
    Operator,
    Reading,
    Tagged,
    Truth,
)
from amlaudit.core.subject import Subject
from amlaudit.engine.counts import count_members, count_neighbours
from amlaudit.engine.leaves import comparison, exists, in_context, tagged
from amlaudit.engine.memo import Judged, memoised
from amlaudit.engine.outcome import Judge, Outcome
from amlaudit.engine.sharing import judged_once


def compile_condition(condition: Condition) -> Judge:
    """Return the closure that judges a subject by a condition."""
    if not are_plain([condition]):
        return _compile(condition, compile_condition)
    return remembered(compile_afresh(condition), [condition])


def compile_afresh(condition: Condition) -> Judge:
    """Return the closure that judges every subject by a condition, without caching by values."""
    return _compile(condition, compile_afresh)


def remembered(
    judge: Callable[[Subject], Judged], conditions: Iterable[Condition]
) -> Callable[[Subject], Judged]:
    """Return a judge with a cache if its conditions are plain, else the judge itself.

    Plain conditions are a function of a few values; see `are_plain` and `memoised`.
    """
    leaves = _plain_leaves(conditions)
    if not leaves:
        return judge
    by_version = any(each.default and each.default.since for each in leaves)
    return memoised(judge, [each.path for each in leaves], by_version=by_version)


def are_plain(conditions: Iterable[Condition]) -> bool:
    """Tell whether conditions consist only of comparisons whose outcome can be cached."""
    return bool(_plain_leaves(conditions))


def _plain_leaves(conditions: Iterable[Condition]) -> Sequence[Comparison]:
    """Return the comparisons that conditions consist of; empty if they contain anything else.

    An age also depends on the time, and `contains` is mostly used on lists, which cannot be cache
    keys.
    """
    found: list[Comparison] = []
    for condition in conditions:
        match condition:
            case AllOf(several) | AnyOf(several):
                leaves = _plain_leaves(several)
            case Not(inner):
                leaves = _plain_leaves([inner])
            case Comparison(operator=operator) if condition.reading is not Reading.AGE_DAYS:
                leaves = () if operator.positive is Operator.CONTAINS else (condition,)
            case _:
                leaves = ()
        if not leaves:
            return ()
        found += leaves
    return found


def _compile(condition: Condition, part: Callable[[Condition], Judge]) -> Judge:
    """Return the closure for a condition, with its parts compiled by `part`."""
    match condition:
        case AllOf(several):
            judge = _combined([part(each) for each in several], decisive=FALSE)
        case AnyOf(several):
            judge = _combined([part(each) for each in several], decisive=TRUE)
        case Not(inner):
            judge = _negated(part(inner))
        case Comparison():
            judge = comparison(condition)
        case InContext():
            judge = in_context(condition)
        case Tagged():
            judge = tagged(condition)
        case Exists():
            judge = exists(condition)
        case CountMembers():
            judge = count_members(condition, part(condition.where) if condition.where else None)
        case _:
            where = part(condition.where) if condition.where else None
            judge = judged_once(condition, count_neighbours(condition, where))
    return judge


def _combined(judges: list[Judge], *, decisive: Truth) -> Judge:
    """Return the conjunction (decisive false) or disjunction (decisive true) of judges.

    One decisive outcome decides; otherwise one unknown makes the result unknown. All judges are
    evaluated, because each that decides is evidence.
    """
    strongest = min if decisive == FALSE else max

    def judge(subject: Subject) -> Outcome:
        outcomes = [each(subject) for each in judges]
        decided = strongest([each.truth for each in outcomes], default=TRUE - decisive)
        deciding = [each for each in outcomes if each.truth == decided]
        if len(deciding) == 1:
            return deciding[0]
        return Outcome(
            decided,
            (*chain.from_iterable([each.looks for each in deciding]),),
            deciding[0].gap if deciding else None,
            (*chain.from_iterable([each.inner for each in deciding]),),
        )

    return judge


def _negated(inner: Judge) -> Judge:
    """Return the negation of a judge: true and false are swapped, unknown stays."""

    def judge(subject: Subject) -> Outcome:
        outcome = inner(subject)
        return replace(outcome, truth=TRUE - outcome.truth)

    return judge

"""Conditions compiled once into closures that judge a subject and say what decided.

What decided is the evidence: the failing leaves of a failed `allOf`, every leaf of a failed
`anyOf`, the unknown ones of an unknown condition.
"""

from collections.abc import Callable, Iterable, Sequence

from amlaudit.core.conditions import (
    FALSE,
    TRUE,
    UNKNOWN,
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
from amlaudit.engine.outcome import Judge, Outcome, Test
from amlaudit.engine.recall import Judged, remembering


def compile_condition(condition: Condition) -> Test:
    """Return the closures that judge a subject by a condition."""
    if not are_plain([condition]):
        return _compile(condition, compile_condition)
    test = compile_afresh(condition)
    return Test(
        remembered(test.truth, [condition]),
        remembered(test.judge, [condition], whole_only=True),
    )


def compile_afresh(condition: Condition) -> Test:
    """Return the closures that judge each subject by a condition, whatever was judged before."""
    return _compile(condition, compile_afresh)


def remembered(
    judge: Callable[[Subject], Judged], conditions: Iterable[Condition], *, whole_only: bool = False
) -> Callable[[Subject], Judged]:
    """Return the judge by some conditions as one that remembers, if they are of comparisons only.

    Such conditions are a function of a few values; see `remembering`.
    """
    leaves = _plain_leaves(conditions)
    if not leaves:
        return judge
    by_version = any(each.default and each.default.since for each in leaves)
    paths = [each.path for each in leaves]
    return remembering(judge, paths, by_version=by_version, whole_only=whole_only)


def are_plain(conditions: Iterable[Condition]) -> bool:
    """Tell whether conditions are made of comparisons that can be remembered, and nothing else."""
    return bool(_plain_leaves(conditions))


def _plain_leaves(conditions: Iterable[Condition]) -> Sequence[Comparison]:
    """Return the comparisons of which conditions are made, none if they are made of more.

    An age is a function of the time as well, and `contains` is mostly asked of lists, which cannot
    be remembered.
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


def _compile(condition: Condition, part: Callable[[Condition], Test]) -> Test:
    """Return the closures that judge a subject by a condition, and its parts by other closures."""
    match condition:
        case AllOf(several):
            test = _combined([part(each) for each in several], decisive=FALSE)
        case AnyOf(several):
            test = _combined([part(each) for each in several], decisive=TRUE)
        case Not(inner):
            test = _negated(part(inner))
        case Comparison():
            test = _test_of(comparison(condition))
        case InContext():
            test = _test_of(in_context(condition))
        case Tagged():
            test = _test_of(tagged(condition))
        case Exists():
            test = _test_of(exists(condition))
        case CountMembers():
            where = part(condition.where) if condition.where else None
            test = _test_of(count_members(condition, where))
        case _:
            where = part(condition.where) if condition.where else None
            test = _test_of(count_neighbours(condition, where))
    return test


def _test_of(judge: Judge) -> Test:
    """Return the test whose truth cannot be had for less than what decides it."""
    return Test(lambda subject: judge(subject).truth, judge)


def _combined(tests: list[Test], *, decisive: Truth) -> Test:
    """Return the conjunction (decisive false) or disjunction (decisive true) of tests.

    One decisive test decides; without one, one unknown leaves it unknown.
    """
    truths = [each.truth for each in tests]
    judges = [each.judge for each in tests]

    def truth(subject: Subject) -> Truth:
        result = TRUE - decisive
        for each in truths:
            found = each(subject)
            if found == decisive:
                return decisive
            if found == UNKNOWN:
                result = UNKNOWN
        return result

    def judge(subject: Subject) -> Outcome:
        outcomes = [each(subject) for each in judges]
        found = {each.truth for each in outcomes} or {TRUE - decisive}
        decided = next(each for each in (decisive, UNKNOWN, TRUE - decisive) if each in found)
        deciding = [each for each in outcomes if each.truth == decided]
        return Outcome(
            decided,
            tuple(look for each in deciding for look in each.looks),
            deciding[0].gap if deciding else None,
            tuple(evidence for each in deciding for evidence in each.inner),
        )

    return Test(truth, judge)


def _negated(test: Test) -> Test:
    """Return the mirror of a test: true and false change places, unknown stays."""

    def truth(subject: Subject) -> Truth:
        return TRUE - test.truth(subject)

    def judge(subject: Subject) -> Outcome:
        outcome = test.judge(subject)
        return outcome._replace(truth=TRUE - outcome.truth)

    return Test(truth, judge)

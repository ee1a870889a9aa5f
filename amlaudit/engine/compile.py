"""Conditions compiled once into closures that judge a subject and say what decided.

A compiled condition returns its truth and the leaves that decided it: the failing leaves of a
failed `allOf`, every leaf of a failed `anyOf`, the unknown ones of an unknown condition.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from amlaudit.core.conditions import (
    FALSE,
    NEGATIONS,
    TRUE,
    UNKNOWN,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    CountMembers,
    CountNeighbours,
    Default,
    Exists,
    Not,
    Operator,
    Truth,
)
from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.path import ABSENT, Steps, describe
from amlaudit.core.subject import Subject, members_of, seen_of, time_of
from amlaudit.core.verdict import Evidence, Seen
from amlaudit.engine.matchers import ORDER, expectation, kind_of, matcher


class Leaf(NamedTuple):
    """One look at one value.

    Attributes:
        evidence: What was seen.
        gap: Why it could not be judged; None where it could.
        inside: It was a look at a member of something that was counted.
    """

    evidence: Evidence
    gap: Gap | None = None
    inside: bool = False


class Outcome(NamedTuple):
    """The truth of a condition on a subject, and the leaves that decided it."""

    truth: Truth
    leaves: tuple[Leaf, ...]


Test: TypeAlias = Callable[[Subject], Outcome]
_SECONDS_A_DAY: Final = 86_400


class Tally(str):
    """How many of how many members a count found to match, in words."""

    __slots__ = ()


def compile_condition(condition: Condition) -> Test:
    """Return the closure that judges a subject by a condition."""
    match condition:
        case AllOf() | AnyOf():
            tests = [compile_condition(each) for each in condition.conditions]
            return _combined(tests, decisive=FALSE if isinstance(condition, AllOf) else TRUE)
        case Not(inner):
            return _negated(compile_condition(inner))
        case Comparison():
            return _comparison(condition)
        case Exists():
            return _exists(condition)
        case CountMembers():
            return _count_members(condition)
        case _:
            return _count_neighbours(condition)


def _combined(tests: list[Test], *, decisive: Truth) -> Test:
    """Return the conjunction (decisive false) or disjunction (decisive true) of tests.

    One decisive test decides; without one, one unknown leaves it unknown.
    """

    def test(subject: Subject) -> Outcome:
        outcomes = [each(subject) for each in tests]
        truths = [truth for truth, _ in outcomes]
        truth = (min if decisive == FALSE else max)(truths)
        return Outcome(truth, tuple(_leaves_of(outcomes, truth)))

    return test


def _leaves_of(outcomes: Iterable[Outcome], truth: Truth) -> Iterator[Leaf]:
    """Yield the leaves of those outcomes that came out as `truth`."""
    for each, leaves in outcomes:
        if each == truth:
            yield from leaves


def _negated(test: Test) -> Test:
    """Return the mirror of a test: true and false change places, unknown stays."""

    def negation(subject: Subject) -> Outcome:
        truth, leaves = test(subject)
        return Outcome(TRUE - truth, leaves)

    return negation


def _comparison(condition: Comparison) -> Test:
    """Return the test of one value against an operand."""
    steps, default = condition.path, condition.default
    operator = condition.operator
    matches = matcher(operator.positive, condition.operand)
    wanted = "a time" if condition.age_days else kind_of(condition.operand)
    negative = operator in NEGATIONS
    expected = expectation(operator, condition.operand)
    if condition.age_days:
        expected = f"an age of {expected} days"

    def test(subject: Subject) -> Outcome:
        value = subject.read(steps, whole=True)
        seen = Seen.PRESENT
        if value is ABSENT:
            value = _stand_in(subject, steps, default)
            seen = Seen.DEFAULT
        if isinstance(value, Gap):
            return _not_known(subject, steps, expected, value)
        compared = value
        if condition.age_days and seen is Seen.PRESENT:
            compared = _age_days(value, subject.read_at)
        matched = matches(compared)
        if matched is None:
            gap = subject.misfit((*subject.prefix, *steps), wanted, describe(value))
            return _not_known(subject, steps, expected, gap)
        leaf = Leaf(subject.evidence(steps, expected, value, seen))
        return Outcome(TRUE if matched is not negative else FALSE, (leaf,))

    return test


def _age_days(value: object, at: datetime) -> float | None:
    """Return how many days lie between a time and a moment, None if the value is no time."""
    moment = time_of(value)
    return None if moment is None else (at - moment).total_seconds() / _SECONDS_A_DAY


def _stand_in(subject: Subject, steps: Steps, default: Default | None) -> object:
    """Return what an absent value means, or the gap that it leaves."""
    if default is None:
        return subject.absent(steps)
    return subject.too_old(steps, default.since) or default.value


def _not_known(subject: Subject, steps: Steps, expected: str, gap: Gap) -> Outcome:
    """Return the outcome of a look at what is not known."""
    return Outcome(UNKNOWN, (Leaf(subject.evidence(steps, expected, None, seen_of(gap)), gap),))


def _exists(condition: Exists) -> Test:
    """Return the test of a value's presence."""
    steps, wanted = condition.path, condition.wanted
    expected = "set" if wanted else "not set"

    def test(subject: Subject) -> Outcome:
        value = subject.read(steps)
        if isinstance(value, Gap):
            return _not_known(subject, steps, expected, value)
        present = value is not ABSENT
        seen = Seen.PRESENT if present else Seen.ABSENT
        leaf = Leaf(subject.evidence(steps, expected, value if present else None, seen))
        return Outcome(TRUE if present is wanted else FALSE, (leaf,))

    return test


def _count_members(condition: CountMembers) -> Test:
    """Return the test of how many members of a list meet a condition."""
    steps = condition.path
    expected = expectation(condition.operator, condition.number)
    counted = _counter(condition)

    def test(subject: Subject) -> Outcome:
        value = subject.read(steps)
        seen = Seen.PRESENT
        if value is ABSENT:
            value, seen = _stand_in(subject, steps, condition.default), Seen.DEFAULT
        if isinstance(value, Gap):
            return _not_known(subject, steps, expected, value)
        try:
            members = [
                subject.part(member, (*steps, key))
                for key, member in members_of(value, subject, steps)
            ]
        except NoDataError as error:
            return _not_known(subject, steps, expected, error.gap)

        def summary(observed: object, gap: Gap | None) -> Leaf:
            return Leaf(subject.evidence(steps, expected, observed, Seen.GAP if gap else seen), gap)

        return counted(members, None, summary)

    return test


def _count_neighbours(condition: CountNeighbours) -> Test:
    """Return the test of how many neighbours meet a condition."""
    expected = expectation(condition.operator, condition.number)
    counted = _counter(condition)

    def test(subject: Subject) -> Outcome:
        neighbours: list[Subject] = []
        missing = None
        try:
            for resource in subject.estate.neighbours(subject.resource, condition.relation):
                neighbours.append(subject.neighbour(resource))  # noqa: PERF401 - it may end early
        except NoDataError as error:
            missing = error.gap

        def summary(observed: object, gap: Gap | None) -> Leaf:
            path, origin = f"-> {condition.relation}", subject.resource.origin
            seen = Seen.GAP if gap else Seen.PRESENT
            return Leaf(Evidence(subject.id, path, expected, observed, seen, origin), gap)

        return counted(neighbours, missing, summary)

    return test


Summary: TypeAlias = Callable[[object, Gap | None], Leaf]
"""Makes the leaf of a count from (what was counted, what is missing)."""


def _counter(
    condition: CountMembers | CountNeighbours,
) -> Callable[[list[Subject], Gap | None, Summary], Outcome]:
    """Return the function that counts members and compares the count.

    The count lies between the sure members and the possible ones, which are without limit where
    some may not have been seen; it is decided only if both ends agree.
    """
    where = compile_condition(condition.where) if condition.where else None

    def counted(members: list[Subject], missing: Gap | None, summary: Summary) -> Outcome:
        outcomes = [where(each) if where else Outcome(TRUE, ()) for each in members]
        sure = sum(truth == TRUE for truth, _ in outcomes)
        unsure = sum(truth == UNKNOWN for truth, _ in outcomes)
        high = math.inf if missing else sure + unsure
        truth = compare_range(condition.operator, condition.number, sure, high)
        gap = missing or next((leaf.gap for leaf in _leaves_of(outcomes, UNKNOWN)), None)
        told = f"{sure} of {len(members)} match" + (f", {unsure} not known" if unsure else "")
        observed = Tally(told + (", more not seen" if missing else ""))
        head = summary(observed, gap if truth == UNKNOWN else None)
        is_short = sure < condition.number
        decided = _leaves_of(outcomes, _deciding(truth, is_short=is_short))
        return Outcome(truth, (head, *(leaf._replace(inside=True) for leaf in decided)))

    return counted


def _deciding(truth: Truth, *, is_short: bool) -> Truth:
    """Return which members decided a count: those that came out as the returned truth.

    A count that is not known hangs on members that are not; one that is missed from below on those
    that do not match, one that is missed from above on those that do.
    """
    if truth == FALSE:
        return FALSE if is_short else TRUE
    return truth


def compare_range(operator: Operator, number: int, low: float, high: float) -> Truth:
    """Return the truth of a comparison with a number that lies from `low` to `high`."""
    match operator:
        case Operator.EQUALS | Operator.NOT_EQUALS:
            sure = TRUE if low == high else UNKNOWN
            truth = sure if low <= number <= high else FALSE
            return truth if operator is Operator.EQUALS else TRUE - truth
        case _:
            compare = ORDER[operator]
            ends = compare(low, number), compare(high, number)
            return UNKNOWN if ends[0] is not ends[1] else TRUE * ends[0]

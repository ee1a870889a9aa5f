"""Conditions compiled once into closures that judge a subject and say what decided.

A compiled condition answers two questions. Its truth is asked of every resource and costs next to
nothing; the leaves that decided it are asked only where a verdict is made, and are its evidence:
the failing leaves of a failed `allOf`, every leaf of a failed `anyOf`, the unknown ones of an
unknown condition.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias

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
    InContext,
    Not,
    Operator,
    Truth,
)
from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.path import ABSENT, Steps, describe, read
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


@dataclass(frozen=True, slots=True)
class Test:
    """A compiled condition.

    Attributes:
        truth: Returns its truth on a subject.
        leaves: Returns the leaves that decide that truth.
    """

    truth: Callable[[Subject], Truth]
    leaves: Callable[[Subject], tuple[Leaf, ...]]

    def __call__(self, subject: Subject) -> Outcome:
        """Return the truth on a subject, and the leaves that decided it."""
        return Outcome(self.truth(subject), self.leaves(subject))


_MOST_REMEMBERED: Final = 1024
"""Values whose truth a comparison remembers, of each kind."""

_SECONDS_A_DAY: Final = 86_400


class Tally(str):
    """How many of how many members a count found to match, in words."""

    __slots__ = ()


def compile_condition(condition: Condition) -> Test:
    """Return the closure that judges a subject by a condition."""
    match condition:
        case AllOf() | AnyOf():
            tests = [compile_condition(each) for each in condition.conditions]
            test = _combined(tests, decisive=FALSE if isinstance(condition, AllOf) else TRUE)
        case Not(inner):
            test = _negated(compile_condition(inner))
        case Comparison():
            test = _comparison(condition)
        case InContext():
            test = _in_context(condition)
        case Exists():
            test = _exists(condition)
        case CountMembers():
            test = _count_members(condition)
        case _:
            test = _count_neighbours(condition)
    return test


def _combined(tests: list[Test], *, decisive: Truth) -> Test:
    """Return the conjunction (decisive false) or disjunction (decisive true) of tests.

    One decisive test decides; without one, one unknown leaves it unknown.
    """
    truths = [each.truth for each in tests]

    def truth(subject: Subject) -> Truth:
        result = TRUE - decisive
        for each in truths:
            found = each(subject)
            if found == decisive:
                return decisive
            if found == UNKNOWN:
                result = UNKNOWN
        return result

    def leaves(subject: Subject) -> tuple[Leaf, ...]:
        decided = truth(subject)
        return tuple(
            leaf
            for each in tests
            if each.truth(subject) == decided
            for leaf in each.leaves(subject)
        )

    return Test(truth, leaves)


def _negated(test: Test) -> Test:
    """Return the mirror of a test: true and false change places, unknown stays."""
    inner = test.truth

    def truth(subject: Subject) -> Truth:
        return TRUE - inner(subject)

    return Test(truth, test.leaves)


def _comparison(condition: Comparison) -> Test:
    """Return the test of one value against an operand."""
    steps, look = condition.path, _look_of(condition)
    absent = _truth_of_absence(condition)
    known: dict[type, dict[Any, Truth]] = {str: {}, bool: {}, int: {}}

    def truth(subject: Subject) -> Truth:
        """Remember the truth of values: they are few, and most resources share them."""
        if condition.age_days or subject.resource.gaps:
            return look(subject).truth
        value = subject.node
        for step in steps:
            found = value.get(step) if value.__class__ is dict else None
            if found is None:
                value = read(subject.node, steps)  # spelled otherwise, absent, or of another shape
                break
            value = found
        if value is ABSENT:
            return absent(subject)
        by_value = known.get(value.__class__)
        if by_value is None:
            return look(subject).truth
        remembered = by_value.get(value)
        if remembered is None:
            remembered = look(subject).truth
            if len(by_value) < _MOST_REMEMBERED:
                by_value[value] = remembered
        return remembered

    def leaves(subject: Subject) -> tuple[Leaf, ...]:
        return look(subject).leaves

    return Test(truth, leaves)


def _truth_of_absence(condition: Comparison) -> Callable[[Subject], Truth]:
    """Return the truth of a comparison on a subject that has no value there."""
    default = condition.default
    if default is None:
        return lambda _: UNKNOWN
    matched = matcher(condition.operator.positive, condition.operand)(default.value)
    negative = condition.operator in NEGATIONS
    decided = UNKNOWN if matched is None else TRUE if matched is not negative else FALSE
    if not default.since:
        return lambda _: decided
    since = default.since
    return lambda subject: decided if subject.resource.origin.api_version >= since else UNKNOWN


def _look_of(condition: Comparison) -> Callable[[Subject], Outcome]:
    """Return the function that looks at a value, compares it, and keeps what it saw."""
    steps, default = condition.path, condition.default
    operator = condition.operator
    matches = matcher(operator.positive, condition.operand)
    wanted = "a time" if condition.age_days else kind_of(condition.operand)
    negative = operator in NEGATIONS
    expected = expectation(operator, condition.operand)
    if condition.age_days:
        expected = f"an age of {expected} days"

    def look(subject: Subject) -> Outcome:
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

    return look


def _test_of(look: Callable[[Subject], Outcome]) -> Test:
    """Return the test whose truth cannot be had for less than its leaves.

    The last outcome is kept: whoever asks for the truth on a subject asks for its leaves next.
    """
    last: list[tuple[Subject, Outcome]] = []

    def once(subject: Subject) -> Outcome:
        if not last or last[0][0] is not subject:
            last[:] = [(subject, look(subject))]
        return last[0][1]

    return Test(lambda subject: once(subject).truth, lambda subject: once(subject).leaves)


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


def _in_context(condition: InContext) -> Test:
    """Return the test of what tags say of the workspace."""
    matches = matcher(condition.operator.positive, condition.operand)
    negative = condition.operator in NEGATIONS
    expected = expectation(condition.operator, condition.operand)

    def look(subject: Subject) -> Outcome:
        try:
            found = subject.find_context(condition.label)
        except NoDataError as error:
            whole = subject.neighbour(subject.resource)
            return _not_known(whole, ("tags",), expected, error.gap)
        leaf = Leaf(found._replace(expected=expected))
        return Outcome(TRUE if matches(found.observed) is not negative else FALSE, (leaf,))

    return _test_of(look)


def _exists(condition: Exists) -> Test:
    """Return the test of a value's presence."""
    steps, wanted = condition.path, condition.wanted
    expected = "set" if wanted else "not set"

    def look(subject: Subject) -> Outcome:
        value = subject.read(steps)
        if isinstance(value, Gap):
            return _not_known(subject, steps, expected, value)
        present = value is not ABSENT
        seen = Seen.PRESENT if present else Seen.ABSENT
        leaf = Leaf(subject.evidence(steps, expected, value if present else None, seen))
        return Outcome(TRUE if present is wanted else FALSE, (leaf,))

    return _test_of(look)


def _count_members(condition: CountMembers) -> Test:
    """Return the test of how many members of a list meet a condition."""
    steps = condition.path
    expected = expectation(condition.operator, condition.number)
    counted = _counter(condition)

    def look(subject: Subject) -> Outcome:
        value = subject.read(steps)
        seen = Seen.PRESENT
        if value is ABSENT:
            value, seen = _stand_in(subject, steps, condition.default), Seen.DEFAULT
        if isinstance(value, Gap):
            return _not_known(subject, steps, expected, value)
        try:
            found = dict(members_of(value, subject, steps))
        except NoDataError as error:
            return _not_known(subject, steps, expected, error.gap)
        members = [subject.part(member, (*steps, key)) for key, member in found.items()]

        def summary(observed: object, gap: Gap | None) -> Leaf:
            return Leaf(subject.evidence(steps, expected, observed, Seen.GAP if gap else seen), gap)

        return counted(members, subject.hidden_member(steps, set(found)), summary)

    return _test_of(look)


def _count_neighbours(condition: CountNeighbours) -> Test:
    """Return the test of how many neighbours meet a condition."""
    expected = expectation(condition.operator, condition.number)
    counted = _counter(condition)

    def look(subject: Subject) -> Outcome:
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

    return _test_of(look)


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
        truths = [where.truth(each) if where else TRUE for each in members]
        sure, unsure = truths.count(TRUE), truths.count(UNKNOWN)
        high = math.inf if missing else sure + unsure
        truth = compare_range(condition.operator, condition.number, sure, high)
        deciding = _deciding(truth, is_short=sure < condition.number)
        leaves = [
            leaf._replace(inside=True)
            for each, found in zip(members, truths, strict=True)
            if where and found == deciding
            for leaf in where.leaves(each)
        ]
        gap = missing or next((leaf.gap for leaf in leaves if leaf.gap), None)
        told = f"{sure} of {len(members)} match" + (f", {unsure} not known" if unsure else "")
        observed = Tally(told + (", more not seen" if missing else ""))
        return Outcome(truth, (summary(observed, gap if truth == UNKNOWN else None), *leaves))

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

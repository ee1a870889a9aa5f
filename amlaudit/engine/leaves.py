"""The leaves of conditions, each a look at one value."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from amlaudit.core.addresses import prefix_bits_of
from amlaudit.core.conditions import (
    FALSE,
    NEGATIONS,
    TRUE,
    Comparison,
    Default,
    Exists,
    InContext,
    Operator,
    Reading,
    Tagged,
)
from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.path import ABSENT, Steps, describe, spell_path
from amlaudit.core.subject import Subject
from amlaudit.core.times import seconds_of, time_of
from amlaudit.core.verdict import Evidence, Look, Seen
from amlaudit.engine.matchers import expectation, fold, kind_of, matcher
from amlaudit.engine.outcome import Judge, Outcome, not_known

_SECONDS_A_DAY: Final = 86_400


def comparison(condition: Comparison) -> Judge:
    """Return the function that looks at a value, compares it, and records what it saw."""
    steps, default = condition.path, condition.default
    matches = matcher(condition.operator.positive, condition.operand)
    negative = condition.operator in NEGATIONS
    wanted = _WANTED.get(condition.reading) or kind_of(condition.operand)
    words = expectation(condition.operator, condition.operand)
    expected = _EXPECTED[condition.reading].format(words)
    is_familiar = _familiarity(condition)
    # A list without exceptions does not hold the name that a deployment will choose, either.
    is_any_outside = condition.operator.positive is Operator.IN and condition.operand == ()

    def judge(subject: Subject) -> Outcome:
        value = subject.read(steps, whole=True)
        is_there = value is not ABSENT
        if not is_there:
            value = stand_in(subject, steps, default)
        if isinstance(value, Gap):
            if is_any_outside and value.reason is Reason.UNRESOLVED:
                look = Look(subject.spell(steps), expected, None, Seen.GAP)
                return Outcome(TRUE if negative else FALSE, (look,))
            return not_known(subject, steps, expected, value)
        compared = value
        if is_there:
            if condition.reading is Reading.AGE_DAYS and subject.staleness:
                return not_known(subject, steps, expected, subject.staleness)
            compared = _read_as(condition.reading, value, subject.resource.origin.collected_at)
        matched = matches(compared)
        if matched is None:
            gap = subject.misfit(steps, wanted, describe(value))
            return not_known(subject, steps, expected, gap)
        if is_there and not is_familiar(value):
            gap = subject.unfamiliar(spell_path(steps), value).gap
            return not_known(subject, steps, expected, gap)
        seen = Seen.PRESENT if is_there else Seen.DEFAULT
        look = Look(subject.spell(steps), expected, value, seen)
        return Outcome(TRUE if matched is not negative else FALSE, (look,))

    return judge


_WANTED: Final = {
    Reading.AGE_DAYS: "a time",
    Reading.SECONDS: "a duration",
    Reading.PREFIX_BITS: "an address range",
}
_EXPECTED: Final = {
    Reading.ITSELF: "{}",
    Reading.AGE_DAYS: "an age of {} days",
    Reading.SECONDS: "{} seconds",
    Reading.PREFIX_BITS: "a prefix of {} bits",
}


def _familiarity(condition: Comparison) -> Callable[[object], bool]:
    """Return the function that tells whether a condition can interpret a value."""
    if not condition.known:
        return lambda _: True
    operands = condition.operand if isinstance(condition.operand, tuple) else (condition.operand,)
    familiar = frozenset(map(fold, (*operands, *condition.known)))
    return lambda value: fold(value) in familiar


def _read_as(reading: Reading, value: object, at: datetime) -> object:
    """Return what is compared of a value at a given time, None if the value has no such aspect."""
    if reading is Reading.AGE_DAYS:
        moment = time_of(value)
        return None if moment is None else (at - moment).total_seconds() / _SECONDS_A_DAY
    if reading is Reading.PREFIX_BITS:
        return prefix_bits_of(value)
    return seconds_of(value) if reading is Reading.SECONDS else value


def in_context(condition: InContext) -> Judge:
    """Return the function that compares what tags say about the workspace."""
    matches = matcher(condition.operator.positive, condition.operand)
    negative = condition.operator in NEGATIONS
    expected = expectation(condition.operator, condition.operand)

    return _of_label(
        condition.label,
        Subject.find_context,
        expected,
        lambda found: matches(found.observed) is not negative,
    )


def tagged(condition: Tagged) -> Judge:
    """Return the function that checks whether a tag says something about the workspace."""
    wanted = condition.wanted
    expected = "set" if wanted else "not set"
    return _of_label(
        condition.label,
        Subject.find_tag,
        expected,
        lambda found: (found.seen is Seen.PRESENT) is wanted,
    )


def _of_label(
    label: str,
    find: Callable[[Subject, str], Evidence],
    expected: str,
    holds: Callable[[Evidence], bool],
) -> Judge:
    """Return the function that finds the evidence for a label and judges it."""

    def judge(subject: Subject) -> Outcome:
        try:
            found = find(subject, label)
        except NoDataError as error:
            return not_known(subject.whole(), ("tags",), expected, error.gap)
        return Outcome(TRUE if holds(found) else FALSE, (replace(found, expected=expected),))

    return judge


def exists(condition: Exists) -> Judge:
    """Return the function that checks whether there is a value."""
    steps, wanted = condition.path, condition.wanted
    expected = "set" if wanted else "not set"

    def judge(subject: Subject) -> Outcome:
        value = subject.read(steps)
        if isinstance(value, Gap):
            return not_known(subject, steps, expected, value)
        present = value is not ABSENT
        seen = Seen.PRESENT if present else Seen.ABSENT
        look = Look(subject.spell(steps), expected, value if present else None, seen)
        return Outcome(TRUE if present is wanted else FALSE, (look,))

    return judge


def stand_in(subject: Subject, steps: Steps, default: Default | None) -> object:
    """Return what an absent value means, or the gap that it leaves."""
    if default is None:
        return subject.absent(steps)
    return subject.too_old(steps, default.since) or default.value

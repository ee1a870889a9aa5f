"""Counts the members of a list, or the neighbours, that meet a condition.

A count is a range from the certain matches to the possible ones, unbounded above where members may
be unseen; a comparison with it is decided only if both ends agree.
"""

import math
from collections.abc import Callable
from typing import Final, TypeAlias

from amlaudit.core.conditions import (
    FALSE,
    TRUE,
    UNKNOWN,
    CountMembers,
    CountNeighbours,
    Operator,
    Truth,
)
from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.members import members_of
from amlaudit.core.neighbours import gathered
from amlaudit.core.path import ABSENT
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Look, Seen
from amlaudit.engine.leaves import stand_in
from amlaudit.engine.matchers import ORDER, expectation
from amlaudit.engine.outcome import Judge, Outcome, Tally, not_known

_MAX_NAMES: Final = 2
"""How many of the members that decided a count are named; evidence has them all."""

_MATCHING: Final = "match: "
"""What precedes the names of the matching neighbours in a tally."""

_COUNTS: Final = Outcome(TRUE, ())
"""The outcome for a member where there is no condition to meet."""

Counter: TypeAlias = Callable[[list[Subject], Gap | None, str, Seen], Outcome]
"""Counts members, given the gap among them, the path of the whole, and how that was seen."""


def count_members(condition: CountMembers, where: Judge | None) -> Judge:
    """Return the function that counts members of a list.

    Args:
        condition: The condition.
        where: What members must meet to count; None: all of them count.
    """
    steps = condition.path
    expected = expectation(condition.operator, condition.number)
    counted = _counter(condition, where)

    def judge(subject: Subject) -> Outcome:
        value = subject.read(steps)
        seen = Seen.PRESENT
        if value is ABSENT:
            value, seen = stand_in(subject, steps, condition.default), Seen.DEFAULT
        if isinstance(value, Gap):
            return not_known(subject, steps, expected, value)
        try:
            place = (*subject.prefix, *steps)
            found = dict(members_of(value, subject.resource, place, keyed=condition.keyed))
        except NoDataError as error:
            return not_known(subject, steps, expected, error.gap)
        members = [subject.part(member, (*steps, key)) for key, member in found.items()]
        missing = subject.hidden_member(steps, set(found))
        return counted(members, missing, subject.spell(steps), seen)

    return judge


def count_neighbours(condition: CountNeighbours, where: Judge | None) -> Judge:
    """Return the function that counts neighbours; see `count_members`."""
    counted = _counter(condition, where)
    path = f"-> {condition.relation}"
    nothing = counted([], None, path, Seen.PRESENT)  # most relations lead nowhere

    def judge(subject: Subject) -> Outcome:
        found = subject.estate.neighbours(subject.resource, condition.relation)
        if found == ():
            return nothing
        known = gathered(found)
        neighbours = [subject.neighbour(each) for each in known.resources]
        return counted(neighbours, known.missing, path, Seen.PRESENT)

    return judge


def _counter(condition: CountMembers | CountNeighbours, where: Judge | None) -> Counter:
    """Return the function that counts members and compares the count."""
    expected = expectation(condition.operator, condition.number)
    by_name = isinstance(condition, CountNeighbours)

    def counted(members: list[Subject], missing: Gap | None, path: str, seen: Seen) -> Outcome:
        judged = [(each, where(each) if where else _COUNTS) for each in members]
        truths = [outcome.truth for _, outcome in judged]
        sure, unsure = truths.count(TRUE), truths.count(UNKNOWN)
        high = math.inf if missing else sure + unsure
        truth = compare_range(condition.operator, condition.number, sure, high)
        deciding = _deciding(truth, is_short=sure < condition.number)
        outcomes = [each for each in judged if each[1].truth == deciding] if where else []
        gap = None
        if truth == UNKNOWN:
            gap = missing or next(outcome.gap for _, outcome in outcomes if outcome.gap)
        tally = Tally(
            (f"{sure} of {len(members)} match" if members else "none found")
            + (f", {unsure} unknown" if unsure else "")
            + (_named(outcomes, deciding) if by_name else "")
            + (", possibly more" if missing else "")
        )
        inner = (each for member, outcome in outcomes for each in outcome.evidence(member.resource))
        summary = Look(path, expected, tally, Seen.GAP if gap else seen)
        return Outcome(truth, (summary,), gap, tuple(inner))

    return counted


def _named(judged: list[tuple[Subject, Outcome]], deciding: Truth) -> str:
    """Name the members that decided a count: those that match, or those that do not."""
    if not judged or deciding == UNKNOWN:
        return ""
    shown = ", ".join(member.name + _behind(outcome) for member, outcome in judged[:_MAX_NAMES])
    more = " …" if len(judged) > _MAX_NAMES else ""
    return f"{', not ' if deciding == FALSE else ': '}{shown}{more}"


def _behind(outcome: Outcome) -> str:
    """Name the neighbours of a member that made it match, if any did."""
    tallies = (look.observed for look in outcome.looks if isinstance(look.observed, Tally))
    names = next((named for each in tallies if (named := each.partition(_MATCHING)[2])), "")
    return f" ({names})" if names else ""


def _deciding(truth: Truth, *, is_short: bool) -> Truth:
    """Return which members decided a count: those whose outcome is the returned truth.

    An unknown count depends on the unknown members, one that is too low on those that do not match,
    one that is too high on those that do.
    """
    if truth == FALSE:
        return FALSE if is_short else TRUE
    return truth


def compare_range(operator: Operator, number: int, low: float, high: float) -> Truth:
    """Return the truth of a comparison of a count in the range `low` to `high` with a number."""
    match operator:
        case Operator.EQUALS | Operator.NOT_EQUALS:
            sure = TRUE if low == high else UNKNOWN
            truth = sure if low <= number <= high else FALSE
            return truth if operator is Operator.EQUALS else TRUE - truth
        case _:
            compare = ORDER[operator]
            ends = compare(low, number), compare(high, number)
            return UNKNOWN if ends[0] is not ends[1] else TRUE * ends[0]

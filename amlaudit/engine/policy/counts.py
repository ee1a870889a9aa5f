"""Counts the members of an array field or value that meet a condition.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule#count
"""

import math
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from amlaudit.core.conditions import FALSE, TRUE, UNKNOWN, Truth
from amlaudit.core.gap import Gap, NoDataError
from amlaudit.engine.outcome import Tally
from amlaudit.engine.policy.conditions import OPERATORS, Leaf
from amlaudit.engine.policy.frame import Element, Frame
from amlaudit.engine.policy.looks import Judge, Look, Result, not_known
from amlaudit.engine.policy.operators import ORDERINGS, Test
from amlaudit.language.values import is_number

_MAX_LOOKS: Final = 50
"""How many looks at the members of one count are kept as evidence."""

Testing: TypeAlias = Callable[[Frame], tuple[Test, object]]
"""Gives, for a frame, the test of a value and the operand it was made from."""

Members: TypeAlias = Callable[[Frame], list[Element]]
"""Gives the members to count, with a gap in place of unknown ones."""


class _Count(NamedTuple):
    """How many members meet a condition: at least `low`, at most `high`."""

    low: int
    high: float
    total: int
    gap: Gap | None
    results: list[Result]


def counting(leaf: Leaf, path: str, members: Members, each: Judge | None, test: Testing) -> Judge:
    """Return the comparison of a count.

    Args:
        leaf: The comparison.
        path: What is counted, for evidence.
        members: Gives the members.
        each: Judges a frame whose innermost element is the member; None: every member counts.
        test: Gives the test of the number.
    """
    spelled = OPERATORS[leaf.operator]

    def judge(frame: Frame) -> Result:
        frame.spend()
        try:
            found = members(frame)
            accepts, wanted = test(frame)
        except NoDataError as error:
            return not_known(frame, path, spelled, leaf.operand, error.gap)
        count = _count(frame, found, each)
        truth = _between(leaf.operator, accepts, wanted, count)
        tally = Tally(f"{count.low} of {count.total} match" if each else f"{count.total} members")
        gap = count.gap if truth == UNKNOWN else None
        head = Look(frame.resource, path, spelled, wanted, None if gap else tally, gap)
        return Result(truth, (head, *_inside(count, truth)))

    return judge


def _count(frame: Frame, found: list[Element], each: Judge | None) -> _Count:
    """Return how many members meet a condition, each judged as if it were the only one."""
    low = high = 0.0
    results: list[Result] = []
    gap: Gap | None = None
    frame.elements.append((None, ()))
    try:
        for element in found:
            frame.spend()
            if isinstance(element[0], Gap):
                gap, high = gap or element[0], math.inf
                continue
            frame.elements[-1] = element
            result = each(frame) if each else Result(TRUE, ())
            low += result.truth == TRUE
            high += result.truth != FALSE
            results.append(result)
            if result.truth == UNKNOWN:
                gap = gap or next(look.gap for look in result.looks if look.gap)
    finally:
        frame.elements.pop()
    return _Count(int(low), high, len(results), gap, results)


def _between(operator: str, accepts: Test, wanted: object, count: _Count) -> Truth:
    """Return the truth of a comparison of a count that is not known exactly."""
    if count.low == count.high:
        return TRUE if accepts(count.low) else FALSE
    if operator not in ORDERINGS and operator not in ("equals", "notequals"):
        return UNKNOWN
    if not isinstance(wanted, int | float) or not is_number(wanted):
        return UNKNOWN
    points = [count.low, count.high, *([wanted] if count.low <= wanted <= count.high else [])]
    outcomes = {accepts(point) for point in points}
    if len(outcomes) > 1:
        return UNKNOWN
    return TRUE if True in outcomes else FALSE


def _inside(count: _Count, truth: Truth) -> list[Look]:
    """Return the looks at members that decided: the unknown, else the matching ones, else all."""
    wanted = truth if truth == UNKNOWN else TRUE if count.low else FALSE
    looks = (look for found, several in count.results if found == wanted for look in several)
    return [look._replace(inside=True) for look, _ in zip(looks, range(_MAX_LOOKS), strict=False)]

"""Functions of the template language on numbers, truth values and comparisons.

https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-numeric
https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-comparison
https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-logical
"""

import math
import re
from collections.abc import Callable, Iterable
from typing import Final

from amlaudit.core.path import describe
from amlaudit.core.patterns import late_pattern
from amlaudit.language.arguments import Function, flag, in_range, text, whole
from amlaudit.language.values import EvaluationError, collated, identical, is_list, is_number

_INTEGER: Final = late_pattern(r"\s*[+-]?\d{1,19}\s*", re.ASCII)
_LONGEST_RANGE: Final = 10_000
"""https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-array#range"""

_TRUTHS: Final[dict[object, bool]] = {"true": True, "false": False, "1": True, "0": False}


def integer(value: object) -> int:
    """Return an integer, or parse one from a text."""
    if isinstance(value, str):
        if not _INTEGER.fullmatch(value):
            raise EvaluationError("the text is not an integer")
        return in_range(int(value))
    return math.trunc(value) if isinstance(value, float) and math.isfinite(value) else whole(value)


def floating(value: object) -> float:
    """Return a number, or parse one from a text."""
    if is_number(value) or isinstance(value, str):
        try:
            return float(str(value))
        except ValueError:
            pass
    raise EvaluationError(f"{describe(value)} is not a number")


def boolean(value: object) -> bool:
    """Return a boolean, or the one that a text or number stands for."""
    if isinstance(value, bool):
        return value
    found = _TRUTHS.get(str(value).lower())
    if found is None:
        raise EvaluationError(f"{describe(value)} is not a boolean")
    return found


def quotient(dividend: object, divisor: object) -> int:
    """Return a quotient, truncated to an integer."""
    rest = remainder(dividend, divisor)
    return in_range((whole(dividend) - rest) // whole(divisor))


def remainder(dividend: object, divisor: object) -> int:
    """Return the remainder of a division, which has the sign of the dividend."""
    if whole(divisor) == 0:
        raise EvaluationError("division by zero")
    rest = abs(whole(dividend)) % abs(whole(divisor))
    return rest if whole(dividend) >= 0 else -rest


def _numbers(values: tuple[object, ...]) -> list[int]:
    """Return integers that were given individually or as an array."""
    first = values[0]
    several = first if len(values) == 1 and is_list(first) else values
    if not several:
        raise EvaluationError("there are no numbers")
    return [whole(each) for each in several]


def series(start: object, count: object) -> list[int]:
    """Return consecutive integers."""
    if not 0 <= whole(count) <= _LONGEST_RANGE:
        raise EvaluationError(f"a range of less than 0 or more than {_LONGEST_RANGE} numbers")
    return list(range(whole(start), whole(start) + whole(count)))


def coalesce(*values: object) -> object:
    """Return the first value that is not null."""
    return next((each for each in values if each is not None), None)


def flags(values: Iterable[object]) -> list[bool]:
    """Return booleans; all of them are evaluated: only `if` skips what it does not need."""
    return [flag(each) for each in values]


def _ordered(accept: Callable[[int], bool]) -> Function:
    """Return the comparison of two integers or two texts, with case."""

    def compare(left: object, right: object) -> bool:
        if isinstance(left, str):
            first, second = collated(left), collated(text(right))
            return accept((first > second) - (first < second))
        if is_number(left) and is_number(right):
            return accept((floating(left) > floating(right)) - (floating(left) < floating(right)))
        raise EvaluationError(f"{describe(left)} cannot be compared with {describe(right)}")

    return Function(compare, 2, 2)


NUMBERS: Final = {
    "add": Function(lambda a, b: in_range(whole(a) + whole(b)), 2, 2),
    "sub": Function(lambda a, b: in_range(whole(a) - whole(b)), 2, 2),
    "mul": Function(lambda a, b: in_range(whole(a) * whole(b)), 2, 2),
    "div": Function(quotient, 2, 2),
    "mod": Function(remainder, 2, 2),
    "float": Function(floating, 1, 1),
    "int": Function(integer, 1, 1),
    "max": Function(lambda *values: max(_numbers(values)), 1, None),
    "min": Function(lambda *values: min(_numbers(values)), 1, None),
    "range": Function(series, 2, 2),
    "and": Function(lambda *values: False not in flags(values), 1, None),
    "or": Function(lambda *values: True in flags(values), 1, None),
    "not": Function(lambda value: not flag(value), 1, 1),
    "bool": Function(boolean, 1, 1),
    "true": Function(lambda: True, 0, 0),
    "false": Function(lambda: False, 0, 0),
    "null": Function(lambda: None, 0, 0),
    "coalesce": Function(coalesce, 1, None),
    "equals": Function(identical, 2, 2),
    "less": _ordered(lambda order: order < 0),
    "lessorequals": _ordered(lambda order: order <= 0),
    "greater": _ordered(lambda order: order > 0),
    "greaterorequals": _ordered(lambda order: order >= 0),
}

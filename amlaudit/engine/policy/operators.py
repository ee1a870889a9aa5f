"""How operators compare: each makes a test of values from its operand.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
"""

from collections.abc import Callable, Mapping
from functools import partial
from operator import call
from typing import Final, TypeAlias

from amlaudit.core.path import describe
from amlaudit.engine.policy.values import order, same, text
from amlaudit.language.values import EvaluationError, has_key, is_list, items

Test: TypeAlias = Callable[[object], bool]
Maker: TypeAlias = Callable[[object], Test]

ORDERINGS: Final[dict[str, Callable[[int], bool]]] = {
    "less": lambda found: found < 0,
    "lessorequals": lambda found: found <= 0,
    "greater": lambda found: found > 0,
    "greaterorequals": lambda found: found >= 0,
}


def make_test(operator: str, operand: object) -> Test:
    """Return the test of values that an operator makes from its operand.

    Args:
        operator: Its name, lower case.
        operand: What to compare with, its expressions evaluated.

    Raises:
        EvaluationError: The operator cannot compare with such an operand.
    """
    if operand is None:
        raise EvaluationError(f"{operator} cannot compare with null")
    if maker := _MAKERS.get(operator):
        return maker(operand)
    positive = _MAKERS[operator.removeprefix("not")](operand)
    return lambda value: not positive(value)


def _equals(operand: object) -> Test:
    """Test a value by its text form, without case."""
    wanted = text(operand)
    if wanted is None:
        return lambda value: same(value, operand)
    return lambda value: text(value) == wanted


def _in(operand: object) -> Test:
    """Test whether a value is among several."""
    if not is_list(operand):
        raise EvaluationError(f"in needs a list, not {describe(operand)}")
    wanted = frozenset(text(each) for each in items(operand)) - {None}
    return lambda value: text(value) in wanted


def _like(operand: object) -> Test:
    """Test a text by a pattern in which one `*` is any text."""
    before, star, after = _pattern("like", operand).casefold().partition("*")
    if "*" in after:
        raise EvaluationError("like takes one * at most")
    if not star:
        return _equals(operand)
    shortest = len(before) + len(after)

    def test(value: object) -> bool:
        found = text(value)
        if found is None or len(found) < shortest:
            return False
        return found.startswith(before) and found.endswith(after)

    return test


_PLACES: Final[Mapping[str, Callable[[str], bool]]] = {
    "#": str.isdecimal,
    "?": str.isalpha,
    ".": lambda _: True,
}
"""What a pattern character matches: a digit, a letter, anything."""


def _match(operand: object) -> Test:
    """Test a text character by character, with case."""
    pattern = _pattern("match", operand)
    places = [_PLACES.get(letter, letter.__eq__) for letter in pattern]

    def test(value: object) -> bool:
        found = "" if value is None else str(value)
        if text(value) is None or len(found) != len(places):
            return False
        return all(map(call, places, found))

    return test


def _match_insensitively(operand: object) -> Test:
    """Test a text character by character, without case."""
    accepts = _match(_pattern("matchInsensitively", operand).lower())
    # character by character: no letter becomes two
    return lambda value: accepts(value.lower() if isinstance(value, str) else value)


def _contains(operand: object) -> Test:
    """Test whether a text contains a part, or an array a member."""
    wanted = text(operand)
    if wanted is None:
        raise EvaluationError(f"contains needs a string, not {describe(operand)}")

    def test(value: object) -> bool:
        if is_list(value):
            return any(text(each) == wanted for each in items(value))
        found = text(value)
        return found is not None and wanted in found

    return test


def _contains_key(operand: object) -> Test:
    """Test whether an object has a key."""
    key = _pattern("containsKey", operand)
    return lambda value: isinstance(value, Mapping) and has_key(value, key)


def _ordering(accept: Callable[[int], bool], operand: object) -> Test:
    """Test how a value is ordered; a missing value is not ordered, which is undocumented."""
    order(operand, operand)
    return lambda value: value is not None and accept(order(value, operand))


def _exists(operand: object) -> Test:
    """Test whether a value exists."""
    wanted = {"true": True, "false": False}.get(text(operand) or "")
    if wanted is None:
        raise EvaluationError(f"exists needs true or false, not {describe(operand)}")
    return lambda value: (value is not None) is wanted


def _pattern(operator: str, operand: object) -> str:
    """Return the text form of an operand, with case."""
    if text(operand) is None:
        raise EvaluationError(f"{operator} needs a string, not {describe(operand)}")
    return str(operand)


_MAKERS: Final[dict[str, Maker]] = {
    "equals": _equals,
    "in": _in,
    "like": _like,
    "match": _match,
    "matchinsensitively": _match_insensitively,
    "contains": _contains,
    "containskey": _contains_key,
    "exists": _exists,
    **{name: partial(_ordering, accept) for name, accept in ORDERINGS.items()},
}

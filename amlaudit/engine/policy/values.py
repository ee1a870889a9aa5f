"""The JSON values of policies: their text form, how they compare, and what goes wrong with them."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NoReturn

from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.path import describe

LONGEST_TEXT: Final = 131_072
"""Characters that a function may give: what a template parameter may hold at most.

https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices
"""
LONGEST_LIST: Final = 100_000
DEEPEST: Final = 64
"""How deep conditions, expressions and the values that functions read or write may nest."""

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(T|$)")


class EvaluationError(Exception):
    """The evaluation fails; for a request the service treats that as deny.

    https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
    """


class DefinitionError(ValueError):
    """The definition is not what the service would accept.

    Attributes:
        at: JSON path of what is wrong, `policyRule.if.allOf[1]`.
        problem: What is wrong.
    """

    def __init__(self, at: str, problem: str) -> None:
        """Describe what is wrong and where."""
        super().__init__(f"{at}: {problem}")
        self.at = at
        self.problem = problem


class Unknown:
    """Stands for a value of which only the gap is known."""

    __slots__ = ("gap",)

    def __init__(self, gap: Gap) -> None:
        """Carry the gap."""
        self.gap = gap


def unsupported_gap(detail: str) -> Gap:
    """Return the gap that something leaves which cannot be evaluated offline."""
    return Gap("", "policyRule", Reason.UNSUPPORTED, detail)


def unsupported(detail: str) -> NoReturn:
    """Give up on something that cannot be evaluated offline.

    Raises:
        NoDataError: Always.
    """
    raise NoDataError(unsupported_gap(detail))


def known(value: object) -> object:
    """Return a value, or raise NoDataError if only the gap is known."""
    if type(value) is Unknown:
        raise NoDataError(value.gap)
    return value


def is_list(value: object) -> bool:
    """Tell whether a value is a JSON array."""
    return isinstance(value, list | tuple)


def is_number(value: object) -> bool:
    """Tell whether a value is a JSON number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def lookup(mapping: Mapping[str, object], key: str) -> object:
    """Return the value whose key equals `key` without case, None where there is none."""
    if key in mapping:
        return known(mapping[key])
    wanted = key.lower()
    for candidate, value in mapping.items():
        if candidate.lower() == wanted:
            return known(value)
    return None


def has_key(mapping: Mapping[str, object], key: str) -> bool:
    """Tell whether a mapping has a key, compared without case."""
    wanted = key.lower()
    return any(candidate.lower() == wanted for candidate in mapping)


def text(value: object) -> str | None:
    """Return the text form that operators compare, lower case; None for an array or object.

    A missing value counts as the empty text, a number as JSON spells it.
    https://github.com/Azure/azure-policy-linter/blob/main/docs/Rules/equality-check-on-numeric-field.md
    """
    if isinstance(value, str):
        return value.lower()
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool | int | float) else None


def same(left: object, right: object) -> bool:
    """Tell whether two values are equal as `equals` compares: by text, without case."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return len(left) == len(right) and all(
            has_key(right, key) and same(value, lookup(right, key)) for key, value in left.items()
        )
    if is_list(left) and is_list(right):
        pairs = zip(items(left), items(right), strict=False)
        return len(items(left)) == len(items(right)) and all(same(*pair) for pair in pairs)
    folded = text(left)
    return folded is not None and folded == text(right)


def identical(left: object, right: object) -> bool:
    """Tell whether two values are equal as functions compare: by type, texts with case."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(
            identical(value, right[key]) for key, value in left.items()
        )
    if is_list(left) and is_list(right):
        pairs = zip(items(left), items(right), strict=False)
        return len(items(left)) == len(items(right)) and all(identical(*pair) for pair in pairs)
    if is_number(left) and is_number(right):
        return left == right
    return type(left) is type(right) and left == right


def items(value: object) -> Sequence[object]:
    """Return the members of an array that was found to be one."""
    return value if isinstance(value, list | tuple) else ()


def moment(value: str) -> datetime | None:
    """Return the time that an ISO 8601 text spells, UTC where it names no zone, or None."""
    if not _DATE.match(value):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def order(left: object, right: object) -> int:
    """Return -1, 0 or 1 as left is less than, equal to or greater than right.

    Raises:
        EvaluationError: The two cannot be ordered.
    """
    if isinstance(left, str) and isinstance(right, str):
        times = moment(left), moment(right)
        if times[0] and times[1]:
            return (times[0] > times[1]) - (times[0] < times[1])
        folded = left.upper(), right.upper()
        return (folded[0] > folded[1]) - (folded[0] < folded[1])
    kinds = {isinstance(left, bool), isinstance(right, bool)}
    if isinstance(left, int | float) and isinstance(right, int | float) and kinds == {False}:
        return (left > right) - (left < right)
    raise EvaluationError(f"{describe(left)} cannot be ordered against {describe(right)}")


def spell(value: object) -> str:
    """Return a value as compact JSON, at most `LONGEST_TEXT` long.

    Raises:
        EvaluationError: It would be longer, or nests too deep.
    """
    pieces: list[str] = []
    size = 0
    try:
        for piece in json.JSONEncoder(separators=(",", ":"), default=dict).iterencode(value):
            size += len(piece)
            if size > LONGEST_TEXT:
                raise EvaluationError(f"a text of more than {LONGEST_TEXT} characters")
            pieces.append(piece)
    except RecursionError:
        raise EvaluationError("a value that nests too deep") from None
    return "".join(pieces)

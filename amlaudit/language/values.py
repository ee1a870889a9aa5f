"""The JSON values of the language: how they compare, and the errors they cause."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple, NoReturn, TypeGuard
from unicodedata import combining, normalize

from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.patterns import late_pattern

LONGEST_TEXT: Final = 131_072
"""Characters that a function may return: the maximum for a template parameter.

https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices
"""
LONGEST_LIST: Final = 100_000
DEEPEST: Final = 64
"""How deeply conditions, expressions and the values that functions read or write may nest."""

_SPELLING: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=dict)
_DATE: Final = late_pattern(r"\d{4}-\d\d-\d\d(T|$)")


class EvaluationError(Exception):
    """The evaluation fails; the service denies a request for it, and refuses a deployment."""


class Unknown:
    """Stands for a value of which only the gap is known."""

    __slots__ = ("gap",)

    def __init__(self, gap: Gap) -> None:
        """Carry the gap."""
        self.gap = gap


def unsupported_gap(detail: str) -> Gap:
    """Return the gap for something that cannot be evaluated offline."""
    return Gap("", "expression", Reason.UNSUPPORTED, detail)


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


def is_list(value: object) -> TypeGuard[Sequence[object]]:
    """Tell whether a value is a JSON array."""
    return isinstance(value, list | tuple)


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether a value is a JSON number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def lookup(mapping: Mapping[str, object], key: str) -> object:
    """Return the value whose key equals `key` without case, None if there is none."""
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


def identical(left: object, right: object) -> bool:
    """Tell whether two values are equal as functions compare: by type, texts with case."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(
            identical(value, right[key]) for key, value in left.items()
        )
    if is_list(left) and is_list(right):
        return len(left) == len(right) and all(map(identical, left, right))
    if is_number(left) and is_number(right):
        return left == right
    return type(left) is type(right) and left == right


class Collated(NamedTuple):
    """What a text is ordered by.

    Attributes:
        letters: Its characters without case and accents, signs before digits before letters.
        accents: Its accents, which only order texts with the same letters.
        capitals: For each character whether it is a capital, which only orders what is otherwise
            the same: `a` comes before `A`, and `A` before `b`.
    """

    letters: list[tuple[bool, bool, str]]
    accents: list[str]
    capitals: list[bool]


def collated(text: str) -> Collated:
    """Return what a text is ordered by: as in a dictionary, not by the codes of its characters.

    https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-comparison
    """
    characters = normalize("NFD", text)
    folded = characters.casefold()
    return Collated(
        [(each.isalpha(), each.isdigit(), each) for each in folded if not combining(each)],
        [each for each in folded if combining(each)],
        [each.isupper() for each in characters],
    )


def items(value: object) -> Sequence[object]:
    """Return the members of an array, none for any other value."""
    return value if is_list(value) else ()


def moment(value: str) -> datetime | None:
    """Parse an ISO 8601 text, in UTC if it names no zone; None if it is not one."""
    if not _DATE.match(value):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def spell(value: object) -> str:
    """Return a value as compact JSON, at most `LONGEST_TEXT` long.

    Raises:
        EvaluationError: It would be longer, or is nested too deeply.
    """
    pieces: list[str] = []
    size = 0
    try:
        for piece in _SPELLING.iterencode(value):
            size += len(piece)
            if size > LONGEST_TEXT:
                raise EvaluationError(f"a text of more than {LONGEST_TEXT} characters")
            pieces.append(piece)
    except RecursionError:
        raise EvaluationError("a value that is nested too deeply") from None
    return "".join(pieces)

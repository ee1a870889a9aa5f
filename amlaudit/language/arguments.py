"""Arguments of functions: one reader for each kind, and the row of the function table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from amlaudit.core.path import describe
from amlaudit.language.values import LONGEST_LIST, LONGEST_TEXT, EvaluationError, is_list

_WHOLE: Final = range(-(2**63), 2**63)
"""The range of integers in template functions."""


class Function(Struct, frozen=True):
    """A function of the template language that depends only on its arguments.

    Attributes:
        call: Computes the value.
        least: Minimum number of arguments.
        most: Maximum number of arguments; None: no limit.
    """

    call: Callable[..., object]
    least: int
    most: int | None


def text(value: object) -> str:
    """Return an argument that must be a string."""
    if isinstance(value, str):
        return value
    raise EvaluationError(f"expected a string, got {describe(value)}")


def scalar_text(value: object) -> str:
    """Return the text form of a string, number or boolean."""
    if isinstance(value, str | int | float):
        return str(value)
    raise EvaluationError(f"expected a string, got {describe(value)}")


def whole(value: object) -> int:
    """Return an argument that must be an integer."""
    if isinstance(value, int) and not isinstance(value, bool):
        return in_range(value)
    raise EvaluationError(f"expected an integer, got {describe(value)}")


def in_range(value: int) -> int:
    """Return an integer after checking that it fits into 64 bits."""
    if value in _WHOLE:
        return value
    raise EvaluationError("a number of more than 64 bits")


def flag(value: object) -> bool:
    """Return an argument that must be a boolean."""
    if isinstance(value, bool):
        return value
    raise EvaluationError(f"expected a boolean, got {describe(value)}")


def array(value: object) -> Sequence[object]:
    """Return an argument that must be an array."""
    if is_list(value):
        return value
    raise EvaluationError(f"expected a list, got {describe(value)}")


def mapping(value: object) -> Mapping[str, object]:
    """Return an argument that must be an object."""
    if isinstance(value, Mapping):
        return value
    raise EvaluationError(f"expected an object, got {describe(value)}")


def fit(size: int) -> None:
    """Reject a text that would be too long, before it is created."""
    if size > LONGEST_TEXT:
        raise EvaluationError(f"a text of more than {LONGEST_TEXT} characters")


def fit_list(size: int) -> None:
    """Reject a list that would be too long, before it is created."""
    if size > LONGEST_LIST:
        raise EvaluationError(f"a list of more than {LONGEST_LIST} members")

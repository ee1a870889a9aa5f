"""Combines what several sources know."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from amlaudit.core.gap import Gap, NoDataError

_Member = TypeVar("_Member")
_Found = TypeVar("_Found")


def known_of(several: Iterable[Iterable[_Found]]) -> Iterator[_Found]:
    """Chain several sources; a gap in one of them does not hide the others.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    return known_of_each(several, lambda each: each)


def known_of_each(
    members: Iterable[_Member], find: Callable[[_Member], Iterable[_Found]]
) -> Iterator[_Found]:
    """Yield what is found for each of several members; a gap in one does not hide the others.

    Args:
        members: The members, in order.
        find: Gives what is found for one.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    missing: Gap | None = None
    try:
        for each in members:
            try:
                yield from find(each)
            except NoDataError as error:
                missing = missing or error.gap
    except NoDataError as error:
        missing = missing or error.gap
    if missing:
        raise NoDataError(missing)

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


def known_to_lack(wanted: Iterable[_Member], is_there: Callable[[_Member], bool]) -> list[_Member]:
    """Return the members that are known to be missing; a gap in one does not hide the others.

    Raises:
        NoDataError: None is known to be missing, and some are not known.
    """
    missing: list[_Member] = []
    try:
        missing.extend(known_of_each(wanted, lambda each: () if is_there(each) else (each,)))
    except NoDataError:
        if not missing:
            raise
    return missing


def any_does(members: Iterable[_Member], test: Callable[[_Member], bool]) -> bool:
    """Tell whether a test holds for one of several members; gaps in others do not matter then.

    Raises:
        NoDataError: It is known to hold for none, and not known for some.
    """
    return any(known_of_each(members, lambda each: (test(each),)))


def any_holds(checks: Iterable[Callable[[], bool]]) -> bool:
    """Tell whether one of several checks holds; a gap in one does not hide that another does.

    Raises:
        NoDataError: None is known to hold, and some are not known.
    """
    return any_does(checks, lambda check: check())


def all_hold(checks: Iterable[Callable[[], bool]]) -> bool:
    """Tell whether several checks all hold; a gap in one does not hide that another fails.

    Raises:
        NoDataError: None is known to fail, and some are not known.
    """
    return not any_does(checks, lambda check: not check())

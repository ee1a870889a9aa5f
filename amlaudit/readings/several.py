"""What several sources know together."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from amlaudit.core.gap import Gap, NoDataError

_Found = TypeVar("_Found")


def known_of(several: Iterable[Iterable[_Found]]) -> Iterator[_Found]:
    """Yield what several sources yield; what one of them does not know hides nothing of the others.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    missing: Gap | None = None
    try:
        for each in several:
            try:
                yield from each
            except NoDataError as error:
                missing = missing or error.gap
    except NoDataError as error:
        missing = missing or error.gap
    if missing:
        raise NoDataError(missing)

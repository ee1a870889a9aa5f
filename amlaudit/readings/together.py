"""Several relations looked at as one."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from amlaudit.core.gap import NoDataError

_T = TypeVar("_T")


def together(*parts: Iterable[_T]) -> Iterator[_T]:
    """Yield the members of several relations.

    What is not known of one does not hide the others: a rule may find its proof in any of them.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    missing: NoDataError | None = None
    for part in parts:
        try:
            yield from part
        except NoDataError as error:
            missing = missing or error
    if missing:
        raise missing

"""What several sources know together."""

from collections.abc import Iterable, Iterator

from amlaudit.core.gap import NoDataError
from amlaudit.core.subject import Subject


def known_of(several: Iterable[Iterable[Subject]]) -> Iterator[Subject]:
    """Yield what several sources yield; what one of them does not know hides nothing of the others.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    missing: NoDataError | None = None
    try:
        for each in several:
            try:
                yield from each
            except NoDataError as error:
                missing = missing or error
    except NoDataError as error:
        missing = missing or error
    if missing:
        raise missing

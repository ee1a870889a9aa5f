"""Where one relation leads from one resource, as far as that is known."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.resource import Resource


class Neighbours(Struct, frozen=True):
    """Where a relation leads from a resource.

    Attributes:
        resources: The neighbours that are known.
        missing: Why there may be more; None: there are no others.
    """

    resources: tuple[Resource, ...]
    missing: Gap | None


def gathered(following: Iterator[Resource]) -> Neighbours:
    """Return all that following a relation gives."""
    resources: list[Resource] = []
    try:
        for each in following:
            resources.append(each)  # noqa: PERF402 - what came before a gap counts
    except NoDataError as error:
        return Neighbours(tuple(resources), error.gap)
    return Neighbours(tuple(resources), None)


def and_more(known: Iterable[Resource], missing: Gap) -> Iterator[Resource]:
    """Yield the neighbours that are known, then raise for those that may be there."""
    yield from known
    raise NoDataError(missing)

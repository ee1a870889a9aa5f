"""The known targets of one relation from one resource, and who mentions which names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct

from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.resource import Resource


class Neighbours(Struct, frozen=True):
    """The targets of a relation from a resource.

    Attributes:
        resources: The neighbours that are known.
        missing: Why there may be more; None: there are no others.
    """

    resources: tuple[Resource, ...]
    missing: Gap | None = None

    def then_raise(self) -> Iterator[Resource]:
        """Yield the known neighbours, then raise if there may be more.

        Raises:
            NoDataError: There may be more.
        """
        yield from self.resources
        if self.missing:
            raise NoDataError(self.missing)


class Mentions(NamedTuple):
    """Which resources mention the names of others.

    Attributes:
        by_name: The ids of the resources that mention a name, by that name in lower case.
        missing: Why there may be more; None: there are no others.
    """

    by_name: Mapping[str, Iterable[str]]
    missing: Gap | None


def gathered(following: Iterable[Resource]) -> Neighbours:
    """Return all neighbours that following a relation yields, and the gap at the end, if any."""
    resources: list[Resource] = []
    try:
        for each in following:
            resources.append(each)  # noqa: PERF402 - keep what came before a gap
    except NoDataError as error:
        return Neighbours(tuple(resources), error.gap)
    return Neighbours(tuple(resources))

"""Answers of Azure, and how a list that was left is continued."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from json import dumps
from typing import Any, Final

from msgspec import Struct

from amlaudit.scanners.call import Call
from amlaudit.scanners.faults import ReadError

_EXPIRED: Final = frozenset({400, 404, 410})
"""Status codes for a page whose token has expired."""


class Answer(Struct, frozen=True):
    """A successful response from Azure: one document, or one page of a list.

    Attributes:
        body: The JSON object of the response.
        call: The call that produced it; whoever stores the answer stores the call with it.
        rows: The listed items; for a single document, the document itself.
        next: Location of the next page, None if this was the last one.
        fault: Why the list is incomplete although this was its last page.
    """

    body: Mapping[str, Any]
    call: Call
    rows: Sequence[object] = ()
    next: str | None = None
    fault: ReadError | None = None

    @property
    def at(self) -> datetime:
        """When it was received, UTC."""
        return self.call.at

    @property
    def keys(self) -> frozenset[str]:
        """Keys that distinguish its rows from those of other pages; see `AzureReader.graph`."""
        return frozenset(map(_key, self.rows))


def from_step(
    start: str | None,
    pages: Callable[[str | None], Iterator[Answer]],
    record: Callable[[Call], object],
) -> Iterator[Answer]:
    """Yield pages from where a list was left, or all of them if Azure no longer knows that place.

    Args:
        start: Where to resume; None: at the beginning.
        pages: Reads the pages from a given place on.
        record: Records the rejected call.
    """
    try:
        yield from pages(start)
    except ReadError as error:
        if start is None or error.status not in _EXPIRED:
            raise
        if error.call:
            record(error.call)
        yield from pages(None)


def _key(row: object) -> str:
    """Return the identity of a row: a row that comes twice hides one that never came."""
    named = row.get("id") if isinstance(row, Mapping) else None
    return named.lower() if isinstance(named, str) else dumps(row, sort_keys=True)

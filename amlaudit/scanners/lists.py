"""Short lists used to plan a collection, each read once, even across resumptions."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from amlaudit.core.gap import Reason
from amlaudit.core.secrets import scrub
from amlaudit.scanners.answer import Answer, from_step
from amlaudit.scanners.azure import AzureReader
from amlaudit.scanners.faults import ReadError
from amlaudit.scanners.snapshot import SnapshotWriter


class Listed(Struct, frozen=True):
    """One row of a list.

    Attributes:
        row: The row.
        call: The number of its call in the snapshot.
        at: Time of receipt, UTC.
    """

    row: Mapping[str, Any]
    call: int
    at: datetime


class Lists:
    """Reads lists, or recalls them from the journal."""

    def __init__(self, reader: AzureReader, writer: SnapshotWriter) -> None:
        """Read through a reader whatever a snapshot does not hold yet."""
        self._reader = reader
        self._writer = writer

    @property
    def host(self) -> str:
        """The host that is queried."""
        return self._reader.host

    def rows(self, path: str, api_version: str) -> list[Listed]:
        """Return the rows of a list, in an order independent of the order of receipt.

        Raises:
            ReadError: It could not be read completely, or a row is not an object.
        """
        journal = self._writer.journal
        step = journal.step("list", path, api_version)
        if not step.done:
            try:
                for answer in from_step(
                    step.next,
                    lambda start: self._reader.pages(path, api_version, start=start),
                    self._writer.add_call,
                ):
                    if fault := answer.fault or _odd_row(answer):
                        fault.call = answer.call
                        raise fault
                    with self._writer.transaction():
                        rows = _packed(answer, self._writer.add_call(answer.call))
                        if answer.next:
                            journal.continues_at(step, answer.next, rows)
                        else:
                            journal.done(step, rows)
            except ReadError as error:
                if error.call:
                    self._writer.add_call(error.call)
                raise
        return [_unpacked(row) for row in sorted(journal.rows(step))]


def _odd_row(answer: Answer) -> ReadError | None:
    """Return why a page cannot be understood, None if it can."""
    if all(isinstance(row, Mapping) for row in answer.rows):
        return None
    return ReadError(Reason.UNSUPPORTED, "a row of the response is not an object")


def _packed(answer: Answer, call: int) -> list[str]:
    """Return the rows of a page as strings."""
    at = answer.at.isoformat()
    return [json.dumps([scrub(row), call, at], sort_keys=True) for row in answer.rows]


def _unpacked(text: str) -> Listed:
    """Return the row in a string."""
    row, call, at = json.loads(text)
    return Listed(row, call, datetime.fromisoformat(at))

"""Splits rows into batches that Azure Monitor accepts."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from amlaudit.publishing.table import Row

MAX_BYTES: Final = 1_000_000
"""Maximum size of one call, before compression; Azure rejects more than 1 MB.

https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api
"""
_BRACKETS: Final = 2
"""Bytes of the brackets around a batch."""
_SEPARATOR: Final = 2
"""Bytes of the separator between two rows."""


def batches(rows: Iterable[Row], limit: int = MAX_BYTES) -> Iterator[list[Row]]:
    """Yield rows in their order, as many at once as a call accepts.

    Args:
        rows: The rows; each is smaller than a batch, since messages are cut.
        limit: Maximum bytes of a batch as JSON.
    """
    batch: list[Row] = []
    size = _BRACKETS
    for row in rows:
        length = size_of(row) + _SEPARATOR
        if batch and size + length > limit:
            yield batch
            batch, size = [], _BRACKETS
        batch.append(row)
        size += length
    if batch:
        yield batch


def size_of(value: object) -> int:
    """Return the size of a value as JSON in bytes, serialised as the SDK does it."""
    return len(json.dumps(value))

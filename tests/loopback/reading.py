"""amlaudit turned on the loopback Azure, with a patience that fits a test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final, cast

from amlaudit.core.estate import Estate
from amlaudit.core.scope import Scope
from amlaudit.scanners.azure import AzureReader, Patience
from amlaudit.scanners.live import LiveAzure
from amlaudit.scanners.snapshot import SnapshotStore
from tests.loopback.azure import LoopbackAzure

RETRIES: Final = 2
PATIENCE: Final = Patience(retries=RETRIES, longest_wait_seconds=0.05, backoff_seconds=0.01)


@contextmanager
def collected(
    azure: LoopbackAzure,
    scope: Scope | None = None,
    *,
    snapshot: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Estate]:
    """Give the estate that amlaudit collects, as long as it is needed."""
    source = LiveAzure(azure.credential, azure.cloud, snapshot, PATIENCE, progress)
    estate = source.collect(scope or Scope())
    try:
        yield estate
    finally:
        close(estate)


def close(estate: Estate) -> None:
    """Close the snapshot under an estate."""
    cast("SnapshotStore", estate.store)._db.close()  # noqa: SLF001 - it has no other way


@contextmanager
def reader_of(azure: LoopbackAzure) -> Iterator[AzureReader]:
    """Give amlaudit's reader, as long as it is needed."""
    numbers = count(1)
    reader = AzureReader(azure.credential, azure.cloud, lambda _: next(numbers), PATIENCE)
    try:
        yield reader
    finally:
        reader.close()

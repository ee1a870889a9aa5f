"""Runs amlaudit on the loopback Azure, with retries and waits short enough for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from amlaudit.core.estate import Estate
from amlaudit.core.report import Report
from amlaudit.core.scope import Scope
from amlaudit.pipeline import Policy, audit
from amlaudit.scanners.azure import AzureReader
from amlaudit.scanners.events import Observer, no_observer
from amlaudit.scanners.live import LiveAzure
from amlaudit.scanners.pace import Pace
from amlaudit.scanners.traffic import Clock, Traffic
from amlaudit.scanners.waiting import Patience
from tests.loopback.azure import LoopbackAzure

RETRIES: Final = 2
PATIENCE: Final = Patience(retries=RETRIES, longest_wait_seconds=0.05, backoff_seconds=0.01)

PACE: Final = Pace(queries=1000, window_seconds=0.1)
"""The graph in a test has no quota, unless the test sets one."""

AT: Final = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
"""The time that reports are made for."""


@contextmanager
def collected(
    azure: LoopbackAzure,
    scope: Scope | None = None,
    *,
    snapshot: Path | None = None,
    observer: Observer = no_observer,
    resume: bool = False,
    **options: Any,
) -> Iterator[Estate]:
    """Yield the estate that amlaudit collects, and close it at the end.

    Other options are those of `LiveAzure`.
    """
    usual: dict[str, Any] = {"patience": PATIENCE, "observer": observer, "pace": PACE}
    usual |= {"snapshot": snapshot, "resume": resume}
    source = LiveAzure(azure.credential, azure.cloud, **(usual | options))
    estate = source.collect(scope or Scope())
    try:
        yield estate
    finally:
        estate.close()


@contextmanager
def reader_of(
    azure: LoopbackAzure, patience: Patience = PATIENCE, clock: Clock | None = None
) -> Iterator[AzureReader]:
    """Yield amlaudit's reader, and close it at the end."""
    traffic = Traffic(PACE, clock)
    reader = AzureReader(azure.credential, azure.cloud, lambda _: None, patience, traffic)
    try:
        yield reader
    finally:
        reader.close()


class Held(Struct, frozen=True):
    """A source over an existing estate; see `amlaudit.pipeline.Source`."""

    estate: Estate

    def collect(self, _scope: Scope) -> Estate:
        """Return the estate."""
        return self.estate


def audited(azure: LoopbackAzure, policy: Policy) -> Report:
    """Return the report on everything that an Azure serves."""
    with collected(azure) as estate:
        return audit(Scope(), Held(estate), policy, AT)

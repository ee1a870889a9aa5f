"""Azure as a source of evidence, and the options for reading it; shared by `scan` and `collect`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from amlaudit.cli.durations import DurationType
from amlaudit.cli.messages import note
from amlaudit.cli.options import several
from amlaudit.core.scope import Scope
from amlaudit.scanners.cloud import cloud_named
from amlaudit.scanners.snapshot import partial_of

if TYPE_CHECKING:
    from amlaudit.scanners.events import Observer
    from amlaudit.scanners.live import LiveAzure
    from amlaudit.scanners.pace import Pace

reading_options = several(
    click.option(
        "--deadline",
        "--timeout",
        type=DurationType(),
        help="Time limit for reading Azure, such as 90s, 30m or 2h; the rest is then unknown.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(1, 64),
        help="Maximum number of concurrent requests; by default 24, or fewer if Azure is slow.",
    ),
    click.option(
        "--resume",
        is_flag=True,
        help="Continue a collection that was killed, interrupted or ran out of time.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Show no progress."),
)
"""How to read Azure."""


def azure(
    scope: Scope,
    options: Mapping[str, Any],
    snapshot: Path | None,
    observer: "Observer",
    scanners: tuple[str, ...] = (),
) -> "LiveAzure":
    """Return Azure as a source, configured by options.

    Args:
        scope: The scope to read.
        options: Their values.
        snapshot: Where to write the snapshot; None: nowhere.
        observer: Receives progress events.
        scanners: The areas to read; empty: all.
    """
    if not (scope.subscriptions or scope.management_groups or scope.tenant):
        raise click.UsageError(
            "Specify what to audit: --subscription NAME_OR_ID, --management-group ID, "
            "--tenant ID, or --from PATH."
        )
    cloud = cloud_named(options["cloud"])
    # Imported here: the Azure SDK takes longer to load than everything else together.
    from amlaudit.scanners.credentials import credential_named  # noqa: PLC0415
    from amlaudit.scanners.live import LiveAzure  # noqa: PLC0415

    return LiveAzure(
        credential_named(options["credential"], cloud, scope.tenant),
        cloud,
        snapshot,
        observer=observer,
        pace=_pace(options["concurrency"]),
        deadline_seconds=options["deadline"],
        resume=options["resume"],
        scanners=scanners,
    )


def _pace(limit: int | None) -> "Pace":
    """Return the pace of requests, with an optional limit on how many are concurrent."""
    from amlaudit.scanners.pace import Pace  # noqa: PLC0415 - files need none

    pace = Pace()
    if limit is None:
        return pace
    return replace(pace, at_once=min(pace.at_once, limit), most_at_once=limit)


@contextmanager
def resumable(snapshot: Path | None) -> Iterator[None]:
    """Print how to continue if the user interrupts a collection that can be resumed."""
    try:
        yield
    except KeyboardInterrupt:
        note_resumable(snapshot)
        raise


def note_resumable(snapshot: Path | None) -> None:
    """Print where an interrupted collection is, and how to continue it."""
    if snapshot and partial_of(snapshot).exists():
        note(f"What was read is saved in {partial_of(snapshot)}; continue with --resume.")

"""Where evidence is read from: Azure, or files; `scan` and `collect` share it."""

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
        help="Most requests at the same time; by default 24, or fewer if Azure is slow.",
    ),
    click.option(
        "--resume",
        is_flag=True,
        help="Continue a collection that was killed, interrupted or ran out of time.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Show no progress."),
)
"""How Azure is read."""


def azure(
    scope: Scope,
    options: Mapping[str, Any],
    snapshot: Path | None,
    observer: "Observer",
    scanners: tuple[str, ...] = (),
) -> "LiveAzure":
    """Return Azure as options want it read.

    Args:
        scope: What is asked for.
        options: Their values.
        snapshot: Where the snapshot is to lie; None: nowhere.
        observer: Told what is being read.
        scanners: The areas that are read; none: all.
    """
    if not (scope.subscriptions or scope.management_groups or scope.tenant):
        raise click.UsageError(
            "Say what to audit: --subscription NAME_OR_ID, --management-group ID, "
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


def _pace(most: int | None) -> "Pace":
    """Return how fast Azure is asked, with so many requests at once at most."""
    from amlaudit.scanners.pace import Pace  # noqa: PLC0415 - files need none

    pace = Pace()
    if most is None:
        return pace
    return replace(pace, at_once=min(pace.at_once, most), most_at_once=most)


@contextmanager
def resumable(snapshot: Path | None) -> Iterator[None]:
    """Say how to go on when the user interrupts a collection that can be resumed."""
    try:
        yield
    except KeyboardInterrupt:
        note_resumable(snapshot)
        raise


def note_resumable(snapshot: Path | None) -> None:
    """Say where a collection is that was cut off, and how to go on with it."""
    if snapshot and partial_of(snapshot).exists():
        note(f"What was read is in {partial_of(snapshot)}; continue with --resume.")

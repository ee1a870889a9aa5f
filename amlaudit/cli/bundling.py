"""The snapshot in an evidence bundle: one that is kept anyway, or a temporary one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from amlaudit.cli.outputs import BUNDLE, Output
from amlaudit.core.scope import Scope
from amlaudit.pipeline import Policy
from amlaudit.scanners.snapshot import partial_of
from amlaudit.scanners.snapshot_store import is_snapshot

if TYPE_CHECKING:
    from amlaudit.evidence.bundle import BundleInputs


def evidence_of(
    snapshot: Path | None, scope: Scope, at: datetime, policy: Policy, key: Path | None
) -> "BundleInputs | None":
    """Return the contents of a bundle other than the reports, None if there is no snapshot.

    Args:
        snapshot: Path of the snapshot, or the path it would have if its collection had finished.
        scope: The part of it that was judged.
        at: The time it was judged for, UTC.
        policy: What it was judged by.
        key: File with the private key that signs the bundle.
    """
    if snapshot is None:
        return None
    from amlaudit.evidence.bundle import BundleInputs  # noqa: PLC0415 - few runs make one
    from amlaudit.evidence.policy_file import Judging  # noqa: PLC0415 - same

    called_with = tuple(click.get_current_context().obj or ())
    kept = snapshot if snapshot.exists() else partial_of(snapshot)
    return BundleInputs(kept, Judging(scope, at, policy), key, called_with)


class Kept(Struct, frozen=True):
    """Paths of snapshots.

    Attributes:
        saved: Path to write one to; None: none is written.
        bundled: Path of the one that goes into a bundle; None: there is no bundle.
    """

    saved: Path | None
    bundled: Path | None


@contextmanager
def snapshot_for(
    outputs: Sequence[Output], saved: Path | None, inputs: Sequence[Path]
) -> Iterator[Kept]:
    """Yield the snapshot that the reports need while they are written.

    Args:
        outputs: The requested reports.
        saved: Path where the user wants a snapshot; None: none is wanted.
        inputs: The files to judge; empty: Azure is judged.
    """
    if not any(each.format == BUNDLE for each in outputs):
        yield Kept(saved, None)
    elif saved:
        yield Kept(saved, saved)
    elif len(inputs) == 1 and inputs[0].is_file() and is_snapshot(inputs[0]):
        yield Kept(None, inputs[0])
    else:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "snapshot.db"
            yield Kept(path, path)

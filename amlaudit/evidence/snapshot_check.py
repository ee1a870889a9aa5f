"""Checks a snapshot by itself: can all of it be read, and was its collection completed?"""

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from amlaudit.core.scope import Scope
from amlaudit.scanners.snapshot_store import open_snapshot


class Readable(NamedTuple):
    """The result of reading an entire snapshot.

    Attributes:
        resources: Number of documents.
        gaps: Number of unknown parts.
        is_whole: Whether its collection was completed.
    """

    resources: int
    gaps: int
    is_whole: bool


def check_snapshot(path: Path) -> Readable:
    """Return the result of reading every document of a snapshot.

    Raises:
        AmlauditError: It is damaged, not a snapshot, or of a version that this one cannot read.
    """
    with closing(open_snapshot(path, Scope())) as estate:
        kinds = estate.store.counts()
        resources = sum(1 for kind in kinds for _ in estate.store.of_type(kind))
        ended = estate.store.collection().ended_at
        return Readable(resources, len(estate.gaps()), ended is not None)

"""A snapshot checked by itself: can all of it be read, and did its collection come to its end?"""

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from amlaudit.core.scope import Scope
from amlaudit.scanners.snapshot_store import open_snapshot


class Readable(NamedTuple):
    """What reading all of a snapshot found.

    Attributes:
        resources: Number of documents.
        gaps: Number of parts that are not known.
        is_whole: Whether its collection came to its end.
    """

    resources: int
    gaps: int
    is_whole: bool


def check_snapshot(path: Path) -> Readable:
    """Return what reading every document of a snapshot finds.

    Raises:
        AmlauditError: It is damaged, no snapshot, or of a version that this one cannot read.
    """
    with closing(open_snapshot(path, Scope())) as estate:
        kinds = estate.store.counts()
        resources = sum(1 for kind in kinds for _ in estate.store.of_type(kind))
        ended = estate.store.collection().ended_at
        return Readable(resources, len(estate.gaps()), ended is not None)

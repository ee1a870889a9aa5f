"""Caches for the user what takes long to compute, until anything that it depends on changes.

Only what is displayed is ever cached, never anything that is used for judging. An entry that cannot
be read, or belongs to other files than the present ones, is ignored. Nothing is cached right after
a change, because a further change within the same clock tick would go unnoticed.
"""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from time import time
from typing import Any, Final, TypeAlias

from amlaudit import __version__
from amlaudit.cli.folders import cache_folder

File: TypeAlias = "Path | os.DirEntry[str]"
"""A file that a cached value depends on."""

_TICK: Final = 2.0
"""Seconds within which two changes may have the same timestamp; FAT has the coarsest ones."""


def cached(name: str, files: Iterable[File], make: Callable[[], Any]) -> Any:  # noqa: ANN401 - a JSON value
    """Return what a function computes from files, from the cache if possible.

    Args:
        name: What is cached, and for what.
        files: Everything that it depends on, besides the version of amlaudit.
        make: Computes it; a JSON value.
    """
    marks, changed = _marks(files)
    path = cache_folder() / f"{name}.json"
    try:
        kept = json.loads(path.read_bytes())
        if kept["marks"] == marks:
            return kept["value"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is no entry, or it is damaged
    is_settled = time() - changed > _TICK
    value = make()
    if is_settled:
        _keep(path, {"marks": marks, "value": value})
    return value


def _marks(files: Iterable[File]) -> tuple[str, float]:
    """Return a fingerprint of the files that any edit changes, and the time of the last change.

    Size, times and inode number, as in git: reading every file would take as long as the whole
    start. The time of the last status change cannot be set by hand, where a system has one.
    """
    lines, changed = [__version__], 0
    for file in files:
        found = file.stat()
        times = (found.st_mtime_ns, found.st_ctime_ns)
        lines.append(f"{os.fspath(file)} {found.st_size} {times} {found.st_ino}")
        changed = max(changed, *times)
    return "\n".join(lines), changed / 1e9


def _keep(path: Path, record: object) -> None:
    """Store an entry if possible; a cache that cannot be written is not an error."""
    from amlaudit.cli.files import write_whole  # noqa: PLC0415 - seldom needed

    try:
        write_whole(path, [json.dumps(record).encode()])
    except OSError:
        return

"""What took long to find out, kept in the user's cache as long as all that it hangs on is the same.

Only what is shown is ever kept, nothing that is judged by. A record that cannot be read, or is of
other files than those that are there, counts for nothing. What was changed a moment ago is not kept
yet: a further change within the same tick of the clock would not be seen.
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
"""A file that something hangs on."""

_TICK: Final = 2.0
"""Seconds within which two changes may have one time; the longest are those of FAT."""


def cached(name: str, files: Iterable[File], make: Callable[[], Any]) -> Any:  # noqa: ANN401 - a JSON value
    """Return what a function makes of files, or made of them before.

    Args:
        name: What it is, and of whom.
        files: Everything that it hangs on, besides the version of amlaudit.
        make: Makes it; a JSON value.
    """
    marks, changed = _marks(files)
    path = cache_folder() / f"{name}.json"
    try:
        kept = json.loads(path.read_bytes())
        if kept["marks"] == marks:
            return kept["value"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none, or none that is whole
    is_settled = time() - changed > _TICK
    value = make()
    if is_settled:
        _keep(path, {"marks": marks, "value": value})
    return value


def _marks(files: Iterable[File]) -> tuple[str, float]:
    """Return what an edit of a file changes, of all of them, and when the last one changed.

    Size, times and number, as git has it: reading each file would take as long as the whole start.
    The time of its last change of any kind cannot be set by hand, where a system keeps one.
    """
    lines, changed = [__version__], 0
    for file in files:
        found = file.stat()
        times = (found.st_mtime_ns, found.st_ctime_ns)
        lines.append(f"{os.fspath(file)} {found.st_size} {times} {found.st_ino}")
        changed = max(changed, *times)
    return "\n".join(lines), changed / 1e9


def _keep(path: Path, record: object) -> None:
    """Keep a record where that is possible; a cache that cannot be written is no error."""
    from amlaudit.cli.files import write_whole  # noqa: PLC0415 - seldom needed

    try:
        write_whole(path, [json.dumps(record).encode()])
    except OSError:
        return

"""What the benchmarks share: processes measured, figures printed and kept."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from benchmarks.page import FIGURES, shown, write_page

ROOT: Final = Path(__file__).parents[1]
_KIBIBYTES_A_MEBIBYTE: Final = 1024


class Usage(NamedTuple):
    """What a process used, its children's included.

    Attributes:
        seconds: CPU seconds, user and system.
        mebibytes: Most memory that was resident at one time, of the largest process.
    """

    seconds: float
    mebibytes: float


def run(arguments: Sequence[str], *, accepted: tuple[int, ...] = (0,)) -> Usage:
    """Run a program to its end without output, and return what it used.

    The kernel counts the memory of the process that starts another as the other's at its start, so
    that callers must stay small.

    Raises:
        RuntimeError: It ended with another exit code than those accepted.
    """
    quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0o600) for stream in (1, 2)]
    child = os.posix_spawn(arguments[0], list(arguments), os.environ, file_actions=quiet)
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in accepted:
        raise RuntimeError(f"{' '.join(arguments)} ended with {code}")
    return Usage(used.ru_utime + used.ru_stime, used.ru_maxrss / _KIBIBYTES_A_MEBIBYTE)


def middle(usages: Sequence[Usage]) -> Usage:
    """Return the median of each figure."""
    return Usage(median(each.seconds for each in usages), median(each.mebibytes for each in usages))


class Table(NamedTuple):
    """Figures as they are shown.

    Attributes:
        head: The names of the columns.
        rows: The rows, each of as many cells.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def publish(section: str, *parts: str | Table) -> None:
    """Print a section, keep its figures, and make the page of the documentation anew.

    Args:
        section: Its name: that of the script that made it.
        parts: Sentences and tables.
    """
    note = (
        f"`python -m benchmarks.{section}`, {datetime.now(UTC):%Y-%m-%d}, {platform.system()} on "
        f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}."
    )
    kept = [each if isinstance(each, str) else each._asdict() for each in parts]
    figures = json.dumps({"note": note, "parts": kept}, indent=1, ensure_ascii=False)
    (FIGURES / f"{section}.json").write_text(f"{figures}\n", "utf-8")
    sys.stdout.write(f"{shown(section)}\n")
    write_page()

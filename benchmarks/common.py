"""Shared by the benchmarks: measuring processes, printing and storing figures."""

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
    """What a process used, including its children.

    Attributes:
        seconds: CPU seconds, user and system.
        mebibytes: Peak resident memory of the largest process.
    """

    seconds: float
    mebibytes: float


def run(arguments: Sequence[str], *, accepted: tuple[int, ...] = (0,)) -> Usage:
    """Run a program to the end, discarding its output, and return what it used.

    The kernel counts the memory of the parent process towards the child's at its start, so callers
    must stay small.

    Raises:
        RuntimeError: Its exit code is not one of those accepted.
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
    """Figures for display.

    Attributes:
        head: The names of the columns.
        rows: The rows, each with as many cells.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def publish(section: str, *parts: str | Table) -> None:
    """Print a section, store its figures, and regenerate the page in the documentation.

    Args:
        section: Its name, which is that of the benchmark script.
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

"""What the benchmarks share: processes measured, tables printed and kept in the documentation."""

import os
import platform
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
PERFORMANCE: Final = ROOT / "docs" / "performance.md"
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


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; every column but the first is of figures."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        [first.ljust(widths[0]), *(map(str.rjust, rest, widths[1:]))]
        for first, *rest in (head, *rows)
    ]
    lines.insert(1, rule)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def publish(section: str, text: str) -> None:
    """Print a section, and write it into the documentation between its markers.

    Args:
        section: Its name: that of the script that made it.
        text: Markdown.
    """
    note = (
        f"`python -m benchmarks.{section}`, {datetime.now(UTC):%Y-%m-%d}, {platform.system()} on "
        f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}."
    )
    sys.stdout.write(f"{text}\n\n{note}\n")
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    page = PERFORMANCE.read_text("utf-8")
    between = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not between.search(page):
        raise ValueError(f"{PERFORMANCE.name} has no markers for {section}")
    written = between.sub(lambda _: f"{begin}\n\n{text}\n\n{note}\n\n{end}", page)
    PERFORMANCE.write_text(written, "utf-8")

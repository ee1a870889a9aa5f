"""The cost of estates from ten to ten thousand workspaces: to collect, to scan, to report.

Usage: python -m benchmarks.growth [WORKSPACES…]

CPU seconds are those of the whole process, user and system; memory is the peak resident memory.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.collection import served
from benchmarks.common import Table, Usage, publish, run
from benchmarks.estates import UNIT

_PYTHON: Final = sys.executable
_AMLAUDIT: Final = str(Path(sys.executable).with_name("amlaudit"))
_SIZES: Final = (10, 100, 1_000, 10_000)
_IN_A_SUBSCRIPTION: Final = 10
_VERDICTS: Final = (0, 1, 3)
"""Exit codes of a completed evaluation."""
_COUNT: Final = (
    "import sys; print(sum(b'\"subject_key\"' in line for line in open(sys.argv[1], 'rb')))"
)
"""A program that counts the findings in a report, assuming a line per key."""
_HEAD: Final = (
    "workspaces", "collect, CPU s", "collect, MiB", "scan, CPU s", "scan, MiB", "report, CPU s",
    "report, MiB", "verdicts", "report, MB",
)  # fmt: skip


def main() -> None:
    """Measure, print and record."""
    sizes = [int(each) for each in sys.argv[1:]] or _SIZES
    publish("growth", Table(_HEAD, [_row(size) for size in sizes]))


def _row(size: int) -> Sequence[str]:
    """Return the row for estates with this many workspaces."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        collected = _collected(size, folder)
        scanned, verdicts, written = _scanned(size, folder)
        reported = _reported(verdicts, folder)
    used = (cell for usage in (collected, scanned, reported) for cell in _cells(usage))
    return (f"{size:,}", *used, f"{verdicts:,}", f"{written / 1e6:,.1f}")


def _cells(used: Usage) -> tuple[str, str]:
    """Return CPU seconds and memory for display."""
    return f"{used.seconds:,.2f}", f"{used.mebibytes:,.0f}"


def _collected(size: int, folder: Path) -> Usage:
    """Collect a fleet that is served without quotas."""
    subscriptions = max(1, size // _IN_A_SUBSCRIPTION)
    with served(size, subscriptions, folder) as azure:
        return azure.measure("unpaced", "free", folder / "collected.db").used


def _scanned(size: int, folder: Path) -> tuple[Usage, int, int]:
    """Scan a generated snapshot; also return the verdicts, and the JSON report size in bytes."""
    snapshot, report = folder / "estate.db", folder / "report.json"
    run([_PYTHON, "-m", "benchmarks.estates", str(size * UNIT), str(snapshot)])
    written = ["--report", f"json={report}"]
    used = run([_AMLAUDIT, "scan", "--from", str(snapshot), *written], accepted=_VERDICTS)
    counted = subprocess.run(  # noqa: S603 - our own
        [_PYTHON, "-c", _COUNT, str(report)], check=True, capture_output=True
    )
    size_of = report.stat().st_size
    for each in (snapshot, report):
        each.unlink()
    return used, int(counted.stdout), size_of


def _reported(verdicts: int, folder: Path) -> Usage:
    """Write a JSON report of this many verdicts, which are generated while they are read."""
    asked = ["write", "json", str(verdicts), str(folder / "report")]
    return run([_PYTHON, "-m", "benchmarks.reports", *asked])


if __name__ == "__main__":
    main()

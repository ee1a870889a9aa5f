"""The whole program on a generated estate, compared with Checkov, and how it scales.

Usage: python -m benchmarks.scan [--without-growth]

CPU seconds are those of the whole process, user and system; memory is the peak resident memory.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.common import ROOT, Table, Usage, middle, publish, run

_PYTHON: Final = sys.executable
_AMLAUDIT: Final = str(Path(sys.executable).with_name("amlaudit"))
_CHECKOV: Final = ROOT / ".venv-checkov" / "bin" / "checkov"
_SIZE: Final = 6_000
_GROWTH: Final = (10_000, 100_000, 300_000)
_ROUNDS: Final = 3
_VERDICTS: Final = (0, 1, 3)
"""Exit codes of a completed evaluation."""


def main() -> None:
    """Measure, print and record."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        side_by_side = _side_by_side(folder)
        growth = [] if "--without-growth" in sys.argv else [_growth(folder)]
    publish("scan", side_by_side, *growth)


def _side_by_side(folder: Path) -> Table:
    """Return the table of amlaudit and Checkov on one estate."""
    snapshot, template = folder / "estate.db", folder / "estate.json"
    run([_PYTHON, "-m", "benchmarks.estates", str(_SIZE), str(snapshot), str(template)])
    report, found = folder / "report.json", folder / "checkov"
    programs: dict[str, Callable[[], Usage]] = {"amlaudit": lambda: _scan(snapshot, report)}
    if _CHECKOV.exists():
        programs["Checkov"] = lambda: _check(template, found)
    usages: dict[str, list[Usage]] = {name: [] for name in programs}
    for _ in range(_ROUNDS):
        for name, measure in programs.items():
            usages[name].append(measure())
    judged = {"amlaudit": _verdicts(report)}
    if _CHECKOV.exists():
        judged["Checkov"] = _checks(found / "results_json.json")
    return Table(
        ("6,000 resources", "judged", "CPU seconds", "peak MiB", "CPU, amlaudit = 1", "µs a check"),
        _rows({name: middle(each) for name, each in usages.items()}, judged),
    )


def _rows(usages: dict[str, Usage], judged: dict[str, int]) -> Sequence[Sequence[str]]:
    """Return a row for each program; Checkov's says so if it is not installed."""
    rows = [
        (
            name,
            f"{judged[name]:,}",
            f"{used.seconds:.2f}",
            f"{used.mebibytes:.0f}",
            f"{used.seconds / usages['amlaudit'].seconds:.2f}",
            f"{used.seconds / judged[name] * 1e6:.0f}",
        )
        for name, used in usages.items()
    ]
    if "Checkov" not in usages:
        rows.append(("Checkov (not installed)", "", "", "", "", ""))
    return rows


def _growth(folder: Path) -> Table:
    """Return the table of amlaudit on estates of several sizes."""
    rows = []
    for size in _GROWTH:
        snapshot, report = folder / f"estate-{size}.db", folder / f"report-{size}.json"
        run([_PYTHON, "-m", "benchmarks.estates", str(size), str(snapshot)])
        used = _scan(snapshot, report)
        megabytes = report.stat().st_size / 1e6
        row = (f"{size:,}", f"{used.seconds:.1f}", f"{used.seconds / size * 1e6:.0f}")
        rows.append((*row, f"{used.mebibytes:.0f}", f"{megabytes:.0f}"))
        snapshot.unlink()
        report.unlink()
    head = ("resources", "CPU seconds", "µs a resource", "peak MiB", "report, MB")
    return Table(head, rows)


def _scan(snapshot: Path, report: Path) -> Usage:
    """Run amlaudit with the shipped pack on a snapshot."""
    arguments = ["scan", "--from", str(snapshot), "--report", f"json={report}"]
    return run([_AMLAUDIT, *arguments], accepted=_VERDICTS)


def _check(template: Path, found: Path) -> Usage:
    """Run Checkov with its own policies on a template."""
    quietly = ["--framework", "arm", "--quiet", "--compact", "--skip-download"]
    kept = ["--output", "json", "--output-file-path", str(found)]
    return run([str(_CHECKOV), "--file", str(template), *quietly, *kept], accepted=(0, 1))


def _verdicts(report: Path) -> int:
    """Return the number of verdicts in a report of amlaudit."""
    return _counted(report, "len(found['findings'])")


def _checks(results: Path) -> int:
    """Return the number of checks that Checkov made."""
    return _counted(results, "found['summary']['passed'] + found['summary']['failed']")


def _counted(file: Path, expression: str) -> int:
    """Return a number from a JSON file, read by another process so that this one stays small."""
    code = f"import json, sys; found = json.load(open(sys.argv[1])); print({expression})"
    arguments = [_PYTHON, "-c", code, str(file)]
    return int(subprocess.run(arguments, check=True, capture_output=True).stdout)  # noqa: S603 - our own


if __name__ == "__main__":
    main()

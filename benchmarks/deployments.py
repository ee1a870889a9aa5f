"""A deployment as code, judged before it is made, compared with Checkov and c7n-left.

Usage: python -m benchmarks.deployments [WORKSPACES…]

The same deployment is given as an ARM template, as a Terraform plan and, to c7n-left, which reads
nothing else, as its `.tf` file. CPU seconds are those of the whole process, user and system; memory
is the peak resident memory. Findings are counted by separate processes, because this one must stay
small.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from benchmarks.common import ROOT, Table, Usage, middle, publish, run
from benchmarks.declared import HCL, PLAN, TEMPLATE

_PYTHON: Final = sys.executable
_AMLAUDIT: Final = str(Path(sys.executable).with_name("amlaudit"))
_CHECKOV: Final = ROOT / ".venv-checkov" / "bin" / "checkov"
_LEFT: Final = ROOT / ".venv-c7n-left" / "bin" / "c7n-left"
_POLICIES: Final = ROOT / "benchmarks" / "c7n-left"
_SIZES: Final = (10, 100, 1_000)
_SEVERAL_ROUNDS: Final = 100
"""Deployments with up to this many workspaces are measured several times."""
_ROUNDS: Final = 3
_VERDICTS: Final = (0, 1, 3)
"""Exit codes of amlaudit for a completed evaluation."""


class Candidate(NamedTuple):
    """A program, run on one form of the deployment.

    Attributes:
        name: Of the program.
        form: Of the deployment, in words.
        program: Its executable.
        arguments: Its arguments, with `{in}` and `{out}` in place of the folders.
        result: File with its findings, in the folder of its results.
        reader: Name of the reader of this file in `benchmarks.findings`.
        accepted: Exit codes of a completed run.
    """

    name: str
    form: str
    program: Path
    arguments: tuple[str, ...]
    result: str
    reader: str
    accepted: tuple[int, ...]


def _amlaudit(form: str, file: str) -> Candidate:
    """Return amlaudit with its shipped pack."""
    arguments = ("scan", "--from", f"{{in}}/{file}", "--report", "json={out}/report.json")
    return Candidate(
        "amlaudit", form, Path(_AMLAUDIT), arguments, "report.json", "amlaudit", _VERDICTS
    )


def _checkov(form: str, file: str, framework: str) -> Candidate:
    """Return Checkov with its own policies."""
    quietly = ("--framework", framework, "--quiet", "--compact", "--skip-download")
    kept = ("--output", "json", "--output-file-path", "{out}")
    arguments = ("--file", f"{{in}}/{file}", *quietly, *kept)
    return Candidate("Checkov", form, _CHECKOV, arguments, "results_json.json", "checkov", (0, 1))


_LEFT_ARGUMENTS: Final = (
    "run", "-p", str(_POLICIES), "-d", "{in}", "-o", "json", "--output-file", "{out}/left.json",
)  # fmt: skip
_CANDIDATES: Final = (
    _amlaudit("template", TEMPLATE),
    _checkov("template", TEMPLATE, "arm"),
    _amlaudit("plan", PLAN),
    _checkov("plan", PLAN, "terraform_plan"),
    Candidate("c7n-left", HCL, _LEFT, _LEFT_ARGUMENTS, "left.json", "left", (0, 1)),
)


def main() -> None:
    """Measure, print and record."""
    sizes = [int(each) for each in sys.argv[1:]] or _SIZES
    with TemporaryDirectory() as name:
        parts = [_measured(size, Path(name)) for size in sizes]
    publish("deployments", *parts)


def _measured(size: int, folder: Path) -> Table:
    """Return the table of all programs for a deployment of one size."""
    given = folder / str(size)
    given.mkdir()
    run([_PYTHON, "-m", "benchmarks.declared", str(size), str(given)])
    (given / "tf").mkdir()
    (given / HCL).rename(given / "tf" / HCL)  # next to the plan, its files would be read, too
    rows: list[Sequence[str]] = []
    base: dict[str, Usage] = {}
    for each in _CANDIDATES:
        if not each.program.exists():
            rows.append([f"{each.name} (not installed)", each.form, *[""] * 6])
            continue
        used, found = _tried(each, given, size)
        own = base.setdefault(each.form, used) if each.name == "amlaudit" else base.get(each.form)
        rows.append(_row(each, used, own or base["plan"], found))
    head = (
        f"{size:,} workspaces", "form", "CPU s", "amlaudit = 1", "peak MiB", "ML findings",
        "bad named", "good named",
    )  # fmt: skip
    return Table(head, rows)


def _tried(candidate: Candidate, given: Path, size: int) -> tuple[Usage, dict[str, int]]:
    """Run a program, and return what it used and what it found."""
    out = given / f"{candidate.name}-{candidate.form}"
    out.mkdir()
    source = given / "tf" if candidate.form == HCL else given
    arguments = [part.format(**{"in": source, "out": out}) for part in candidate.arguments]
    rounds = _ROUNDS if size <= _SEVERAL_ROUNDS else 1
    command = [str(candidate.program), *arguments]
    used = middle([run(command, accepted=candidate.accepted) for _ in range(rounds)])
    counting = ["-m", "benchmarks.findings", candidate.reader, str(size)]
    counted = subprocess.run(  # noqa: S603 - our own
        [_PYTHON, *counting, str(out / candidate.result)], check=True, capture_output=True
    )
    found: dict[str, int] = json.loads(counted.stdout)
    return used, found


def _row(candidate: Candidate, used: Usage, own: Usage, found: dict[str, int]) -> Sequence[str]:
    """Return the row of a program."""
    return [
        candidate.name,
        candidate.form,
        f"{used.seconds:.2f}",
        f"{used.seconds / own.seconds:.2f}",
        f"{used.mebibytes:.0f}",
        f"{found['ml']:,}",
        f"{found['bad_named']:,} of {found['bad']:,}",
        f"{found['good_named']:,} of {found['good']:,}",
    ]


if __name__ == "__main__":
    main()

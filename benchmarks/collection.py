"""How fast an estate is collected, compared with Azure's quotas and with the typed clients.

Usage: python -m benchmarks.collection [WORKSPACES SUBSCRIPTIONS]

The loopback Azure serves a generated fleet from a separate process, over HTTPS. By default, two
thousand workspaces in two hundred subscriptions.
"""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from benchmarks.common import ROOT, Table, Usage, publish, run

_WORKSPACES: Final = 2_000
_SUBSCRIPTIONS: Final = 200
_GRAPH_QUERIES: Final = 15
_GRAPH_SECONDS: Final = 5.0
_READS_DEEP: Final = 250
_READS_A_SECOND: Final = 25.0
"""See tests/loopback/quotas.py, which is not imported to keep this process small."""


class Run(NamedTuple):
    """One collection, or the same requests made in another way.

    Attributes:
        seconds: Wall time of the process.
        used: The resources used by the process.
        counts: Requests that arrived, by lane.
        measured: What the process measured itself.
    """

    seconds: float
    used: Usage
    counts: Mapping[str, int]
    measured: Mapping[str, float]

    @property
    def reads(self) -> int:
        """Requests to Resource Manager."""
        return sum(self.counts.values()) - self.counts.get("graph", 0)


class Azure:
    """The loopback Azure in a separate process."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        """Wait until it responds."""
        self._process = process
        self._folder = folder
        said = self._heard()
        self.endpoint, self.documents = said["endpoint"], said["documents"]
        os.environ["REQUESTS_CA_BUNDLE"] = said["ca_file"]
        os.environ["NO_PROXY"] = "localhost,127.0.0.1"

    def measure(self, collector: str, mode: str, snapshot: Path) -> Run:
        """Run a collection to the end."""
        self._tell(mode)
        result = self._folder / f"{collector}.json"
        module = ["-m", "benchmarks.collectors", collector, self.endpoint]
        began = time.monotonic()
        used = run([sys.executable, *module, str(snapshot), str(result)])
        seconds = time.monotonic() - began
        self._tell("counts")
        return Run(seconds, used, self._heard(), json.loads(result.read_text("utf-8")))

    def _tell(self, line: str) -> None:
        """Send a line."""
        assert self._process.stdin  # noqa: S101 - it was requested
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _heard(self) -> Any:  # noqa: ANN401 - JSON
        """Return the value of the next line."""
        assert self._process.stdout  # noqa: S101 - it was requested
        return json.loads(self._process.stdout.readline())


def main(workspaces: int = _WORKSPACES, subscriptions: int = _SUBSCRIPTIONS) -> None:
    """Measure, print and record."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with served(workspaces, subscriptions, folder) as azure:
            snapshot = folder / "estate.db"
            paced = azure.measure("amlaudit", "quotas", snapshot)
            kept = _kept(snapshot)
            unpaced = azure.measure("unpaced", "free", folder / "unpaced.db")
            typed = azure.measure("typed", "free", snapshot)
    size = f"{workspaces:,} workspaces in {subscriptions:,} subscriptions"
    parts = (
        f"{size}, {azure.documents:,} documents served, {kept.resources:,} resources collected.",
        _under_quotas(paced, kept),
        _side_by_side(unpaced, typed),
    )
    publish("collection", *parts)


@contextmanager
def served(workspaces: int, subscriptions: int, folder: Path) -> Iterator[Azure]:
    """Serve a fleet while the context is open."""
    arguments = [str(workspaces), str(subscriptions), str(folder)]
    command = [sys.executable, "-m", "benchmarks.serving", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603 - our own
        try:
            yield Azure(process, folder)
        finally:
            process.terminate()


class Kept(NamedTuple):
    """The contents of a snapshot.

    Attributes:
        resources: Number of resources.
        gaps: Number of gaps.
        refused: Requests that Azure answered with 429.
    """

    resources: int
    gaps: int
    refused: int


def _kept(snapshot: Path) -> Kept:
    """Count the contents of a snapshot."""
    db = sqlite3.connect(snapshot)
    counted = ("FROM resource", "FROM gap", "FROM call WHERE status = '429'")
    found = [db.execute(f"SELECT count(*) {each}").fetchone()[0] for each in counted]
    db.close()
    return Kept(*found)


def best(counts: Mapping[str, int]) -> float:
    """Return the minimum number of seconds that the quotas require for these requests.

    Lanes are independent of each other, so that the fullest one decides.
    """
    windows = (counts.get("graph", 0) - 1) // _GRAPH_QUERIES
    fullest = max(reads for lane, reads in counts.items() if lane != "graph")
    refilled = max(0, fullest - _READS_DEEP) / _READS_A_SECOND
    return max(windows * _GRAPH_SECONDS, refilled)


def _under_quotas(paced: Run, kept: Kept) -> Table:
    """Return the table of the collection under quotas."""
    least = best(paced.counts)
    head = ("under Azure's quotas", "seconds", "least, s", "ratio", "CPU s", "peak MiB", "429")
    row = (
        f"{paced.counts['graph']:,} queries, {paced.reads:,} reads",
        f"{paced.seconds:.0f}",
        f"{least:.0f}",
        f"{paced.seconds / least:.2f}" if least else "-",
        f"{paced.used.seconds:.0f}",
        f"{paced.used.mebibytes:.0f}",
        f"{kept.refused:,}",
    )
    return Table(head, [row])


def _side_by_side(unpaced: Run, typed: Run) -> Table:
    """Return the table that compares amlaudit with the typed clients, without quotas."""
    rows = typed.measured["rows"] / 1000
    calls = typed.measured["calls"]
    ours = (unpaced.measured["graph"] / rows, unpaced.measured["manager"] / unpaced.reads)
    theirs = (typed.measured["graph"] / rows, typed.measured["manager"] / calls)
    head = ("without quotas, CPU ms", "1,000 rows", "amlaudit = 1", "an ARM call", "amlaudit = 1")
    named = (("amlaudit, into a snapshot", ours), ("typed SDK clients, into nothing", theirs))
    return Table(
        head,
        [
            (
                name,
                f"{found[0] * 1000:.0f}",
                f"{found[0] / ours[0]:.2f}",
                f"{found[1] * 1000:.2f}",
                f"{found[1] / ours[1]:.2f}",
            )
            for name, found in named
        ],
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

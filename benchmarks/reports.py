"""Reports of up to a million verdicts in each format meant for that many: time and memory.

Usage: python -m benchmarks.reports [write FORMAT VERDICTS FILE]

The verdicts are generated while they are read and never held in memory, so that the reporter is
what is measured. CPU seconds are those of the whole process, user and system; memory is the peak
resident memory.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msgspec import Struct

from amlaudit.core.collection import Collection as Reading
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding, Report, ResourceRef
from amlaudit.core.resource import Origin
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Evidence, Seen, Status, Verdict
from amlaudit.engine.gate import gate, score
from amlaudit.reporters import encoded, make
from amlaudit.rulebook.library import load_library
from benchmarks.common import Table, publish, run

_FORMATS: Final = ("json", "ndjson", "csv", "sarif", "ocsf")
_SIZES: Final = (10_000, 100_000, 1_000_000)
_RULES: Final = 100
_IN_A_SUBSCRIPTION: Final = 50
_AT: Final = datetime(2026, 11, 24, tzinfo=UTC)
_STATUSES: Final = (
    *(Status.PASS,) * 6, Status.FAIL, Status.UNKNOWN, Status.NOT_APPLICABLE, Status.NOT_APPLICABLE,
)  # fmt: skip


def main() -> None:
    """Measure, print and record; or write one report."""
    if sys.argv[1:2] == ["write"]:
        asked, verdicts, target = sys.argv[2:]
        _write(asked, int(verdicts), Path(target))
        return
    rows = []
    with TemporaryDirectory() as folder:
        for name in _FORMATS:
            for count in _SIZES:
                path = Path(folder) / "report"
                module = ("-m", "benchmarks.reports", "write", name, str(count), str(path))
                used = run([sys.executable, *module])
                size = sum(each.stat().st_size for each in Path(folder).iterdir())
                rows.append(
                    (
                        name,
                        f"{count:,}",
                        f"{used.seconds:.1f}",
                        f"{used.seconds / count * 1e6:.0f}",
                        f"{used.mebibytes:.0f}",
                        f"{size / 1e6:,.0f}",
                    )
                )
                for each in Path(folder).iterdir():
                    each.unlink()
    head = ("format", "verdicts", "CPU seconds", "µs a verdict", "peak MiB", "MB written")
    publish("reports", Table(head, rows))


def _write(name: str, count: int, path: Path) -> None:
    """Write a report of generated verdicts."""
    for part, content in make(name, _report(count)).parts.items():
        with path.with_name(path.name + part).open("wb") as file:
            file.writelines(encoded(content))


class _Generated(Struct, frozen=True):
    """Verdicts of some rules on some workspaces, in order, generated on demand."""

    rules: tuple[Rule, ...]
    workspaces: int

    def __len__(self) -> int:
        return len(self.rules) * self.workspaces

    def __contains__(self, finding: object) -> bool:
        return any(each == finding for each in self)

    def __iter__(self) -> Iterator[Finding]:
        for number, rule in enumerate(self.rules):
            for index in range(self.workspaces):
                yield _finding(rule, index, _STATUSES[(number + index) % len(_STATUSES)])


def _finding(rule: Rule, index: int, status: Status) -> Finding:
    """Return a verdict on a workspace."""
    subscription = f"/subscriptions/00000000-0000-0000-0000-{index // _IN_A_SUBSCRIPTION:012}"
    name = f"mlw-{index:06}"
    resource_id = f"{subscription}/resourcegroups/rg-ml/providers/{WORKSPACE}/{name}"
    origin = Origin(f"GET {resource_id}", "2025-12-01", _AT)
    path = "properties.publicNetworkAccess"
    looks = (Evidence(resource_id, path, "Disabled", "Enabled", Seen.PRESENT, origin),)
    message = f"{path} is Enabled (wanted: Disabled)"
    reference = ResourceRef(resource_id, WORKSPACE, name, "westeurope")
    return Finding(rule, reference, Verdict(status, message, looks=looks))


def _report(count: int) -> Report:
    """Return a report with this many verdicts."""
    packs, rules = load_library(())
    chosen = tuple(sorted(rules[:_RULES], key=lambda each: (each.severity.rank, each.id)))
    findings = _Generated(chosen, count // _RULES)
    tally = Counter((each.rule.severity, each.verdict.status) for each in findings)
    posture = score(tally)
    return Report(
        at=_AT,
        version="0",
        packs=packs,
        collection=Reading(started_at=_AT, ended_at=_AT),
        rules=chosen,
        findings=findings,
        tally=tally,
        gaps=(),
        seen={WORKSPACE: count // _RULES},
        score=posture,
        gate=gate(tally, posture, None, 0.95, empty=False),
    )


if __name__ == "__main__":
    main()

"""The options that compare a run with earlier ones, and how the comparison is described."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from msgspec.structs import replace

from amlaudit.cli.files import keep
from amlaudit.cli.messages import note
from amlaudit.cli.options import FILE, FILE_OR_FOLDER, several
from amlaudit.core import arm_id
from amlaudit.core.errors import AmlauditError
from amlaudit.core.history import Baseline, Change, Past
from amlaudit.core.ranked import by_rule, unknown_in
from amlaudit.core.report import Finding, Report
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status

comparing_options = several(
    click.option(
        "--baseline",
        type=FILE,
        help="Compare with a baseline or an earlier JSON report.",
    ),
    click.option(
        "--new-only",
        is_flag=True,
        help="Fail the run only for fails that are new since the baseline; reports say so.",
    ),
    click.option(
        "--history",
        type=FILE_OR_FOLDER,
        help="Keep what the run found in a file (.sqlite, see `amlaudit history`), or a small "
        "record of it in a folder; reports show the trend.",
    ),
)
"""What to compare a run with."""


def past_named(path: Path | None, *, new_only: bool) -> Past | None:
    """Return the earlier report to compare with, if one is named."""
    if path:
        from amlaudit.records.baselines import read_past  # noqa: PLC0415 - few runs compare

        return read_past(path)
    if new_only:
        raise click.UsageError("--new-only requires --baseline FILE.")
    return None


def with_trend(report: Report, history: Path | None) -> Report:
    """Return a report with the results of earlier runs; a history file also dates each fail."""
    if history is None:
        return report
    from amlaudit.engine.course import dated, series_of  # noqa: PLC0415 - few runs keep a history
    from amlaudit.records.history import MAX_POINTS, read_trend  # noqa: PLC0415 - same
    from amlaudit.records.history_file import HistoryFile, is_history_file  # noqa: PLC0415 - same

    if not is_history_file(history):
        return replace(report, trend=read_trend(history, report))
    course = None
    if history.exists():
        with HistoryFile(history) as file:
            course = file.course(series_of(report), report.at)
    trend = course.postures[-MAX_POINTS:] if course else ()
    return replace(report, trend=trend, findings=dated(report.findings, course, report.at))


def keep_record(report: Report, history: Path | None) -> list[AmlauditError]:
    """Record the result of a run if a history is named, and return why that failed, if it did."""
    if history:
        try:
            _add_record(report, history)
        except AmlauditError as error:
            return [error]
    return []


def _add_record(report: Report, history: Path) -> None:
    """Add the result of a run to a history file, or to a folder of records.

    Raises:
        AmlauditError: It cannot be recorded.
    """
    from amlaudit.engine.course import run_of  # noqa: PLC0415 - few runs keep a history
    from amlaudit.engine.trend import posture_of  # noqa: PLC0415 - same
    from amlaudit.records.history import name_of  # noqa: PLC0415 - same
    from amlaudit.records.history_file import HistoryFile, is_history_file  # noqa: PLC0415 - same
    from amlaudit.reporters.history import stream  # noqa: PLC0415 - same

    if is_history_file(history):
        with HistoryFile(history, create=True) as file:
            file.add(run_of(report))
    else:
        advice = "make the folder of --history writable; reports do not depend on it"
        keep(history / name_of(report), stream(posture_of(report)), advice=advice)


def counts_of(baseline: Baseline, findings: Iterable[Finding]) -> str:
    """Return the counts of changes: `3 new (1 critical) · 5 fixed · 2 changed · 0 vanished`."""
    counts = Counter(baseline.counts)
    critical = sum(
        each.change is Change.NEW and each.verdict.status is Status.FAIL
        for rule, found in by_rule(findings)
        if rule.severity is Severity.CRITICAL
        for each in found
    )
    parts = [
        f"{counts[Change.NEW]} new" + (f" ({critical} critical)" if critical else ""),
        f"{counts[Change.REOPENED]} reopened" if counts[Change.REOPENED] else "",
        f"{counts[Change.FIXED]} fixed",
        f"{counts[Change.UPDATED]} changed",
        f"{counts[Change.VANISHED]} vanished",
    ]
    return " · ".join(filter(None, parts))


def lost_lines(baseline: Baseline, findings: Iterable[Finding]) -> Iterator[str]:
    """Yield where coverage was lost, and how many checks that affects."""
    lost = Counter(
        (each.resource.id, str(each.verdict.reason))
        for each in unknown_in(findings)
        if each.change is Change.COVERAGE_LOST
    )
    lost.update((each.resource_id, "hidden") for each in baseline.lost)
    for (resource_id, why), count in sorted(lost.items()):
        name = arm_id.name_of(resource_id)
        yield f"{name} ({count} checks known before, unknown now: {why})"


def note_limits(past: Past | None, report: Report) -> None:
    """Print on stderr what a comparison cannot tell."""
    if past and report.findings and not _holds_passes(past):
        note(f"{past.name} contains no passes: passes that are unknown now cannot be reported")


def _holds_passes(past: Past) -> bool:
    """Tell whether an earlier report includes what passed."""
    return any(each.status is Status.PASS for each in past.findings.values())

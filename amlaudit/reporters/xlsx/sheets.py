"""The sheets of the workbook, each as headings and rows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct

from amlaudit.core.history import Change
from amlaudit.core.report import Disabled, Finding, Override, Report, ResourceRef, Reweighed
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import WaiverUse
from amlaudit.reporters.about import about
from amlaudit.reporters.blindness import rules_blinded
from amlaudit.reporters.fields import controls_of
from amlaudit.reporters.rows import COLUMNS, run_of, subscription_of, workspace_of
from amlaudit.reporters.texts import number
from amlaudit.reporters.words import (
    CHANGES,
    REASONS,
    STATUSES,
    group_of,
    interval_of,
    moment_of,
    percent_of,
)

Row: TypeAlias = tuple[str | float, ...]

_LEFT_OUT: Final = "left out"
"""What is said of findings that the report does not include."""


class Heading(NamedTuple):
    """A heading.

    Attributes:
        name: Its text.
        width: Column width, in characters.
    """

    name: str
    width: int


class Sheet(Struct, frozen=True):
    """A sheet.

    Attributes:
        name: Its name.
        columns: Its headings.
        rows: Its rows.
        frozen: Number of frozen columns.
    """

    name: str
    columns: tuple[Heading, ...]
    rows: Iterable[Row]
    frozen: int = 0


def sheets_of(report: Report) -> Iterator[Sheet]:
    """Yield the sheets of a report, in order."""
    counts = _Counts.of(report.findings)
    yield Sheet("Summary", _headings({"about": 24, "what": 34, "value": 60}), _summary(report))
    yield Sheet(
        "Findings",
        tuple(Heading(each.name, each.width) for each in COLUMNS),
        (tuple(each.cell(finding) for each in COLUMNS) for finding in report.findings),
        frozen=3,
    )
    yield Sheet("Controls", _CONTROLS, _controls(report, counts), frozen=1)
    yield Sheet("Coverage", _COVERAGE, _coverage(report))
    yield Sheet("Exceptions", _EXCEPTIONS, _exceptions(report), frozen=1)
    yield Sheet("Inventory", _INVENTORY, _inventory(counts, report.only), frozen=1)
    yield Sheet("About", _headings({"about": 24, "what": 34, "value": 90}), about(report))


def _headings(widths: Mapping[str, int]) -> tuple[Heading, ...]:
    """Return headings from the width of each, by its name."""
    return tuple(Heading(name, width) for name, width in widths.items())


def _under(headings: tuple[Heading, ...], cells: Mapping[str, str | float]) -> Row:
    """Return a row with cells under their headings; the others are empty."""
    return tuple(cells.get(each.name, "") for each in headings)


_CONTROLS = _headings({
    "rule_id": 10, "title": 60, "severity": 10, "given by": 10, "area": 13, "pass": 7, "fail": 7,
    "waived": 8, "unknown": 9, "manual": 8, "not_applicable": 14, "assessed": 12, "frameworks": 50,
    "because": 60, "change": 30, "fix": 60,
})  # fmt: skip
_COVERAGE = _headings({
    "state": 10, "scope": 60, "part": 50, "reason": 30, "detail": 60, "missing permission": 50,
    "rules without an answer": 50,
})  # fmt: skip
_EXCEPTIONS = _headings({
    "id": 12, "kind": 16, "state": 12, "rule": 12, "scope": 60, "reason": 60, "owner": 28,
    "approved by": 28, "ticket": 14, "created": 12, "ends": 12, "fails": 8, "remark": 40,
})  # fmt: skip
_INVENTORY = _headings({
    "resource": 30, "resource_type": 50, "location": 16, "workspace": 24, "resource_group": 24,
    "subscription": 38, "fail": 7, "unknown": 9, "declared_at": 30, "resource_id": 80,
})  # fmt: skip


class _Counts(Struct, frozen=True):
    """Numbers of findings.

    Attributes:
        by_rule: Number of findings by status, for each rule.
        waived: Number of waived fails of each rule.
        by_resource: Number of findings by status, for each resource.
        resources: The resources, by id.
    """

    by_rule: Mapping[str, Counter[Status]]
    waived: Counter[str]
    by_resource: Mapping[str, Counter[Status]]
    resources: Mapping[str, ResourceRef]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> "_Counts":
        """Return the counts of findings."""
        by_rule: defaultdict[str, Counter[Status]] = defaultdict(Counter)
        by_resource: defaultdict[str, Counter[Status]] = defaultdict(Counter)
        waived: Counter[str] = Counter()
        resources: dict[str, ResourceRef] = {}
        for each in findings:
            by_rule[each.rule.id][each.verdict.status] += 1
            by_resource[each.resource.id][each.verdict.status] += 1
            waived[each.rule.id] += each.waiver is not None
            resources.setdefault(each.resource.id, each.resource)
        return cls(by_rule, waived, by_resource, resources)


def _summary(report: Report) -> Iterator[Row]:
    """Yield the result of the run."""
    gate, score = report.gate, report.score
    yield ("Run", "Verdict", gate.outcome)
    yield ("Run", "Enough is known", "yes" if gate.complete else "no: INCOMPLETE")
    yield ("Run", "Posture and coverage", run_of(report))
    if report.accepted:
        yield ("Run", "Posture with accepted risk", interval_of(report.accepted))
    yield ("Run", "Coverage required", f"{percent_of(gate.min_coverage, up=True)} %")
    yield ("Run", "Coverage", f"{percent_of(score.coverage)} %")
    counts = Counter(report.tally)
    for severity in Severity:
        for status, word in STATUSES.items():
            yield (f"Findings, {severity}", word, counts[severity, status])
        yield (f"Findings, {severity}", "Waived", report.waived.get(severity, 0))
    yield ("Not read", "Parts of the estate", len(report.gaps))
    if report.baseline:
        since = f"Since {report.baseline.name}"
        for change in Change:
            yield (since, change.replace("_", " "), report.baseline.counts.get(change, 0))
    for posture in report.trend:
        reached = f"{percent_of(posture.low)}\N{EN DASH}{percent_of(posture.high, up=True)} %"
        fails = number(sum(posture.fails.values()), "fail")
        covered = f"coverage {percent_of(posture.coverage)} %, {fails}"
        yield ("Earlier", moment_of(posture.at), f"{reached}, {covered}")


def _controls(report: Report, counts: _Counts) -> Iterator[Row]:
    """Yield one row for each rule."""
    reweighed = {each.rule_id for each in report.profile.reweighed} if report.profile else set()
    for rule in report.rules:
        found = counts.by_rule.get(rule.id, Counter())
        passes, fails, unknowns, manual, others = _numbers(found, report.only)
        yield (
            rule.id,
            rule.title,
            rule.severity,
            "profile" if rule.id in reweighed else "pack",
            rule.area,
            passes,
            fails,
            fails if fails == _LEFT_OUT else counts.waived[rule.id],
            unknowns,
            manual,
            others,
            _assessed(found, report.only),
            " ".join(controls_of(rule)),
            rule.because,
            CHANGES[rule.fix.change],
            rule.fix.command,
        )


def _assessed(found: Counter[Status], only: tuple[Status, ...]) -> str:
    """Return whether a rule could judge everything, as far as the findings kept tell."""
    if found[Status.UNKNOWN]:
        return "not fully"
    if set(only) not in (set(), set(Status)):
        return _LEFT_OUT
    if not found:
        return "not at all"
    return "for people" if found[Status.MANUAL] else "fully"


def _numbers(found: Counter[Status], only: tuple[Status, ...]) -> Iterator[str | float]:
    """Yield the number of findings of each status, of which a report may have kept none."""
    for status in Status:
        yield _LEFT_OUT if only and status not in only else found[status]


def _coverage(report: Report) -> Iterator[Row]:
    """Yield what could not be read, then what was."""
    if report.collection.ended_at is None:
        yield _under(_COVERAGE, {"state": "not read", "detail": "The collection did not finish."})
    blinded = rules_blinded(report)
    are_told = not report.only or Status.UNKNOWN in report.only
    for gap in report.gaps:
        yield _under(
            _COVERAGE,
            {
                "state": "not read",
                "scope": gap.scope_id,
                "part": gap.part,
                "reason": REASONS[gap.reason],
                "detail": gap.detail,
                "missing permission": gap.permission,
                "rules without an answer": " ".join(blinded[gap]) if are_told else _LEFT_OUT,
            },
        )
    for arm_type, count in sorted(report.seen.items()):
        yield _under(
            _COVERAGE, {"state": "read", "part": arm_type, "detail": number(count, "resource")}
        )


def _exceptions(report: Report) -> Iterator[Row]:
    """Yield the waivers, then what the profile switches off or changes."""
    cells = [_waiver(use) for use in report.waivers]
    if profile := report.profile:
        cells += [_disabled(each, report.at) for each in profile.disabled]
        cells += map(_reweighed, profile.reweighed)
        cells += map(_override, profile.overrides)
    yield from (_under(_EXCEPTIONS, each) for each in cells)


def _waiver(use: WaiverUse) -> dict[str, str | float]:
    """Return the cells of a waiver."""
    waiver = use.waiver
    return {
        "id": waiver.id,
        "kind": waiver.kind.replace("_", " "),
        "state": use.state.replace("_", " "),
        "rule": waiver.rule,
        "scope": waiver.scope,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "approved by": waiver.approved_by,
        "ticket": waiver.ticket,
        "created": waiver.created.isoformat() if waiver.created else "",
        "ends": waiver.expires.isoformat(),
        "fails": use.matches,
        "remark": use.detail,
    }


def _disabled(disabled: Disabled, at: datetime) -> dict[str, str | float]:
    """Return the cells of a rule that the profile switches off."""
    return {
        "kind": "rule disabled",
        "rule": disabled.rule.id,
        "reason": disabled.justification,
        "approved by": disabled.approved_by,
        "ends": disabled.review_by.isoformat() if disabled.review_by else "",
        "remark": "review overdue" if disabled.is_overdue(at) else "",
    }


def _reweighed(reweighed: Reweighed) -> dict[str, str | float]:
    """Return the cells of a rule whose severity the profile changes."""
    return {
        "kind": "other severity",
        "rule": reweighed.rule_id,
        "reason": reweighed.justification,
        "remark": f"{reweighed.severity} instead of {reweighed.before}",
    }


def _override(override: Override) -> dict[str, str | float]:
    """Return the cells of a rule that the profile changes in one environment."""
    return {
        "kind": f"environment {override.environment}",
        "rule": override.rule_id,
        "reason": override.justification,
        "approved by": override.approved_by,
        "remark": override.severity or "off",
    }


def _inventory(counts: _Counts, only: tuple[Status, ...]) -> Iterator[Row]:
    """Yield one row for each resource or scope that a finding is about."""
    for resource_id, resource in sorted(counts.resources.items()):
        _, fails, unknowns, *_ = _numbers(counts.by_resource[resource_id], only)
        yield (
            resource.name,
            resource.type,
            resource.location,
            workspace_of(resource_id),
            group_of(resource_id),
            subscription_of(resource_id),
            fails,
            unknowns,
            str(resource.place or ""),
            resource_id,
        )

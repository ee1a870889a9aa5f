"""The report for the terminal: what fails, what is unknown, and the verdict; fits in 80 columns."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from textwrap import shorten
from typing import Final, TypeAlias

from msgspec import Struct, field
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amlaudit.cli.comparison import counts_of, lost_lines
from amlaudit.cli.lines import in_line, print_indented, print_trimmed
from amlaudit.cli.messages import counted
from amlaudit.core import arm_id
from amlaudit.core.attack_paths import most_exposed
from amlaudit.core.patterns import late_pattern
from amlaudit.core.report import Finding, Outcome, Report
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import WaiverState, WaiverUse
from amlaudit.reporters.completeness import shortfalls_of
from amlaudit.reporters.words import (
    STATUSES,
    interval_of,
    masked_of,
    percent_of,
    policies_of,
    short_name,
)

_MAX_ROWS: Final = 20
"""Rows of fails, and as many of unknowns; the rest is only counted, and is in other reports."""

_MAX_POINTS: Final = 8
"""Earlier runs whose posture is shown."""

_MAX_EXPOSED: Final = 5
"""Workspaces shown that have attack paths, those with the most of them."""
_MAX_FIXES: Final = 3
_MAX_DISPUTED: Final = 5
"""Disputed findings that are shown."""

_LONGEST_FINDING: Final = 110
"""Characters: about three lines of an 80-column terminal."""

_NAMESPACE: Final = late_pattern(r"^Microsoft\.\w+/")
"""The resource provider in the name of an action."""

_ARM_ID: Final = late_pattern(r"/subscriptions/[\w/.()-]*/([\w.()-]+/[\w.()-]+)", re.IGNORECASE)
"""An ARM id in a message, which ends with the type and the name of the resource."""

_SEVERITY_STYLE: Final = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_OUTCOME_STYLE: Final = {
    Outcome.PASS: "bold green",
    Outcome.FAIL: "bold red",
    Outcome.INCOMPLETE: "bold yellow",
}
_MARK: Final = {Status.FAIL: "✖", Status.UNKNOWN: "?"}


def print_table(report: Report) -> None:
    """Print the report to stdout."""
    console = Console(highlight=False, emoji=False)
    rows, disputes = _rows_and_disputes(report.findings)
    for status, each in rows.items():
        _print_findings(console, status, each)
    _print_not_seen(console, report)
    _print_attacks(console, report)
    _print_disputed(console, disputes)
    _print_waivers(console, report.waivers)
    _print_changes(console, report)
    _print_profile(console, report)
    _print_verdict(console, report)


def _print_attacks(console: Console, report: Report) -> None:
    """Print which workspaces can be attacked, and the fewest fails to fix; nothing if none can."""
    count, exposed = most_exposed(report, _MAX_EXPOSED)
    if exposed:
        text = counted(count, "workspace")
        print_trimmed(console, Text(f"Attack paths lead to {text}", style="bold"))
    for each in exposed:
        fixes = list(dict.fromkeys(finding.rule.id for finding in each.way_out))
        more = f" and {len(fixes) - _MAX_FIXES} more" if len(fixes) > _MAX_FIXES else ""
        text = ", ".join(fixes[:_MAX_FIXES]) + more
        print_indented(console, f"{each.workspace.name}: {len(each.certain)}, cut by {text}")
    if count > len(exposed):
        print_indented(console, f"… {count - len(exposed)} more, see --report")


class _Disputes(Struct):
    """Disagreements between Azure Policy and the rules, or among policies.

    Attributes:
        shown: The first disputed findings.
        count: Number of disputed findings.
        contested: Number of findings on which policies contradict each other.
    """

    shown: list[Finding] = field(default_factory=list)
    count: int = 0
    contested: int = 0

    def note(self, finding: Finding) -> None:
        """Count a finding about which policies say something."""
        self.contested += finding.is_contested
        if finding.is_disputed:
            self.count += 1
            if self.count <= _MAX_DISPUTED:
                self.shown.append(finding)


def _print_disputed(console: Console, disputes: _Disputes) -> None:
    """Print the disagreements between Azure Policy and the rules, or among policies."""
    if disputes.count:
        text = counted(disputes.count, "finding")
        print_trimmed(console, Text(f"Azure Policy disagrees on {text}", style="bold"))
    for each in disputes.shown:
        verdict = each.verdict.status
        text = policies_of(each)
        line = f"{each.rule.id} {each.resource.name}: {verdict} here, {text} there"
        print_indented(console, line)
    if more := disputes.count - len(disputes.shown):
        print_indented(console, f"… {more} more, see --report")
    if disputes.contested:
        text = f"findings on which policies contradict each other: {disputes.contested}"
        print_indented(console, text)


def _print_profile(console: Console, report: Report) -> None:
    """Print what the profile leaves out or changes; nothing if that is nothing."""
    profile = report.profile
    if profile is None:
        return
    if profile.left_out:
        rules = len(report.rules)
        total = rules + len(profile.left_out) + len(profile.disabled)
        print_trimmed(console, in_line(f"Profile {profile.name}: {rules} of {total} rules enabled"))
    for each in profile.disabled:
        overdue = " (review overdue)" if each.is_overdue(report.at) else ""
        print_trimmed(console, in_line(f"Disabled: {each.rule.id} {each.justification}{overdue}"))
    for override in profile.overrides:
        text = f"{override.rule_id} {override.severity or 'off'} {override.justification}"
        print_trimmed(console, in_line(f"In {override.environment}: {text}"))


_Key: TypeAlias = tuple[str, str, str]
"""What the findings of a row share: resource, cause, and for fails their rule."""


class _Rows(Struct):
    """The rows of one status.

    Attributes:
        shown: The findings of the first rows.
        last: The key of the last of the other rows.
        hidden: How many other rows there are with one rule each; their findings are consecutive.
        scattered: Hashes of the keys of the other rows, whose findings may have several rules.
    """

    shown: dict[_Key, list[Finding]] = field(default_factory=dict)
    last: _Key | None = None
    hidden: int = 0
    scattered: set[int] = field(default_factory=set)

    def add(self, key: _Key, finding: Finding) -> None:
        """Add a finding to its row."""
        if key in self.shown:
            self.shown[key].append(finding)
        elif len(self.shown) < _MAX_ROWS:
            self.shown[key] = [finding]
        elif not key[2]:
            self.scattered.add(hash(key))
        elif key != self.last:
            self.last, self.hidden = key, self.hidden + 1


def _rows_and_disputes(findings: Iterable[Finding]) -> tuple[dict[Status, _Rows], _Disputes]:
    """Return the rows of failed and unknown findings, and the disputes.

    Findings with the same cause share a row. Waived fails are printed elsewhere.
    """
    found, disputes = {Status.FAIL: _Rows(), Status.UNKNOWN: _Rows()}, _Disputes()
    for each in findings:
        if each.policies:
            disputes.note(each)
        rows = found.get(each.verdict.status)
        if rows and not each.waiver:
            rows.add(_key_of(each), each)
    return found, disputes


def _key_of(finding: Finding) -> _Key:
    """Return the key of a finding's row."""
    rule = finding.rule.id if finding.verdict.status is Status.FAIL else ""
    return finding.resource.id, _cause(finding), rule


def _print_findings(console: Console, status: Status, rows: _Rows) -> None:
    """Print the first rows of one status, one per cause and resource."""
    if not rows.shown:
        return
    console.print("Fails" if status is Status.FAIL else "Unknown", style="bold")
    table = Table(box=None, pad_edge=False)
    table.add_column("SEVERITY", no_wrap=True)
    table.add_column("RULE", no_wrap=True)
    table.add_column("RESOURCE", overflow="fold", max_width=24)
    table.add_column("FINDING", overflow="fold")
    for together in rows.shown.values():
        first, severity = together[0], together[0].rule.severity
        table.add_row(
            Text(f"{_MARK[status]} {severity}", style=_SEVERITY_STYLE[severity]),
            in_line(first.rule.id if len(together) == 1 else f"{len(together)} rules"),
            in_line(short_name(first.resource)) + _declared_at(first),
            in_line(shorten(_cause(first), _LONGEST_FINDING, placeholder=" …")),
        )
    print_trimmed(console, table)
    if more := rows.hidden + len(rows.scattered):
        console.print(f"… {more} more, see --report")
    console.print()


def _declared_at(finding: Finding) -> Text:
    """Return file and line of a declared resource, on a separate line; nothing for others."""
    place = finding.declared_at
    if place is None:
        return Text()
    return Text("\n") + in_line(f"{place.path.rpartition('/')[2]}:{place.line}", "dim")


def _cause(finding: Finding) -> str:
    """Return what is wrong, or what is unknown and why."""
    verdict = finding.verdict
    if verdict.status is Status.FAIL:
        return verdict.message
    if not verdict.permission:
        # A whole id would fill the row, and what is said of it would be cut off.
        named = _ARM_ID.sub(r"…/\1", verdict.message)
        return f"{verdict.reason}: {named}"
    # With its namespace it would wrap within a word; "missing permission" shows the full name.
    return f"{verdict.reason}: needs {_NAMESPACE.sub('…/', verdict.permission)}"


def _print_not_seen(console: Console, report: Report) -> None:
    """Print how much of the estate could not be read, and which permissions are missing."""
    if report.collection.ended_at is None:
        console.print("The collection did not finish.", style="bold yellow")
    if not report.gaps:
        return
    reasons = Counter(gap.reason for gap in report.gaps)
    text = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    print_trimmed(console, Text(f"Gaps: {len(report.gaps)} ({text})", style="yellow"))
    for permission in sorted({gap.permission for gap in report.gaps if gap.permission}):
        print_indented(console, f"missing permission: {permission}")


def _print_waivers(console: Console, uses: Iterable[WaiverUse]) -> None:
    """Print the waivers that hold, or will: what each one covers, until when, and its owner."""
    for use in uses:
        waiver = use.waiver
        named = f"{waiver.id} {waiver.rule} on {arm_id.name_of(waiver.scope)}"
        if use.state is WaiverState.ACTIVE:
            until = f"until {waiver.expires}, {waiver.owner}"
            print_trimmed(console, in_line(f"Waived: {named} ({use.matches}), {until}"))
        elif use.state is WaiverState.PENDING:
            begin = f"from {waiver.created}, {waiver.owner}"
            print_trimmed(console, in_line(f"Not yet waived: {named}, {begin}"))


def _print_changes(console: Console, report: Report) -> None:
    """Print what changed since the baseline, and the trend before."""
    if report.baseline:
        changes = counts_of(report.baseline, report.findings)
        print_trimmed(console, in_line(f"Since {report.baseline.name}: {changes}"))
        for line in lost_lines(report.baseline, report.findings):
            print_trimmed(console, in_line(f"Coverage lost: {line}", "yellow"))
    if report.gate.new_only:
        print_trimmed(
            console, Text("Only new fails count: older ones do not fail this run.", style="bold")
        )
    if report.trend:
        lows = ", ".join(str(percent_of(each.low)) for each in report.trend[-_MAX_POINTS:])
        print_trimmed(console, Text(f"Earlier posture (low end): {lows} %"))


def _print_verdict(console: Console, report: Report) -> None:
    """Print the verdict on the run, its score and its coverage."""
    outcome = report.gate.outcome
    counts = (f" · {each}" for each in _counts(report))
    print_trimmed(console, Text.assemble((str(outcome), _OUTCOME_STYLE[outcome]), *counts))
    print_trimmed(console, Text(" · ".join(_figures(report))))
    if missing := shortfalls_of(report):
        print_trimmed(console, Text(f"INCOMPLETE: {missing}", _OUTCOME_STYLE[Outcome.INCOMPLETE]))
    if report.only:
        kept = ", ".join(STATUSES[each].lower() for each in report.only)
        print_trimmed(console, Text(f"Only {kept} findings are included; counts cover all."))
    if report.masked:
        print_trimmed(console, Text(f"Masked: {masked_of(report)}"))


def _counts(report: Report) -> Iterator[str]:
    """Yield the number of findings with each status, and how many fails are waived."""
    waived = sum(report.waived.values())
    for status in Status:
        text = f"{report.count(status)} {status.replace('_', ' ')}"
        yield f"{text} ({waived} waived)" if waived and status is Status.FAIL else text


def _figures(report: Report) -> Iterator[str]:
    """Yield the fails that count for the gate, the score and its coverage."""
    if fail_on := report.gate.fail_on:
        severe = sum(
            report.tally.get((severity, Status.FAIL), 0) - report.waived.get(severity, 0)
            for severity in Severity
            if severity.at_least(fail_on)
        )
        yield f"{severe} at or above {fail_on}"
    yield f"posture {interval_of(report.score)}"
    if report.accepted:
        yield f"with accepted risk {interval_of(report.accepted)}"
    yield f"coverage {percent_of(report.score.coverage)} %"

"""Numbers of findings, by everything that the page counts them by, from a single pass."""

from collections import Counter, defaultdict
from itertools import islice
from typing import Final

from msgspec import Struct, field

from amlaudit.core.report import Finding, Report
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.reporters.html.belonging import Belonging

FIRST_FAILS: Final = 200
"""Fails that the page lists for readers without script."""


class Counts(Struct):
    """How many findings there are.

    Attributes:
        by_status: By status; if a report keeps only some findings, of those.
        by_severity: By severity and status; always of all findings that were judged.
        by_rule: By id of the rule and status.
        by_area: Fails and unknowns by area and (severity, status).
        by_workspace: By id of the workspace and (severity, status); a finding on a shared
            dependency counts for each workspace that uses it.
        waived: Fails with a waiver, by id of the rule.
        fails: Fails by id of their rule.
    """

    by_status: Counter[Status] = field(default_factory=Counter)
    by_severity: dict[Severity, Counter[Status]] = field(
        default_factory=lambda: {each: Counter() for each in Severity}
    )
    by_rule: defaultdict[str, Counter[Status]] = field(default_factory=lambda: defaultdict(Counter))
    by_area: defaultdict[str, Counter[tuple[Severity, Status]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    by_workspace: defaultdict[str, Counter[tuple[Severity, Status]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    waived: Counter[str] = field(default_factory=Counter)
    fails: defaultdict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))

    def note(self, finding: Finding, belongs: Belonging) -> None:
        """Count one finding."""
        rule, status = finding.rule, finding.verdict.status
        self.by_status[status] += 1
        self.by_rule[rule.id][status] += 1
        self.by_area[rule.area][rule.severity, status] += 1
        for workspace_id in belongs.of(finding.resource.id):
            self.by_workspace[workspace_id][rule.severity, status] += 1
        if status is Status.FAIL:
            self.fails[rule.id].append(finding)
            self.waived[rule.id] += finding.waiver is not None

    def all_of(self, status: Status) -> int:
        """Return the number of findings with a status, whether or not the report keeps them."""
        return sum(each[status] for each in self.by_severity.values())

    def at_least(self, least: Severity | None) -> Counter[Status]:
        """Return the number of findings of at least some severity, by status; None: none is."""
        total: Counter[Status] = Counter()
        for severity, found in self.by_severity.items():
            if least and severity.at_least(least):
                total += found
        return total


def counts_of(report: Report, belongs: Belonging) -> Counts:
    """Return the numbers of a report's findings."""
    counts = Counts()
    for (severity, status), count in report.tally.items():
        counts.by_severity[severity][status] += count
    for finding in report.findings:
        counts.note(finding, belongs)
    return counts


def first_fails(report: Report) -> list[Finding]:
    """Return the first fails, worst rules first."""
    failing = (each for each in report.findings if each.verdict.status is Status.FAIL)
    return list(islice(failing, FIRST_FAILS))

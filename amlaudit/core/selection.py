"""A report of which some findings are left out, which it then says."""

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.report import Finding, Report
from amlaudit.core.verdict import Status


class Selection(Struct, frozen=True):
    """The findings of some statuses, gone through without being held.

    Attributes:
        findings: All findings.
        statuses: The statuses of those that are left.
        size: How many are left.
    """

    findings: Collection[Finding]
    statuses: frozenset[Status]
    size: int

    def __len__(self) -> int:
        """Return how many there are."""
        return self.size

    def __contains__(self, finding: object) -> bool:
        """Tell whether a finding is among them."""
        return any(each == finding for each in self)

    def __iter__(self) -> Iterator[Finding]:
        """Yield them in their order."""
        return (each for each in self.findings if each.verdict.status in self.statuses)


def limited(report: Report, statuses: Sequence[Status]) -> Report:
    """Return a report with the findings of some statuses; it tells that the others are gone.

    What is counted, scored and judged stays that of all.
    """
    kept = [
        each for each in Status if each in statuses and (not report.only or each in report.only)
    ]
    size = report.count(*kept)
    return replace(
        report, findings=Selection(report.findings, frozenset(kept), size), only=tuple(kept)
    )

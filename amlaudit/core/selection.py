"""A report without some of its findings, which records that they are omitted."""

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.report import Finding, Report
from amlaudit.core.verdict import Status


class Selection(Struct, frozen=True):
    """The findings with some statuses, iterated over without being held.

    Attributes:
        findings: All findings.
        statuses: The statuses to keep.
        size: Number of findings kept.
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
        """Yield them in order."""
        return (each for each in self.findings if each.verdict.status in self.statuses)


def limited(report: Report, statuses: Sequence[Status]) -> Report:
    """Return a report with only the findings of some statuses; it records which were kept.

    Counts, score and gate remain those of all findings.
    """
    kept = [
        each for each in Status if each in statuses and (not report.only or each in report.only)
    ]
    size = report.count(*kept)
    return replace(
        report, findings=Selection(report.findings, frozenset(kept), size), only=tuple(kept)
    )

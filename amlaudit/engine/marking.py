"""Findings with marks: what somebody says of a verdict stands beside it and never changes it."""

from collections.abc import Callable, Collection, Iterator

from amlaudit.core.report import Finding


class Marked(Collection[Finding]):
    """Findings as a function marks them; may be gone through any number of times."""

    def __init__(self, findings: Collection[Finding], mark: Callable[[Finding], Finding]) -> None:
        """Take findings, and what gives each of them its mark."""
        self._findings = findings
        self._mark = mark

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._findings)

    def __contains__(self, finding: object) -> bool:
        """Tell whether a finding is among them."""
        return any(each == finding for each in self)

    def __iter__(self) -> Iterator[Finding]:
        """Yield them in their order."""
        return map(self._mark, self._findings)

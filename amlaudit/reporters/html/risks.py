"""The worst risks of a report: fails weighted by severity, exposure and reach."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from msgspec import Struct

from amlaudit.core.report import Finding
from amlaudit.core.rule import Rule, Severity
from amlaudit.reporters.html.belonging import Belonging

MAX: Final = 10


class Risk(Struct, frozen=True):
    """The fails of one rule that have no waiver.

    Attributes:
        rule: The rule.
        findings: Its fails.
        workspaces: Ids of the workspaces that they concern.
        exposed: Ids of those among them that are reachable from public networks.
    """

    rule: Rule
    findings: Sequence[Finding]
    workspaces: Collection[str]
    exposed: Collection[str]

    @property
    def weight(self) -> int:
        """Severity times exposure and number of workspaces; outside workspaces it counts as one."""
        reach = len(self.workspaces) + len(self.exposed)
        return self.rule.severity.weight * max(1, reach)

    def rank(self) -> tuple[bool, int, int, str]:
        """Return the sort key on the page; critical risks always come first."""
        critical = self.rule.severity is Severity.CRITICAL
        return not critical, -self.weight, -len(self.findings), self.rule.id


def worst(
    fails: Iterable[Sequence[Finding]], belongs: Belonging, exposed: Collection[str]
) -> list[Risk]:
    """Return the worst risks, at most `MAX`.

    Args:
        fails: The fails of each rule.
        belongs: The workspaces that resources belong to.
        exposed: Ids of the workspaces that are reachable from public networks.
    """
    risks = []
    for found in fails:
        open_fails = [each for each in found if each.waiver is None]
        if open_fails:
            reached = {one for each in open_fails for one in belongs.of(each.resource.id)}
            risks.append(
                Risk(
                    open_fails[0].rule, open_fails, sorted(reached), sorted(reached & set(exposed))
                )
            )
    return sorted(risks, key=Risk.rank)[:MAX]

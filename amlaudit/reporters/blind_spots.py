"""What could not be seen, by cause, however much each cause hides."""

from msgspec import Struct, field

from amlaudit.core.gap import Reason
from amlaudit.core.ranked import unknown_in
from amlaudit.core.report import Report
from amlaudit.core.rule import Rule, Severity


class BlindSpot(Struct):
    """A cause for which something is unknown, and everything it hides.

    Attributes:
        reason: The reason; None if a rule gave none.
        permission: The missing permission, empty if that is not the cause.
        details: What happened, without duplicates.
        scopes: Ids of the scopes and resources, without duplicates, in order of occurrence.
        denied: Ids of the scopes in which something could not be read, in the same order.
        rules: The rules left unknown by it, by id.
        verdicts: Number of verdicts left unknown by it.
    """

    reason: Reason | None
    permission: str
    details: dict[str, None] = field(default_factory=dict)
    scopes: dict[str, None] = field(default_factory=dict)
    denied: dict[str, None] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    verdicts: int = 0

    def rank(self) -> tuple[int, int]:
        """Return the sort key in reports: worst rules first."""
        worst = min((each.severity.rank for each in self.rules.values()), default=len(Severity))
        return worst, -self.verdicts


def blind_spots(report: Report) -> list[BlindSpot]:
    """Return every cause of gaps and unknown verdicts, the most costly first.

    A missing permission is one cause, however many calls were rejected for it.
    """
    spots: dict[tuple[Reason | None, str], BlindSpot] = {}

    def note(reason: Reason | None, permission: str, detail: str, scope_id: str) -> BlindSpot:
        spot = spots.setdefault((reason, permission), BlindSpot(reason, permission))
        spot.details[detail] = None
        spot.scopes[scope_id] = None
        return spot

    for gap in report.gaps:
        spot = note(gap.reason, gap.permission, gap.detail, gap.scope_id)
        spot.denied[gap.scope_id] = None
    for finding in unknown_in(report.findings):
        verdict = finding.verdict
        spot = note(verdict.reason, verdict.permission, verdict.message, finding.resource.id)
        spot.rules[finding.rule.id] = finding.rule
        spot.verdicts += 1
    return sorted(spots.values(), key=BlindSpot.rank)

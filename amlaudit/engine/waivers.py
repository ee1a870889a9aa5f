"""Applies waivers: marks the fails that somebody takes responsibility for, and reports each use.

A waiver that is not valid marks nothing. No verdict is ever changed: readers of findings see the
same ones in the same order, some of them with a waiver next to the verdict.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.observed import evidence_sha256
from amlaudit.core.report import Finding
from amlaudit.core.rule import Severity
from amlaudit.core.scope import matches
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import Waiver, WaiverLimits, WaiverState, WaiverUse
from amlaudit.engine.marking import Marked


class _Matches(Struct):
    """The fails that a waiver names, as far as they decide about it.

    Attributes:
        count: How many there are.
        critical: Whether one of them is critical.
        unchanged: Ids of those with the evidence it was given for, as many as it could mark.
    """

    count: int = 0
    critical: bool = False
    unchanged: list[str] = field(default_factory=list)

    def add(self, finding: Finding, waiver: Waiver, limit: int) -> None:
        """Count a fail that the waiver names."""
        self.count += 1
        self.critical |= finding.rule.severity is Severity.CRITICAL
        granted_for = waiver.evidence_sha256
        is_unchanged = not granted_for or granted_for == evidence_sha256(finding.evidence)
        if is_unchanged and len(self.unchanged) < limit:
            self.unchanged.append(finding.id)


def waive(
    findings: Collection[Finding], waivers: Sequence[Waiver], at: datetime, limits: WaiverLimits
) -> tuple[Collection[Finding], tuple[WaiverUse, ...]]:
    """Return the findings with waived fails marked, and what each waiver did.

    If several waivers apply to a fail, the first one marks it.

    Args:
        findings: All of them; iterated once here.
        waivers: The waivers, in the order of their file.
        at: The time of the report, UTC; its day decides.
        limits: What waivers are allowed to do.
    """
    if not waivers:
        return findings, ()
    uses: list[WaiverUse] = []
    marks: dict[str, Waiver] = {}
    for waiver, matching in zip(waivers, _matches_of(waivers, findings, limits), strict=True):
        state, detail = _state(waiver, matching, at.date(), limits)
        uses.append(WaiverUse(waiver, state, matching.count, detail))
        if state is WaiverState.ACTIVE:
            for finding_id in matching.unchanged:
                marks.setdefault(finding_id, waiver)

    def mark(finding: Finding) -> Finding:
        is_fail = finding.verdict.status is Status.FAIL
        waiver = marks.get(finding.id) if is_fail else None
        return replace(finding, waiver=waiver) if waiver else finding

    return Marked(findings, mark), tuple(uses)


def _matches_of(
    waivers: Sequence[Waiver], findings: Collection[Finding], limits: WaiverLimits
) -> list[_Matches]:
    """Return the fails that each waiver names."""
    pairs = [(waiver, _Matches()) for waiver in waivers]
    by_rule: dict[str, list[tuple[Waiver, _Matches]]] = {}
    for each in findings:
        if each.verdict.status is not Status.FAIL:
            continue
        rule_id = each.rule.id
        if rule_id not in by_rule:
            by_rule[rule_id] = [pair for pair in pairs if matches(pair[0].rule, rule_id)]
        for waiver, matching in by_rule[rule_id]:
            if names(waiver, each):
                matching.add(each, waiver, limits.max_matches)
    return [matching for _, matching in pairs]


def names(waiver: Waiver, finding: Finding) -> bool:
    """Tell whether a waiver is about the rule, the resource and the subject of a finding."""
    return (
        matches(waiver.rule, finding.rule.id)
        and matches(waiver.scope, finding.resource.id)
        and matches(waiver.subject, finding.subject_key)
    )


def _state(
    waiver: Waiver, matching: _Matches, day: date, limits: WaiverLimits
) -> tuple[WaiverState, str]:
    """Return what a waiver does on a day, and what is wrong with it."""
    if dated := state_on(waiver, day, limits, critical=matching.critical):
        return dated
    if matching.count > limits.max_matches:
        text = f"it matches {matching.count} fails; the limit is {limits.max_matches}"
        return WaiverState.TOO_BROAD, text
    if not matching.count:
        return WaiverState.UNUSED, "it matches no fail"
    if not matching.unchanged:
        return WaiverState.LAPSED, "the evidence has changed since"
    changed = matching.count - len(matching.unchanged)
    text = f"the evidence has changed since for {changed} of {matching.count}" if changed else ""
    return WaiverState.ACTIVE, text


def state_on(
    waiver: Waiver, day: date, limits: WaiverLimits, *, critical: bool = False
) -> tuple[WaiverState, str] | None:
    """Return what is wrong with the dates of a waiver; None: nothing.

    Args:
        waiver: The waiver; if it does not say when it was given, it starts on the day itself.
        day: The day for which it is checked.
        limits: What waivers are allowed to do.
        critical: Whether it names a critical fail.
    """
    if waiver.expires < day:
        return WaiverState.EXPIRED, f"it expired on {waiver.expires}"
    if waiver.created and waiver.created > day:
        return WaiverState.PENDING, f"it takes effect on {waiver.created}"
    days = (waiver.expires - (waiver.created or day)).days
    allowed = limits.max_days_critical if critical else limits.max_days
    if days > allowed:
        about = " for critical fails" if critical else ""
        return (
            WaiverState.TOO_LONG,
            f"it runs for {days} days; the limit is {allowed}{about}",
        )
    return None

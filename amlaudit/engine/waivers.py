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


class _Named(Struct):
    """What decides about a waiver from the fails that it names.

    Attributes:
        count: How many there are.
        critical: Whether one of them is critical.
        same: Ids of those with the evidence it was given for, as many as it could mark.
    """

    count: int = 0
    critical: bool = False
    same: list[str] = field(default_factory=list)

    def add(self, finding: Finding, waiver: Waiver, most: int) -> None:
        """Count a fail that the waiver names."""
        self.count += 1
        self.critical |= finding.rule.severity is Severity.CRITICAL
        wanted = waiver.evidence_sha256
        is_same = not wanted or wanted == evidence_sha256(finding.evidence)
        if is_same and len(self.same) < most:
            self.same.append(finding.id)


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
    for waiver, named in zip(waivers, _named_by(waivers, findings, limits), strict=True):
        state, detail = _state(waiver, named, at.date(), limits)
        uses.append(WaiverUse(waiver, state, named.count, detail))
        if state is WaiverState.ACTIVE:
            for finding_id in named.same:
                marks.setdefault(finding_id, waiver)

    def mark(finding: Finding) -> Finding:
        is_fail = finding.verdict.status is Status.FAIL
        found = marks.get(finding.id) if is_fail else None
        return replace(finding, waiver=found) if found else finding

    return Marked(findings, mark), tuple(uses)


def _named_by(
    waivers: Sequence[Waiver], findings: Collection[Finding], limits: WaiverLimits
) -> list[_Named]:
    """Return the fails that each waiver names."""
    pairs = [(waiver, _Named()) for waiver in waivers]
    by_rule: dict[str, list[tuple[Waiver, _Named]]] = {}
    for each in findings:
        if each.verdict.status is not Status.FAIL:
            continue
        rule_id = each.rule.id
        if rule_id not in by_rule:
            by_rule[rule_id] = [pair for pair in pairs if matches(pair[0].rule, rule_id)]
        for waiver, named in by_rule[rule_id]:
            if names(waiver, each):
                named.add(each, waiver, limits.max_matches)
    return [named for _, named in pairs]


def names(waiver: Waiver, finding: Finding) -> bool:
    """Tell whether a waiver is about the rule, the resource and the subject of a finding."""
    return (
        matches(waiver.rule, finding.rule.id)
        and matches(waiver.scope, finding.resource.id)
        and matches(waiver.subject, finding.subject_key)
    )


def _state(
    waiver: Waiver, named: _Named, day: date, limits: WaiverLimits
) -> tuple[WaiverState, str]:
    """Return what a waiver does on a day, and what is wrong with it."""
    if dated := state_on(waiver, day, limits, critical=named.critical):
        return dated
    if named.count > limits.max_matches:
        text = f"it matches {named.count} fails; the limit is {limits.max_matches}"
        return WaiverState.TOO_BROAD, text
    if not named.count:
        return WaiverState.UNUSED, "it matches no fail"
    if not named.same:
        return WaiverState.LAPSED, "the evidence has changed since"
    changed = named.count - len(named.same)
    text = f"the evidence has changed since for {changed} of {named.count}" if changed else ""
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

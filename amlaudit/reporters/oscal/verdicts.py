"""Verdicts as observations, and what they say about each rule as findings and risks."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from amlaudit.core.report import Finding, Report
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Evidence, Status
from amlaudit.core.waiver import WaiverUse
from amlaudit.reporters.encoding import given, utc
from amlaudit.reporters.fields import controls_of
from amlaudit.reporters.oscal.markup import (
    Fields,
    id_of,
    markup_of,
    own_property,
    resource_id_of,
    token_of,
)
from amlaudit.reporters.texts import number
from amlaudit.reporters.words import REASONS, value_of

_SATISFIED: Final = {Status.PASS, Status.NOT_APPLICABLE}


def observations_of(report: Report) -> Iterator[Fields]:
    """Yield every verdict as an observation."""
    read_at = utc(report.collection.ended_at or report.at)
    return (_observation(each, read_at) for each in report.findings)


def _observation(finding: Finding, read_at: str) -> Fields:
    """Return a verdict as an observation."""
    rule, verdict = finding.rule, finding.verdict
    is_manual = verdict.status is Status.MANUAL
    evidence = finding.evidence
    origins = [each.origin.collected_at for each in evidence if each.origin]
    remarks = None
    if verdict.status is Status.UNKNOWN:
        needs = f" Needs {verdict.permission}." if verdict.permission else ""
        remarks = markup_of(f"Unknown: {REASONS[verdict.reason]}.{needs}")
    return {
        "uuid": id_of("observation", finding.id),
        "title": markup_of(rule.title),
        "description": markup_of(verdict.message or rule.title),
        "props": [
            own_property("rule", rule.id),
            own_property("status", verdict.status),
            own_property("severity", rule.severity),
            own_property("finding", finding.id),
            *(own_property("control", each) for each in controls_of(rule)),
        ],
        "methods": ["INTERVIEW", "EXAMINE"] if is_manual else ["TEST"],
        "subjects": [{"subject-uuid": resource_id_of(finding.resource), "type": "inventory-item"}],
        "collected": utc(max(origins)) if origins else read_at,
        **given(
            **{"relevant-evidence": [_evidence(each) for each in evidence] or None},
            remarks=remarks,
        ),
    }


def _evidence(evidence: Evidence) -> Fields:
    """Return one piece of evidence."""
    observed = "nothing" if evidence.observed is None else value_of(evidence.observed)
    expected = f", expected: {evidence.expected}" if evidence.expected else ""
    path = evidence.path or "the document"
    shown = f"{path} of {evidence.resource_id} is {observed} ({evidence.seen}{expected})"
    return {"description": markup_of(shown)}


class _Outcome(Struct):
    """The overall outcome of a rule, regardless of the severities that a profile gives it.

    Attributes:
        rule: The rule.
        statuses: Number of its verdicts, by status.
        observations: Ids of their findings.
        waivers: Ids of the waivers among them.
    """

    rule: Rule
    statuses: Counter[Status] = field(default_factory=Counter)
    observations: list[str] = field(default_factory=list)
    waivers: set[str] = field(default_factory=set)

    def add(self, finding: Finding) -> None:
        """Count a verdict."""
        self.statuses[finding.verdict.status] += 1
        self.observations.append(finding.id)
        if finding.waiver:
            self.waivers.add(finding.waiver.id)


def findings_of(report: Report) -> Iterator[Fields]:
    """Yield a finding for each rule that failed somewhere, or passed everywhere.

    If verdicts were left out, the rest cannot show that a rule passed everywhere.
    """
    is_whole = not report.only or not set(Status) - _SATISFIED - set(report.only)
    outcomes: dict[str, _Outcome] = {}
    for finding in report.findings:
        outcomes.setdefault(finding.rule.id, _Outcome(finding.rule)).add(finding)
    for each in outcomes.values():
        if each.statuses[Status.FAIL]:
            yield _finding(each, "not-satisfied")
        elif is_whole and each.statuses[Status.PASS] and each.statuses.keys() <= _SATISFIED:
            yield _finding(each, "satisfied")


def _finding(outcome: _Outcome, state: str) -> Fields:
    """Return the outcome of a rule."""
    rule, unknown = outcome.rule, outcome.statuses[Status.UNKNOWN]
    risks = [{"risk-uuid": id_of("risk", each)} for each in sorted(outcome.waivers)]
    remark = f"Unknown for {number(unknown, 'resource')}." if unknown else None
    return {
        "uuid": id_of("finding", rule.id),
        "title": markup_of(rule.title),
        "description": markup_of(rule.because),
        "target": {
            "type": "objective-id",
            "target-id": token_of(rule.id),
            "status": {"state": state, **given(remarks=remark)},
        },
        "related-observations": [
            {"observation-uuid": id_of("observation", each)} for each in outcome.observations
        ],
        **given(**{"related-risks": risks or None}),
    }


def risk_of(use: WaiverUse) -> Fields:
    """Return a valid waiver as a risk with an approved deviation."""
    waiver = use.waiver
    return {
        "uuid": id_of("risk", waiver.id),
        "title": markup_of(f"Waiver {waiver.id} of {waiver.rule}"),
        "description": markup_of(waiver.reason),
        "statement": markup_of(f"{waiver.owner} is responsible for it; {waiver.scope}"),
        "status": "deviation-approved",
        "deadline": f"{waiver.expires}T23:59:59Z",
        "props": [
            own_property("waiver", waiver.id),
            own_property("kind", waiver.kind),
            *([own_property("approved-by", waiver.approved_by)] if waiver.approved_by else []),
            *([own_property("ticket", waiver.ticket)] if waiver.ticket else []),
        ],
    }

"""The findings as OCSF 2003 Compliance Finding events, one per line, for SIEMs and data lakes.

Besides an event for each finding there is one for the run, which carries its header, and one for
each part of the estate that could not be read: unknowns arrive as warnings.
https://schema.ocsf.io/1.5.0/classes/compliance_finding
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from amlaudit.core import arm_id
from amlaudit.core.gap import Gap
from amlaudit.core.history import Change
from amlaudit.core.report import Finding, Outcome, Report, ResourceRef
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Evidence, Status
from amlaudit.core.waiver import Waiver
from amlaudit.reporters.encoding import given, line
from amlaudit.reporters.fields import controls_of, origin_fields, use_fields
from amlaudit.reporters.fixes import fix_of
from amlaudit.reporters.header import header, outcome
from amlaudit.reporters.identity import hash_of, numbered
from amlaudit.reporters.rows import run_of, subscription_of
from amlaudit.reporters.texts import clean, sentence
from amlaudit.reporters.words import FRAMEWORKS, REASONS, group_of, value_of

EXTENSION: Final = "jsonl"
VERSION: Final = "1.5.0"
"""Version of OCSF."""

_CLASS: Final = 2003
_CATEGORY: Final = 2
_OTHER: Final = 99


class _Word(NamedTuple):
    """A value of an OCSF enumeration.

    Attributes:
        id: Its number.
        caption: Its name.
    """

    id: int
    caption: str

    def fields(self, name: str) -> dict[str, object]:
        """Return the two fields of an attribute with this value: `status_id` and `status`."""
        return {f"{name}_id": self.id, name: self.caption}


_RESULTS: Final = {
    Status.PASS: _Word(1, "Pass"),
    Status.UNKNOWN: _Word(2, "Warning"),
    Status.FAIL: _Word(3, "Fail"),
    Status.MANUAL: _Word(_OTHER, "Manual"),
    Status.NOT_APPLICABLE: _Word(_OTHER, "Not applicable"),
}
_STATES: Final = {
    Status.PASS: _Word(4, "Resolved"),
    Status.FAIL: _Word(1, "New"),
    Status.UNKNOWN: _Word(_OTHER, "Not known"),
    Status.MANUAL: _Word(_OTHER, "Left to people"),
    Status.NOT_APPLICABLE: _Word(_OTHER, "Not applicable"),
}
_SUPPRESSED: Final = _Word(3, "Suppressed")
_IN_PROGRESS: Final = _Word(2, "In Progress")
_SEVERITIES: Final = {
    Severity.CRITICAL: _Word(5, "Critical"),
    Severity.HIGH: _Word(4, "High"),
    Severity.MEDIUM: _Word(3, "Medium"),
    Severity.LOW: _Word(2, "Low"),
    Severity.INFO: _Word(1, "Informational"),
}
_CREATE: Final = _Word(1, "Create")
_UPDATE: Final = _Word(2, "Update")
_CLOSE: Final = _Word(3, "Close")
_ACTIVITIES: Final = {
    None: _CREATE,
    Change.NEW: _CREATE,
    Change.FIXED: _CLOSE,
}
"""All other changes update what was reported before."""


def stream(report: Report) -> Iterator[str]:
    """Yield the events, line by line: the run, what could not be read, the findings."""
    events = _Events.of(report)
    yield line(events.of_run(report))
    uids = numbered(hash_of("gap", each.scope_id, each.part) for each in report.gaps)
    for gap, uid in zip(report.gaps, uids, strict=True):
        yield line(events.of_gap(gap, uid))
    for finding in report.findings:
        yield line(events.of_finding(finding))


class _Events(NamedTuple):
    """Makes the events of one report.

    Attributes:
        moment: The time of the events, in milliseconds since 1970.
        version: Version of amlaudit.
        tenant: Id of the tenant, empty if unknown.
    """

    moment: int
    version: str
    tenant: str

    @classmethod
    def of(cls, report: Report) -> "_Events":
        """Return the maker of a report's events."""
        return cls(_milliseconds(report.at), report.version, report.collection.tenant)

    def of_finding(self, finding: Finding) -> dict[str, object]:
        """Return the event of a finding."""
        rule, verdict = finding.rule, finding.verdict
        # What is good or irrelevant must not raise an alert.
        is_alerting = verdict.status in {Status.FAIL, Status.UNKNOWN, Status.MANUAL}
        severity = _SEVERITIES[rule.severity if is_alerting else Severity.INFO]
        first = finding.first_seen
        return {
            **self._event(_ACTIVITIES.get(finding.change, _UPDATE), severity, _state_of(finding)),
            "message": clean(verdict.message) or clean(rule.title),
            "finding_info": {
                "uid": finding.id,
                "title": clean(rule.title),
                **given(desc=clean(verdict.message)),
                **given(types=[rule.area] if rule.area else None),
                "analytic": {
                    "uid": rule.id,
                    "name": clean(rule.title),
                    "type_id": 1,
                    "type": "Rule",
                },
                **given(
                    first_seen_time=first and _milliseconds(first),
                    last_seen_time=first and self.moment,
                ),
            },
            "compliance": _compliance(finding),
            **self._place(finding.resource),
            **given(remediation=_remediation(finding), evidences=_evidences(finding.evidence)),
            **({"unmapped": {"waiver": _waiver(finding.waiver)}} if finding.waiver else {}),
        }

    def of_run(self, report: Report) -> dict[str, object]:
        """Return the event of the run: whether it passed, and whether enough was known."""
        result = {
            Outcome.PASS: _RESULTS[Status.PASS],
            Outcome.FAIL: _RESULTS[Status.FAIL],
            Outcome.INCOMPLETE: _RESULTS[Status.UNKNOWN],
        }[report.gate.outcome]
        run = run_of(report)
        reached = report.collection.reached or (arm_id.ROOT,)
        resources = [ResourceRef(each, arm_id.type_of(each), each) for each in reached]
        return {
            **self._event(_CREATE, _SEVERITIES[Severity.INFO], _IN_PROGRESS),
            "message": run,
            "finding_info": {"uid": hash_of("run", str(self.moment), *reached), "title": "The run"},
            "compliance": {
                "control": "run",
                **result.fields("status"),
                "status_detail": run,
            },
            "resources": [_resource(each) for each in resources],
            "cloud": self._cloud(resources[0]),
            "unmapped": {
                "header": header(report),
                **outcome(report),
                "waivers": [use_fields(each) for each in report.waivers],
            },
        }

    def of_gap(self, gap: Gap, uid: str) -> dict[str, object]:
        """Return the event of something that could not be read."""
        result = _RESULTS[Status.UNKNOWN]
        detail = _with_need(sentence(clean(gap.detail)), gap.permission)
        text = f"{REASONS[gap.reason]}: {clean(gap.part)}. {detail}"
        scope_id = gap.scope_id
        scope = ResourceRef(scope_id, arm_id.type_of(scope_id), arm_id.name_of(scope_id))
        return {
            **self._event(_CREATE, _SEVERITIES[Severity.INFO], _STATES[Status.UNKNOWN]),
            "message": text,
            "finding_info": {
                "uid": uid,
                "title": "A part of the estate could not be read",
            },
            "compliance": {
                "control": "coverage",
                **result.fields("status"),
                "status_code": gap.reason,
                "status_detail": text,
            },
            **self._place(scope),
        }

    def _event(self, activity: _Word, severity: _Word, state: _Word) -> dict[str, object]:
        """Return the fields common to all events."""
        return {
            "class_uid": _CLASS,
            "class_name": "Compliance Finding",
            "category_uid": _CATEGORY,
            "category_name": "Findings",
            "activity_id": activity.id,
            "activity_name": activity.caption,
            "type_uid": _CLASS * 100 + activity.id,
            "type_name": f"Compliance Finding: {activity.caption}",
            **severity.fields("severity"),
            **state.fields("status"),
            "time": self.moment,
            "metadata": {
                "version": VERSION,
                "profiles": ["cloud"],
                "product": {"name": "amlaudit", "vendor_name": "amlaudit", "version": self.version},
                **given(tenant_uid=self.tenant),
            },
        }

    def _place(self, resource: ResourceRef) -> dict[str, object]:
        """Return the subject of an event, and its location."""
        return {"resources": [_resource(resource)], "cloud": self._cloud(resource)}

    def _cloud(self, resource: ResourceRef) -> dict[str, object]:
        """Return the part of the cloud that contains something."""
        subscription = subscription_of(resource.id)
        return {
            "provider": "Azure",
            **given(
                account={"uid": subscription} if subscription else None,
                org={"uid": self.tenant} if self.tenant else None,
                region=clean(resource.location),
            ),
        }


def _state_of(finding: Finding) -> _Word:
    """Return the workflow state of a finding."""
    if finding.waiver:
        return _SUPPRESSED
    if finding.verdict.status is Status.FAIL and finding.change not in {None, Change.NEW}:
        return _IN_PROGRESS
    return _STATES[finding.verdict.status]


def _compliance(finding: Finding) -> dict[str, object]:
    """Return the outcome of a rule, and the controls that it serves."""
    rule, verdict = finding.rule, finding.verdict
    result, severity = _RESULTS[verdict.status], _SEVERITIES[rule.severity]
    return {
        "control": rule.id,
        "desc": clean(rule.title),
        **result.fields("status"),
        **given(
            status_code=verdict.reason,
            status_detail=_with_need(clean(verdict.message), verdict.permission),
        ),
        **given(
            standards=[FRAMEWORKS.get(each, each) for each in sorted(rule.mappings)] or None,
            requirements=controls_of(rule) or None,
        ),
        "checks": [
            {
                "uid": rule.id,
                "name": clean(rule.title),
                **severity.fields("severity"),
                **result.fields("status"),
            }
        ],
    }


def _with_need(text: str, permission: str) -> str:
    """Return why something is unknown, with the permission that would have helped, if known."""
    return f"{sentence(text)} Needs {clean(permission)}." if permission else text


def _resource(resource: ResourceRef) -> dict[str, object]:
    """Return the subject of an event."""
    group = group_of(resource.id)
    return {
        "uid": resource.id,
        **given(
            name=clean(resource.name),
            type=resource.type,
            region=clean(resource.location),
            group={"name": group} if group else None,
        ),
    }


def _remediation(finding: Finding) -> dict[str, object] | None:
    """Return how to fix a fail; nothing for other findings."""
    if finding.verdict.status is not Status.FAIL:
        return None
    links = [each for each in finding.rule.sources if each.startswith("https://")]
    return {"desc": fix_of(finding), **given(references=links or None)}


def _evidences(evidence: tuple[Evidence, ...]) -> list[Mapping[str, object]] | None:
    """Return the evidence of a verdict."""
    return [_evidence(each) for each in evidence] or None


def _evidence(evidence: Evidence) -> Mapping[str, object]:
    """Return one piece of evidence, its value as JSON text so that it always has the same type."""
    observed = evidence.observed
    data = given(
        resource_id=evidence.resource_id,
        path=evidence.path,
        expected=evidence.expected,
        observed=None if observed is None else value_of(observed),
        seen=evidence.seen,
        **(origin_fields(evidence.origin) if evidence.origin else {}),
    )
    return {"name": evidence.path or "document", "data": data}


def _waiver(waiver: Waiver) -> Mapping[str, object]:
    """Return who is responsible for a waived fail, and until when."""
    return given(
        id=waiver.id,
        owner=waiver.owner,
        expires=waiver.expires.isoformat(),
        reason=waiver.reason,
    )


def _milliseconds(moment: datetime) -> int:
    """Return a time in milliseconds since 1970."""
    return int(moment.astimezone(UTC).timestamp() * 1000)

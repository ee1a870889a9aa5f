"""How machine-readable reports format the core's nouns: one function for each.

`amlaudit.records` reads what they write; keys without a value are omitted.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from amlaudit.core.companions import Companion
from amlaudit.core.declarations import bicep_of, terraform_of, undeclared_of
from amlaudit.core.gap import Gap
from amlaudit.core.history import Baseline, Earlier, Posture
from amlaudit.core.place import Place
from amlaudit.core.policy_view import PolicyView
from amlaudit.core.report import ResourceRef
from amlaudit.core.resource import Origin
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.spelling import spell
from amlaudit.core.waiver import Waiver, WaiverUse
from amlaudit.reporters.encoding import given, utc


def gap_fields(gap: Gap) -> dict[str, object]:
    """Return a gap."""
    return {
        "scope_id": gap.scope_id,
        "part": gap.part,
        "reason": gap.reason,
        "detail": gap.detail,
        **given(permission=gap.permission),
    }


def rule_fields(rule: Rule) -> dict[str, object]:
    """Return a rule, without its check."""
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "severity_reason": rule.severity_reason,
        **given(area=rule.area),
        "applies_to": rule.applies_to,
        **given(
            also_applies_to=rule.also_applies_to or None,
            type_name=rule.type_name,
            api_version=rule.api_version,
        ),
        "because": rule.because,
        "fix": {
            "command": rule.fix.command,
            "change": rule.fix.change,
            "irreversible": rule.fix.irreversible,
            **given(
                note=rule.fix.note,
                settings=dict(rule.fix.settings) or None,
                bicep=bicep_of(rule),
                terraform=terraform_of(rule),
                portal=rule.fix.portal,
                companions=[companion_fields(each) for each in rule.fix.companions] or None,
                undeclared=undeclared_of(rule),
            ),
        },
        "parameters": {
            name: {"meaning": each.meaning, "default": each.default, "value": each.value}
            for name, each in sorted(rule.parameters.items())
        },
        "sources": rule.sources,
        "mappings": dict(sorted(rule.mappings.items())),
        **given(path=rule.path),
    }


def companion_fields(companion: Companion) -> dict[str, object]:
    """Return a companion: what must be different besides the resource itself."""
    return {
        "deed": companion.deed,
        **given(
            type_name=companion.type_name,
            api_version=companion.api_version,
            name=companion.name,
            under=companion.under,
            via=companion.via or None,
            via_version=companion.via_version,
            body=companion.body or None,
            joined=companion.joined or None,
            member=companion.member,
            along=[companion_fields(each) for each in companion.along] or None,
        ),
    }


def condition_fields(rule: Rule) -> dict[str, object]:
    """Return the conditions of a rule that consists of conditions."""
    return given(when=rule.when and spell(rule.when), require=rule.require and spell(rule.require))


def resource_fields(resource: ResourceRef) -> dict[str, object]:
    """Return the subject of a finding."""
    return {
        "id": resource.id,
        "type": resource.type,
        "name": resource.name,
        **given(
            location=resource.location,
            place=resource.place and place_fields(resource.place),
        ),
    }


def policy_fields(view: PolicyView) -> dict[str, object]:
    """Return what an assigned policy says about a resource."""
    return {
        "definition": view.definition,
        "assignment": view.assignment,
        **given(scope=view.scope, effect=view.effect),
        "compliance": view.compliance,
        **given(
            evaluated_at=view.at,
            expressions=[each._asdict() for each in view.expressions] or None,
            remediations=[given(**each._asdict()) for each in view.remediations] or None,
            attestations=[given(**each._asdict()) for each in view.attestations] or None,
            exemptions=[given(**each._asdict()) for each in view.exemptions] or None,
        ),
    }


def place_fields(place: Place) -> dict[str, object]:
    """Return a source location."""
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        **given(end_line=place.end_line or None, address=place.address),
    }


def controls_of(rule: Rule) -> list[str]:
    """Return a rule's controls, as `framework:control`."""
    return [f"{name}:{each}" for name, ids in sorted(rule.mappings.items()) for each in ids]


@lru_cache(maxsize=1024)  # all documents of one call share an origin
def origin_fields(origin: Origin) -> Mapping[str, object]:
    """Return where and when something was read."""
    return given(
        source=origin.source,
        api_version=origin.api_version,
        collected_at=utc(origin.collected_at),
    )


def waiver_fields(waiver: Waiver) -> dict[str, object]:
    """Return a waiver."""
    created = waiver.created
    return {
        "id": waiver.id,
        "rule": waiver.rule,
        "scope": waiver.scope,
        "subject": waiver.subject,
        "kind": waiver.kind,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires.isoformat(),
        **given(
            approved_by=waiver.approved_by,
            ticket=waiver.ticket,
            created=created and created.isoformat(),
            evidence_sha256=waiver.evidence_sha256,
            place=waiver.place and place_fields(waiver.place),
        ),
    }


def use_fields(use: WaiverUse) -> dict[str, object]:
    """Return a waiver, and its effect in the run."""
    return {
        **waiver_fields(use.waiver),
        "state": use.state,
        "matches": use.matches,
        **given(detail=use.detail),
    }


def baseline_fields(baseline: Baseline) -> dict[str, object]:
    """Return the baseline of a report, and the result of the comparison."""
    return {
        "name": baseline.name,
        "made_for": utc(baseline.made_for),
        "counts": dict(sorted(baseline.counts.items())),
        "vanished": [_no_longer_found(each, baseline.made_for) for each in baseline.vanished],
        "lost": [_no_longer_found(each, baseline.made_for) for each in baseline.lost],
    }


def _no_longer_found(earlier: Earlier, last_seen: datetime) -> dict[str, object]:
    """Return a finding that was present before and is gone now."""
    return {**earlier_fields(earlier), "last_seen": utc(last_seen)}


def earlier_fields(earlier: Earlier) -> dict[str, object]:
    """Return a finding as it was before."""
    return {
        "id": earlier.id,
        "rule_id": earlier.rule_id,
        "status": earlier.status,
        "severity": earlier.severity,
        "resource_id": earlier.resource_id,
        "subject_key": earlier.subject_key,
        "message": earlier.message,
        "evidence_sha256": earlier.evidence_sha256,
        "first_seen": utc(earlier.first_seen),
        **given(waived=earlier.waived or None),
    }


def posture_fields(posture: Posture) -> dict[str, object]:
    """Return the result of one report in a series."""
    return {
        "at": utc(posture.at),
        "low": posture.low,
        "high": posture.high,
        "coverage": posture.coverage,
        "fails": {each: posture.fails[each] for each in Severity if each in posture.fails},
    }

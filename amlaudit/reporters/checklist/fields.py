"""A checklist as JSON."""

from collections.abc import Mapping

from amlaudit.core.checklist import (
    Checklist,
    CheckResult,
    ItemResult,
    QuestionResult,
    Sighting,
    Signature,
)
from amlaudit.reporters.encoding import given, utc


def checklist_fields(checklist: Checklist) -> dict[str, object]:
    """Return a checklist: verdict, items, signatures."""
    return {
        **given(workspace=checklist.workspace),
        "at": utc(checklist.at),
        "scan_id": checklist.scan_id,
        "readiness": checklist.readiness,
        "approved": checklist.approved,
        "exceptions": checklist.exceptions,
        "max_answer_age_days": checklist.max_answer_age_days,
        "sha256": checklist.sha256,
        "items": [_item(each) for each in checklist.items],
        "signatures": [_signature(each) for each in checklist.signatures],
        "missing_roles": checklist.missing_roles,
    }


def _item(result: ItemResult) -> Mapping[str, object]:
    """Return an item."""
    return {
        "key": result.item.key,
        "subject": result.item.subject,
        "state": result.state,
        "exceptions": result.exceptions,
        "checks": [_check(each) for each in result.checks],
        "questions": [_question(each) for each in result.questions],
    }


def _check(result: CheckResult) -> Mapping[str, object]:
    """Return a check, with the first of the findings that determine its state."""
    return {
        "key": result.key,
        "state": result.state,
        "settled": result.settled,
        "message": result.message,
        "rules": result.rules,
        "questions": result.questions,
        "findings": [_sighting(each) for each in result.sightings],
        "total": result.total,
        "waivers": result.waivers,
    }


def _sighting(sighting: Sighting) -> Mapping[str, object]:
    """Return a finding as shown in a check."""
    return {
        "id": sighting.finding_id,
        "rule_id": sighting.rule_id,
        "resource_id": sighting.resource_id,
        "resource": sighting.resource,
        "status": sighting.status,
        **given(waiver=sighting.waiver),
        "message": sighting.message,
    }


def _question(result: QuestionResult) -> Mapping[str, object]:
    """Return a question and its answer."""
    question, answer = result.question, result.answer
    return {
        "id": question.id,
        "role": question.role,
        "blocking": question.blocking,
        **given(level_reason=question.level_reason),
        "required": result.required,
        "asks": question.asks,
        "evidence_wanted": question.evidence,
        "needs_evidence": question.needs_evidence,
        "depends_on": question.depends_on,
        "stands_in_for": result.stands_in_for,
        **given(facts=result.facts),
        "state": result.state,
        "settled": result.settled,
        **given(message=result.message),
        **given(
            answer=answer
            and given(
                answer=answer.state,
                text=answer.text,
                answered_by=answer.answered_by,
                answered_at=answer.answered_at and utc(answer.answered_at),
                scan_id=answer.scan_id,
                facts=answer.facts,
                owner=answer.owner,
                due=answer.due and answer.due.isoformat(),
            )
        ),
    }


def _signature(signature: Signature) -> Mapping[str, object]:
    """Return a signature, and whether it is valid."""
    signed = signature.sign_off
    return {
        "role": signed.role,
        "name": signed.name,
        "at": utc(signed.at),
        "decision": signed.decision,
        **given(comment=signed.comment),
        "sha256": signed.sha256,
        "superseded": signature.superseded,
        **given(message=signature.message),
    }

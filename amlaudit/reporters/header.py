"""What every report says about its run: what was judged, by what, how, and with what result."""

from datetime import datetime

from amlaudit.core.collection import Collection
from amlaudit.core.report import Disabled, Override, Pack, Profile, Report, Score
from amlaudit.core.scope import Scope
from amlaudit.reporters.encoding import given, utc
from amlaudit.reporters.fields import rule_fields


def header(report: Report) -> dict[str, object]:
    """Return what was judged, by what and how it was read."""
    return {
        "tool": "amlaudit",
        "version": report.version,
        "made_for": utc(report.at),
        "packs": [pack_fields(each) for each in report.packs],
        "collection": _collection(report.collection),
        **given(profile=report.profile and profile_fields(report.profile, report.at)),
        **given(fail_on=report.gate.fail_on),
        "min_coverage": report.gate.min_coverage,
        **given(only=report.only or None, masked=report.masked),
    }


def pack_fields(pack: Pack) -> dict[str, object]:
    """Return a rule pack that took part."""
    return {"name": pack.name, **given(version=pack.version), "sha256": pack.sha256}


def profile_fields(profile: Profile, at: datetime) -> dict[str, object]:
    """Return the profile used, and its effect on the rules."""
    return {
        "name": profile.name,
        "sha256": profile.sha256,
        "disabled": [_disabled(each, at) for each in profile.disabled],
        "reweighed": [
            {
                "rule_id": each.rule_id,
                "before": each.before,
                "severity": each.severity,
                **given(justification=each.justification),
            }
            for each in profile.reweighed
        ],
        "left_out": profile.left_out,
        **given(overrides=[_override(each) for each in profile.overrides] or None),
    }


def _override(override: Override) -> dict[str, object]:
    """Return a rule that the profile changes in one environment."""
    return {
        "environment": override.environment,
        "rule_id": override.rule_id,
        **given(
            severity=override.severity,
            justification=override.justification,
            approved_by=override.approved_by,
        ),
    }


def _disabled(disabled: Disabled, at: datetime) -> dict[str, object]:
    """Return a rule that the profile switches off, and why."""
    day = disabled.review_by
    return {
        "rule_id": disabled.rule.id,
        "title": disabled.rule.title,
        "severity": disabled.rule.severity,
        "rule": rule_fields(disabled.rule),
        "justification": disabled.justification,
        **given(approved_by=disabled.approved_by, review_by=day and day.isoformat()),
        "overdue": disabled.is_overdue(at),
    }


def outcome(report: Report) -> dict[str, object]:
    """Return the result of the run, the score never without its coverage."""
    gate = report.gate
    return {
        "verdict": {
            "verdict": gate.outcome,
            "complete": gate.complete,
            **given(new_only=gate.new_only or None),
        },
        "score": {
            **_score(report.score),
            **given(accepted=report.accepted and _score(report.accepted)),
        },
    }


def _score(score: Score) -> dict[str, object]:
    """Return a posture."""
    return {"low": score.low, "high": score.high, "coverage": score.coverage}


def scope_fields(scope: Scope) -> dict[str, object]:
    """Return the requested scope."""
    return {
        "subscriptions": scope.subscriptions,
        "management_groups": scope.management_groups,
        "resource_groups": scope.resource_groups,
        "workspaces": scope.workspaces,
        **given(tenant=scope.tenant, excluded=scope.excluded or None),
    }


def _collection(collection: Collection) -> dict[str, object]:
    """Return how the evidence was read."""
    started, ended = collection.started_at, collection.ended_at
    return {
        "scope": scope_fields(collection.scope),
        "sources": collection.sources,
        "reached": collection.reached,
        **given(
            principal=collection.principal,
            tenant=collection.tenant,
            started_at=started and utc(started),
            ended_at=ended and utc(ended),
            is_deployment=collection.is_deployment or None,
            assumed=collection.assumed or None,
        ),
        "complete": ended is not None,
        "calls": dict(sorted(collection.calls.items())),
    }

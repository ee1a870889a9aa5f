"""Reads back the nouns of the core as written by `amlaudit.reporters.fields`.

Each function takes the JSON object of one noun and raises KeyError, TypeError or ValueError if it
is a different one. Keys that a later minor version may have added are ignored.
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from amlaudit.core.collection import Collection
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.history import Baseline, Change, Earlier, Posture
from amlaudit.core.neighbourhood import Neighbour, Neighbourhood, Unseen
from amlaudit.core.path import parse_path
from amlaudit.core.place import Place
from amlaudit.core.report import Disabled, Override, Profile, ResourceRef, Reweighed
from amlaudit.core.resource import Origin
from amlaudit.core.rule import Change as FixChange
from amlaudit.core.rule import Fix, Parameter, Rule, Severity
from amlaudit.core.scope import Scope
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Evidence, Seen, Status, Verdict
from amlaudit.core.waiver import Waiver, WaiverKind, WaiverState, WaiverUse
from amlaudit.records.companions import companion_of
from amlaudit.records.members import (
    Fields,
    counts,
    line,
    line_of,
    moment,
    number,
    optional,
    optional_day,
    optional_moment,
    shown,
    text,
    texts,
)


def rule_of(fields: Fields) -> Rule:
    """Return a rule, without its check."""
    fix = fields["fix"]
    return Rule(
        id=line(fields, "id"),
        title=line(fields, "title"),
        severity=Severity(fields["severity"]),
        severity_reason=line(fields, "severity_reason"),
        area=line(fields, "area", ""),
        applies_to=line(fields, "applies_to"),
        also_applies_to=tuple(map(line_of, texts(fields, "also_applies_to", ()))),
        type_name=line(fields, "type_name", ""),
        api_version=line(fields, "api_version", ""),
        because=shown(text(fields, "because")),
        fix=Fix(
            shown(text(fix, "command")),
            FixChange(fix["change"]),
            fix["irreversible"],
            shown(optional(fix, "note")),
            dict(_settings(fix.get("settings", {}))),
            shown(optional(fix, "portal")),
            tuple(companion_of(each) for each in fix.get("companions", ())),
            shown(optional(fix, "undeclared")),
        ),
        sources=tuple(map(line_of, texts(fields, "sources"))),
        mappings={
            line_of(name): tuple(map(line_of, texts(fields["mappings"], name)))
            for name in fields["mappings"]
        },
        parameters={name: _parameter(each) for name, each in fields["parameters"].items()},
        check=_refuse,
        path=line(fields, "path", ""),
    )


def _refuse(_subject: Subject) -> Verdict:
    """Refuse to judge: a report holds what a rule says, not how it judges."""
    raise AmlauditError(
        "E206",
        "A rule that was read from a report cannot be evaluated",
        advice="use a snapshot",
        exit_code=Exit.INVALID,
    )


def _parameter(fields: Fields) -> Parameter:
    """Return a parameter of a rule."""
    return Parameter(text(fields, "meaning"), _set_to(fields["default"]), _set_to(fields["value"]))


def _settings(fields: Fields) -> Iterator[tuple[str, Any]]:
    """Yield the (path, value) pairs that fix a fail."""
    for path, value in fields.items():
        parse_path(path)  # a declaration in a report must have a valid path
        yield path, _set_to(value)


def _set_to(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Return the value of a setting; lists are tuples in rules."""
    return tuple(value) if isinstance(value, list) else value


def profile_of(fields: Fields) -> Profile:
    """Return the profile used, and its effect on the rules."""
    return Profile(
        name=text(fields, "name"),
        sha256=text(fields, "sha256"),
        disabled=tuple(map(_disabled, fields["disabled"])),
        reweighed=tuple(map(_reweighed, fields["reweighed"])),
        left_out=tuple(fields["left_out"]),
        overrides=tuple(map(_override, fields.get("overrides", ()))),
    )


def _override(fields: Fields) -> Override:
    """Return a rule that the profile changes in one environment."""
    return Override(
        text(fields, "environment"),
        text(fields, "rule_id"),
        Severity(fields["severity"]) if "severity" in fields else None,
        optional(fields, "justification"),
        optional(fields, "approved_by"),
    )


def _disabled(fields: Fields) -> Disabled:
    """Return a rule that the profile switches off."""
    return Disabled(
        rule_of(fields["rule"]),
        text(fields, "justification"),
        optional(fields, "approved_by"),
        optional_day(fields, "review_by"),
    )


def _reweighed(fields: Fields) -> Reweighed:
    """Return a rule whose severity the profile changes."""
    return Reweighed(
        text(fields, "rule_id"),
        Severity(fields["before"]),
        Severity(fields["severity"]),
        optional(fields, "justification"),
    )


def scope_of(fields: Fields) -> Scope:
    """Return the requested scope."""
    return Scope(
        tuple(fields["subscriptions"]),
        tuple(fields["management_groups"]),
        tuple(fields["resource_groups"]),
        tuple(fields["workspaces"]),
        optional(fields, "tenant"),
        tuple(fields.get("excluded", ())),
    )


def collection_of(fields: Fields) -> Collection:
    """Return how the evidence was read."""
    return Collection(
        scope=scope_of(fields["scope"]),
        sources=tuple(fields["sources"]),
        principal=optional(fields, "principal"),
        tenant=optional(fields, "tenant"),
        started_at=optional_moment(fields, "started_at"),
        ended_at=optional_moment(fields, "ended_at"),
        reached=tuple(fields["reached"]),
        calls=counts(fields, "calls"),
        is_deployment=fields.get("is_deployment", False),
        assumed=tuple(fields.get("assumed", ())),
    )


def gap_of(fields: Fields) -> Gap:
    """Return a gap."""
    return Gap(
        text(fields, "scope_id"),
        text(fields, "part"),
        Reason(fields["reason"]),
        text(fields, "detail"),
        optional(fields, "permission"),
    )


def resource_of(fields: Fields) -> ResourceRef:
    """Return the subject of a finding."""
    return ResourceRef(
        text(fields, "id"),
        text(fields, "type"),
        text(fields, "name"),
        optional(fields, "location"),
        place_of(fields.get("place")),
    )


def place_of(fields: Fields | None) -> Place | None:
    """Return a source location."""
    if fields is None:
        return None
    return Place(
        text(fields, "path"),
        fields["line"],
        fields["column"],
        fields.get("end_line", 0),
        optional(fields, "address"),
    )


def verdict_of(fields: Fields) -> Verdict:
    """Return the verdict of a finding."""
    reason = fields.get("unknown_reason")
    return Verdict(
        Status(fields["status"]),
        text(fields, "message"),
        Reason(reason) if reason else None,
        optional(fields, "missing_permission"),
        tuple(map(_evidence, fields["evidence"])),
    )


def _evidence(fields: Fields) -> Evidence:
    """Return one piece of evidence."""
    return Evidence(
        text(fields, "resource_id"),
        text(fields, "path"),
        optional(fields, "expected"),
        fields.get("observed"),
        Seen(fields["seen"]),
        _origin_of(fields),
    )


def _origin_of(evidence: Fields) -> Origin | None:
    """Return where the document of some evidence came from, None if that is not known."""
    read_at = evidence.get("collected_at")
    if not read_at:
        return None
    return _origin(optional(evidence, "source"), optional(evidence, "api_version"), read_at)


@lru_cache(maxsize=1024)  # all documents of one call share an origin
def _origin(source: str, api_version: str, read_at: str) -> Origin:
    """Return where and when something was read."""
    return Origin(source, api_version, datetime.fromisoformat(read_at))


def neighbourhood_of(fields: Fields) -> Neighbourhood:
    """Return a workspace and its surroundings."""
    return Neighbourhood(
        text(fields, "id"),
        text(fields, "name"),
        optional(fields, "kind"),
        optional(fields, "location"),
        optional(fields, "environment"),
        optional(fields, "owner"),
        optional(fields, "team"),
        optional(fields, "isolation"),
        tuple(map(_neighbour, fields["neighbours"])),
        tuple(map(_unseen, fields["unseen"])),
    )


def _neighbour(fields: Fields) -> Neighbour:
    """Return one resource near a workspace."""
    return Neighbour(
        text(fields, "id"),
        text(fields, "type"),
        text(fields, "name"),
        text(fields, "relation"),
        text(fields, "of"),
        optional(fields, "detail"),
    )


def _unseen(fields: Fields) -> Unseen:
    """Return a relation whose targets are not all known."""
    return Unseen(text(fields, "relation"), text(fields, "of"), gap_of(fields["gap"]))


def use_of(fields: Fields) -> WaiverUse:
    """Return a waiver, and its effect in its run."""
    return WaiverUse(
        waiver_of(fields),
        WaiverState(fields["state"]),
        fields["matches"],
        optional(fields, "detail"),
    )


def waiver_of(fields: Fields) -> Waiver:
    """Return a waiver."""
    return Waiver(
        id=text(fields, "id"),
        rule=text(fields, "rule"),
        scope=text(fields, "scope"),
        subject=text(fields, "subject"),
        kind=WaiverKind(fields["kind"]),
        reason=text(fields, "reason"),
        owner=text(fields, "owner"),
        expires=date.fromisoformat(fields["expires"]),
        approved_by=optional(fields, "approved_by"),
        ticket=optional(fields, "ticket"),
        created=optional_day(fields, "created"),
        evidence_sha256=optional(fields, "evidence_sha256"),
        place=place_of(fields.get("place")),
    )


def baseline_of(fields: Fields) -> Baseline:
    """Return what a report was compared with."""
    return Baseline(
        text(fields, "name"),
        moment(fields, "made_for"),
        {Change(each): count for each, count in fields["counts"].items()},
        tuple(map(earlier_of, fields["vanished"])),
        tuple(map(earlier_of, fields.get("lost", ()))),
    )


def earlier_of(fields: Fields) -> Earlier:
    """Return a finding that was present before."""
    return Earlier(
        id=text(fields, "id"),
        rule_id=text(fields, "rule_id"),
        status=Status(fields["status"]),
        severity=Severity(fields["severity"]),
        resource_id=text(fields, "resource_id"),
        subject_key=text(fields, "subject_key"),
        message=text(fields, "message"),
        evidence_sha256=text(fields, "evidence_sha256"),
        first_seen=moment(fields, "first_seen"),
        waived=fields.get("waived", False),
    )


def posture_of(fields: Fields) -> Posture:
    """Return the result of one report in a series."""
    return Posture(
        moment(fields, "at"),
        number(fields, "low"),
        number(fields, "high"),
        number(fields, "coverage"),
        {Severity(each): count for each, count in counts(fields, "fails").items()},
    )

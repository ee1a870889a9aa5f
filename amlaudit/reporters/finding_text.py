"""Findings as JSON text, put together by hand: there are so many, and all of one shape."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TypeAlias

from amlaudit.core.observed import spelled
from amlaudit.core.report import Finding, Report
from amlaudit.core.resource import Origin
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.verdict import Evidence
from amlaudit.reporters.encoding import JsonText, compact, given, quoted, utc
from amlaudit.reporters.fields import (
    controls_of,
    origin_fields,
    place_fields,
    policy_fields,
)

_RuleTexts: TypeAlias = tuple[str, str]
"""The members that tell a rule and how grave it is, and its frameworks."""


@dataclass(frozen=True, slots=True)
class FindingTexts:
    """How the findings of one report are spelled.

    Attributes:
        given: The severity of each rule as its pack gives it, by id.
        seen_at: The moment of the report, which is when all of them were last seen.
    """

    given: Mapping[str, Severity]
    seen_at: datetime
    _rules: dict[tuple[str, Severity], _RuleTexts] = field(default_factory=dict, init=False)

    @classmethod
    def of(cls, report: Report) -> "FindingTexts":
        """Return how those of a report are spelled."""
        before = {each.id: each.severity for each in report.rules}
        reweighed = report.profile.reweighed if report.profile else ()
        return cls({**before, **{each.rule_id: each.before for each in reweighed}}, report.at)

    def text(self, finding: Finding) -> JsonText:
        """Return one verdict as JSON text; a key without a value is left out."""
        rule, resource, verdict, subject_key, *marks = finding
        status, message, reason, permission, evidence = verdict
        key = (rule.id, rule.severity)
        weight, frameworks = self._rules.get(key) or self._rules.setdefault(key, self._of(rule))
        unknown = _members(unknown_reason=reason, missing_permission=permission) if reason else ""
        marked = self._marks(finding) if any(marks) else ""
        return JsonText(
            f'{{"id": "{finding.id}", "rule_id": {quoted(rule.id)}, "status": "{status}", '
            f'{unknown}{weight}"resource_id": {quoted(resource.id)}, '
            f'"subject_key": {quoted(subject_key)}, "message": {quoted(message)}, '
            f'"frameworks": {frameworks}, {marked}'
            f'"evidence": [{", ".join(map(evidence_text, evidence))}]}}'
        )

    def fields(self, finding: Finding) -> dict[str, object]:
        """Return one verdict as a JSON document."""
        fields: dict[str, object] = json.loads(self.text(finding))
        return fields

    def _of(self, rule: Rule) -> _RuleTexts:
        """Return what all findings of a rule say alike."""
        source = "pack" if rule.severity is self.given.get(rule.id) else "profile"
        return (
            _members(severity=rule.severity, severity_source=source),
            compact(controls_of(rule)),
        )

    def _marks(self, finding: Finding) -> str:
        """Return the members that tell what others say of a verdict."""
        first = finding.first_seen
        return _members(
            waiver_id=finding.waiver and finding.waiver.id,
            baseline_state=finding.change,
            first_seen=first and utc(first),
            last_seen=first and utc(self.seen_at),
            policies=[policy_fields(each) for each in finding.policies] or None,
            disputed=finding.is_disputed or None,
            contested=finding.is_contested or None,
            place=finding.place and place_fields(finding.place),
        )


def evidence_text(evidence: Evidence) -> str:
    """Return one thing that a rule looked at as JSON text."""
    resource_id, path, expected, observed, seen, origin = evidence
    wanted = f', "expected": {quoted(expected)}' if expected else ""
    # An empty string that stood there is something that was observed.
    found = "" if observed is None else f', "observed": {spelled(observed, quoted, compact)}'
    read = _origin(origin) if origin else ""
    return (
        f'{{"resource_id": {quoted(resource_id)}, "path": {quoted(path)}{wanted}{found}, '
        f'"seen": "{seen}"{read}}}'
    )


@lru_cache(maxsize=1024)  # what one call answered has one origin
def _origin(origin: Origin) -> str:
    """Return the members that tell where and when something was read, with what parts them."""
    members = _members(**origin_fields(origin))
    return f", {members.removesuffix(', ')}" if members else ""


def _members(**optional: object) -> str:
    """Return the members that have a value, each with what parts it from the next."""
    fields = given(**optional)
    return f"{compact(fields)[1:-1]}, " if fields else ""

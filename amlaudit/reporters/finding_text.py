"""Findings as JSON text, assembled by hand: there are very many, all with the same structure.

Similar resources share their verdicts. A rule's text for a verdict is encoded once, except for the
parts specific to each resource.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Final, NamedTuple

from amlaudit.core.caching import IdentityCache
from amlaudit.core.observed import Frame, Row, framed, grouped, json_text
from amlaudit.core.report import Finding, Report
from amlaudit.core.resource import Origin
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.verdict import Evidence, Look, Seen, Verdict
from amlaudit.reporters.encoding import compact, given, quoted, utc
from amlaudit.reporters.fields import (
    controls_of,
    origin_fields,
    place_fields,
    policy_fields,
)

_marks_of: Final = attrgetter("waiver", "change", "first_seen", "policies", "place")
"""Returns the annotations of a finding by other sources."""
_UNMARKED: Final = (None, None, None, (), None)
"""The annotations of a finding that has none."""

_MAX_KEPT: Final = 256
"""Maximum number of verdicts whose text is cached: those of a rule come consecutively."""
_LONG: Final = 200
"""Number of looks above which a verdict's text is not cached: one on a subscription has some for
each resource in it, and is unique."""


class _VerdictText(NamedTuple):
    """A rule's text for every resource that shares a verdict.

    Attributes:
        outcome: The members for the rule, its outcome and its severity.
        message: The members for the message, and the rule's controls.
        rows: The evidence.
    """

    outcome: str
    message: str
    rows: Sequence[Row]


class FindingTexts:
    """Encodes the findings of one report.

    Attributes:
        pack_severities: The severity of each rule in its pack, by id.
        seen_at: The time of the report, at which all of them were last seen.
    """

    def __init__(self, pack_severities: Mapping[str, Severity], seen_at: datetime) -> None:
        """Encode once what findings share."""
        self.pack_severities = pack_severities
        self.seen_at = seen_at
        self._rule: Rule | None = None
        self._encode: Callable[[Verdict], _VerdictText]
        self._encode_once: IdentityCache[Verdict, _VerdictText]

    @classmethod
    def of(cls, report: Report) -> "FindingTexts":
        """Return the encoder for a report's findings."""
        before = {each.id: each.severity for each in report.rules}
        reweighed = report.profile.reweighed if report.profile else ()
        return cls({**before, **{each.rule_id: each.before for each in reweighed}}, report.at)

    def text(self, finding: Finding) -> str:
        """Return one verdict as JSON text, without keys that have no value."""
        if finding.rule is not self._rule:  # the findings of a rule are consecutive
            self._rule, self._encode = finding.rule, self._encoder_of(finding.rule)
            self._encode_once = IdentityCache(self._encode, _MAX_KEPT)
        verdict = finding.verdict
        encode = self._encode if len(verdict.looks) > _LONG else self._encode_once
        outcome, message, rows = encode(verdict)
        resource = finding.resource
        places = [_frame_of(resource.id, resource.origin)]
        if finding.others:
            places += [_frame_of(each.resource_id, each.origin) for each in finding.others]
        marks = self._marks(finding) if _marks_of(finding) != _UNMARKED else ""
        return (
            f'{{"id": "{finding.id}", {outcome}"resource_id": {quoted(resource.id)}, '
            f'"subject_key": {quoted(finding.subject_key)}, {message}{marks}'
            f'"evidence": [{_evidence(rows, places)}]}}'
        )

    def fields(self, finding: Finding) -> dict[str, object]:
        """Return one verdict as a JSON document."""
        fields: dict[str, object] = json.loads(self.text(finding))
        return fields

    def _encoder_of(self, rule: Rule) -> Callable[[Verdict], _VerdictText]:
        """Return a function that returns a rule's text for each verdict."""
        is_as_in_pack = rule.severity is self.pack_severities.get(rule.id)
        source = "pack" if is_as_in_pack else "profile"
        rule_id = quoted(rule.id)
        severity = _members(severity=rule.severity, severity_source=source)
        frameworks = compact(controls_of(rule))

        def encode(verdict: Verdict) -> _VerdictText:
            unknown = (
                _members(unknown_reason=verdict.reason, missing_permission=verdict.permission)
                if verdict.reason
                else ""
            )
            return _VerdictText(
                f'"rule_id": {rule_id}, "status": "{verdict.status}", {unknown}{severity}',
                f'"message": {quoted(verdict.message)}, "frameworks": {frameworks}, ',
                grouped(verdict.looks, _seen),
            )

        return encode

    def _marks(self, finding: Finding) -> str:
        """Return the members for a verdict's annotations by other sources."""
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
    """Return one piece of evidence as JSON text."""
    return _evidence(grouped([evidence], _seen), ())


def _evidence(rows: Iterable[Row], places: Sequence[Frame]) -> str:
    """Return the evidence of a verdict, as the members of a JSON list.

    Args:
        rows: What was seen.
        places: The text around it for the resources that rows refer to by number.
    """
    return ", ".join(framed(rows, places, lambda at: _frame_of(at.resource_id, at.origin)))


def _seen(look: Look | Evidence) -> str:
    """Return the members for what a rule saw."""
    before, after = _frame(look.path, look.expected, look.seen)
    observed = look.observed
    # An empty string that was present is an observed value.
    found = "" if observed is None else f', "observed": {json_text(observed, quoted, compact)}'
    return f"{before}{found}{after}"


@lru_cache(maxsize=1024)  # a rule has few of them
def _frame(path: str, expected: str, seen: Seen) -> tuple[str, str]:
    """Return the text before and after the observed value."""
    expectation = f', "expected": {quoted(expected)}' if expected else ""
    return f'"path": {quoted(path)}{expectation}', f', "seen": "{seen}"'


@lru_cache(maxsize=4096)  # resources recur with the next rule
def _frame_of(resource_id: str, origin: Origin | None) -> Frame:
    """Return the text around what was seen on a resource: its id and its origin."""
    before, after = f'{{"resource_id": {quoted(resource_id)}, ', _end_of_evidence(origin)
    return Frame(before, f"{after}, {before}", after)


@lru_cache(maxsize=1024)  # all documents of one call share an origin
def _end_of_evidence(origin: Origin | None) -> str:
    """Return the end of a piece of evidence: the members for where and when it was read."""
    fields = given(**origin_fields(origin)) if origin else {}
    return f", {compact(fields)[1:]}" if fields else "}"


def _members(**optional: object) -> str:
    """Return the members that have a value, each with a trailing separator."""
    fields = given(**optional)
    return f"{compact(fields)[1:-1]}, " if fields else ""

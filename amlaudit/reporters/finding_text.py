"""Findings as JSON text, put together by hand: there are so many, and all of one shape.

Resources that are alike share their verdicts. What is said of them all is spelled once, with blanks
for what a resource has of its own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Final, NamedTuple

from amlaudit.core.keeping import Once
from amlaudit.core.observed import spelled
from amlaudit.core.report import Finding, Report
from amlaudit.core.resource import Origin
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.verdict import MOST_OTHERS, Evidence, Look, Verdict
from amlaudit.reporters.encoding import compact, given, quoted, utc
from amlaudit.reporters.fields import (
    controls_of,
    origin_fields,
    place_fields,
    policy_fields,
)

_BLANKS: Final = tuple((chr(2 * at), chr(2 * at + 1)) for at in range(MOST_OTHERS + 1))
"""For each resource that looks number, blanks for its id and for the members that tell where its
document came from; JSON text has no such characters."""

_marks_of: Final = attrgetter("waiver", "change", "first_seen", "policies", "place")
"""Returns what others say of a finding."""
_UNMARKED: Final = (None, None, None, (), None)
"""The same, where nobody says anything."""

_MOST_KEPT: Final = 256
"""Verdicts whose text is kept, and things looked at: those of a rule come together."""


class _Said(NamedTuple):
    """What is said of every resource that shares a verdict.

    Attributes:
        outcome: The members that tell how the rule came out.
        message: What was found, as a JSON string.
    """

    outcome: str
    message: str


class _OfRule(NamedTuple):
    """What is said of a rule wherever it is judged.

    Attributes:
        rule: The rule.
        weight: The members that tell how grave it is.
        frameworks: The controls that it stands for, as a JSON list.
    """

    rule: Rule
    weight: str
    frameworks: str


class FindingTexts:
    """How the findings of one report are spelled.

    Attributes:
        given: The severity of each rule as its pack gives it, by id.
        seen_at: The moment of the report, which is when all of them were last seen.
    """

    def __init__(self, given: Mapping[str, Severity], seen_at: datetime) -> None:
        """Spell what findings share once."""
        self.given = given
        self.seen_at = seen_at
        self._said: Once[Verdict, _Said] = Once(self._say, _MOST_KEPT)
        self._evidence: Once[Sequence[Look | Evidence], str] = Once(_evidence_text, _MOST_KEPT)
        self._last: _OfRule | None = None

    @classmethod
    def of(cls, report: Report) -> "FindingTexts":
        """Return how those of a report are spelled."""
        before = {each.id: each.severity for each in report.rules}
        reweighed = report.profile.reweighed if report.profile else ()
        return cls({**before, **{each.rule_id: each.before for each in reweighed}}, report.at)

    def text(self, finding: Finding) -> str:
        """Return one verdict as JSON text; a key without a value is left out."""
        rule, resource = finding.rule, finding.resource
        _, weight, frameworks = self._of(rule)
        outcome, message = self._said(finding.verdict)
        own = quoted(resource.id)
        evidence = _filled(self._evidence(finding.verdict.looks), 0, own, resource.origin)
        for at, other in enumerate(finding.others, 1):
            evidence = _filled(evidence, at, quoted(other.resource_id), other.origin)
        marked = self._marks(finding) if _marks_of(finding) != _UNMARKED else ""
        return (
            f'{{"id": "{finding.id}", "rule_id": {quoted(rule.id)}, {outcome}{weight}'
            f'"resource_id": {own}, "subject_key": {quoted(finding.subject_key)}, '
            f'"message": {message}, '
            f'"frameworks": {frameworks}, {marked}'
            f'"evidence": [{evidence}]}}'
        )

    def fields(self, finding: Finding) -> dict[str, object]:
        """Return one verdict as a JSON document."""
        fields: dict[str, object] = json.loads(self.text(finding))
        return fields

    def _of(self, rule: Rule) -> _OfRule:
        """Return what is said of a rule; its findings come one after the other."""
        if self._last is None or self._last.rule is not rule:
            source = "pack" if rule.severity is self.given.get(rule.id) else "profile"
            weight = _members(severity=rule.severity, severity_source=source)
            self._last = _OfRule(rule, weight, compact(controls_of(rule)))
        return self._last

    def _say(self, verdict: Verdict) -> _Said:
        """Return what is said with a verdict."""
        unknown = (
            _members(unknown_reason=verdict.reason, missing_permission=verdict.permission)
            if verdict.reason
            else ""
        )
        outcome = f'"status": "{verdict.status}", {unknown}'
        return _Said(outcome, quoted(verdict.message))

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
    read = _origin(evidence.origin) if evidence.origin else ""
    return f'{{"resource_id": {quoted(evidence.resource_id)}, {_seen(evidence)}{read}}}'


def _evidence_text(looks: Iterable[Look | Evidence]) -> str:
    """Return what a verdict rests on, the members of a JSON list, with blanks; see `_BLANKS`."""
    return ", ".join(
        evidence_text(each) if isinstance(each, Evidence) else _look_text(each) for each in looks
    )


def _look_text(look: Look) -> str:
    """Return one look as JSON text, with blanks."""
    at, read = _BLANKS[look.at]
    return f'{{"resource_id": {at}, {_seen(look)}{read}}}'


def _filled(text: str, at: int, resource_id: str, origin: Origin | None) -> str:
    """Return a text without the blanks for the resource of a number."""
    own, read = _BLANKS[at]
    return text.replace(own, resource_id).replace(read, _origin(origin) if origin else "")


def _seen(look: Look | Evidence) -> str:
    """Return the members that tell what a rule saw."""
    wanted = f', "expected": {quoted(look.expected)}' if look.expected else ""
    observed = look.observed
    # An empty string that stood there is something that was observed.
    found = "" if observed is None else f', "observed": {spelled(observed, quoted, compact)}'
    return f'"path": {quoted(look.path)}{wanted}{found}, "seen": "{look.seen}"'


@lru_cache(maxsize=1024)  # what one call answered has one origin
def _origin(origin: Origin) -> str:
    """Return the members that tell where and when something was read, with what parts them."""
    members = _members(**origin_fields(origin))
    return f", {members.removesuffix(', ')}" if members else ""


def _members(**optional: object) -> str:
    """Return the members that have a value, each with what parts it from the next."""
    fields = given(**optional)
    return f"{compact(fields)[1:-1]}, " if fields else ""

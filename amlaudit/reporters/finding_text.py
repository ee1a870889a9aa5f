"""Findings as JSON text, put together by hand: there are so many, and all of one shape.

Resources that are alike share their verdicts. What a rule says with a verdict is spelled once, but
for what a resource has of its own.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Final, NamedTuple

from amlaudit.core.keeping import Once
from amlaudit.core.observed import Around, Row, in_rows, put_together, spelled
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
"""Returns what others say of a finding."""
_UNMARKED: Final = (None, None, None, (), None)
"""The same, where nobody says anything."""

_MOST_KEPT: Final = 256
"""Verdicts whose text is kept: those of a rule come together."""
_LONG: Final = 200
"""Looks of a verdict whose text is not kept: one on a subscription has some for each resource in
it, and no other is like it."""


class _Said(NamedTuple):
    """What a rule says of every resource that shares a verdict.

    Attributes:
        outcome: The members that tell the rule, how it came out and how grave that is.
        words: Those that tell what was found, and the controls that the rule stands for.
        rows: What that rests on.
    """

    outcome: str
    words: str
    rows: Sequence[Row]


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
        self._rule: Rule | None = None
        self._say: Callable[[Verdict], _Said]
        self._said: Once[Verdict, _Said]

    @classmethod
    def of(cls, report: Report) -> "FindingTexts":
        """Return how those of a report are spelled."""
        before = {each.id: each.severity for each in report.rules}
        reweighed = report.profile.reweighed if report.profile else ()
        return cls({**before, **{each.rule_id: each.before for each in reweighed}}, report.at)

    def text(self, finding: Finding) -> str:
        """Return one verdict as JSON text; a key without a value is left out."""
        if finding.rule is not self._rule:  # its findings come one after the other
            self._rule, self._say = finding.rule, self._saying(finding.rule)
            self._said = Once(self._say, _MOST_KEPT)
        verdict = finding.verdict
        said = self._say(verdict) if len(verdict.looks) > _LONG else self._said(verdict)
        outcome, words, rows = said
        resource = finding.resource
        places = [_around(resource.id, resource.origin)]
        if finding.others:
            places += [_around(each.resource_id, each.origin) for each in finding.others]
        marks = self._marks(finding) if _marks_of(finding) != _UNMARKED else ""
        return (
            f'{{"id": "{finding.id}", {outcome}"resource_id": {quoted(resource.id)}, '
            f'"subject_key": {quoted(finding.subject_key)}, {words}{marks}'
            f'"evidence": [{_evidence(rows, places)}]}}'
        )

    def fields(self, finding: Finding) -> dict[str, object]:
        """Return one verdict as a JSON document."""
        fields: dict[str, object] = json.loads(self.text(finding))
        return fields

    def _saying(self, rule: Rule) -> Callable[[Verdict], _Said]:
        """Return what gives what a rule says with each verdict."""
        source = "pack" if rule.severity is self.given.get(rule.id) else "profile"
        name = quoted(rule.id)
        weight = _members(severity=rule.severity, severity_source=source)
        frameworks = compact(controls_of(rule))

        def say(verdict: Verdict) -> _Said:
            unknown = (
                _members(unknown_reason=verdict.reason, missing_permission=verdict.permission)
                if verdict.reason
                else ""
            )
            return _Said(
                f'"rule_id": {name}, "status": "{verdict.status}", {unknown}{weight}',
                f'"message": {quoted(verdict.message)}, "frameworks": {frameworks}, ',
                in_rows(verdict.looks, _seen),
            )

        return say

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
    return _evidence(in_rows([evidence], _seen), ())


def _evidence(rows: Iterable[Row], places: Sequence[Around]) -> str:
    """Return what a verdict rests on, the members of a JSON list.

    Args:
        rows: What was seen.
        places: What stands around what was seen on the resources that rows number.
    """
    return ", ".join(put_together(rows, places, lambda at: _around(at.resource_id, at.origin)))


def _seen(look: Look | Evidence) -> str:
    """Return the members that tell what a rule saw."""
    before, after = _frame(look.path, look.expected, look.seen)
    observed = look.observed
    # An empty string that stood there is something that was observed.
    found = "" if observed is None else f', "observed": {spelled(observed, quoted, compact)}'
    return f"{before}{found}{after}"


@lru_cache(maxsize=1024)  # of one rule there are few
def _frame(path: str, expected: str, seen: Seen) -> tuple[str, str]:
    """Return what comes before and after what was observed."""
    wanted = f', "expected": {quoted(expected)}' if expected else ""
    return f'"path": {quoted(path)}{wanted}', f', "seen": "{seen}"'


@lru_cache(maxsize=4096)  # resources come again with the next rule
def _around(resource_id: str, origin: Origin | None) -> Around:
    """Return what stands around what was seen on a resource: its id, and where it came from."""
    before, after = f'{{"resource_id": {quoted(resource_id)}, ', _after(origin)
    return Around(before, f"{after}, {before}", after)


@lru_cache(maxsize=1024)  # what one call answered has one origin
def _after(origin: Origin | None) -> str:
    """Return the end of what was looked at: the members that tell where and when it was read."""
    fields = given(**origin_fields(origin)) if origin else {}
    return f", {compact(fields)[1:]}" if fields else "}"


def _members(**optional: object) -> str:
    """Return the members that have a value, each with what parts it from the next."""
    fields = given(**optional)
    return f"{compact(fields)[1:-1]}, " if fields else ""

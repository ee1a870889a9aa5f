"""The evidence of findings as embedded in the page: in parts, each read when needed."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias

from amlaudit.core.policy_view import PolicyView
from amlaudit.core.report import Finding
from amlaudit.core.resource import Origin
from amlaudit.core.verdict import Evidence, Seen
from amlaudit.reporters import words
from amlaudit.reporters.html.index import Index, shown
from amlaudit.reporters.html.packing import packed

PART: Final = 2_048
"""Findings whose evidence is read together: few enough to be read without delay."""
MAX: Final = 12
"""Pieces of evidence shown for one finding; the JSON report has all of them."""
_LONGEST: Final = 400
"""Maximum number of characters of an observed value on the page."""
_SEEN: Final = tuple(Seen)

Look: TypeAlias = list[int]
"""One piece of evidence, as the numbers of its resource, path, expectation, value, kind of presence
and origin."""


def parts(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield the evidence of findings, `PART` of them at a time, packed."""
    source = iter(findings)
    while several := list(islice(source, PART)):
        yield packed(_part(several))


def _part(findings: Sequence[Finding]) -> dict[str, object]:
    """Return the evidence of several findings, each text once."""
    texts: Index[str] = Index()
    origins: Index[tuple[int, str, str]] = Index()
    rows = [
        [_look(each, texts, origins) for each in finding.evidence[:MAX]] for finding in findings
    ]
    return {
        "ids": [finding.id for finding in findings],
        "rows": rows,
        "more": [max(0, len(finding.verdict.looks) - MAX) for finding in findings],
        "policies": {
            str(at): [_policy(each) for each in finding.policies]
            for at, finding in enumerate(findings)
            if finding.policies
        },
        "texts": texts.values(),
        "origins": origins.values(),
    }


def _look(evidence: Evidence, texts: Index[str], origins: Index[tuple[int, str, str]]) -> Look:
    """Return one piece of evidence as numbers; -1 means nothing."""
    there = evidence.seen in (Seen.PRESENT, Seen.DEFAULT)
    value = words.value_of(evidence.observed, _LONGEST) if there else ""
    return [
        texts.of(shown(evidence.resource_id)),
        texts.of(shown(evidence.path)),
        texts.of(shown(evidence.expected)) if evidence.expected else -1,
        texts.of(shown(value)) if there else -1,
        _SEEN.index(evidence.seen),
        origins.of(_origin(evidence.origin, texts)) if evidence.origin else -1,
    ]


def _policy(view: PolicyView) -> list[object]:
    """Return what an assigned policy says about the resource."""
    texts = (view.definition, view.assignment, view.effect, words.COMPLIANCE[view.compliance])
    more = [shown(each) for each in words.details_of(view)]
    return [*(shown(each) for each in (*texts, view.at, view.scope)), more]


def _origin(origin: Origin, texts: Index[str]) -> tuple[int, str, str]:
    """Return where and when something was read."""
    moment = words.moment_of(origin.collected_at)
    return texts.of(shown(origin.source)), shown(origin.api_version), moment

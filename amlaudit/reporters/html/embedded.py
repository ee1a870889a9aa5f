"""The findings as embedded in the page: each text once, referred to by number."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.declarations import bicep_of, terraform_of
from amlaudit.core.gap import Reason
from amlaudit.core.history import Change
from amlaudit.core.report import Finding, Report, ResourceRef
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.verdict import Seen, Status
from amlaudit.core.waiver import Waiver
from amlaudit.reporters import words
from amlaudit.reporters.html import evidence
from amlaudit.reporters.html.belonging import Belonging
from amlaudit.reporters.html.index import Index, shown
from amlaudit.reporters.html.links import is_https, portal_of
from amlaudit.reporters.html.packing import packed

MAX: Final = 100_000
"""Findings embedded in a page; browsers handle more of them badly."""

_COLUMNS: Final = (
    "rule",
    "resource",
    "status",
    "text",
    "reason",
    "permission",
    "subject",
    "change",
    "since",
    "waiver",
    "policy",
)
"""What the script knows of a finding, in the order of `_Numbering.row`."""
_STATUSES: Final = tuple(words.STATUSES)
_REASONS: Final = tuple(Reason)
_CHANGES: Final = tuple(Change)


class Embedded(Struct, frozen=True):
    """The data embedded for the page's script.

    Attributes:
        data: The findings, packed.
        evidence: Their evidence, in parts, packed.
        left_out: Number of findings not embedded in the page, by status.
    """

    data: str
    evidence: tuple[str, ...]
    left_out: Counter[Status]


def embed(
    report: Report, counts: Counter[Status], belongs: Belonging, limit: int = MAX
) -> Embedded:
    """Return the findings as embedded in the page, fails first if there are too many.

    Args:
        report: The report.
        counts: Number of its findings, by status.
        belongs: The workspaces that its resources belong to.
        limit: Maximum number of findings in the page.
    """
    room = _room(counts, limit)
    return Embedded(
        packed(_document(report, _chosen(report.findings, room), belongs)),
        tuple(evidence.parts(_chosen(report.findings, room))),
        counts - room,
    )


def _room(counts: Counter[Status], limit: int) -> Counter[Status]:
    """Return the number of findings of each status that fit."""
    room: Counter[Status] = Counter()
    for status in _STATUSES:
        room[status] = min(counts[status], limit - room.total())
    return room


def _chosen(findings: Iterable[Finding], room: Counter[Status]) -> Iterator[Finding]:
    """Yield the findings that fit."""
    left = room.copy()
    for finding in findings:
        if left[finding.verdict.status] > 0:
            left[finding.verdict.status] -= 1
            yield finding


def _document(report: Report, findings: Iterable[Finding], belongs: Belonging) -> dict[str, object]:
    """Return everything that the script of the page needs."""
    rules = (*report.rules, *_variants(report))
    numbering = _Numbering(rules)
    columns = tuple(zip(*map(numbering.row, findings), strict=True)) or ((),) * len(_COLUMNS)
    return {
        "words": _words(),
        "portal": portal_of(report.collection.sources, report.collection.tenant),
        "rules": [_rule(each) for each in rules],
        "workspaces": [
            {"id": shown(each.id), "name": shown(name), "environment": shown(each.environment)}
            for each, name in zip(
                belongs.workspaces.values(), belongs.labels().values(), strict=True
            )
        ],
        "resources": _resources(numbering.resources.values(), belongs),
        "waivers": [_waiver(each) for each in numbering.waivers.values()],
        "findings": dict(zip(_COLUMNS, columns, strict=True)),
        "texts": numbering.texts.values(),
        "part": evidence.PART,
    }


def _variants(report: Report) -> list[Rule]:
    """Return the rules with the severity from the profile in one environment, if it differs."""
    by_id = {each.id: each for each in report.rules}
    overrides = report.profile.overrides if report.profile else ()
    overridden = {(each.rule_id, each.severity) for each in overrides if each.rule_id in by_id}
    return [
        replace(by_id[rule_id], severity=severity)
        for rule_id, severity in sorted(overridden, key=str)
        if severity and severity is not by_id[rule_id].severity
    ]


class _Numbering:
    """Gives numbers to everything that findings refer to.

    Attributes:
        resources: Their subjects.
        texts: Messages, permissions, subject keys and times.
        waivers: Their waivers.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Number the rules by their position."""
        self._rules = {(rule.id, rule.severity): number for number, rule in enumerate(rules)}
        self.resources: Index[ResourceRef] = Index()
        self.texts: Index[str] = Index()
        self.waivers: Index[Waiver] = Index()

    def row(self, finding: Finding) -> tuple[int, ...]:
        """Return one finding as numbers, in the order of `_COLUMNS`; -1 means nothing."""
        verdict, since = finding.verdict, finding.first_seen
        return (
            self._rules[finding.rule.id, finding.rule.severity],
            self.resources.of(finding.resource),
            _STATUSES.index(verdict.status),
            self.texts.of(shown(verdict.message)),
            _REASONS.index(verdict.reason) if verdict.reason else -1,
            self._text(verdict.permission),
            self._text(finding.subject_key),
            _CHANGES.index(finding.change) if finding.change else -1,
            self.texts.of(words.moment_of(since)) if since else -1,
            self.waivers.of(finding.waiver) if finding.waiver else -1,
            int(not finding.is_disputed) if finding.policies else -1,
        )

    def _text(self, text: str) -> int:
        """Return the number of a text; -1 if it is empty."""
        return self.texts.of(shown(text)) if text else -1


def _words() -> dict[str, object]:
    """Return the page's words for numbers."""
    return {
        "statuses": [[each, word] for each, word in words.STATUSES.items()],
        "severities": list(Severity),
        "reasons": [words.REASONS[each] for each in Reason],
        "seen": [words.SEEN[each] for each in Seen],
        "changes": [[each, words.COMPARISONS[each]] for each in Change],
        "fixes": {str(each): word for each, word in words.CHANGES.items()},
        "frameworks": words.FRAMEWORKS,
    }


def _rule(rule: Rule) -> dict[str, object]:
    """Return the parts of a rule that the page shows."""
    fix = rule.fix
    return {
        "id": shown(rule.id),
        "title": shown(rule.title),
        "severity": rule.severity.rank,
        "area": shown(rule.area),
        "because": shown(rule.because),
        "reason": shown(rule.severity_reason),
        "command": shown(fix.command),
        "change": fix.change,
        "irreversible": fix.irreversible,
        "note": shown(fix.note),
        "portal": shown(fix.portal),
        "declared": [
            [name, shown(text)]
            for name, text in (("Bicep", bicep_of(rule)), ("Terraform", terraform_of(rule)))
            if text
        ],
        "sources": [[shown(each), is_https(each)] for each in rule.sources],
        "mappings": {
            shown(name): [shown(each) for each in ids]
            for name, ids in sorted(rule.mappings.items())
        },
        "parameters": [
            [name, shown(each.meaning), shown(words.value_of(each.value, 200))]
            for name, each in sorted(rule.parameters.items())
        ],
    }


def _resources(resources: list[ResourceRef], belongs: Belonging) -> dict[str, object]:
    """Return the subjects of findings, in columns."""
    numbers = {each: place for place, each in enumerate(belongs.workspaces)}
    types: Index[str] = Index()
    columns: dict[str, list[Any]] = {
        name: [] for name in ("id", "name", "type", "location", "place", "workspaces")
    }
    for each in resources:
        columns["id"].append(shown(each.id))
        columns["name"].append(shown(each.name or arm_id.name_of(each.id) or each.id))
        columns["type"].append(types.of(shown(each.type)))
        columns["location"].append(shown(each.location))
        columns["place"].append(shown(str(each.place)) if each.place else "")
        columns["workspaces"].append([numbers[one] for one in belongs.of(each.id)])
    return {**columns, "types": types.values()}


def _waiver(waiver: Waiver) -> dict[str, str]:
    """Return the parts of a waiver shown with a finding."""
    return {
        "id": shown(waiver.id),
        "reason": shown(waiver.reason),
        "owner": shown(waiver.owner),
        "approved_by": shown(waiver.approved_by),
        "ticket": shown(waiver.ticket),
        "expires": waiver.expires.isoformat(),
        "kind": words.WAIVER_KINDS[waiver.kind],
    }

"""The report for people: one HTML page that needs no network and is complete without script."""

import re
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from amlaudit.core import arm_id
from amlaudit.core.commands import command_of
from amlaudit.core.gap import Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding, Report
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.verdict import Status
from amlaudit.reporters import words
from amlaudit.resources import shipped

_MOST_ROWS: Final = 2_000
"""Rows of one list on the page; a browser lays out more of them too slowly to be of use."""
_MOST_RISKS: Final = 10
_MOST_SPOTS: Final = 4
"""Blind spots that are spelled out at once; the page folds the others away."""

_NOT_IN_ANCHOR: Final = re.compile(r"[^A-Za-z0-9_-]")
_HTTPS: Final = re.compile(
    r"https://[a-z0-9.-]+(?::\d+)?(?:[/?#][\w\-.~:/?#@!$&'()*+,;=%]*)?", re.ASCII | re.IGNORECASE
)


def render(report: Report) -> str:
    """Return the report as one HTML page; equal reports give equal pages."""
    env = _environment()
    scan = _scan_id(report)
    style = env.get_template("report.css").render(scan=scan)
    script = env.get_template("report.js").render()
    groups = tuple(_groups(report.findings))
    return env.get_template("report.html.j2").render(
        report=report,
        scan=scan,
        style=style,
        script=script,
        policy=_policy(style, script),
        groups=groups,
        no_workspace=WORKSPACE not in report.seen,
        left_out=sum(each.total - len(each.rows) for each in groups),
        first={row.rule_id: row.anchor for each in groups for row in reversed(each.rows)},
        matrix=_matrix(report.findings),
        gating=_gating(report),
        spots=_blind_spots(report),
        risks=_risks(report.findings),
        tallies=_tallies(report),
    )


def _environment() -> Environment:
    """Return the template environment: everything escaped, nothing undefined."""
    env = Environment(
        loader=FileSystemLoader(shipped("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=words.visible,
    )
    env.globals.update(
        STATUSES=words.STATUSES,
        REASONS=words.REASONS,
        SEEN=words.SEEN,
        CHANGES=words.CHANGES,
        FRAMEWORKS=words.FRAMEWORKS,
        SEVERITIES=tuple(Severity),
        MOST_ROWS=_MOST_ROWS,
        MOST_SPOTS=_MOST_SPOTS,
    )
    env.filters.update(
        anchor=lambda text: _NOT_IN_ANCHOR.sub("-", text),
        command=command_of,
        context=words.context_of,
        interval=words.interval_of,
        moment=words.moment_of,
        name=lambda each: arm_id.name_of(each) or each,
        number=lambda count: f"{count:,}",
        percent=words.percent_of,
        value=words.value_of,
    )
    env.tests["https"] = lambda address: _HTTPS.fullmatch(address) is not None
    return env


def _policy(style: str, script: str) -> str:
    """Return the content security policy that lets exactly this style and this script run."""
    style_hash, script_hash = (
        b64encode(sha256(text.encode()).digest()).decode() for text in (style, script)
    )
    return (
        f"default-src 'none'; script-src 'sha256-{script_hash}'; "
        f"style-src 'sha256-{style_hash}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _scan_id(report: Report) -> str:
    """Return the id that ties printed pages to a scan: a hash over its moment and verdicts."""
    digest = sha256(f"{report.at.isoformat()}\n{report.version}\n".encode())
    for finding in report.findings:
        digest.update(f"{finding.id} {finding.verdict.status}\n".encode())
    return digest.hexdigest()[:12]


class _Row(NamedTuple):
    """A finding on the page, with the anchor that it can be linked by."""

    finding: Finding
    anchor: str

    @property
    def rule_id(self) -> str:
        """The id of its rule."""
        return self.finding.rule.id


class _Group(NamedTuple):
    """The findings of one status: how many there are, and those that are on the page."""

    status: Status
    total: int
    rows: Sequence[_Row]


def _groups(findings: Iterable[Finding]) -> Iterator[_Group]:
    """Yield the findings by status, fails first, as many as one page holds."""
    by_status: defaultdict[Status, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_status[finding.verdict.status].append(finding)
    used: Counter[str] = Counter()
    for status in words.STATUSES:
        found = by_status[status]
        rows = []
        for finding in found[: _MOST_ROWS - used.total()]:
            used[finding.id] += 1
            # Two gaps in one scope blind a rule twice, and an anchor must be there once.
            turn = f"-{used[finding.id]}" if used[finding.id] > 1 else ""
            rows.append(_Row(finding, f"finding-{finding.id}{turn}"))
        yield _Group(status, len(found), rows)


def _matrix(findings: Iterable[Finding]) -> dict[Severity, Counter[Status]]:
    """Return how many findings there are, by severity and status."""
    counts: dict[Severity, Counter[Status]] = {severity: Counter() for severity in Severity}
    for finding in findings:
        counts[finding.rule.severity][finding.verdict.status] += 1
    return counts


def _gating(report: Report) -> Counter[Status]:
    """Return how many findings are severe enough to decide on the run, by status."""
    least = report.gate.fail_on
    return Counter(
        finding.verdict.status
        for finding in report.findings
        if least and finding.rule.severity.at_least(least)
    )


def _tallies(report: Report) -> dict[str, Counter[Status]]:
    """Return how many findings each rule has, by rule id and status."""
    tallies: dict[str, Counter[Status]] = {each.id: Counter() for each in report.rules}
    for finding in report.findings:
        tallies[finding.rule.id][finding.verdict.status] += 1
    return tallies


def _risks(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return the fails of the worst rules: severity first, then the number of resources."""
    by_rule: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.verdict.status is Status.FAIL:
            by_rule[finding.rule.id].append(finding)
    worst = sorted(by_rule.values(), key=lambda each: (each[0].rule.severity.rank, -len(each)))
    return worst[:_MOST_RISKS]


@dataclass(slots=True)
class _BlindSpot:
    """One cause for which something is not known, and everything it hides.

    Attributes:
        reason: Why; None where a rule gave no reason.
        permission: The missing permission, empty where that is not the cause.
        details: What happened, each once.
        scopes: Ids of the scopes and resources, each once, in the order they came up.
        rules: The rules that are unknown for it, by id.
        verdicts: How many verdicts it costs.
    """

    reason: Reason | None
    permission: str
    details: dict[str, None] = field(default_factory=dict)
    scopes: dict[str, None] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    verdicts: int = 0

    def rank(self) -> tuple[int, int]:
        """Return the order in which the page lists them: worst rules first."""
        worst = min((each.severity.rank for each in self.rules.values()), default=len(Severity))
        return worst, -self.verdicts


def _blind_spots(report: Report) -> list[_BlindSpot]:
    """Return every cause of gaps and unknown verdicts, the one that costs most first.

    A missing permission is one cause, however many calls were refused for it.
    """
    spots: dict[tuple[Reason | None, str], _BlindSpot] = {}

    def note(reason: Reason | None, permission: str, detail: str, scope_id: str) -> _BlindSpot:
        spot = spots.setdefault((reason, permission), _BlindSpot(reason, permission))
        spot.details[detail] = None
        spot.scopes[scope_id] = None
        return spot

    for gap in report.gaps:
        note(gap.reason, gap.permission, gap.detail, gap.scope_id)
    for finding in report.findings:
        verdict = finding.verdict
        if verdict.status is Status.UNKNOWN:
            place = finding.resource.id
            spot = note(verdict.reason, verdict.permission, verdict.message, place)
            spot.rules[finding.rule.id] = finding.rule
            spot.verdicts += 1
    return sorted(spots.values(), key=_BlindSpot.rank)

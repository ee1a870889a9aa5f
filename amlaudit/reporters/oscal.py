"""The report as OSCAL assessment results, for governance, risk and compliance tools.

Each verdict on a resource is an observation. A rule that failed somewhere is a finding that is not
satisfied, one that passed everywhere is a satisfied finding; a rule that left something unknown and
failed nowhere has no finding, and its observations say why. A waiver is a risk with an approved
deviation. A question of the checklist is an observation by interview, answered or not, a sign-off
an attestation. All ids are derived from what they identify.
https://pages.nist.gov/OSCAL-Reference/models/v1.2.0/assessment-results/json-outline/
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Final, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct, field

from amlaudit.core.checklist import Checklist, Item, QuestionResult
from amlaudit.core.patterns import late_pattern
from amlaudit.core.report import Finding, Report, ResourceRef
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Evidence, Status
from amlaudit.core.waiver import WaiverState, WaiverUse
from amlaudit.reporters.checklist.words import answer_of
from amlaudit.reporters.encoding import given, pieces, utc
from amlaudit.reporters.fields import controls_of
from amlaudit.reporters.header import header
from amlaudit.reporters.identity import distinct
from amlaudit.reporters.rows import run_of
from amlaudit.reporters.texts import clean, markdown, sentence, shorten
from amlaudit.reporters.words import REASONS, value_of

EXTENSION: Final = "oscal.json"
VERSION: Final = "1.2.0"
"""Version of OSCAL."""

_PROJECT: Final = "https://github.com/amlaudit/amlaudit"
_IDS: Final = uuid5(NAMESPACE_URL, _PROJECT)
_LONGEST: Final = 2_000
"""Maximum number of characters of a text from the cloud."""
_NOT_IN_TOKEN: Final = late_pattern(r"[^A-Za-z0-9._-]")
_SATISFIED: Final = {Status.PASS, Status.NOT_APPLICABLE}

Fields: TypeAlias = dict[str, object]


def stream(report: Report) -> Iterator[str]:
    """Yield the report as OSCAL JSON."""
    at = utc(report.at)
    plan = _id("plan", *(pack.sha256 for pack in report.packs))
    return pieces(
        {
            "assessment-results": {
                "uuid": _id("report", at, _asked(report)),
                "metadata": _metadata(report, at),
                "import-ap": {"href": f"#{plan}"},
                "results": [_result(report, at)],
                "back-matter": {"resources": [_plan(report, plan)]},
            }
        },
        depth=5,
    )


def _metadata(report: Report, at: str) -> Fields:
    """Return the metadata of the document, including who signed."""
    signed = report.checklist.signatures if report.checklist else ()
    signers = {each.sign_off.name: each.sign_off.role for each in signed}
    roles = sorted(set(signers.values()))
    return {
        "title": "Assessment of an Azure Machine Learning estate",
        "last-modified": at,
        "version": report.version,
        "oscal-version": VERSION,
        **given(
            roles=[{"id": _token(role), "title": role.capitalize()} for role in roles] or None,
            parties=[
                {"uuid": _id("party", name), "type": "person", "name": _line(name)}
                for name in sorted(signers)
            ]
            or None,
        ),
    }


def _plan(report: Report, uuid: str) -> Fields:
    """Return a substitute for the assessment plan: the rule packs."""
    packs = ", ".join(
        f"{pack.name} {pack.version} (SHA-256 {pack.sha256})".replace("  ", " ")
        for pack in report.packs
    )
    return {
        "uuid": uuid,
        "title": "Rule packs",
        "description": _text(f"The plan of the assessment is its rules: {packs or 'none'}"),
        "rlinks": [{"href": _PROJECT}],
    }


def _result(report: Report, at: str) -> Fields:
    """Return the only result."""
    started = report.collection.started_at
    resources = _resources(report.findings)
    risks = [_risk(use) for use in report.waivers if use.state is WaiverState.ACTIVE]
    return {
        "uuid": _id("result", at, _asked(report)),
        "title": f"amlaudit {report.version}",
        "description": _text(run_of(report)),
        "start": utc(started) if started else at,
        "end": at,
        "props": _run_properties(report),
        "local-definitions": {"inventory-items": resources} if resources else {},
        "reviewed-controls": {
            "control-selections": [
                {"include-controls": [{"control-id": _token(each.id)} for each in report.rules]}
                if report.rules
                else {"include-all": {}}
            ]
        },
        **given(attestations=_attestations(report.checklist)),
        **_observed(report),
        **given(risks=risks or None),
        "remarks": _text(_gaps(report)),
    }


def _observed(report: Report) -> Fields:
    """Return observations and findings, if there are any: OSCAL does not allow empty lists."""
    if not (report.findings or report.checklist):
        return {}
    read_at = utc(report.collection.ended_at or report.at)
    verdicts = (_observation(each, uid, read_at) for each, uid in distinct(report.findings))
    observations = chain(verdicts, _answers(report.checklist))
    # If verdicts were left out, the rest cannot show that a rule passed everywhere.
    is_whole = not report.only or not set(Status) - _SATISFIED - set(report.only)
    findings = list(_findings(report.findings, is_whole=is_whole))
    return {"observations": observations, **given(findings=findings or None)}


def _observation(finding: Finding, uid: str, read_at: str) -> Fields:
    """Return a verdict as an observation."""
    rule, verdict = finding.rule, finding.verdict
    is_manual = verdict.status is Status.MANUAL
    evidence = finding.evidence
    origins = [each.origin.collected_at for each in evidence if each.origin]
    unknown = verdict.status is Status.UNKNOWN
    needs = f" Needs {verdict.permission}." if verdict.permission else ""
    return {
        "uuid": _id("observation", uid),
        "title": _text(rule.title),
        "description": _text(verdict.message or rule.title),
        "props": [
            _property("rule", rule.id),
            _property("status", verdict.status),
            _property("severity", rule.severity),
            _property("finding", finding.id),
            *(_property("control", each) for each in controls_of(rule)),
        ],
        "methods": ["INTERVIEW", "EXAMINE"] if is_manual else ["TEST"],
        "subjects": [{"subject-uuid": _resource_id(finding.resource), "type": "inventory-item"}],
        "collected": utc(max(origins)) if origins else read_at,
        **given(
            **{
                "relevant-evidence": [_evidence(each) for each in evidence] or None,
                "remarks": _text(f"Unknown: {REASONS[verdict.reason]}.{needs}")
                if unknown
                else None,
            }
        ),
    }


def _evidence(evidence: Evidence) -> Fields:
    """Return one piece of evidence."""
    observed = "nothing" if evidence.observed is None else value_of(evidence.observed)
    wanted = f", expected: {evidence.expected}" if evidence.expected else ""
    path = evidence.path or "the document"
    said = f"{path} of {evidence.resource_id} is {observed} ({evidence.seen}{wanted})"
    return {"description": _text(said)}


class _Outcome(Struct):
    """The overall outcome of a rule, regardless of the severities that a profile gives it.

    Attributes:
        rule: The rule.
        statuses: Number of its verdicts, by status.
        observations: Ids of the verdicts.
        waivers: Ids of the waivers among them.
    """

    rule: Rule
    statuses: Counter[Status] = field(default_factory=Counter)
    observations: list[str] = field(default_factory=list)
    waivers: set[str] = field(default_factory=set)

    def add(self, finding: Finding, uid: str) -> None:
        """Count a verdict."""
        self.statuses[finding.verdict.status] += 1
        self.observations.append(uid)
        if finding.waiver:
            self.waivers.add(finding.waiver.id)


def _findings(findings: Iterable[Finding], *, is_whole: bool) -> Iterator[Fields]:
    """Yield a finding for each rule that failed somewhere, or passed everywhere."""
    outcomes: dict[str, _Outcome] = {}
    for finding, uid in distinct(findings):
        outcomes.setdefault(finding.rule.id, _Outcome(finding.rule)).add(finding, uid)
    for each in outcomes.values():
        if each.statuses[Status.FAIL]:
            yield _finding(each, "not-satisfied")
        elif is_whole and each.statuses[Status.PASS] and each.statuses.keys() <= _SATISFIED:
            yield _finding(each, "satisfied")


def _finding(outcome: _Outcome, state: str) -> Fields:
    """Return the outcome of a rule."""
    rule, unknown = outcome.rule, outcome.statuses[Status.UNKNOWN]
    risks = [{"risk-uuid": _id("risk", each)} for each in sorted(outcome.waivers)]
    remark = f"Unknown for {unknown:,} resources." if unknown else None
    return {
        "uuid": _id("finding", rule.id),
        "title": _text(rule.title),
        "description": _text(rule.because),
        "target": {
            "type": "objective-id",
            "target-id": _token(rule.id),
            "status": {"state": state, **given(remarks=remark)},
        },
        "related-observations": [
            {"observation-uuid": _id("observation", each)} for each in outcome.observations
        ],
        **given(**{"related-risks": risks or None}),
    }


def _risk(use: WaiverUse) -> Fields:
    """Return a valid waiver as a risk with an approved deviation."""
    waiver = use.waiver
    return {
        "uuid": _id("risk", waiver.id),
        "title": _text(f"Waiver {waiver.id} of {waiver.rule}"),
        "description": _text(waiver.reason),
        "statement": _text(f"{waiver.owner} is responsible for it; {waiver.scope}"),
        "status": "deviation-approved",
        "deadline": f"{waiver.expires}T23:59:59Z",
        "props": [
            _property("waiver", waiver.id),
            _property("kind", waiver.kind),
            *([_property("approved-by", waiver.approved_by)] if waiver.approved_by else []),
            *([_property("ticket", waiver.ticket)] if waiver.ticket else []),
        ],
    }


def _answers(checklist: Checklist | None) -> Iterator[Fields]:
    """Yield each question of the checklist as an observation, answered or not."""
    if checklist:
        for item in checklist.items:
            for result in item.questions:
                yield _answer(result, item.item, utc(checklist.at))


def _answer(result: QuestionResult, item: Item, at: str) -> Fields:
    """Return the state of a question."""
    question, answer = result.question, result.answer
    collected = utc(answer.answered_at) if answer and answer.answered_at else at
    return {
        "uuid": _id("question", question.id),
        "title": _text(f"{question.id} {item.subject}"),
        "description": _text(f"{question.asks} {answer_of(result)}"),
        "props": [
            _property("item", item.key),
            _property("question", question.id),
            _property("role", question.role),
            _property("level", "blocking" if question.blocking else "advised"),
            _property("answer", result.state),
            _property("settled", "yes" if result.settled else "no"),
        ],
        "methods": ["INTERVIEW", "EXAMINE"],
        "collected": collected,
    }


def _attestations(checklist: Checklist | None) -> list[Fields] | None:
    """Return the sign-offs of the checklist that are still valid."""
    signed = checklist.signatures if checklist else ()
    standing = [each.sign_off for each in signed if not each.message]
    return [
        {
            "responsible-parties": [
                {"role-id": _token(each.role), "party-uuids": [_id("party", each.name)]}
            ],
            "parts": [
                {
                    "name": "authorization-statements",
                    "title": _text(f"{each.decision}, {utc(each.at)}"),
                    "prose": _text(each.comment or each.decision),
                }
            ],
        }
        for each in standing
    ] or None


def _resources(findings: Iterable[Finding]) -> list[Fields]:
    """Return the subjects of the findings, each resource or scope once, by id."""
    found: dict[str, ResourceRef] = {}
    for finding in findings:
        found.setdefault(finding.resource.id, finding.resource)
    return [
        {
            "uuid": _resource_id(each),
            "description": _text(each.name or each.id),
            "props": [
                _property("resource-id", each.id),
                *([_property("resource-type", each.type)] if each.type else []),
                *([_property("region", each.location)] if each.location else []),
            ],
        }
        for _, each in sorted(found.items())
    ]


def _run_properties(report: Report) -> list[Fields]:
    """Return the result of the run."""
    gate, score = report.gate, report.score
    fields = header(report)
    return [
        _property("verdict", gate.outcome),
        _property("complete", str(gate.complete).lower()),
        _property("posture-low", str(score.low)),
        _property("posture-high", str(score.high)),
        _property("coverage", str(score.coverage)),
        _property("made-for", str(fields["made_for"])),
        _property("tenant", report.collection.tenant or "not known"),
        _property("principal", report.collection.principal or "none: from files"),
        *(_property("scope-reached", each) for each in report.collection.reached),
        *(_property("findings-kept", each) for each in report.only),
        *([_property("masked", report.masked)] if report.masked else []),
        *([_property("checklist", report.checklist.readiness)] if report.checklist else []),
    ]


def _gaps(report: Report) -> str:
    """Return what could not be read, in words."""
    if not report.gaps:
        return "Everything that was requested was read."
    texts = (
        f"{each.part} of {each.scope_id} ({each.reason}"
        f"{f', needs {each.permission}' if each.permission else ''})"
        for each in report.gaps
    )
    return f"Could not be read: {'; '.join(texts)}"


def _property(name: str, value: str) -> Fields:
    """Return a property of our own."""
    return {"name": name, "ns": _PROJECT, "value": _line(value)}


def _asked(report: Report) -> str:
    """Return what distinguishes reports of the same time."""
    collection = report.collection
    return "\x1f".join((collection.tenant, *collection.reached, *collection.sources))


@lru_cache(maxsize=8192)  # one rule after another judges it
def _resource_id(resource: ResourceRef) -> str:
    """Return the id of a resource in this document."""
    return _id("resource", resource.id)


def _id(*parts: str) -> str:
    """Return an id derived from some texts."""
    named = "\x1f".join(parts).encode("utf-8", "replace").decode()
    return str(uuid5(_IDS, named))


def _token(text: str) -> str:
    """Return a text as an OSCAL token: letters, digits, dots, dashes and underscores."""
    token = _NOT_IN_TOKEN.sub("_", text)
    return token if token[:1].isalpha() else f"_{token}"


def _line(text: str) -> str:
    """Return a text as an OSCAL string: on one line, not empty."""
    return shorten(clean(text), _LONGEST) or "-"


def _text(text: str) -> str:
    """Return a text from the cloud as markup that shows it literally, not empty."""
    return markdown(sentence(_line(text)))

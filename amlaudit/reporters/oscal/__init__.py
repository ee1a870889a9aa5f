"""The report as OSCAL assessment results, for governance, risk and compliance tools.

Each verdict on a resource is an observation. A rule that failed somewhere is a finding that is not
satisfied, one that passed everywhere is a satisfied finding; a rule that left something unknown and
failed nowhere has no finding, and its observations say why. A waiver is a risk with an approved
deviation. A question of the checklist is an observation by interview, answered or not, a sign-off
an attestation. All ids are derived from what they identify.
https://pages.nist.gov/OSCAL-Reference/models/v1.2.0/assessment-results/json-outline/
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from amlaudit.core.report import Finding, Report, ResourceRef
from amlaudit.core.waiver import WaiverState
from amlaudit.reporters.encoding import given, pieces, utc
from amlaudit.reporters.oscal.markup import (
    PROJECT,
    Fields,
    id_of,
    line_of,
    markup_of,
    own_property,
    resource_id_of,
    token_of,
)
from amlaudit.reporters.oscal.people import answers_in, attestations_in
from amlaudit.reporters.oscal.verdicts import findings_of, observations_of, risk_of
from amlaudit.reporters.rows import run_of
from amlaudit.reporters.words import switched_off

EXTENSION: Final = "oscal.json"
VERSION: Final = "1.2.0"
"""Version of OSCAL."""


def stream(report: Report) -> Iterator[str]:
    """Yield the report as OSCAL JSON."""
    at = utc(report.at)
    plan = id_of("plan", *(pack.sha256 for pack in report.packs))
    return pieces(
        {
            "assessment-results": {
                "uuid": id_of("report", at, _report_key(report)),
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
    signers = sorted({each.sign_off.name for each in signed})
    roles = sorted({each.sign_off.role for each in signed})
    return {
        "title": "Assessment of an Azure Machine Learning estate",
        "last-modified": at,
        "version": report.version,
        "oscal-version": VERSION,
        **given(
            roles=[{"id": token_of(role), "title": role.capitalize()} for role in roles] or None,
            parties=[
                {"uuid": id_of("party", name), "type": "person", "name": line_of(name)}
                for name in signers
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
        "description": markup_of(f"The plan of the assessment is its rules: {packs or 'none'}"),
        "rlinks": [{"href": PROJECT}],
    }


def _result(report: Report, at: str) -> Fields:
    """Return the only result."""
    started = report.collection.started_at
    resources = _resources(report.findings)
    risks = [risk_of(use) for use in report.waivers if use.state is WaiverState.ACTIVE]
    return {
        "uuid": id_of("result", at, _report_key(report)),
        "title": f"amlaudit {report.version}",
        "description": markup_of(run_of(report)),
        "start": utc(started) if started else at,
        "end": at,
        "props": _run_properties(report),
        "local-definitions": {"inventory-items": resources} if resources else {},
        "reviewed-controls": {
            "control-selections": [
                {"include-controls": [{"control-id": token_of(each.id)} for each in report.rules]}
                if report.rules
                else {"include-all": {}}
            ]
        },
        **given(attestations=attestations_in(report.checklist)),
        **_observed(report),
        **given(risks=risks or None),
        "remarks": "\n\n".join(map(markup_of, _unread(report))),
    }


def _observed(report: Report) -> Fields:
    """Return observations and findings, if there are any: OSCAL does not allow empty lists."""
    answers = list(answers_in(report.checklist))
    if not (report.findings or answers):
        return {}
    observations = chain(observations_of(report), answers)
    return {"observations": observations, **given(findings=list(findings_of(report)) or None)}


def _resources(findings: Iterable[Finding]) -> list[Fields]:
    """Return the subjects of the findings, each resource or scope once, by id."""
    found: dict[str, ResourceRef] = {}
    for finding in findings:
        found.setdefault(finding.resource.id, finding.resource)
    return [
        {
            "uuid": resource_id_of(each),
            "description": markup_of(each.name or each.id),
            "props": [
                own_property("resource-id", each.id),
                *([own_property("resource-type", each.type)] if each.type else []),
                *([own_property("region", each.location)] if each.location else []),
            ],
        }
        for _, each in sorted(found.items())
    ]


def _run_properties(report: Report) -> list[Fields]:
    """Return the result of the run."""
    gate, score = report.gate, report.score
    return [
        own_property("verdict", gate.outcome),
        own_property("complete", str(gate.complete).lower()),
        own_property("posture-low", str(score.low)),
        own_property("posture-high", str(score.high)),
        own_property("coverage", str(score.coverage)),
        own_property("made-for", utc(report.at)),
        own_property("tenant", report.collection.tenant or "not known"),
        own_property("principal", report.collection.principal or "none: from files"),
        *(own_property("scope-reached", each) for each in report.collection.reached),
        *(own_property("findings-kept", each) for each in report.only),
        *([own_property("masked", report.masked)] if report.masked else []),
        *([own_property("profile", report.profile.name)] if report.profile else []),
        *(own_property("switched-off", each) for each in switched_off(report)),
        *([own_property("checklist", report.checklist.readiness)] if report.checklist else []),
    ]


def _unread(report: Report) -> Iterator[str]:
    """Yield what could not be read, a paragraph for each part."""
    if report.collection.ended_at is None:
        yield "The collection did not finish: what it did not read is not judged."
    elif not report.gaps:
        yield "Everything that was requested was read."
    for gap in report.gaps:
        needs = f", needs {gap.permission}" if gap.permission else ""
        yield f"Could not be read: {gap.part} of {gap.scope_id} ({gap.reason}{needs})"


def _report_key(report: Report) -> str:
    """Return what distinguishes reports of the same time."""
    collection = report.collection
    return "\x1f".join((collection.tenant, *collection.reached, *collection.sources))

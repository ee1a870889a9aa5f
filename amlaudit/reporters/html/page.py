"""The page: the content of its views, rendered by their templates."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from amlaudit.core.attack_paths import Exposure, exposures
from amlaudit.core.neighbourhood import not_seen
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Report
from amlaudit.core.verdict import Status
from amlaudit.reporters.blind_spots import blind_spots
from amlaudit.reporters.blindness import rules_blinded
from amlaudit.reporters.html import (
    coverage,
    embedded,
    exceptions,
    frameworks,
    risks,
    workspaces,
)
from amlaudit.reporters.html.belonging import belonging
from amlaudit.reporters.html.counts import Counts, counts_of, first_fails
from amlaudit.reporters.html.environment import environment
from amlaudit.reporters.topology import Passage, Picture, pictures


def render(report: Report) -> str:
    """Return the report as one HTML page; equal reports give equal pages."""
    env = environment()
    scan = report.checklist.scan_id if report.checklist else scan_id(report)
    style = env.get_template("style.css").render(scan=scan)
    script = env.get_template("script.js").render()
    belongs = belonging(report)
    counts = counts_of(report, belongs)
    drawn = list(pictures(report))
    found = workspaces.cards(belongs, counts, drawn)
    return env.get_template("page.html.j2").render(
        report=report,
        scan=scan,
        style=style,
        script=script,
        policy=policy_of(style, script),
        counts=counts,
        total=counts.by_status.total(),
        judged=sum(map(counts.all_of, Status)),
        gating=_gating(report, counts),
        no_workspace=WORKSPACE not in report.seen,
        missing=not_seen(report.collection.scope.workspaces, report.neighbourhoods),
        spots=blind_spots(report),
        risks=risks.worst(counts.fails.values(), belongs, _exposed(drawn)),
        labels=belongs.labels(),
        embedded=embedded.embed(report, counts.by_status, belongs),
        first_fails=first_fails(report),
        manual=[each for each in report.findings if each.verdict.status is Status.MANUAL],
        cards=found,
        exposures={
            each.workspace.id: each for each in sorted(exposures(report), key=Exposure.rank)
        },
        pictures=[each.picture for each in found if each.picture],
        frameworks=frameworks.controls(report.rules, counts.by_rule, partial=bool(report.only)),
        disputed=sum(each.is_disputed for each in report.findings),
        matrix=coverage.matrix(report),
        api_versions=_api_versions(report),
        blinded=rules_blinded(report),
        waivers=exceptions.in_order(report),
        expiring=exceptions.expiring(report),
    )


def policy_of(style: str, script: str) -> str:
    """Return the content security policy that allows exactly this style and this script."""
    style_hash, script_hash = (
        b64encode(sha256(text.encode()).digest()).decode() for text in (style, script)
    )
    return (
        f"default-src 'none'; script-src 'sha256-{script_hash}'; "
        f"style-src 'sha256-{style_hash}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def scan_id(report: Report) -> str:
    """Return the id that ties printed pages to a scan: a hash over its time and verdicts."""
    digest = sha256(f"{report.at.isoformat()}\n{report.version}\n".encode())
    for finding in report.findings:
        digest.update(f"{finding.id} {finding.verdict.status}\n".encode())
    return digest.hexdigest()[:12]


def _api_versions(report: Report) -> list[str]:
    """Return the API versions of the evidence for verdicts, newest first."""
    looks = (look for each in report.findings for look in each.evidence)
    found = {look.origin.api_version for look in looks if look.origin}
    return sorted(found - {""}, reverse=True)


def _exposed(drawn: Iterable[Picture]) -> set[str]:
    """Return the ids of the workspaces that are reachable from public networks."""
    return {
        each.workspace.id
        for each in drawn
        if any(
            edge.target.id == each.workspace.id and edge.judgement.passage is Passage.OPEN
            for edge in each.edges
        )
    }


def _gating(report: Report, counts: Counts) -> Counter[Status]:
    """Return the number of findings that decide the verdict, by status; waived fails do not."""
    least = report.gate.fail_on
    gating = counts.at_least(least)
    waived = (count for each, count in report.waived.items() if least and each.at_least(least))
    gating[Status.FAIL] -= sum(waived)
    return gating

"""`amlaudit explain`: what a rule requires or a finding says, why, and how to fix it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import click

from amlaudit.cli.completion import rule_ids
from amlaudit.cli.finding import finding_in
from amlaudit.cli.options import FILE, packs_option
from amlaudit.cli.printing import Printer, output_option
from amlaudit.cli.rules.text import everything_of, explain_rule, indented
from amlaudit.cli.sanitise import sanitised
from amlaudit.core.arm_id import name_of
from amlaudit.core.commands import command_of
from amlaudit.core.patterns import late_pattern
from amlaudit.core.policy_view import PolicyView
from amlaudit.core.report import Finding, Report
from amlaudit.core.verdict import Evidence, Status
from amlaudit.records.reports import read_report
from amlaudit.reporters.finding_text import FindingTexts
from amlaudit.reporters.words import COMPLIANCE, REASONS, SEEN, details_of, moment_of, value_of
from amlaudit.rulebook.library import find_rule, load_library

_FINDING_ID: Final = late_pattern(r"[0-9a-f]{32}")


@click.command()
@packs_option
@click.option(
    "--report",
    "path",
    type=FILE,
    help="JSON report that contains the finding.",
)
@output_option
@click.argument("id", metavar="ID", shell_complete=rule_ids)
def explain(packs: tuple[str, ...], path: Path | None, printer: Printer, *, id: str) -> None:  # noqa: A002 - the word that users know
    """Explain a rule, or a finding of a JSON report: what, why, evidence, how to fix it.

    \b
    Examples:
      amlaudit explain AML1201
      amlaudit explain 5b1e4a6f0c2d4e8f9a1b2c3d4e5f6a7b --report report.json

    Given a rule and a report, it also lists the fails of the rule in the report, with their ids.
    """  # noqa: D301 - \b is click's own
    report = read_report(path) if path else None
    if _FINDING_ID.fullmatch(id.lower()):
        if report is None:
            raise click.UsageError("Explaining a finding requires its report: --report FILE.")
        finding = finding_in(report, id.lower())
        spelled = FindingTexts.of(report).fields(finding)
        text = "\n\n".join([*_about(finding, report), explain_rule(finding.rule)])
    else:
        asked = [each for each in report.rules if each.id in (id, id.upper())] if report else []
        rule = asked[0] if asked else find_rule(load_library(packs)[1], id)
        spelled = everything_of(rule)
        text = "\n\n".join([explain_rule(rule), *_fails(rule.id, report)])
    if printer.is_own:
        click.echo(sanitised(text))
    else:
        printer.show(spelled)


def _about(finding: Finding, report: Report) -> Iterator[str]:
    """Yield the paragraphs about a finding itself."""
    verdict, resource = finding.verdict, finding.resource
    yield f"{finding.id}  {verdict.status.replace('_', ' ')} on {resource.name}"
    yield indented(filter(None, [resource.id, finding.subject_key, str(finding.declared_at or "")]))
    if verdict.status is Status.UNKNOWN:
        needs = f"; needs {verdict.permission}" if verdict.permission else ""
        yield f"{REASONS[verdict.reason]}: {verdict.message}{needs}"
    else:
        yield verdict.message
    if verdict.looks:
        yield "Seen:\n" + indented(_look(each) for each in finding.evidence)
    history = _history(finding, report)
    if history:
        yield history
    if finding.waiver:
        waiver = finding.waiver
        yield f"Waived by {waiver.id} until {waiver.expires}, {waiver.owner}: {waiver.reason}"
    if finding.policies:
        yield _policies(finding)
    if verdict.status is Status.FAIL:
        yield "How to fix it here:\n" + indented(command_of(finding).splitlines())


def _look(evidence: Evidence) -> str:
    """Return one look of a rule: the path, the observed value and the expected one."""
    parts = [evidence.path, f"{value_of(evidence.observed)} ({SEEN[evidence.seen]})"]
    if evidence.expected:
        parts.append(f"wanted: {evidence.expected}")
    if evidence.origin:
        parts.append(f"{evidence.origin.source}, {moment_of(evidence.origin.collected_at)} UTC")
    return " · ".join(parts)


def _policies(finding: Finding) -> str:
    """Return what Azure Policy says about the same thing, and whether it disagrees."""
    opposite = " It comes to the opposite verdict." if finding.is_disputed else ""
    opposite += " Its policies contradict each other." if finding.is_contested else ""
    return f"Azure Policy:{opposite}\n" + indented(
        line for view in finding.policies for line in _view(view)
    )


def _view(view: PolicyView) -> Iterator[str]:
    """Yield what one assigned policy says, and what is behind it."""
    effect = f" ({view.effect})" if view.effect else ""
    at = f", evaluated {view.at}" if view.at else ""
    yield f"{COMPLIANCE[view.compliance]}: {view.definition}{effect}{at}"
    yield f"  assigned as {name_of(view.assignment)} to {view.scope or 'an unknown scope'}"
    yield from (f"  {each}" for each in details_of(view))


def _history(finding: Finding, report: Report) -> str:
    """Return how a finding compares with earlier reports, `""` if that is not known."""
    change, first = finding.change, finding.first_seen
    lines = [
        f"{change.replace('_', ' ')} since {report.baseline.name}"
        if change and report.baseline
        else "",
        f"first seen {moment_of(first)} UTC" if first else "",
    ]
    return " · ".join(filter(None, lines))


def _fails(rule_id: str, report: Report | None) -> Iterator[str]:
    """Yield the paragraph that lists the fails of a rule in a report."""
    if report:
        found: Iterable[Finding] = (each for each in report.findings if each.rule.id == rule_id)
        listed = [
            f"{each.id}  {each.resource.name}"
            for each in found
            if each.verdict.status is Status.FAIL
        ]
        is_asked = any(each.id == rule_id for each in report.rules)
        nothing = "none" if is_asked else "none, because the rule was not part of the run"
        yield "Fails in the report:\n" + indented(listed or [nothing])

"""`amlaudit fix-plan`: what a scan found, in the order in which to fix it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from msgspec.structs import replace

from amlaudit.cli.files import put, refuse_replacing
from amlaudit.cli.inputs import (
    is_to_be_judged,
    judging_for,
    refuse_if_judged,
    report_with_fails,
)
from amlaudit.cli.messages import counted, note
from amlaudit.cli.moments import timestamp_option
from amlaudit.cli.options import FILE, out_option, packs_option, profile_option
from amlaudit.core.report import Finding, Report
from amlaudit.core.rule import Fix, Rule, Severity
from amlaudit.core.verdict import Status
from amlaudit.engine.marking import Changed
from amlaudit.pipeline import audit
from amlaudit.rehearsal.trial import Rehearsal, rehearse, why_left
from amlaudit.reporters.remediation import pages, shell, sources
from amlaudit.reporters.remediation.plan import Plan, plan_for
from amlaudit.reporters.words import short_name
from amlaudit.scanners.files.source import Files

_WRITERS: Final[Mapping[str, Callable[[Report, Plan], str]]] = {
    "az": shell.script,
    "bicep": sources.bicep,
    "terraform": sources.terraform,
    "markdown": pages.page,
}
_NO_FIX: Final = Fix("# this rule is not installed here: add its pack with --rules")
_SHOWN: Final = 30
_NAMED: Final = 3


@click.command("fix-plan")
@click.argument("input", type=FILE)
@click.option(
    "--format",
    "language",
    default="markdown",
    show_default=True,
    type=click.Choice(list(_WRITERS)),
    help="Azure CLI script, declarations for Bicep or Terraform, or a page to read.",
)
@out_option
@click.option(
    "--severity",
    type=click.Choice([each.value for each in Severity]),
    default=Severity.LOW.value,
    show_default=True,
    help="Lowest severity of the fails to plan for.",
)
@packs_option
@profile_option
@timestamp_option
def fix_plan(**options: Any) -> None:  # noqa: ANN401 - one keyword for each option above
    """Plan the order in which to fix the fails of INPUT, a snapshot or a JSON report.

    \b
    Examples:
      amlaudit fix-plan report.json --out plan.md
      amlaudit fix-plan estate.db --format az --severity high --out fix-plan.sh

    New access is opened before old access is closed; irreversible steps are held back. For a
    snapshot, the plan is also tried out in memory: what passes afterwards, and whether anything
    new fails. Nothing in Azure is changed.
    """  # noqa: D301 - \b is click's own
    path: Path = options["input"]
    refuse_replacing(options["out"], path)
    mildest = Severity(options["severity"])
    report, rehearsal = _report_and_rehearsal(path, options, mildest)
    due = (each for each in report.findings if each.rule.severity.at_least(mildest))
    plan = plan_for(due, rehearsal.edits if rehearsal else {})
    text = _WRITERS[options["language"]](report, plan)
    put(text, options["out"])
    held = sum(each.is_held_back for each in plan.steps)
    note(f"{counted(len(plan.steps), 'step')}, {held} held back.")
    if rehearsal:
        _note_rehearsal(rehearsal, plan, mildest)
    else:
        note("The plan was not tried out, because that requires a snapshot; see --save-snapshot.")


def _report_and_rehearsal(
    path: Path, options: Mapping[str, Any], mildest: Severity
) -> tuple[Report, Rehearsal | None]:
    """Return the report of a file, and the rehearsal of the fixes if it is a snapshot.

    Raises:
        AmlauditError: It is neither a snapshot nor a JSON report.
        UsageError: The report does not include the fails, or --timestamp is given with one.
    """
    if not is_to_be_judged(path):
        refuse_if_judged(click.get_current_context(), path, {"timestamp": "--timestamp"})
        rules = judging_for(options).policy.rules
        return _with_own_fixes(report_with_fails(path), rules), None
    judging, source = judging_for(options), Files((path,))
    report = audit(judging.scope, source, judging.policy, judging.at)
    return report, rehearse(judging.scope, source, judging.policy, report, mildest)


def _with_own_fixes(report: Report, rules: Iterable[Rule]) -> Report:
    """Return a report whose fixes are replaced by those of the rules installed here.

    A report may come from elsewhere, and the commands in it would end up in a script.
    """
    fixes = {rule.id: rule.fix for rule in rules}

    def with_own_fix(finding: Finding) -> Finding:
        fix = fixes.get(finding.rule.id, _NO_FIX)
        return replace(finding, rule=replace(finding.rule, fix=fix))

    return replace(report, findings=Changed(report.findings, with_own_fix))


def _note_rehearsal(rehearsal: Rehearsal, plan: Plan, mildest: Severity) -> None:
    """Print on stderr the outcome of rehearsing the plan."""
    before, after = (each.count(Status.FAIL) for each in (rehearsal.before, rehearsal.after))
    fixed = {each.id for each in rehearsal.fixed}
    held = sum(each.is_held_back and each.finding.id in fixed for each in plan.steps)
    note(
        f"Tried out in memory: {before} fails before, {after} after. {len(fixed)} now "
        f"pass or no longer apply, {held} of them through steps that are held back. Choices that "
        "are left to people were assumed to be good ones."
    )
    _note_findings("unknown afterwards", rehearsal.unclear)
    _note_findings("left", rehearsal.left, why_left)
    _note_findings("new fail", rehearsal.broken)
    if any(not each.rule.severity.at_least(mildest) for each in rehearsal.broken):
        note("  use a lower --severity to plan for the new fails, too")


def _note_findings(
    outcome: str,
    findings: Sequence[Finding],
    why: Callable[[Finding], str] = lambda each: each.verdict.message,
) -> None:
    """Print on stderr which findings ended in some undesirable way, and why."""
    names: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for each in findings:
        names[each.rule.id, why(each)].append(short_name(each.resource))
    for (rule_id, reason), several in list(names.items())[:_SHOWN]:
        more = f" and {len(several) - _NAMED} more" if len(several) > _NAMED else ""
        note(f"  {outcome}: {rule_id} on {', '.join(several[:_NAMED])}{more}: {reason}")
    if len(names) > _SHOWN:
        note(f"  {outcome}: {len(names) - _SHOWN} more")

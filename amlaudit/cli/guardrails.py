"""`amlaudit guardrails`: Azure Policy that prevents what a scan found."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any, Final

import click

from amlaudit.cli.files import put, refuse_replacing
from amlaudit.cli.inputs import report_with_fails
from amlaudit.cli.messages import note
from amlaudit.cli.options import FILE, out_option, packs_option, profile_option
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.guardrails.definitions import Definition
from amlaudit.guardrails.initiative import Initiative, initiative_for
from amlaudit.guardrails.templates import SCOPES, arm_template, bicep_file
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.profiles import load_rules

_FRAMEWORKS: Final = ("mcsb", "cis_azure", "nist_800_53_r5", "iso_27001_2022", "waf")
_WRITERS: Final = {"bicep": bicep_file, "json": arm_template}


@click.command()
@click.option(
    "--report",
    "report",
    type=FILE,
    help="JSON report; guard the rules that fail in it.",
)
@click.option("--all", "everything", is_flag=True, help="Guard every rule of the profile.")
@packs_option
@profile_option
@click.option(
    "--effect",
    default="audit",
    show_default=True,
    type=click.Choice(["audit", "deny"]),
    help="Whether policies report violations or refuse them.",
)
@click.option(
    "--framework",
    default="mcsb",
    show_default=True,
    type=click.Choice(_FRAMEWORKS),
    help="Framework whose controls group the policies.",
)
@click.option(
    "--scope",
    default="subscription",
    show_default=True,
    type=click.Choice(list(SCOPES)),
    help="Where the policy set is defined.",
)
@click.option(
    "--format",
    "language",
    default="bicep",
    show_default=True,
    type=click.Choice(list(_WRITERS)),
    help="Bicep, or an ARM template as JSON.",
)
@out_option
def guardrails(**options: Any) -> None:  # noqa: ANN401 - one keyword for each option above
    """Write an Azure Policy initiative that keeps fails from coming back.

    \b
    Examples:
      amlaudit guardrails --report report.json --effect deny --out guard.bicep
      amlaudit guardrails --all --format json --scope management-group

    For each rule it uses a built-in Azure definition that finds what fails the rule, or else one
    written from the rule's condition. Nothing is deployed: review it, then deploy it yourself.
    """  # noqa: D301 - \b is click's own
    report: Path | None = options["report"]
    if (report is None) is not options["everything"]:
        raise click.UsageError("Specify what to guard: either --report REPORT.json or --all.")
    _, rules, _ = load_rules(options["packs"], read_profile(options["profile"]))
    if report:
        refuse_replacing(options["out"], report)
    guarded = rules if report is None else _failing(rules, report)
    initiative = initiative_for(guarded, options["effect"], options["framework"])
    _note_guards(initiative, options["effect"])
    text = _WRITERS[options["language"]](initiative, options["scope"])
    put(text, options["out"])


def _failing(rules: Sequence[Rule], report: Path) -> list[Rule]:
    """Return the rules that fail in a JSON report, as set by the profile of this run."""
    findings = report_with_fails(report).findings
    failed = {each.rule.id for each in findings if each.verdict.status is Status.FAIL}
    return [each for each in rules if each.id in failed]


def _note_guards(initiative: Initiative, effect: str) -> None:
    """Print on stderr what guards each rule, and which rules have no guard."""
    written = len(initiative.definitions)
    note(
        f"{len(initiative.guards)} rules are guarded: {len(initiative.guards) - written} by "
        f"built-in definitions, {written} by definitions written from the rules."
    )
    for guard in initiative.guards:
        milder = "" if guard.effect.lower() == effect else f"it can only {guard.effect}"
        text = "; ".join(filter(None, (milder, guard.note)))
        own = "written" if isinstance(guard.policy, Definition) else "built-in"
        note(f"  {guard.rule.id} {own}{text and ': ' + text}")
    if initiative.unguarded:
        note(f"{len(initiative.unguarded)} have no guard; scans still find their fails:")
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for rule_id, why in initiative.unguarded.items():
        by_reason[why].append(rule_id)
    for why, ids in sorted(by_reason.items(), key=lambda each: -len(each[1])):
        note(fill(f"{why}: {', '.join(ids)}", initial_indent="  ", subsequent_indent="    "))

"""Pages about rules in Markdown: one for each rule, and an index."""

import json
import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from amlaudit.core.conditions import ParameterValue
from amlaudit.core.rule import Change, Rule
from amlaudit.rulebook.cases import Case

_CHANGES = {
    Change.IN_PLACE: "An update is enough.",
    Change.RECREATE: "The setting is fixed at creation: the resource has to be rebuilt.",
    Change.CREATE_COMPANION: "Another resource has to be created.",
}
_FRAMEWORKS = {
    "mcsb": "Microsoft cloud security benchmark",
    "cis_azure": "CIS Microsoft Azure Foundations",
    "nist_800_53_r5": "NIST SP 800-53 Rev. 5",
    "iso_27001_2022": "ISO/IEC 27001:2022",
    "azure_policy": "Azure Policy",
    "waf": "Well-Architected Framework",
}


def page_of(rule: Rule, cases: Sequence[Case]) -> str:
    """Return the page of a rule, with its cases as examples."""
    fix = [_CHANGES[rule.fix.change]]
    if rule.fix.irreversible:
        fix.append("The step cannot be undone.")
    fix.append(escaped(rule.fix.note))
    parts = [
        f"# {rule.id}: {escaped(rule.title)}",
        f"**{rule.severity.capitalize()}**, {rule.area}, judges `{rule.applies_to}`.",
        escaped(rule.severity_reason),
        "## Why",
        escaped(rule.because),
        "## Mend it",
        f"```sh\n{rule.fix.command}\n```",
        " ".join(filter(None, fix)),
        *_parameters(rule),
        *_examples(cases),
        *_mappings(rule),
        "## Sources",
        "\n".join(f"- <{source}>" for source in rule.sources),
    ]
    return "\n\n".join(parts) + "\n"


def index_of(rules: Iterable[Rule]) -> str:
    """Return the page that lists all rules, by area."""
    parts = ["# Rules"]
    for area, several in groupby(sorted(rules, key=_by_area), key=lambda rule: rule.area):
        rows = "\n".join(
            f"| [{rule.id}]({page_name(rule)}) | {rule.severity} | {escaped(rule.title)} |"
            for rule in several
        )
        parts += [
            f"## {area.capitalize()}",
            f"| Rule | Severity | Good state |\n|---|---|---|\n{rows}",
        ]
    return "\n\n".join(parts) + "\n"


def page_name(rule: Rule) -> str:
    """Return the file name of a rule's page."""
    return f"{rule.id.lower()}.md"


def _by_area(rule: Rule) -> tuple[str, str]:
    """Return what the index is ordered by."""
    return rule.area, rule.id


def _parameters(rule: Rule) -> Iterable[str]:
    """Yield what a company can set."""
    if rule.parameters:
        yield "## Parameters"
        rows = "\n".join(
            f"| `{name}` | {_default(each.default)} | {escaped(each.meaning)} |"
            for name, each in sorted(rule.parameters.items())
        )
        yield f"| Name | Default | Meaning |\n|---|---|---|\n{rows}"


def _default(value: ParameterValue) -> str:
    """Return a default as a profile would write it; in a table a bar ends a cell even in code."""
    spelled = json.dumps(value, ensure_ascii=False).replace("|", "\\|")
    return f"`{spelled}`"


def _examples(cases: Sequence[Case]) -> Iterable[str]:
    """Yield how the rule comes out, by its cases."""
    if cases:
        yield "## How it comes out"
        rows = "\n".join(f"| {escaped(case.name)} | {case.expected} |" for case in cases)
        yield f"| Case | Verdict |\n|---|---|\n{rows}"


def _mappings(rule: Rule) -> Iterable[str]:
    """Yield which controls of other frameworks the rule serves."""
    if rule.mappings:
        yield "## Serves"
        yield "\n".join(
            f"- {_FRAMEWORKS.get(name, name)}: {', '.join(ids)}"
            for name, ids in sorted(rule.mappings.items())
        )


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is written."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))

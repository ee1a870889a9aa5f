"""Markdown pages about rules: one for each rule, and an index."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from amlaudit.core.conditions import ParameterValue
from amlaudit.core.declarations import bicep_of, terraform_of, undeclared_of
from amlaudit.core.rule import Change, Rule, Severity
from amlaudit.core.verdict import Status
from amlaudit.rulebook.cases import Case

_CHANGES: Final = {
    Change.IN_PLACE: "An update is enough.",
    Change.RECREATE: "The setting is fixed at creation: the resource must be rebuilt.",
    Change.CREATE_COMPANION: "Another resource must be created.",
}
_FRAMEWORKS: Final = {
    "mcsb": "Microsoft cloud security benchmark",
    "cis_azure": "CIS Microsoft Azure Foundations",
    "nist_800_53_r5": "NIST SP 800-53 Rev. 5",
    "iso_27001_2022": "ISO/IEC 27001:2022",
    "azure_policy": "Azure Policy",
    "waf": "Well-Architected Framework",
}

_BESIDE: Final = "In Bicep, in addition to what is already declared:"
_AS_MUCH: Final = "In Bicep, as much of this as needed, in addition to what is already declared:"
_WAYS: Final = "[by area](#by-area), [by severity](#by-severity), [by framework](#by-framework)"


def page_of(rule: Rule, cases: Sequence[Case]) -> str:
    """Return the page of a rule, with its cases as examples."""
    fix = [_CHANGES[rule.fix.change]]
    if rule.fix.irreversible:
        fix.append("The step cannot be undone.")
    fix.append(escaped(rule.fix.note))
    arm_type = rule.type_name or rule.applies_to
    parts = [
        f"# {rule.id}: {escaped(rule.title)}",
        f"**{rule.severity.capitalize()}**, {rule.area}, judges `{arm_type}`.",
        escaped(rule.severity_reason),
        "## Why",
        escaped(rule.because),
        "## Mend it",
        f"```sh\n{rule.fix.command}\n```",
        " ".join(filter(None, fix)),
        *filter(None, [escaped(rule.fix.portal)]),
        *_declarations(rule),
        *_parameters(rule),
        *_examples(cases),
        *_mappings(rule),
        "## Sources",
        "\n".join(f"- <{source}>" for source in rule.sources),
    ]
    return "\n\n".join(parts) + "\n"


def index_of(rules: Iterable[Rule]) -> str:
    """Return the page that lists all rules: by area, by severity, and by framework."""
    ordered = sorted(rules, key=_by_area)
    parts = [
        "# Rules",
        f"{len(ordered)} rules: {_WAYS}.",
        "## By area",
        *_areas(ordered),
        "## By severity",
        *_severities(ordered),
        "## By framework",
        *_controls(ordered),
    ]
    return "\n\n".join(parts) + "\n"


def _areas(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield a table for each area."""
    for area, several in groupby(rules, key=lambda rule: rule.area):
        yield f"### {area.capitalize()}"
        yield table(
            ("Rule", "Severity", "Good state"),
            ((_link(rule), rule.severity, escaped(rule.title)) for rule in several),
        )


def _severities(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield a table for each severity, worst first."""
    for severity in Severity:
        if found := [rule for rule in rules if rule.severity is severity]:
            yield f"### {severity.capitalize()}"
            yield table(
                ("Rule", "Area", "Good state"),
                ((_link(rule), rule.area, escaped(rule.title)) for rule in found),
            )


def _controls(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield a table for each framework: its controls, and the rules that serve them."""
    for framework, name in _FRAMEWORKS.items():
        serving: defaultdict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            for control in rule.mappings.get(framework, ()):
                serving[control].append(rule)
        if serving:
            rows = (
                (escaped(control), ", ".join(map(_link, sorted(found, key=lambda rule: rule.id))))
                for control, found in sorted(serving.items(), key=lambda each: _natural(each[0]))
            )
            yield f"### {name}"
            yield table(("Control", "Rules"), rows)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; its cells are Markdown."""
    lines = [heads, *rows]
    spelled = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join([spelled[0], "|---" * len(heads) + "|", *spelled[1:]])


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a sort key that orders numbers in texts by value: NS-2 before NS-10."""
    return [(int(part or 0) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", text)]


def _link(rule: Rule) -> str:
    """Return a link to the page of a rule, from the index."""
    return f"[{rule.id}]({page_name(rule)})"


def page_name(rule: Rule) -> str:
    """Return the file name of a rule's page."""
    return f"{rule.id.lower()}.md"


def _by_area(rule: Rule) -> tuple[str, str]:
    """Return the sort key of the index."""
    return rule.area, rule.id


def _declarations(rule: Rule) -> Iterable[str]:
    """Yield what infrastructure as code must declare, or why it cannot."""
    if code := bicep_of(rule):
        yield _AS_MUCH if len(rule.fix.companions) > 1 else _BESIDE
        yield f"```bicep\n{code}\n```"
        yield "In Terraform:"
        yield f"```terraform\n{terraform_of(rule)}\n```"
    elif reason := undeclared_of(rule):
        yield escaped(reason)


def _parameters(rule: Rule) -> Iterable[str]:
    """Yield what a company can set."""
    if rule.parameters:
        yield "## Parameters"
        yield table(
            ("Name", "Default", "Meaning"),
            (
                (f"`{name}`", _default(each.default), escaped(each.meaning))
                for name, each in sorted(rule.parameters.items())
            ),
        )


def _default(value: ParameterValue) -> str:
    """Return a default as in a profile, with bars escaped: they end table cells even in code."""
    spelled = json.dumps(value, ensure_ascii=False).replace("|", "\\|")
    return f"`{spelled}`"


def _examples(cases: Sequence[Case]) -> Iterable[str]:
    """Yield an example of a pass and of a fail, and a table of the verdicts of all cases."""
    for status in (Status.PASS, Status.FAIL):
        found = (case for case in cases if case.expected is status)
        if shown := min(found, key=_length, default=None):
            body = {key: value for key, value in shown.subject.body.items() if key != "id"}
            yield f"## Example of a {status}: {escaped(shown.name)}"
            yield f"```json\n{json.dumps(body, indent=2, ensure_ascii=False)}\n```"
    if cases:
        yield "## How it comes out"
        yield table(("Case", "Verdict"), ((escaped(case.name), case.expected) for case in cases))


def _length(case: Case) -> tuple[bool, int]:
    """Return a sort key by the written length of the subject; whole ones hide what matters."""
    return case.is_whole, len(json.dumps(case.subject.body))


def _mappings(rule: Rule) -> Iterable[str]:
    """Yield the controls of other frameworks that the rule serves."""
    if rule.mappings:
        yield "## Serves"
        yield "\n".join(
            f"- {_FRAMEWORKS.get(name, name)}: {', '.join(ids)}"
            for name, ids in sorted(rule.mappings.items())
        )


def escaped(text: str) -> str:
    """Return a text escaped so that Markdown shows it verbatim."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))

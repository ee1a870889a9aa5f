"""Rules as text, for `rules show` and `explain`."""

from collections.abc import Iterable
from textwrap import fill
from typing import Final

from amlaudit.core.declarations import bicep_of, terraform_of, undeclared_of
from amlaudit.core.rule import Rule
from amlaudit.reporters.fields import condition_fields, rule_fields

_WIDTH: Final = 80


def kind_of(rule: Rule) -> str:
    """Return the kind of a rule: yaml, python, policy or question."""
    if rule.path.endswith(".py"):
        return "python"
    if rule.path.endswith(".json"):
        return "policy"
    return "yaml" if rule.require else "question"


def explain_rule(rule: Rule) -> str:
    """Return everything there is to know about a rule, as text."""
    paragraphs = [
        wrapped(f"{rule.id}  {rule.title}"),
        wrapped(f"{rule.severity}: {rule.severity_reason}"),
        f"Applies to {rule.type_name or rule.applies_to}.",
        wrapped(rule.because),
        "How to fix it:\n" + indented(rule.fix.command.splitlines()),
    ]
    warnings = [
        "The resource must be recreated." if rule.fix.change == "recreate" else "",
        "The step cannot be undone." if rule.fix.irreversible else "",
        rule.fix.note,
    ]
    remarks = (" ".join(filter(None, warnings)), rule.fix.portal)
    paragraphs += (wrapped(each) for each in remarks if each)
    if code := bicep_of(rule):
        paragraphs.append("In Bicep:\n" + indented(code.splitlines()))
        paragraphs.append("In Terraform:\n" + indented(terraform_of(rule).splitlines()))
    elif reason := undeclared_of(rule):
        paragraphs.append(wrapped(reason))
    if rule.parameters:
        listed = (f"{k} = {v.value}: {v.meaning}" for k, v in sorted(rule.parameters.items()))
        paragraphs.append("Parameters:\n" + indented(listed))
    if rule.mappings:
        listed = (f"{name}: {', '.join(ids)}" for name, ids in sorted(rule.mappings.items()))
        paragraphs.append("Mapped to:\n" + indented(listed))
    paragraphs.append("Sources:\n" + indented(rule.sources))
    return "\n\n".join(paragraphs)


def wrapped(text: str) -> str:
    """Return prose wrapped to fit any terminal."""
    return fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def indented(lines: Iterable[str]) -> str:
    """Return lines, indented."""
    return "\n".join(f"  {line}" for line in lines)


def everything_of(rule: Rule) -> dict[str, object]:
    """Return the full description of a rule, as JSON."""
    return {"kind": kind_of(rule), **rule_fields(rule), **condition_fields(rule)}

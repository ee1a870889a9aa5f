"""How reports word fixes: what to know before applying one, then its commands."""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.commands import command_of
from amlaudit.core.report import Finding
from amlaudit.core.rule import Change, Rule
from amlaudit.reporters.texts import clean, sentence

_WARNINGS: Final = {
    Change.RECREATE: "The property is fixed at creation: the resource must be rebuilt.",
    Change.CREATE_COMPANION: "Another resource must be created.",
}


def cautions_of(rule: Rule) -> Iterator[str]:
    """Yield what to know before applying the fix of a rule, each on one line."""
    if rule.fix.change in _WARNINGS:
        yield f"Warning: {_WARNINGS[rule.fix.change]}"
    if rule.fix.irreversible:
        yield "Warning: This step cannot be undone."
    if rule.fix.note:
        yield f"Note: {sentence(clean(rule.fix.note))}"
    if rule.fix.portal:
        yield clean(rule.fix.portal)


def fix_of(finding: Finding) -> str:
    """Return the commands that fix a fail, below comments on what to know before."""
    comments = (f"# {each}" for each in cautions_of(finding.rule))
    return "\n".join((*comments, command_of(finding)))

"""The page of the documentation about the agenda of the guidance, in Markdown."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from amlaudit.core.checklist import REPORT, Item
from amlaudit.core.rule import Rule
from amlaudit.rulebook.agenda import Agenda, Missing
from amlaudit.rulebook.pages import escaped, page_name

_INTRODUCTION: Final = """\
What the enterprise guidance for Azure Machine Learning wants settled before a system goes live, and
what answers it here: rules, or questions to people. A check beside which only a question stands is
not automated."""


def agenda_page(agenda: Agenda, rules: Iterable[Rule]) -> str:
    """Return the page about the agenda in Markdown, for the folder above the pages of the rules."""
    by_id = {rule.id: rule for rule in rules}
    parts = [
        "# The agenda of the guidance",
        _INTRODUCTION.replace("\n", " "),
    ]
    for row in agenda.rows:
        parts += [f"## {row.key} {escaped(row.subject)}", _table_of_checks(row, agenda.gaps, by_id)]
        parts.append("\n".join(_question_rows(row)))
    beyond = (f"| {_link(by_id[key])} | {escaped(why)} |" for key, why in agenda.beyond.items())
    parts += ["## Beyond the agenda", "\n".join(["| Rule | Why |", "|---|---|", *beyond])]
    return "\n\n".join(parts) + "\n"


def _table_of_checks(row: Item, gaps: Mapping[str, Missing], by_id: Mapping[str, Rule]) -> str:
    """Return the checks of a row and what answers them."""
    lines = ["| Check | Answered by |", "|---|---|"]
    for check, answers in row.checks.items():
        told = ", ".join(_answered_by(each, by_id) for each in answers)
        if check in gaps:
            told += f"; no rule yet: {escaped(gaps[check].because)} ({gaps[check].version})"
        lines.append(f"| `{check}` | {told} |")
    return "\n".join(lines)


def _answered_by(answer: str, by_id: Mapping[str, Rule]) -> str:
    """Return what answers a check: a rule with a link, the report, or a question."""
    if answer in by_id:
        return _link(by_id[answer])
    return "the report itself" if answer == REPORT else answer


def _question_rows(row: Item) -> Iterator[str]:
    """Yield the lines of the table of a row's questions."""
    yield "| Question | Who | Before go-live | Evidence | Asked again when these change |"
    yield "|---|---|---|---|---|"
    for each in row.questions:
        need = "must be settled" if each.blocking else "advised"
        asks, evidence = escaped(each.asks), escaped(each.evidence)
        evidence += " (needed)" if each.needs_evidence else ""
        facts = ", ".join(f"`{fact}`" for fact in each.depends_on)
        yield f"| **{each.id}** {asks} | {each.role} | {need} | {evidence} | {facts or 'none'} |"


def _link(rule: Rule) -> str:
    """Return a link to the page of a rule."""
    return f"[{rule.id}](rules/{page_name(rule)})"

"""The documentation page about the agenda of the guidance, in Markdown."""

from collections.abc import Iterable, Mapping
from typing import Final

from amlaudit.core.checklist import REPORT, Item, Question
from amlaudit.core.rule import Rule
from amlaudit.rulebook.agenda import Agenda, Missing
from amlaudit.rulebook.pages import escaped, page_name, table

_INTRODUCTION: Final = """\
What the enterprise guidance for Azure Machine Learning requires before a system goes live, and
what covers it here: rules, or questions for people. A check that only a question covers is
not automated."""

_HEADS: Final = ("Question", "Who", "Before go-live", "Evidence", "Asked again when these change")


def agenda_page(agenda: Agenda, rules: Iterable[Rule]) -> str:
    """Return the page about the agenda in Markdown, for the parent folder of the rule pages."""
    by_id = {rule.id: rule for rule in rules}
    parts = [
        "# The agenda of the guidance",
        _INTRODUCTION.replace("\n", " "),
    ]
    for row in agenda.rows:
        parts += [f"## {row.key} {escaped(row.subject)}", _table_of_checks(row, agenda.gaps, by_id)]
        parts.append(table(_HEADS, map(_cells_of, row.questions)))
    beyond = ((_link(by_id[key]), escaped(why)) for key, why in agenda.beyond.items())
    parts += ["## Beyond the agenda", table(("Rule", "Why"), beyond)]
    return "\n\n".join(parts) + "\n"


def _table_of_checks(row: Item, gaps: Mapping[str, Missing], by_id: Mapping[str, Rule]) -> str:
    """Return the checks of a row and what answers them."""
    rows: list[tuple[str, str]] = []
    for check, answers in row.checks.items():
        text = ", ".join(_answered_by(each, by_id) for each in answers)
        if check in gaps:
            text += f"; no rule yet: {escaped(gaps[check].because)} ({gaps[check].version})"
        rows.append((f"`{check}`", text))
    return table(("Check", "Answered by"), rows)


def _answered_by(answer: str, by_id: Mapping[str, Rule]) -> str:
    """Return what answers a check: a rule with a link, the report, or a question."""
    if answer in by_id:
        return _link(by_id[answer])
    return "the report itself" if answer == REPORT else answer


def _cells_of(question: Question) -> tuple[str, ...]:
    """Return the cells of a question in the table of a row's questions."""
    need = "must be settled" if question.blocking else "advised"
    evidence = escaped(question.evidence) + (" (needed)" if question.needs_evidence else "")
    facts = ", ".join(f"`{fact}`" for fact in question.depends_on)
    asks = f"**{question.id}** {escaped(question.asks)}"
    return asks, question.role, need, evidence, facts or "none"


def _link(rule: Rule) -> str:
    """Return a link to the page of a rule."""
    return f"[{rule.id}](rules/{page_name(rule)})"

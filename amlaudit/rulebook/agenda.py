"""The agenda of the enterprise guidance: which rules and which questions answer what it asks.

`data/agenda.yaml` holds it: sixteen rows (A00 to A15) and ten frequent questions (F01 to F10).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from amlaudit.core.rule import Rule
from amlaudit.rulebook.nodes import Node, did_you_mean, read_yaml
from amlaudit.rulebook.pages import escaped, page_name

_FILE: Final = Path(__file__).with_name("data") / "agenda.yaml"
_INTRODUCTION: Final = """\
What the enterprise guidance for Azure Machine Learning wants settled before a system goes live, and
what answers it here: rules, or questions to people. A check beside which only a question stands is
not automated."""
_QUESTION_KEYS: Final = ("role", "blocking", "asks", "evidence")


@dataclass(frozen=True, slots=True)
class Question:
    """What only people can answer.

    Attributes:
        id: The key of its row and a number (`A07.2`).
        role: Who answers.
        blocking: Whether nothing goes live without an answer.
        asks: The question.
        evidence: What shows that the answer is true.
    """

    id: str
    role: str
    blocking: bool
    asks: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the agenda, or a frequent question.

    Attributes:
        key: `A00` to `A15`, `F01` to `F10`.
        subject: What it is about.
        checks: What is to be checked, to the ids of rules and questions that answer it.
        questions: Its questions.
    """

    key: str
    subject: str
    checks: dict[str, tuple[str, ...]]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Agenda:
    """The whole agenda.

    Attributes:
        rows: Its rows.
        beyond: Ids of rules that no row asks for, and why they are there.
    """

    rows: tuple[Row, ...]
    beyond: dict[str, str]


def read_agenda(rules: Iterable[Rule], path: Path = _FILE) -> Agenda:
    """Return the agenda.

    Raises:
        AmlauditError: The file is wrong, or names a rule or question that is not there.
    """
    keys = read_yaml(path, path.name).mapping(("rows", "beyond"), "the agenda")
    rows = keys["rows"].entries()
    ids = {rule.id for rule in rules}
    known = ids | {
        question for _, row in rows.values() for question in _part(row, "questions").entries()
    }
    beyond = keys["beyond"].entries()
    for name, (at, _) in beyond.items():
        _refuse_unknown(at, name, ids)
    return Agenda(
        tuple(_read_row(key, row, known) for key, (_, row) in rows.items()),
        {name: text.text() for name, (_, text) in beyond.items()},
    )


def _part(row: Node, key: str) -> Node:
    """Return one part of a row."""
    return row.mapping(("subject", "checks", "questions"), "a row")[key]


def _read_row(key: str, row: Node, known: set[str]) -> Row:
    """Return a row; its checks may name the rules and questions that are known."""
    checks: dict[str, tuple[str, ...]] = {}
    for check, (_, answers) in _part(row, "checks").entries().items():
        for each in answers.items():
            _refuse_unknown(each, each.text(), known)
        checks[check] = tuple(each.text() for each in answers.items())
    questions = _part(row, "questions").entries()
    return Row(
        key,
        _part(row, "subject").text(),
        checks,
        tuple(_read_question(question, body) for question, (_, body) in questions.items()),
    )


def _read_question(question: str, body: Node) -> Question:
    """Return a question."""
    keys = body.mapping(_QUESTION_KEYS, "a question")
    role, asks, evidence = (keys[key].text() for key in ("role", "asks", "evidence"))
    return Question(question, role, keys["blocking"].boolean(), asks, evidence)


def _refuse_unknown(node: Node, name: str, known: set[str]) -> None:
    """Raise if no rule and no question has an id."""
    if name not in known:
        node.error(f'unknown rule or question "{name}".{did_you_mean(name, known)}', code="E203")


def agenda_page(agenda: Agenda, rules: Iterable[Rule]) -> str:
    """Return the page about the agenda in Markdown, for the folder above the pages of the rules."""
    by_id = {rule.id: rule for rule in rules}
    parts = [
        "# The agenda of the guidance",
        _INTRODUCTION.replace("\n", " "),
    ]
    for row in agenda.rows:
        parts += [f"## {row.key} {escaped(row.subject)}", _table_of_checks(row, by_id)]
        parts.append("\n".join(_question_rows(row)))
    beyond = (f"| {_link(by_id[key])} | {escaped(why)} |" for key, why in agenda.beyond.items())
    parts += ["## Beyond the agenda", "\n".join(["| Rule | Why |", "|---|---|", *beyond])]
    return "\n\n".join(parts) + "\n"


def _table_of_checks(row: Row, by_id: dict[str, Rule]) -> str:
    """Return the checks of a row and what answers them."""
    lines = ["| Check | Answered by |", "|---|---|"]
    for check, answers in row.checks.items():
        told = ", ".join(_link(by_id[each]) if each in by_id else each for each in answers)
        lines.append(f"| `{check}` | {told} |")
    return "\n".join(lines)


def _question_rows(row: Row) -> Iterator[str]:
    """Yield the lines of the table of a row's questions."""
    yield "| Question | Who | Before go-live | Evidence |"
    yield "|---|---|---|---|"
    for each in row.questions:
        need = "must be settled" if each.blocking else "advised"
        asks, evidence = escaped(each.asks), escaped(each.evidence)
        yield f"| **{each.id}** {asks} | {each.role} | {need} | {evidence} |"


def _link(rule: Rule) -> str:
    """Return a link to the page of a rule."""
    return f"[{rule.id}](rules/{page_name(rule)})"

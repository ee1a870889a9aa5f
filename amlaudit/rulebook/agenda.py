"""The agenda of the enterprise guidance: which rules and questions cover what it asks.

It is in `data/agenda.yaml`: sixteen rows (A00 to A15) and ten frequent questions (F01 to F10).
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.checklist import REPORT, Item, Level, Question, Role
from amlaudit.core.suggestions import did_you_mean
from amlaudit.rulebook.library import shipped_ids
from amlaudit.rulebook.profile_reader import Weight
from amlaudit.shipped_cache import cached
from amlaudit.strict_yaml import Node, read_yaml

_FILE: Final = Path(__file__).with_name("data") / "agenda.yaml"
_GAPS: Final = _FILE.with_name("checklist_gaps.yaml")
_QUESTION_KEYS: Final = (
    "role", "blocking", "asks", "evidence", "needs_evidence", "depends_on",
)  # fmt: skip


class Missing(Struct, frozen=True):
    """A check that no rule answers.

    Attributes:
        because: Why.
        version: The version planned to answer it, `never` if only people can.
    """

    because: str
    version: str


class Agenda(Struct, frozen=True):
    """The whole agenda.

    Attributes:
        rows: Its rows.
        beyond: Ids of rules that no row asks for, and why they are there.
        gaps: Checks that no rule answers yet, by key.
    """

    rows: tuple[Item, ...]
    beyond: dict[str, str]
    gaps: dict[str, Missing]

    @property
    def reasons(self) -> Mapping[str, str]:
        """Why no rule answers a check, by key."""
        return {key: gap.because for key, gap in self.gaps.items()}


def shipped_agenda() -> Agenda:
    """Return the agenda, which refers to shipped rules."""
    return cached("agenda", lambda: read_agenda(shipped_ids()))


def read_agenda(ids: Collection[str], path: Path = _FILE) -> Agenda:
    """Read an agenda, which may refer to rules with these ids.

    Raises:
        AmlauditError: The file is invalid, or names a rule or question that does not exist.
    """
    keys = read_yaml(path, path.name).mapping(("rows", "beyond"), "the agenda")
    rows = keys["rows"].entries()
    known = {REPORT, *ids} | {
        question for _, row in rows.values() for question in _part(row, "questions").entries()
    }
    checks = {key for _, row in rows.values() for key in _part(row, "checks").entries()}
    beyond = keys["beyond"].entries()
    for name, (at, _) in beyond.items():
        _refuse_unknown(at, name, {*ids})
    return Agenda(
        tuple(_read_row(key, row, known, checks) for key, (_, row) in rows.items()),
        {name: text.text() for name, (_, text) in beyond.items()},
        _read_gaps(checks),
    )


def _read_gaps(checks: set[str]) -> dict[str, Missing]:
    """Read the checks that no rule answers, each of which must exist."""
    found: dict[str, Missing] = {}
    for key, (at, body) in read_yaml(_GAPS, _GAPS.name).entries().items():
        _refuse_unknown(at, key, checks)
        keys = body.mapping(("because", "version"), "a gap")
        found[key] = Missing(keys["because"].text(), keys["version"].text())
    return found


def as_weighed(agenda: Agenda, weights: Mapping[str, Weight]) -> Agenda:
    """Return the agenda with the levels that a profile gives to questions.

    Raises:
        AmlauditError: There is no such question, or its level is lowered without a justification.
    """
    known = {question.id for row in agenda.rows for question in row.questions}
    for key, weight in weights.items():
        _refuse_unknown(weight.place, key, known)
    rows = tuple(
        replace(row, questions=tuple(_weighed(each, weights) for each in row.questions))
        for row in agenda.rows
    )
    return replace(agenda, rows=rows)


def _weighed(question: Question, weights: Mapping[str, Weight]) -> Question:
    """Return a question with the level that a profile gives it."""
    weight = weights.get(question.id)
    if weight is None:
        return question
    blocking = weight.level is Level.BLOCKING
    if question.blocking and not blocking and not weight.justification:
        weight.place.error(
            f"{question.id} is blocking and cannot be lowered without a justification",
            advice="add justification: …",
        )
    lowered = question.blocking and not blocking
    reason = weight.justification if lowered else ""
    return replace(question, blocking=blocking, level_reason=reason)


def _part(row: Node, key: str) -> Node:
    """Return one part of a row."""
    return row.mapping(("subject", "checks", "questions"), "a row")[key]


def _read_row(key: str, row: Node, known: set[str], checks: set[str]) -> Item:
    """Read a row; its checks may name known rules and questions."""
    answered: dict[str, tuple[str, ...]] = {}
    for check, (_, answers) in _part(row, "checks").entries().items():
        for each in answers.items():
            _refuse_unknown(each, each.text(), known)
        answered[check] = tuple(each.text() for each in answers.items())
    questions = _part(row, "questions").entries()
    return Item(
        key,
        _part(row, "subject").text(),
        answered,
        tuple(_read_question(question, body, checks) for question, (_, body) in questions.items()),
    )


def _read_question(question: str, body: Node, checks: set[str]) -> Question:
    """Read a question, which may depend on checks of the agenda."""
    keys = body.mapping(_QUESTION_KEYS, "a question")
    facts = keys.read("depends_on", Node.items, [])
    for each in facts:
        _refuse_unknown(each, each.text(), checks)
    return Question(
        id=question,
        role=Role(keys["role"].one_of(Role)),
        blocking=keys["blocking"].boolean(),
        asks=keys["asks"].text(),
        evidence=keys["evidence"].text(),
        needs_evidence=keys.read("needs_evidence", Node.boolean, default=False),
        depends_on=tuple(each.text() for each in facts),
    )


def _refuse_unknown(node: Node, name: str, known: set[str]) -> None:
    """Raise if a name is not that of a rule, question or check."""
    if name not in known:
        node.error(
            f'unknown rule, question or check "{name}".{did_you_mean(name, known)}', code="E203"
        )

"""Files of answers: begun with every question, then changed entry by entry, comments kept."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from textwrap import wrap
from typing import Final

from amlaudit.core.checklist import Answer, AnswerState, Item, Question, SignOff
from amlaudit.core.patterns import late_pattern
from amlaudit.rulebook.answer_reader import TEMPLATE, VERSION, answers_in, members_in
from amlaudit.strict_yaml import Node, parse_yaml

_WIDTH: Final = 96
"""Columns of a comment."""
_PLAIN: Final = late_pattern(r"[A-Za-z][A-Za-z0-9_.-]*")
_SURPRISES: Final = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
"""Words that YAML, or somebody who reads it, may take for something else than a text."""
_HEAD: Final = """\
# Checklist before a go-live. Answers: yes, no, planned (owner, due), not_required and
# not_applicable (justification). `amlaudit checklist fill` asks what is open and says who answered
# what beside which scan; who edits by hand adds answered_by and answered_at. Comments are kept.
"""


def begun(items: Iterable[Item], workspace: str, max_age_days: int) -> str:
    """Return the text of a file in which nothing is answered yet."""
    parts = [
        _HEAD,
        f"version: {VERSION}\ntemplate: {TEMPLATE}\nworkspace: {_quoted(workspace)}\n",
        f"max_answer_age_days: {max_age_days}\n",
        "signatures: []\nanswers:\n",
    ]
    for item in items:
        parts.append(f"  # {item.key} {item.subject}\n")
        parts += (_unanswered(question) for question in item.questions)
    return "".join(parts)


def _unanswered(question: Question) -> str:
    """Return the entry of a question that nobody answered, with what it asks above it."""
    level = "blocking" if question.blocking else "advised"
    need = " (needed for a yes)" if question.needs_evidence else ""
    told = (
        f"{question.id}, {question.role}, {level}: {question.asks}",
        f"Shown by {question.evidence}{need}.",
    )
    comment = (f"  # {line}\n" for text in told for line in wrap(text, _WIDTH))
    return "".join([*comment, *_entry({"question": question.id, "answer": "not_verified"})])


def with_answers(
    text: str, answers: Iterable[Answer], questions: Mapping[str, Question], shown_as: str
) -> str:
    """Return the text of a file with answers in place of those to the same questions.

    Args:
        text: What the file holds.
        answers: The new answers.
        questions: The questions by id.
        shown_as: The file's name in messages.

    Raises:
        AmlauditError: The file is wrong, or its list is not written line by line.
    """
    for answer in answers:
        text = _with_entry(text, "answers", answer.question, _fields_of(answer), shown_as)
    answers_in(parse_yaml(text, shown_as), questions)
    return text


def with_sign_off(text: str, sign_off: SignOff, shown_as: str) -> str:
    """Return the text of a file with one more signature; see `with_answers`."""
    fields: dict[str, object] = {
        "role": sign_off.role,
        "name": sign_off.name,
        "at": sign_off.at,
        "decision": sign_off.decision,
        "comment": sign_off.comment,
        "sha256": sign_off.sha256,
    }
    return _with_entry(text, "signatures", "", fields, shown_as)


def _fields_of(answer: Answer) -> dict[str, object]:
    """Return an answer as its file spells it."""
    justified = answer.state in (AnswerState.NOT_REQUIRED, AnswerState.NOT_APPLICABLE)
    return {
        "question": answer.question,
        "answer": answer.state,
        "justification" if justified else "evidence": answer.text,
        "owner": answer.owner,
        "due": answer.due,
        "answered_by": answer.answered_by,
        "answered_at": answer.answered_at,
        "scan_id": answer.scan_id,
        "facts": answer.facts,
    }


def _with_entry(
    text: str, key: str, question: str, fields: Mapping[str, object], shown_as: str
) -> str:
    """Return a text with an entry in place of the one of a question, or after all others."""
    root = parse_yaml(text, shown_as)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    entries = list(members_in(root, key))
    same = [each for each in entries if question and _question_in(each) == question]
    if same:
        first, last = _extent(same[0])
        lines[first:last] = _entry(fields, _indent(lines[first]))
    elif entries:
        first, last = _extent(entries[-1])
        lines[last:last] = _entry(fields, _indent(lines[first]))
    else:
        at = _line_of(root, key, lines)
        lines[at] = f"{key}:\n"
        lines[at + 1 : at + 1] = _entry(fields)
    return "".join(lines)


def _question_in(node: Node) -> str:
    """Return the question that an entry answers."""
    return node.entries()["question"][1].text()


def _line_of(root: Node, key: str, lines: list[str]) -> int:
    """Return the line, from 0, on which an empty list stands; it is added if it does not."""
    entries = root.entries()
    if key not in entries:
        lines.append(f"{key}: []\n")
        return len(lines) - 1
    return entries[key][0].position[0] - 1


def _extent(node: Node) -> tuple[int, int]:
    """Return the lines that an entry takes: the first, and the one after its last."""
    if node.is_in_brackets:
        node.error("the entry stands in braces", advice="write each key on a line of its own")
    return node.position[0] - 1, node.last_line


def _indent(line: str) -> str:
    """Return what stands before the dash of an entry."""
    return line.partition("-")[0]


def _entry(fields: Mapping[str, object], indent: str = "  ") -> Collection[str]:
    """Return the lines of an entry, what it does not say left out."""
    said = {key: value for key, value in fields.items() if value not in (None, "")}
    begins = [f"{indent}- ", *[f"{indent}  "] * (len(said) - 1)]
    pairs = zip(begins, said.items(), strict=True)
    return [f"{begin}{key}: {_spelled(value)}\n" for begin, (key, value) in pairs]


def _spelled(value: object) -> str:
    """Return a value as YAML that cannot be taken for anything else."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """Return a text in quotes, unless it is a plain word."""
    if _PLAIN.fullmatch(text) and text.lower() not in _SURPRISES:
        return text
    return json.dumps(text, ensure_ascii=False)


def questions_in(items: Iterable[Item]) -> dict[str, Question]:
    """Return the questions of items by id."""
    return {each.id: each for item in items for each in item.questions}

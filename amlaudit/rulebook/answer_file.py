"""Answer files: created with every question, then edited entry by entry, keeping comments."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from textwrap import wrap
from typing import Final

from amlaudit.core.checklist import Answer, AnswerState, Item, Question, SignOff
from amlaudit.core.patterns import late_pattern
from amlaudit.rulebook.answer_reader import TEMPLATE, VERSION, answers_in, members_in
from amlaudit.rulebook.yaml_lines import indent_of, lines_of, member_lines
from amlaudit.strict_yaml import Node, parse_yaml

_WIDTH: Final = 96
"""Width of a comment in columns."""
_PLAIN: Final = late_pattern(r"[A-Za-z][A-Za-z0-9_.-]*")
_SURPRISES: Final = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
"""Words that YAML, or a reader of it, may not take for a string."""
_HEAD: Final = """\
# Go-live checklist. Answers: yes, no, planned (owner, due), not_required and
# not_applicable (justification). `amlaudit checklist fill` asks the open questions and records who
# answered what for which scan. If you edit by hand, add answered_by and answered_at. Comments are
# kept.
"""


def begun(items: Iterable[Item], workspace: str, max_age_days: int) -> str:
    """Return the text of an answer file without any answers."""
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
    """Return the entry of an unanswered question, with its text above it."""
    level = "blocking" if question.blocking else "advised"
    need = " (required for a yes)" if question.needs_evidence else ""
    remarks = (
        f"{question.id}, {question.role}, {level}: {question.asks}",
        f"Shown by {question.evidence}{need}.",
    )
    comment = (f"  # {line}\n" for text in remarks for line in wrap(text, _WIDTH))
    return "".join([*comment, *_entry({"question": question.id, "answer": "not_verified"})])


def with_answers(
    text: str, answers: Iterable[Answer], questions: Mapping[str, Question], shown_as: str
) -> str:
    """Return the text of a file with new answers, replacing those to the same questions.

    Args:
        text: The content of the file.
        answers: The new answers.
        questions: The questions by id.
        shown_as: The file's name in messages.

    Raises:
        AmlauditError: The file is invalid, or its list is not written line by line.
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
    """Return an answer as its fields in the file."""
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
    """Return a text with the entry of a question replaced, or appended if there is none."""
    root = parse_yaml(text, shown_as)
    lines = lines_of(text)
    entries = list(members_in(root, key))
    same = [each for each in entries if question and _question_in(each) == question]
    if same:
        first, last = _extent(same[0])
        lines[first:last] = _entry(fields, indent_of(lines[first]))
    elif entries:
        first, last = _extent(entries[-1])
        lines[last:last] = _entry(fields, indent_of(lines[first]))
    else:
        at = _line_of(root, key, lines)
        lines[at] = f"{key}:\n"
        lines[at + 1 : at + 1] = _entry(fields)
    return "".join(lines)


def _question_in(node: Node) -> str:
    """Return the id of the question that an entry answers."""
    return node.entries()["question"][1].text()


def _line_of(root: Node, key: str, lines: list[str]) -> int:
    """Return the line, from 0, of an empty list, which is added if missing."""
    entries = root.entries()
    if key not in entries:
        lines.append(f"{key}: []\n")
        return len(lines) - 1
    return entries[key][0].position[0] - 1


def _extent(node: Node) -> tuple[int, int]:
    """Return the lines of an entry: its first, and the one after its last."""
    if node.is_in_brackets:
        node.error("the entry is written in braces", advice="write each key on its own line")
    return node.position[0] - 1, node.last_line


def _entry(fields: Mapping[str, object], indent: str = "  ") -> list[str]:
    """Return the lines of an entry, omitting unset fields."""
    given = {key: _spelled(value) for key, value in fields.items() if value not in (None, "")}
    return member_lines(given, indent)


def _spelled(value: object) -> str:
    """Return a value as unambiguous YAML."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """Return a string in quotes, unless it is a plain word."""
    if _PLAIN.fullmatch(text) and text.lower() not in _SURPRISES:
        return text
    return json.dumps(text, ensure_ascii=False)


def questions_in(items: Iterable[Item]) -> dict[str, Question]:
    """Return the questions of items by id."""
    return {each.id: each for item in items for each in item.questions}

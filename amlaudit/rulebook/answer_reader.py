"""Reads the answers and signatures of a checklist from the file in which people keep them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from amlaudit.core.checklist import Answer, Answers, AnswerState, Decision, Question, Role, SignOff
from amlaudit.core.suggestions import did_you_mean
from amlaudit.core.times import time_of
from amlaudit.strict_yaml import Node, read_yaml

VERSION: Final = 1
TEMPLATE: Final = "go-live"
_KEYS: Final = (
    "version", "template", "workspace", "max_answer_age_days", "answers", "signatures",
)  # fmt: skip
_OF_ANSWER: Final = (
    "question", "answer", "evidence", "justification", "answered_by", "answered_at", "scan_id",
    "facts", "owner", "due",
)  # fmt: skip
_NO_TEXTS: Final = ("answer", "due", "answered_at")
_OF_SIGNATURE: Final = ("role", "name", "at", "decision", "sha256")


def read_answers(path: Path, questions: Mapping[str, Question]) -> Answers:
    """Read answers and signatures from YAML, or from the JSON that the HTML report saves.

    Args:
        path: The file.
        questions: The questions by id; answers to any others are errors.

    Raises:
        AmlauditError: The file is invalid; the message names file, line and column.
    """
    return answers_in(read_yaml(path, path.as_posix()), questions)


def answers_in(root: Node, questions: Mapping[str, Question]) -> Answers:
    """Read the root node of an answer file; see `read_answers`."""
    keys = root.mapping(_KEYS, "a checklist", needed=("version", "workspace", "answers"))
    if keys["version"].scalar() != VERSION:
        keys["version"].error(f"the version of a checklist must be {VERSION}")
    if "template" in keys and keys["template"].text() != TEMPLATE:
        keys["template"].error(f"the template must be {TEMPLATE}")
    given: dict[str, Answer] = {}
    for node in keys["answers"].members():
        answer = _read_answer(node, questions)
        if answer.question in given:
            node.error(f"duplicate answer to {answer.question}")
        given[answer.question] = answer
    signed = keys.read("signatures", Node.members, [])
    age = keys.get("max_answer_age_days")
    workspace = keys["workspace"]
    if not workspace.as_written():
        workspace.error(
            "a checklist covers exactly one workspace",
            advice="use the report of a scan with --workspace NAME",
        )
    return Answers(
        workspace.text(),
        given,
        tuple(map(_read_signature, signed)),
        age.whole_number(1) if age else Answers().max_age_days,
    )


def members_in(root: Node, key: str) -> Iterator[Node]:
    """Yield the members of one of the lists in an answer file."""
    keys = root.mapping(_KEYS, "a checklist")
    yield from keys.read(key, Node.members, ())


def _read_answer(node: Node, questions: Mapping[str, Question]) -> Answer:
    """Read an answer; whether it counts is not decided here."""
    keys = node.mapping(_OF_ANSWER, "an answer", needed=("question", "answer"))
    question = keys["question"].text()
    if question not in questions:
        hint = did_you_mean(question, questions)
        keys["question"].error(f'unknown question "{question}".{hint}', code="E203")
    if "evidence" in keys and "justification" in keys:
        keys["justification"].error("an answer cannot have both evidence and a justification")
    texts = {key: value.text() for key, value in keys.items() if key not in _NO_TEXTS}
    return Answer(
        question=question,
        state=_state(keys["answer"]),
        text=texts.get("evidence", texts.get("justification", "")),
        answered_by=texts.get("answered_by", ""),
        answered_at=keys.read("answered_at", _moment, None),
        scan_id=texts.get("scan_id", ""),
        facts=texts.get("facts", ""),
        owner=texts.get("owner", ""),
        due=keys.read("due", Node.day, None),
    )


def _state(node: Node) -> AnswerState:
    """Read the state of an answer, quoted or not: a plain yes can mean nothing else here."""
    known = [state.value for state in AnswerState]
    word = node.as_written()
    if word not in known:
        node.error(f'"{word}" must be one of {", ".join(known)}.{did_you_mean(word, known)}')
    return AnswerState(word)


def _read_signature(node: Node) -> SignOff:
    """Read a sign-off."""
    keys = node.mapping((*_OF_SIGNATURE, "comment"), "a signature", needed=_OF_SIGNATURE)
    return SignOff(
        Role(keys["role"].one_of(Role)),
        keys["name"].text(),
        _moment(keys["at"]),
        Decision(keys["decision"].one_of(Decision)),
        keys.read("comment", Node.text, ""),
        keys["sha256"].text(),
    )


def _moment(node: Node) -> datetime:
    """Read a timestamp, in UTC unless it says otherwise."""
    moment = time_of(node.as_written())
    if moment is None:
        node.error("expected a date and time, such as 2026-03-01T12:00:00Z")
    return moment.astimezone(UTC)

"""Answer files: parsed strictly, edited entry by entry, with comments preserved."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from amlaudit.core.checklist import Answer, Answers, AnswerState, Decision, Role, SignOff
from amlaudit.core.errors import AmlauditError
from amlaudit.rulebook.agenda import read_agenda
from amlaudit.rulebook.answer_file import begun, questions_in, with_answers, with_sign_off
from amlaudit.rulebook.answer_reader import answers_in, read_answers
from amlaudit.rulebook.library import shipped_ids
from amlaudit.strict_yaml import parse_yaml

AGENDA = read_agenda(shipped_ids())
QUESTIONS = questions_in(AGENDA.rows)
HEAD = "version: 1\nworkspace: w\n"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
YES = Answer("A00.1", AnswerState.YES, "it's: so # true", "ann@x", AT, "1e3", "0x1")
PLAN = Answer("A15.4", AnswerState.PLANNED, "", "ann", AT, owner="yes", due=date(2026, 4, 1))
NEEDLESS = Answer("A01.2", AnswerState.NOT_REQUIRED, "nothing is\nattached", "ann", AT)
SIGNED = SignOff(Role.FINOPS, "Ann", AT, Decision.CONDITIONS, "cheaper: please", "ab" * 32)


def read(text: str) -> Answers:
    return answers_in(parse_yaml(text, "checklist.w.yaml"), QUESTIONS)


def changed(text: str, *answers: Answer) -> str:
    return with_answers(text, answers, QUESTIONS, "checklist.w.yaml")


def test_a_new_file_lists_all_questions_without_answers() -> None:
    text = begun(AGENDA.rows, "mlw-1", 180)
    found = read(text)
    assert (found.workspace, found.max_age_days, found.sign_offs) == ("mlw-1", 180, ())
    assert set(found.given) == set(QUESTIONS)
    assert {each.state for each in found.given.values()} == {AnswerState.NOT_VERIFIED}
    assert all(len(line) <= 100 for line in text.splitlines())


@pytest.mark.parametrize("answer", [YES, PLAN, NEEDLESS], ids=lambda each: each.state)
def test_an_answer_that_is_written_is_read_back(answer: Answer) -> None:
    text = changed(begun(AGENDA.rows, "w", 180), answer)
    assert read(text).given[answer.question] == answer


def test_comments_and_other_answers_stay_as_they_are_written() -> None:
    before = begun(AGENDA.rows, "w", 180).replace("# A00.2,", "# mine\n  # A00.2,")
    after = changed(changed(before, PLAN, YES), replace(YES, text="otherwise"))
    comments = [line for line in before.splitlines() if line.lstrip().startswith("#")]
    assert "  # mine" in comments
    assert [line for line in after.splitlines() if line.lstrip().startswith("#")] == comments
    assert {**read(before).given, "A15.4": PLAN, "A00.1": replace(YES, text="otherwise")} == read(
        after
    ).given


def test_a_new_answer_is_appended() -> None:
    text = changed(f"{HEAD}answers: []", YES, PLAN)
    assert list(read(text).given) == ["A00.1", "A15.4"]
    assert text.startswith(f'{HEAD}answers:\n  - question: A00.1\n    answer: "yes"\n')


def test_signatures_keep_their_order() -> None:
    other = replace(SIGNED, role=Role.OPERATIONS)
    text = begun(AGENDA.rows, "w", 180)
    for each in (SIGNED, other):
        text = with_sign_off(text, each, "checklist.w.yaml")
    assert read(text).sign_offs == (SIGNED, other)
    bare = with_sign_off(f"{HEAD}answers: []\n", SIGNED, "checklist.w.yaml")
    assert read(bare).sign_offs == (SIGNED,)


def test_a_plain_yes_is_unambiguous() -> None:
    assert read(f"{HEAD}answers:\n- {{question: A00.1, answer: yes}}").given["A00.1"].state == "yes"


def test_what_the_html_report_saves_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "saved.json"
    path.write_text(
        '{"version": 1, "template": "go-live", "workspace": "w", "answers": [{"question": "A00.1", '
        '"answer": "yes", "evidence": "x", "answered_by": "ann", '
        '"answered_at": "2026-03-01T12:00:00.000Z", "scan_id": "1e3", "facts": "0x1"}]}',
        "utf-8",
    )
    assert read_answers(path, QUESTIONS).given["A00.1"] == replace(YES, text="x", answered_by="ann")


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ("answers: []\ncolour: red", ':4:1 unknown key "colour" in a checklist'),
        ("answers:\n- { answer: yes }", ':4:3 an answer has no "question"'),
        ("answers:\n- { question: A00.1 }", ':4:3 an answer has no "answer"'),
        ("answers:\n- { question: A00.11, answer: yes }", 'question "A00.11". Did you mean'),
        ("answers:\n- { question: A00.1, answer: yess }", ':4:30 "yess" must be one of'),
        ("answers:\n- { question: A00.1, answer: [] }", ':4:30 "" must be one of'),
        (
            "answers:\n- { question: A00.1, answer: no }\n- { question: A00.1, answer: no }",
            ":5:3 duplicate answer to A00.1",
        ),
        (
            "answers:\n- { question: A00.1, answer: yes, answered_at: soon }",
            "expected a date and time",
        ),
        (
            "answers:\n- { question: A00.1, answer: planned, due: 1 June }",
            "expected a date in the form YYYY-MM-DD",
        ),
        (
            "answers:\n- { question: A00.1, answer: yes, evidence: a, justification: b }",
            "cannot have both evidence and a justification",
        ),
        ("answers: []\nmax_answer_age_days: 0", ":4:22 expected a whole number, 1 or more"),
        ("answers: []\ntemplate: other", ":4:11 the template must be go-live"),
        ("answers: []\nsignatures: [{ role: king }]", 'a signature has no "name"'),
        ("", 'a checklist has no "answers"'),
    ],
)
def test_mistakes_are_reported_with_their_position(entries: str, told: str) -> None:
    with pytest.raises(AmlauditError) as caught:
        read(HEAD + entries)
    assert told in caught.value.message
    assert caught.value.message.startswith("checklist.w.yaml:")


def test_answers_to_a_report_on_everything_are_refused() -> None:
    with pytest.raises(AmlauditError, match="a checklist covers exactly one workspace") as caught:
        read('{"version": 1, "workspace": "", "answers": []}')
    assert "--workspace NAME" in caught.value.advice


def test_another_version_is_refused() -> None:
    with pytest.raises(AmlauditError, match="the version of a checklist must be 1"):
        read("version: 2\nworkspace: w\nanswers: []")


def test_an_entry_in_braces_is_not_changed() -> None:
    with pytest.raises(AmlauditError, match="is written in braces"):
        changed(f"{HEAD}answers:\n- {{ question: A00.1, answer: no }}\n", YES)

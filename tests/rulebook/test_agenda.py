"""The agenda of the guidance is covered: every key in it, and every rule of the pack."""

import re
from pathlib import Path

import pytest

from amlaudit.cli import run
from amlaudit.core.checklist import REPORT, Question, Role
from amlaudit.core.errors import AmlauditError
from amlaudit.rulebook.agenda import as_weighed, read_agenda
from amlaudit.rulebook.agenda_page import agenda_page
from amlaudit.rulebook.library import load_library, shipped_ids
from amlaudit.rulebook.profile_reader import read_profile

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT.parent / "shared" / "go-live-checklist.md"
RULES = load_library(())[1]
AGENDA = read_agenda(shipped_ids())
CHECK = re.compile(r"`([a-z]+\.[a-z0-9.-]+)`")
QUESTION = re.compile(r"\b[AF]\d\d\.\d\b")


def reference() -> dict[str, str]:
    """Return what the reference says about each row and each frequent question, by key."""
    if not REFERENCE.exists():
        pytest.skip(f"{REFERENCE} is not here")
    text = REFERENCE.read_text("utf-8")
    agenda, _, rest = text.partition("\n## 2. Agenda")[2].partition("\n## 3.")
    pieces = re.split(r"^### (A\d\d)", agenda, flags=re.MULTILINE)[1:]
    rows = dict(zip(pieces[::2], pieces[1::2], strict=True))
    return rows | dict(re.findall(r"^\| (F\d\d) \|(.*)$", rest, flags=re.MULTILINE))


def test_every_row_and_frequent_question_has_checks_and_questions() -> None:
    keys = [f"A{number:02}" for number in range(16)] + [f"F{number:02}" for number in range(1, 11)]
    assert [row.key for row in AGENDA.rows] == keys
    for row in AGENDA.rows:
        assert row.checks
        assert row.questions
        assert all(question.id.startswith(f"{row.key}.") for question in row.questions)


def test_every_key_of_the_reference_is_mapped() -> None:
    said = reference()
    assert len(said) == len(AGENDA.rows)
    for row in AGENDA.rows:
        assert set(CHECK.findall(said[row.key])) <= set(row.checks), row.key
        questions = {question.id for question in row.questions}
        asked = {each for each in QUESTION.findall(said[row.key]) if each.startswith(row.key)}
        assert asked <= questions, row.key


def test_no_key_is_invented() -> None:
    said = reference()
    for row in AGENDA.rows:
        assert set(row.checks) <= set(CHECK.findall(said[row.key])), row.key


ROLES = {
    "OWN": Role.SYSTEM_OWNER, "PLT": Role.PLATFORM, "SEC": Role.SECURITY,
    "DPO": Role.DATA_PROTECTION, "OPS": Role.OPERATIONS, "FIN": Role.FINOPS,
}  # fmt: skip


def test_every_question_has_the_role_level_and_need_for_evidence_of_the_reference() -> None:
    ours = {each.id: each for row in AGENDA.rows for each in row.questions}
    text = "\n".join(reference().values())
    rows = re.findall(r"^\| (A\d\d\.\d) \| (\w+) \| ([BA])( E)? \|", text, re.MULTILINE)
    faq = re.findall(r"(F\d\d\.\d) \((\w+), ([AB])( E)?\)", text)
    assert len(rows) + len(faq) == 75
    for key, role, level, evidence in (*rows, *faq):
        assert ours[key].role is ROLES[role], key
        assert ours[key].blocking is (level == "B"), key
        assert ours[key].needs_evidence is bool(evidence), key


def test_a_check_without_a_rule_states_the_reason_and_names_a_question() -> None:
    questions = {each.id for row in AGENDA.rows for each in row.questions}
    lacking = set()
    for row in AGENDA.rows:
        for check, ids in row.checks.items():
            if REPORT not in ids and not any(each.startswith("AML") for each in ids):
                assert questions & {*ids}, check
                lacking.add(check)
    assert lacking == set(AGENDA.gaps)


def test_a_check_of_rules_that_ask_people_names_a_question_too() -> None:
    asking = {rule.id for rule in RULES if rule.require is None and rule.path.endswith(".yaml")}
    questions = {each.id for row in AGENDA.rows for each in row.questions}
    for row in AGENDA.rows:
        for check, ids in row.checks.items():
            assert not asking & {*ids} or questions & {*ids}, check


def test_a_check_is_answered_alike_in_every_row_or_by_a_question_of_the_row() -> None:
    answers: dict[str, set[str]] = {}
    for row in AGENDA.rows:
        for check, ids in row.checks.items():
            found = {each for each in ids if each.startswith("AML")}
            assert answers.setdefault(check, found) == found, check


def test_every_rule_belongs_to_a_row_or_is_listed_as_additional() -> None:
    reached = {each for row in AGENDA.rows for ids in row.checks.values() for each in ids}
    rules = {rule.id for rule in RULES}
    assert rules - reached == set(AGENDA.beyond)


def weighed(text: str, folder: Path) -> dict[str, Question]:
    path = folder / "company.yaml"
    path.write_text(f"questions:\n  {text}\n", "utf-8")
    agenda = as_weighed(AGENDA, read_profile(str(path)).questions)
    return {each.id: each for row in agenda.rows for each in row.questions}


def test_a_profile_raises_the_level_of_a_question(tmp_path: Path) -> None:
    found = weighed("A07.5: { level: blocking }", tmp_path)
    assert found["A07.5"].blocking
    assert not found["A07.4"].blocking


def test_a_profile_lowers_the_level_of_a_question_with_a_reason(tmp_path: Path) -> None:
    found = weighed("A00.4: { level: advised, justification: no day yet }", tmp_path)
    assert (found["A00.4"].blocking, found["A00.4"].level_reason) == (False, "no day yet")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A00.4: { level: advised }", ":2:3 A00.4 is blocking and cannot be lowered"),
        ("A00.9: { level: advised }", ':2:3 unknown rule, question or check "A00.9"'),
        ("A00.4: { level: low }", ':2:19 "low" is not one of blocking, advised'),
        ("A00.4: { justification: x }", 'question A00.4 has no "level"'),
    ],
)
def test_a_profile_that_is_wrong_about_questions_is_refused(
    text: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(AmlauditError) as caught:
        weighed(text, tmp_path)
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[AML1101]", "[AML1100]", 'unknown rule, question or check "AML1100"'),
        ("  AML1223:", "  AML9223:", 'unknown rule, question or check "AML9223"'),
        ("blocking: true", "bloking: true", 'unknown key "bloking" in a question'),
    ],
)
def test_mistakes_are_reported(old: str, new: str, told: str, tmp_path: Path) -> None:
    text = (ROOT / "amlaudit/rulebook/data/agenda.yaml").read_text("utf-8")
    path = tmp_path / "agenda.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(AmlauditError, match=told):
        read_agenda(shipped_ids(), path)


def test_the_page_is_in_step(capsys: pytest.CaptureFixture[str]) -> None:
    """Regenerate it with `amlaudit rules agenda > docs/agenda.md`."""
    assert (ROOT / "docs/agenda.md").read_text("utf-8") == agenda_page(AGENDA, RULES)
    assert run(["rules", "agenda"]) == 0
    assert capsys.readouterr().out == agenda_page(AGENDA, RULES)

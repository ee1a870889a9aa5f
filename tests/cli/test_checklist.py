"""`amlaudit checklist`, from creating the file to the last signature, on the embedded estate."""

import json
import re
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from amlaudit.cli import run
from amlaudit.core.checklist import Role
from amlaudit.core.errors import Exit
from amlaudit.core.scope import Scope
from amlaudit.demo.source import READ_AT, Demo

WORKSPACE = "mlw-fraud-prod"
DAY = ["--timestamp", "2026-11-25"]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("estate") / "estate.db"
    Demo(path).collect(Scope()).close()
    return path


@pytest.fixture(scope="module")
def estate(snapshot: Path) -> Path:
    path = snapshot.with_name("report.json")
    command = ["scan", "-q", "--from", str(snapshot), "-w", WORKSPACE, *DAY]
    assert run([*command, "--report", f"json={path}"]) == Exit.PASS
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["checklist", "new", "-w", WORKSPACE]) == Exit.PASS
    return tmp_path / f"checklist.{WORKSPACE}.yaml"


def checklist(command: str, estate: Path, *options: str) -> int:
    return run(["checklist", command, "--from", str(estate), *DAY, *options])


def state(estate: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, object]:
    capsys.readouterr()
    checklist("status", estate, "-o", "json", *options)
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def questions(state: dict[str, object]) -> dict[str, dict[str, object]]:
    return {each["id"]: each for item in state["items"] for each in item["questions"]}  # type: ignore[attr-defined] # JSON


def test_new_begins_a_file_and_never_overwrites_one(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["checklist", "new", "-w", WORKSPACE, "--file", "a/b.yaml"]) == Exit.PASS
    assert capsys.readouterr().out == "a/b.yaml\n"
    here.write_text("mine", "utf-8")
    assert run(["checklist", "new", "-w", WORKSPACE]) == Exit.INPUT_OUTPUT
    assert f"E306 {here.name} already exists" in capsys.readouterr().err
    assert here.read_text("utf-8") == "mine"
    assert run(["checklist", "new", "-w", WORKSPACE, "--force"]) == Exit.PASS
    assert here.read_text("utf-8") != "mine"
    assert run(["checklist", "new"]) == Exit.USAGE


def test_status_tells_what_is_open_and_ends_with_one(
    here: Path, estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here.exists()
    assert checklist("status", estate) == Exit.FAIL
    told = capsys.readouterr().out
    assert "failing            env.separated: 1 failing (AML2209 mlw-fraud-prod)" in told
    assert "not automated yet  comp.naming: " in told
    assert "not known          env.no-cross-access: 1 unknown (AML1320 mlw-fraud-prod)" in told
    assert "mlw-credit-prod" not in told  # what is unknown of it does not concern this go-live
    assert "Not signed for: system owner, ML platform" in told
    assert told.splitlines()[-1].startswith("NOT READY · mlw-fraud-prod · 23 of 26 items open")
    assert all(len(line) <= 80 for line in told.splitlines())


def test_a_profile_weighs_questions(
    here: Path, estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here.with_name("company.yaml").write_text(
        "questions:\n  A00.4: { level: advised, justification: no day yet }\n", "utf-8"
    )
    found = questions(state(estate, capsys, "--profile", "company.yaml"))["A00.4"]
    assert (found["required"], found["level_reason"]) == (False, "no day yet")
    checklist("render", estate, "--profile", "company.yaml", "--format", "markdown")
    assert "advised by the company: no day yet" in capsys.readouterr().out


def test_a_json_report_gives_the_same_checklist_as_the_snapshot(
    here: Path, estate: Path, snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here.exists()
    assert state(estate, capsys) == state(snapshot, capsys)


def test_a_report_of_more_than_the_workspace_is_refused(
    here: Path, snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = here.with_name("report.json")
    run(["scan", "-q", "--from", str(snapshot), "--report", f"json={report}", *DAY])
    assert checklist("status", report) == Exit.USAGE
    assert "is not limited to mlw-fraud-prod" in capsys.readouterr().err


def test_a_missing_workspace_is_reported(
    here: Path, snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write_text("version: 1\nworkspace: mlw-frod\nanswers: []\n", "utf-8")
    assert checklist("status", snapshot) == Exit.INCOMPLETE
    assert "E110 Workspace mlw-frod not found in" in capsys.readouterr().err


def test_a_missing_file_is_reported(
    estate: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert checklist("status", estate, "-w", "none") == Exit.INPUT_OUTPUT
    assert "E302 checklist.none.yaml not found" in capsys.readouterr().err
    assert checklist("status", estate) == Exit.USAGE
    assert "Specify the checklist" in capsys.readouterr().err


def test_answers_are_set_with_who_when_and_beside_which_scan(
    here: Path, estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--set", "A00.1=yes:https://wiki/fraud", "--set", "A15.4=planned:Bob:2026-12-31"]
    assert checklist("fill", estate, "--by", "ann@x", *given) == Exit.PASS
    assert "2 answered, 84 left" in capsys.readouterr().err
    found = state(estate, capsys)
    answered = questions(found)["A00.1"]
    assert answered["settled"] is True
    assert answered["answer"] == {
        "answer": "yes",
        "text": "https://wiki/fraud",
        "answered_by": "ann@x",
        "answered_at": "2026-11-25T00:00:00Z",
        "scan_id": found["scan_id"],
        "facts": answered["facts"],
    }
    assert "A15.4: planned by Bob until 2026-12-31" in found["exceptions"]  # type: ignore[operator] # JSON
    assert "# A00.1, system owner" in here.read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--by", "a", "--set", "A00.1=yes"], "A00.1: a yes to this question needs evidence"),
        (["--by", "a", "--set", "A00.9=yes:x"], 'Unknown question "A00.9". Did you mean'),
        (["--by", "a", "--set", "A00.1=yess"], '"yess" is not one of not_verified, yes, no'),
        (["--by", "a", "--set", "A00.4"], '"A00.4" does not have the form'),
        (["--by", "a", "--set", "A15.4=planned:Bob:soon"], "ID=planned:OWNER:YYYY-MM-DD"),
        (["--by", "a", "--set", "A15.4=not_required"], "not_required needs a justification"),
        (["--set", "A00.4=yes"], "Specify who answers: --by NAME"),
        ([], "Cannot prompt without a terminal: use --answers FILE or --set"),
    ],
)
def test_what_cannot_be_answered_so_is_refused(
    options: list[str], told: str, here: Path, estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = here.read_text("utf-8")
    assert checklist("fill", estate, *options) == Exit.USAGE
    assert told in capsys.readouterr().err
    assert here.read_text("utf-8") == before


def saved(here: Path, workspace: str, day: str) -> str:
    path = here.with_name("saved.json")
    entry = {"question": "A00.4", "answer": "yes", "answered_by": "eve", "answered_at": day}
    path.write_text(json.dumps({"version": 1, "workspace": workspace, "answers": [entry]}), "utf-8")
    return str(path)


def test_newer_answers_in_a_saved_file_win(
    here: Path, estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checklist("fill", estate, "--by", "ann", "--set", "A00.4=yes")
    assert checklist("fill", estate, "--answers", saved(here, WORKSPACE, "2026-11-01")) == Exit.PASS
    assert "answered_by: ann" in here.read_text("utf-8")
    later = saved(here, WORKSPACE, "2026-11-25T00:00:01Z")
    assert checklist("fill", estate, "--answers", later) == Exit.PASS
    assert "answered_by: eve" in here.read_text("utf-8")
    assert "A00.4 is not verified: it is dated in the future" in capsys.readouterr().err
    other = saved(here, "mlw-other", "2026-11-25")
    assert checklist("fill", estate, "--answers", other) == Exit.USAGE
    assert "is about mlw-other" in capsys.readouterr().err


class Terminal:
    """A person's keyboard input, line by line."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)

    def isatty(self) -> bool:
        return True

    def __call__(self, *_args: object, **_options: object) -> str:
        return self.lines.pop(0)


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> Terminal:
    terminal = Terminal(*lines)
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr("click.termui.visible_prompt_func", terminal)
    return terminal


def test_fill_asks_what_is_open_for_a_role_and_can_be_left(
    here: Path, estate: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = typed(monkeypatch, "ann", "", "yes", "", "yes", "plan 7", "q")
    assert checklist("fill", estate, "--role", "operations") == Exit.PASS
    assert first.lines == []
    told = capsys.readouterr().err
    assert "A09.2 · operations · blocking · a yes needs evidence" in told
    assert re.search(r"The scan says:\n    dr.workspace.pair: ", told)
    assert "a yes to this question needs evidence" in told
    assert "plan 7" in here.read_text("utf-8")
    second = typed(monkeypatch, "planned", "soon", "Bob", "2026-12-24", "q")
    assert checklist("fill", estate, "--role", "operations", "--by", "ann") == Exit.PASS
    assert second.lines == []
    told = capsys.readouterr().err
    assert "A09.2" not in told
    assert "due: 2026-12-24" in here.read_text("utf-8")


def test_fill_explains_why_an_answer_no_longer_counts(
    here: Path, estate: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checklist("fill", estate, "--by", "ann", "--set", "A15.1=yes:2,000 a month")
    text = here.read_text("utf-8")
    here.write_text(re.sub("facts: .*", 'facts: "0"', text), "utf-8")
    typed(monkeypatch, "q")
    checklist("fill", estate, "--role", "FinOps", "--by", "ann")
    told = " ".join(capsys.readouterr().err.split())
    assert "Current answer: yes: 2,000 a month (ann, 2026-11-25 00:00:00 UTC)" in told
    assert "not verified: what it depends on has changed since (cost.budget)" in told


def sign(estate: Path, role: str, name: str, *options: str) -> int:
    return checklist("sign", estate, "--role", role, "--name", name, *options)


def test_the_approver_signs_last_and_only_a_ready_checklist(
    here: Path, estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here.exists()
    assert sign(estate, "approver", "Bob") == Exit.USAGE
    assert "The approver cannot be the only one who signs" in capsys.readouterr().err
    assert sign(estate, "FinOps", "Bob") == Exit.PASS
    assert sign(estate, "approver", "bob") == Exit.USAGE
    assert sign(estate, "system owner", "Ann") == Exit.PASS
    assert sign(estate, "approver", "Bob") == Exit.USAGE
    assert "NOT READY cannot be approved" in capsys.readouterr().err
    conditions = ["--decision", "approve with conditions"]
    assert sign(estate, "approver", "Bob", *conditions) == Exit.USAGE
    assert sign(estate, "approver", "Bob", *conditions, "--comment", "by May") == Exit.PASS
    signatures = state(estate, capsys)["signatures"]
    assert [each["role"] for each in signatures] == ["FinOps", "system owner", "approver"]  # type: ignore[attr-defined] # JSON


def test_a_later_answer_supersedes_what_was_signed(
    here: Path, estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here.exists()
    sign(estate, "FinOps", "Ann")
    assert "superseded" not in str(state(estate, capsys)["signatures"]).replace("'superseded'", "")
    checklist("fill", estate, "--by", "ann", "--set", "A00.4=yes")
    capsys.readouterr()
    checklist("status", estate)
    told = " ".join(capsys.readouterr().out.split())
    assert "Ann, approve (superseded: the answers or the report have changed since)" in told


def test_every_format_has_the_same_items_answers_and_signatures(
    here: Path, estate: Path, snapshot: Path
) -> None:
    checklist("fill", estate, "--by", "ann@x", "--set", "A00.1=yes:=cmd() <b>|x|</b>")
    sign(estate, "FinOps", "Annette")
    outs = {name: here.with_name(f"c.{name}") for name in ("html", "markdown", "xlsx")}
    for name, path in outs.items():
        assert checklist("render", estate, "--format", name, "--out", str(path)) == Exit.PASS
    outs["oscal"] = here.with_name("c.oscal.json")
    scan = ["scan", "-q", "--from", str(snapshot), "-w", WORKSPACE, *DAY]
    run([*scan, "--checklist", here.name, "--report", f"oscal={outs['oscal']}"])
    with ZipFile(outs.pop("xlsx")) as book:
        texts = [book.read("xl/sharedStrings.xml").decode()]
    texts += [path.read_text("utf-8") for path in outs.values()]
    for each in texts:
        assert len(set(re.findall(r"\b[AF]\d\d\.\d\b", each))) == 86
        assert len(set(re.findall(r"\b[AF]\d\d\b", each))) == 26
        assert "ann@x" in each
        assert "Annette" in each
    page, text = texts[1], texts[2]
    for each in (page, text):
        assert "NOT READY" in each
        assert "net.workspace.public-access" in each
        assert "the report itself" in each
        assert "AML1201" in each
        for role in Role:
            assert role in each
    assert "<b>" not in page
    assert "&lt;b&gt;|x|&lt;/b&gt;" in page
    assert r"\<b\>\|x\|\</b\>" in text
    assert "default-src &#39;none&#39;; style-src &#39;sha256-" in page
    assert "<script" not in page


def test_a_workbook_can_be_answered_in(here: Path, estate: Path) -> None:
    checklist("fill", estate, "--by", "ann", "--set", "A00.1=yes:=cmd()")
    path = here.with_name("c.xlsx")
    assert checklist("render", estate, "--format", "xlsx", "--out", str(path)) == Exit.PASS
    with ZipFile(path) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
        cells = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=cmd()" in texts
    assert "<f>" not in cells
    assert "not_verified,yes,no,planned" in cells
    assert texts.count("net.workspace.public-access") == 1
    assert "(AML1201" in texts
    assert "answered by A01.4" in texts
    assert 'orientation="landscape"' in cells


def test_equal_checklists_render_to_equal_bytes(here: Path, estate: Path) -> None:
    for name in ("html", "markdown", "xlsx"):
        contents = []
        for turn in ("one", "two"):
            out = here.with_name(f"{turn}.{name}")
            checklist("render", estate, "--format", name, "--out", str(out))
            contents.append(out.read_bytes())
        assert contents[0] == contents[1]


def test_an_unwritable_page_is_reported(
    here: Path, estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checklist("render", estate, "--out", f"{here}/x.html") == Exit.INPUT_OUTPUT
    assert "E301 Cannot write" in capsys.readouterr().err


def test_without_its_extra_a_workbook_is_refused(
    here: Path, estate: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    out = here.with_name("c.xlsx")
    assert checklist("render", estate, "--format", "xlsx", "--out", str(out)) == Exit.USAGE
    assert "pip install 'amlaudit[xlsx]'" in capsys.readouterr().err


def test_a_scan_that_is_too_old_keeps_the_checklist_open(
    here: Path, estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here.exists()
    late = READ_AT + timedelta(days=9)
    run(["checklist", "status", "--from", str(estate), "--timestamp", f"{late:%Y-%m-%d}"])
    assert "scope.freshness: the evidence is 8 days old; the limit is 7" in capsys.readouterr().out


def test_reports_show_the_answers_of_the_workspace_that_they_are_about(
    here: Path, estate: Path, snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checklist("fill", estate, "--by", "ann", "--set", "A00.4=yes:on 1 June")
    page = here.with_name("report.html")
    scan = ["scan", "-q", "--from", str(snapshot), *DAY, "--report", f"html={page}"]
    assert run([*scan, "--checklist", here.name]) == Exit.USAGE
    assert "The scan is not limited to mlw-fraud-prod" in capsys.readouterr().err
    assert run([*scan, "-w", WORKSPACE, "--checklist", here.name]) == Exit.PASS
    assert "on 1 June" in page.read_text("utf-8")
    page.unlink()
    assert run(["report", str(estate), "--report", f"html={page}", "--checklist", here.name]) == 0
    assert "on 1 June" in page.read_text("utf-8")


def test_a_signature_without_a_name_leaves_the_file_as_it_was(
    here: Path, estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = here.read_bytes()
    assert checklist("sign", estate, "--role", "finops", "--name", " ") == Exit.USAGE
    assert "must not be blank" in capsys.readouterr().err
    assert here.read_bytes() == before
    assert checklist("sign", estate, "--role", "finops", "--name", "Ann") == Exit.PASS
    assert "signed by Ann for FinOps" in capsys.readouterr().out


def test_a_path_is_not_a_workspace_name(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["checklist", "new", "-w", "../x"]) == Exit.USAGE
    assert '"../x" is not a valid workspace name' in capsys.readouterr().err
    assert [each.name for each in here.parent.iterdir()] == [here.name]


def test_the_file_name_determines_the_format(here: Path, estate: Path) -> None:
    for name, begins in (("a.md", b"# "), ("a.XLSX", b"PK"), ("a.html", b"<!doctype html>")):
        assert checklist("render", estate, "--out", name) == Exit.PASS
        assert (here.parent / name).read_bytes().startswith(begins)

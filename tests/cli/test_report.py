"""`amlaudit report`: results that were judged before, or are judged offline, in any format."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.reporters.json import render
from tests.reporters.samples import sample

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(render(sample()), "utf-8")
    return path


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    export, path = tmp_path / "export.json", tmp_path / "estate.db"
    workspace = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices"
    export.write_text(json.dumps({"id": f"{workspace}/workspaces/w", "properties": {}}), "utf-8")
    run(["scan", "--from", str(export), "--save-snapshot", str(path), "--report", "json"])
    return path


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def test_a_json_report_converts_to_every_format(
    judged: Path, tmp_path: Path, capsys: Capture
) -> None:
    again, page = tmp_path / "again.json", tmp_path / "report.html"
    options = [f"--report=json={again}", f"--report=html={page}"]
    assert run(["report", str(judged), *options]) == Exit.PASS
    assert again.read_bytes() == judged.read_bytes()
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert "FAIL" in capsys.readouterr().out


def test_a_snapshot_is_judged(snapshot: Path, tmp_path: Path) -> None:
    options = ["--timestamp", "2026-11-24", "--profile", "baseline"]
    out = tmp_path / "report.json"
    assert run(["report", str(snapshot), *options, f"--report=json={out}"]) == Exit.PASS
    header = read(out)["header"]
    assert header["made_for"] == "2026-11-24T00:00:00Z"
    assert header["profile"]["name"] == "baseline"


def test_the_table_says_which_findings_it_includes(judged: Path, capsys: Capture) -> None:
    assert run(["report", str(judged), "--only", "fail,unknown"]) == Exit.PASS
    assert capsys.readouterr().out.endswith(
        "Only failing, unknown findings are included; counts cover all.\n"
    )


def test_a_workbook_is_not_printed_to_a_terminal(
    judged: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run(["report", str(judged), "--report", "xlsx"]) == Exit.USAGE
    told = capsys.readouterr()
    assert "use a path: --report xlsx=PATH" in told.err
    assert not told.out


def test_omitted_findings_are_mentioned_and_still_counted(judged: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    run(["report", str(judged), "--only", "unknown,fail", f"--report=json={out}"])
    before, after = read(judged), read(out)
    assert after["header"]["only"] == ["fail", "unknown"]
    assert {each["status"] for each in after["findings"]} == {"fail", "unknown"}
    assert after["summary"] == before["summary"]
    assert (after["score"], after["verdict"]) == (before["score"], before["verdict"])


def test_what_was_left_out_does_not_come_back(judged: Path, tmp_path: Path) -> None:
    once, twice = tmp_path / "once.json", tmp_path / "twice.json"
    run(["report", str(judged), "--only", "fail", f"--report=json={once}"])
    run(["report", str(once), "--only", "fail,pass", f"--report=json={twice}"])
    assert once.read_bytes() == twice.read_bytes()


def test_reports_without_a_path_go_to_the_folder(judged: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ["--report", "json", "--report", "html", "--report", "sarif"]
    run(["report", str(judged), *asked, "--out-dir", str(out)])
    assert sorted(each.name for each in out.iterdir()) == [
        "amlaudit.html", "amlaudit.json", "amlaudit.sarif",
    ]  # fmt: skip


@pytest.mark.parametrize("flag", ["--rules=azure-ml", "--profile=cost", "--timestamp=2026-01-01"])
def test_what_was_judged_is_not_judged_again(judged: Path, flag: str, capsys: Capture) -> None:
    assert run(["report", str(judged), flag]) == Exit.USAGE
    assert "has already been evaluated" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[]", "it is neither a snapshot nor a JSON report of amlaudit"),
        ('{"schema_version": "1.1", ', "it is damaged at line 1"),
    ],
)
def test_other_input_is_refused(tmp_path: Path, content: str, told: str, capsys: Capture) -> None:
    path = tmp_path / "other.json"
    path.write_text(content, "utf-8")
    assert run(["report", str(path)]) == Exit.INPUT_OUTPUT
    assert told in capsys.readouterr().err


def test_a_missing_file_is_reported(tmp_path: Path, capsys: Capture) -> None:
    assert run(["report", str(tmp_path / "none.json")]) == Exit.INPUT_OUTPUT
    assert "E302 Cannot read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--only", "fial"], 'Did you mean "fail"?'),
        (["--option", "json"], "does not have the form FORMAT.NAME=VALUE"),
        (["--option", "json.x=1"], "Options for json require --report json."),
        (["--option", "json.x=1", "--report", "json"], 'The format "json" has no option "x"'),
        (["--sarif-profile", "full"], "Options for sarif require --report sarif."),
    ],
)
def test_options_without_effect_are_usage_errors(
    judged: Path, options: list[str], told: str, capsys: Capture
) -> None:
    assert run(["report", str(judged), *options]) == Exit.USAGE
    assert told in capsys.readouterr().err

"""Options that contradict each other, have no effect, or would destroy what a command reads."""

import json
from pathlib import Path
from typing import TypeAlias

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.reporters.json import render
from tests.cli.test_profiles import workspace
from tests.reporters.samples import sample

Capture: TypeAlias = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    run(["scan", "--from", workspace(tmp_path), "--save-snapshot", "estate.db", "-o", "none"])
    return tmp_path / "estate.db"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--sign-key", "key.pem"], "--sign-key requires a bundle: --report bundle=PATH."),
        (["--out-dir", "out"], "--out-dir requires a report: --report FORMAT."),
        (["--out-dir", "out", "--report", "bundle=a.zip"], "--out-dir requires a report: --rep"),
        (["--cloud", "china"], "--cloud is about reading Azure and cannot be combined with --from"),
        (["--credential", "cli"], "--credential is about reading Azure"),
        (["--deadline", "5m"], "--deadline is about reading Azure"),
        (["--concurrency", "2"], "--concurrency is about reading Azure"),
        (["--from", "-", "--from", "-"], "--from - can be given only once"),
        (["--report", "csv", "--report", "json"], "Only one output can be written to stdout"),
        (["--report", "csv", "-o", "json"], "and the result of --output or --query"),
        (["--report", "table", "-o", "json"], "--output or --query: omit one of them."),
        (["--report", "csv", "--report", "table"], "csv and table: use --report csv=PATH."),
        (["--report", "csv", "--query", "score"], "and the result of --output or --query"),
        (["--report", "csv=a.out", "--report", "html=./a.out"], "csv and html cannot both"),
        (["--report", "csv="], 'use "csv" for stdout'),
    ],
)
def test_options_without_effect_and_reports_in_one_place_are_refused(
    options: list[str], told: str, tmp_path: Path, capsys: Capture
) -> None:
    assert run(["scan", "--from", workspace(tmp_path), *options]) == Exit.USAGE
    shown = capsys.readouterr()
    assert told in shown.err
    assert not shown.out


def test_settings_for_all_commands_of_a_project_are_no_such_options(tmp_path: Path) -> None:
    settings = "version: 1\nout_dir: out\ncloud: china\ncredential: cli\ndeadline: 5m\n"
    (tmp_path / "amlaudit.yaml").write_text(settings, "utf-8")
    assert run(["scan", "--from", workspace(tmp_path)]) == Exit.FAIL
    assert run(["scan", "--from", workspace(tmp_path), "--report", "csv"]) == Exit.FAIL
    assert (tmp_path / "out" / "amlaudit.csv").exists()


@pytest.mark.parametrize(
    ("named", "options"),
    [
        ("estate.db", ["--report", "json=estate.db"]),
        ("estate.db", ["--report", "json=sub/../estate.db"]),
        ("estate.db", ["--save-snapshot", "sub/../estate.db"]),
        ("link.db", ["--report", "json=estate.db"]),
        ("link.db", ["--report", "json=link.db"]),
        ("link.db", ["--save-snapshot", "estate.db"]),
    ],
)
def test_evidence_is_never_replaced_by_what_is_made_of_it(
    named: str, options: list[str], estate: Path, tmp_path: Path, capsys: Capture
) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(estate)
    (tmp_path / "sub").mkdir()
    before = estate.read_bytes()
    assert run(["scan", "--from", named, *options]) == Exit.USAGE
    assert "would replace" in capsys.readouterr().err
    assert link.is_symlink()
    assert estate.read_bytes() == before


def test_a_report_replaces_no_other_file_of_its_command(
    estate: Path, tmp_path: Path, capsys: Capture
) -> None:
    judged = render(sample())
    (tmp_path / "report.json").write_text(judged, "utf-8")
    assert run(["report", "report.json", "--report", "json=report.json"]) == Exit.USAGE
    assert (tmp_path / "report.json").read_text("utf-8") == judged
    assert run(["report", str(estate), "--report", "csv=estate.db"]) == Exit.USAGE
    for option in ("--save-snapshot", "--history", "--checklist"):
        command = ["scan", "--from", workspace(tmp_path), option, "a.sqlite"]
        assert run([*command, "--report", "json=a.sqlite"]) == Exit.USAGE
    told = capsys.readouterr().err
    assert "use --report json=PATH with another path" in told
    assert told.count("would replace") == 5


@pytest.mark.parametrize(
    "command",
    [
        ["fix-plan", "report.json"],
        ["guardrails", "--report", "report.json"],
        ["checklist", "render", "-w", "w", "--from", "report.json"],
    ],
)
def test_a_report_is_not_replaced_by_what_is_made_of_it(
    command: list[str], tmp_path: Path, capsys: Capture
) -> None:
    run(["scan", "--from", workspace(tmp_path), "-w", "w", "--report", "json=report.json"])
    run(["checklist", "new", "-w", "w"])
    before = (tmp_path / "report.json").read_bytes()
    assert run([*command, "--out", "./report.json"]) == Exit.USAGE
    assert "--out would replace report.json, which is read" in capsys.readouterr().err
    assert (tmp_path / "report.json").read_bytes() == before
    assert run([*command, "--out", "-"]) == Exit.PASS


def test_a_checklist_is_not_named_like_something_else(tmp_path: Path, capsys: Capture) -> None:
    run(["checklist", "new", "-w", "w"])
    command = ["checklist", "render", "-w", "w", "--from", workspace(tmp_path)]
    assert run([*command, "--out", "golive.pdf"]) == Exit.USAGE
    assert '".pdf" is none of .html, .htm, .md, .xlsx' in capsys.readouterr().err
    assert not (tmp_path / "golive.pdf").exists()
    assert run([*command, "--out", "golive.pdf", "--format", "html"]) == Exit.PASS
    for name in ("golive", "golive.HTML"):
        assert run([*command, "--out", name]) == Exit.PASS
        assert (tmp_path / name).read_text("utf-8").startswith("<!doctype html>")


def test_the_last_report_can_be_compared_with_and_replaced(tmp_path: Path) -> None:
    command = ["scan", "--from", workspace(tmp_path), "--report", "json=last.json"]
    assert run(command) == Exit.FAIL
    assert run([*command, "--baseline", "last.json", "--new-only"]) == Exit.INCOMPLETE
    assert json.loads((tmp_path / "last.json").read_text("utf-8"))["baseline"]


def test_a_report_that_is_requested_twice_is_written_once(tmp_path: Path, capsys: Capture) -> None:
    run(["scan", "--from", workspace(tmp_path), *["--report", "csv=a.csv"] * 2])
    assert "Reports: a.csv\n" in capsys.readouterr().err


def test_reports_that_meet_in_one_place_are_refused(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "here").symlink_to(tmp_path)
    for other in ("x/../a.out", "here/a.out", str(tmp_path / "a.out")):
        options = ["--report", "csv=a.out", "--report", f"html={other}"]
        assert run(["scan", "--from", workspace(tmp_path), *options]) == Exit.USAGE
        assert "csv and html cannot both be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["scan", "--from", ""],
        ["scan", "--from", "workspace.json", "--history", ""],
        ["scan", "--from", "workspace.json", "--report", "csv", "--out-dir", ""],
        ["scan", "--from", "workspace.json", "--save-snapshot", ""],
        ["scan", "--from", "workspace.json", "--waivers", ""],
        ["report", ""],
        ["demo", "--out", ""],
    ],
)
def test_an_empty_path_is_not_the_current_folder(
    command: list[str], tmp_path: Path, capsys: Capture
) -> None:
    workspace(tmp_path)
    assert run(command) == Exit.USAGE
    assert "the path is empty" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["workspace.json"]


@pytest.mark.parametrize(
    "option",
    ["--subscription", "--management-group", "--exclude", "--resource-group", "--workspace"],
)
def test_nothing_in_the_scope_is_named_by_a_blank(option: str, capsys: Capture) -> None:
    assert run(["scan", "--from", "workspace.json", option, " "]) == Exit.USAGE
    assert "must not be blank" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--min-coverage", "nan"], "nan is not a number"),
        (["--max-age", "36501d"], "too long; the most is 36500d"),
        (["--max-age", f"{'9' * 5000}d"], "is not a duration"),
        (["--timestamp", "0001-01-01"], '"0001-01-01" is before 1970-01-01'),
    ],
)
def test_a_value_out_of_range_is_refused(
    options: list[str], told: str, tmp_path: Path, capsys: Capture
) -> None:
    assert run(["scan", "--from", workspace(tmp_path), *options]) == Exit.USAGE
    assert told in capsys.readouterr().err


def test_the_limits_of_time_are_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["scan", "--from", workspace(tmp_path), "--max-age", "36500d", "-o", "none"]
    assert run([*command, "--timestamp", "1970-01-01"]) == Exit.FAIL
    assert run([*command, "--timestamp", "9999-12-31"]) == Exit.FAIL
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "-62135596800")
    assert run(command) == Exit.USAGE


def test_a_dash_is_stdout_and_no_file(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "report.json").write_text(render(sample()), "utf-8")
    assert run(["fix-plan", "report.json", "--out", "-"]) == Exit.PASS
    assert capsys.readouterr().out.startswith("# Fix plan")
    assert run(["report", "report.json", "--report", "csv=-"]) == Exit.USAGE
    assert 'use "csv" for stdout' in capsys.readouterr().err
    assert not (tmp_path / "-").exists()


def test_nothing_is_made_of_a_report_without_its_fails(tmp_path: Path, capsys: Capture) -> None:
    """Each of these would say that nothing fails any more."""
    (tmp_path / "whole.json").write_text(render(sample()), "utf-8")
    run(["report", "whole.json", "--only", "unknown", "--report", "json=part.json"])
    run(["baseline", "create", "whole.json"])
    before = (tmp_path / "baseline.json").read_bytes()
    for command in (
        ["diff", "whole.json", "part.json", "--fail-on-new"],
        ["baseline", "create", "part.json", "--force"],
        ["baseline", "update", "part.json"],
        ["fix-plan", "part.json"],
        ["guardrails", "--report", "part.json"],
    ):
        capsys.readouterr()
        assert run(command) == Exit.USAGE
        told = capsys.readouterr()
        assert "part.json contains no fails: it was written with --only." in told.err
        assert not told.out
    assert (tmp_path / "baseline.json").read_bytes() == before


def test_a_fix_plan_for_a_report_takes_no_time(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "report.json").write_text(render(sample()), "utf-8")
    assert run(["fix-plan", "report.json", "--timestamp", "2026-01-01"]) == Exit.USAGE
    assert "--timestamp requires a snapshot" in capsys.readouterr().err


def test_a_report_is_verified_in_a_project_with_rules_of_its_own(
    tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "report.json").write_text(render(sample()), "utf-8")
    run(["rules", "new", "ACME001", "owner set", "--pack", "my-rules"])
    (tmp_path / "amlaudit.yaml").write_text("version: 1\nrules: [my-rules]\n", "utf-8")
    run(["verify", "report.json"])
    assert "findings" in capsys.readouterr().out
    assert run(["verify", "report.json", "--rules", "my-rules"]) == Exit.USAGE
    assert "--rules and --public-key require a bundle" in capsys.readouterr().err


def test_a_pipe_is_not_called_a_wrong_file(capsys: Capture) -> None:
    for command in (["report"], ["fix-plan"], ["history", "add"], ["verify"]):
        assert run([*command, "-"]) == Exit.INPUT_OUTPUT
        assert "a pipe can be read only once" in capsys.readouterr().err


def test_a_snapshot_and_its_inventory_are_two_files(tmp_path: Path, capsys: Capture) -> None:
    command = ["collect", "-s", "x", "--out", "e.db", "--inventory", f"{tmp_path}/e.db"]
    assert run(command) == Exit.USAGE
    assert "--out and --inventory cannot both be" in capsys.readouterr().err

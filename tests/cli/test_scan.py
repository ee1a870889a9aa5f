"""The command line: exit codes, what goes to stdout and to stderr, and complete files."""

import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.reporters.json import SCHEMA_VERSION
from tests.estates import WORKSPACE_ID

Capture: TypeAlias = pytest.CaptureFixture[str]

GROUP = WORKSPACE_ID.partition("/providers/")[0]
ARM = {
    "id": WORKSPACE_ID,
    "name": "ws",
    "properties": {
        "publicNetworkAccess": "Enabled",
        "storageAccount": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st",
        "keyVault": f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv",
    },
}


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(ARM), "utf-8")
    return path


def test_a_missing_workspace_is_reported(exported: Path, capsys: Capture) -> None:
    scan = ["scan", "--from", str(exported), "--fail-on", "never", "--quiet", "-o", "none"]
    name = json.loads(exported.read_text("utf-8"))["id"].rpartition("/")[2]
    scan += ["--min-coverage", "0"]
    assert run([*scan, "--workspace", name.upper()]) == Exit.PASS
    assert "E110" not in capsys.readouterr().err
    assert run([*scan, "--workspace", name, "--workspace", "typo"]) == Exit.INCOMPLETE
    assert (
        '✖ E110 No workspace "typo" found in scope; it was not evaluated' in capsys.readouterr().err
    )


def test_several_missing_workspaces_are_reported_together(exported: Path, capsys: Capture) -> None:
    run(["scan", "--from", str(exported), "--workspace", "typo", "--workspace", "other"])
    told = capsys.readouterr().err
    assert 'E110 No workspace "typo", "other" found in scope; they were not evaluated' in told


def test_a_scope_that_leaves_out_everything_never_passes(exported: Path, capsys: Capture) -> None:
    scan = ["scan", "--from", str(exported), "--min-coverage", "0", "--fail-on", "never"]
    assert run([*scan, "--exclude", "*"]) == Exit.INCOMPLETE
    told = capsys.readouterr()
    assert "INCOMPLETE: nothing in scope was evaluated" in told.out
    assert "✖ E110 Nothing in scope was evaluated" in told.err
    assert run([*scan, "--exclude", "*", "--allow-empty"]) == Exit.PASS


def test_an_environment_that_nobody_speaks_of_is_told(exported: Path, capsys: Capture) -> None:
    scan = ["scan", "--from", str(exported), "--quiet", "-o", "none", "--environment"]
    run([*scan, "prdo"])
    assert 'none of the environments dev, prod, staging, test. Did you mean "prod"?' in (
        capsys.readouterr().err
    )
    run([*scan, "Production"])
    assert "none of the environments" not in capsys.readouterr().err


def test_a_percentage_that_is_no_number_is_called_so(exported: Path, capsys: Capture) -> None:
    assert run(["scan", "--from", str(exported), "--min-coverage", "abc"]) == Exit.USAGE
    assert "'abc' is not a valid percentage" in capsys.readouterr().err


def test_a_fail_is_shown_and_ends_with_one(exported: Path, capsys: Capture) -> None:
    assert run(["scan", "--from", str(exported)]) == Exit.FAIL
    told = capsys.readouterr()
    assert "AML1201" in told.out
    assert "FAIL" in told.out
    assert "Gaps:" in told.out
    assert told.err == "Next: amlaudit explain AML1201\n"


def test_a_run_that_never_fails_can_still_be_incomplete(exported: Path, capsys: Capture) -> None:
    assert run(["scan", "--from", str(exported), "--fail-on", "never"]) == Exit.INCOMPLETE
    assert "INCOMPLETE" in capsys.readouterr().out


def test_the_required_coverage_can_be_lowered(exported: Path, capsys: Capture) -> None:
    options = ["--fail-on", "never", "--min-coverage", "0"]
    assert run(["scan", "--from", str(exported), *options]) == Exit.PASS
    assert capsys.readouterr().out


def test_an_estate_without_workspaces_is_reported_as_incomplete(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "group.json"
    path.write_text(json.dumps({"id": "/subscriptions/s/resourceGroups/g"}), "utf-8")
    assert run(["scan", "--from", str(path), "--min-coverage", "0"]) == Exit.INCOMPLETE
    told = capsys.readouterr().err
    assert "E110 No Azure Machine Learning workspace in scope: the files contain none" in told
    assert "add the file that contains it with another --from" in told


@pytest.mark.parametrize(
    "nothing", [{"contentVersion": "1.0.0.0", "resources": []}, {"format_version": "1.0"}]
)
def test_an_empty_deployment_is_still_a_deployment(
    nothing: dict[str, object], tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "main.json"
    path.write_text(json.dumps(nothing), "utf-8")
    assert run(["scan", "--from", str(path), "--min-coverage", "0"]) == Exit.INCOMPLETE
    assert "E110 No Azure Machine Learning workspace is declared" in capsys.readouterr().err


def test_reports_go_where_they_are_sent(exported: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "deep" / "er"
    options = [f"--report={name}={out / name}" for name in ("json", "sarif", "html")]
    assert run(["scan", "--from", str(exported), *options]) == Exit.FAIL
    assert json.loads((out / "json").read_text("utf-8"))["verdict"]["verdict"] == "FAIL"
    assert json.loads((out / "sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert (out / "html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert sorted(each.name for each in out.iterdir()) == ["html", "json", "sarif"]
    assert "FAIL" in capsys.readouterr().out


def test_one_report_can_take_the_place_of_the_table(exported: Path, capsys: Capture) -> None:
    run(["scan", "--from", str(exported), "--report", "json"])
    assert json.loads(capsys.readouterr().out)["schema_version"] == SCHEMA_VERSION


def test_the_same_input_and_moment_give_the_same_bytes(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = tmp_path / "estate.db"
    run(["scan", "--from", str(exported), "--save-snapshot", str(snapshot)])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for name in ("one", "two"):
        run(["scan", "--from", str(snapshot), f"--report=json={tmp_path / name}"])
    timed = ["--timestamp", "2023-11-14T22:13:20Z", f"--report=json={tmp_path / 'three'}"]
    run(["scan", "--from", str(snapshot), *timed])
    one, two, three = ((tmp_path / name).read_bytes() for name in ("one", "two", "three"))
    assert one == two == three


@pytest.mark.parametrize("epoch", ["yesterday", "1.5", "9" * 40])
def test_an_invalid_source_date_epoch_is_a_usage_error(
    exported: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, epoch: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert run(["scan", "--from", str(exported)]) == Exit.USAGE
    assert f'SOURCE_DATE_EPOCH is "{epoch}"' in capsys.readouterr().err


def test_what_cannot_be_written_stops_nothing_else_and_hides_nothing(
    exported: Path, tmp_path: Path, capsys: Capture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    good = tmp_path / "good.json"
    options = [
        *("--workspace", "mlw-missing", f"--history={blocked / 'runs'}"),
        *(f"--report=json={blocked / 'x.json'}", f"--report=csv={blocked / 'y.csv'}"),
        f"--report=json={good}",
    ]
    assert run(["scan", "--from", str(exported), *options]) == Exit.INPUT_OUTPUT
    assert good.exists()
    told = capsys.readouterr().err
    assert '✖ E110 No workspace "mlw-missing" found in scope' in told
    assert f"Reports: {good}\n" in told
    assert f"fix-plan {blocked}" not in told
    for name in ("x.json", "y.csv", "runs"):
        assert f"✖ E301 Cannot write {blocked / name}" in told
    assert told.count("\n  a file exists where a folder is needed\n  → ") == 3


def test_a_history_that_cannot_be_kept_hides_no_problem_of_the_run(
    exported: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    options = ["--workspace", "mlw-missing", f"--history={tmp_path / 'file' / 'runs'}"]
    assert run(["scan", "--from", str(exported), *options]) == Exit.INPUT_OUTPUT
    told = capsys.readouterr().err
    assert '✖ E110 No workspace "mlw-missing" found in scope' in told
    assert f"✖ E301 Cannot write {tmp_path / 'file' / 'runs'}" in told


@pytest.mark.parametrize("name", ["out", "missing/"])
def test_a_report_is_not_named_like_a_folder(
    exported: Path, tmp_path: Path, capsys: Capture, name: str
) -> None:
    (tmp_path / "out").mkdir()
    option = f"--report=html={tmp_path}/{name}"
    assert run(["scan", "--from", str(exported), option]) == Exit.USAGE
    told = capsys.readouterr().err
    assert f'"{tmp_path}/{name}" is a folder: add the name of a file, or use --out-dir' in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["scan"], "Specify what to audit"),
        (["scan", "--from", "x", "-s", "y"], "--from reads everything in the files"),
        (["scan", "-s", "y", "--resume"], "--resume requires --save-snapshot NAME"),
        (
            ["scan", "-s", "y", "--resume", "--report=bundle=a.zip"],
            "--resume requires --save-snapshot NAME",
        ),
        (["scan", "--report", "jsn=x"], 'Did you mean "json"?'),
        (["scan", "--report", "table=x"], "the table is printed to the terminal"),
        (["scan", "--fail-on", "mild"], "mild"),
        (["scan", "--min-coverage", "101"], "101"),
        (["scan", "--timestamp", "soon"], "soon"),
        (["scna"], "scna"),
        (
            ["scan", "-s", "x", "--cloud", "http://example.com"],
            'Unknown cloud "http://example.com"',
        ),
    ],
)
def test_wrong_usage_ends_with_two(arguments: list[str], words: str, capsys: Capture) -> None:
    assert run(arguments) == Exit.USAGE
    told = capsys.readouterr()
    assert words in told.err
    assert told.out == ""


def test_unreadable_input_ends_with_six(tmp_path: Path, capsys: Capture) -> None:
    assert run(["scan", "--from", str(tmp_path / "nothing")]) == Exit.INPUT_OUTPUT
    told = capsys.readouterr().err
    assert "E302 Cannot read" in told
    assert "→ pass a snapshot" in told


def test_bytes_that_are_no_text_are_called_so(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "x.json").write_bytes(b"\x1f\x8b\x08")
    assert run(["scan", "--from", str(tmp_path / "x.json")]) == Exit.INPUT_OUTPUT
    assert "it is not text in UTF-8 or UTF-16" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (["--profile", "nope.yaml"], "nope.yaml, and no shipped profile of this name"),
        (["--profile", "broken.yaml"], "broken.yaml:2:1 not valid YAML: did not find"),
        (["--rules", "empty"], "→ use the folder of a pack, with one folder per area"),
        (["--select", "XYZ*"], 'E203 Unknown rule "XYZ*" in --select.\n'),
    ],
)
def test_what_a_run_is_judged_by_is_named_with_what_is_wrong_with_it(
    option: list[str],
    words: str,
    exported: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.chdir(exported.parent)
    Path("broken.yaml").write_text("extends: [\n", "utf-8")
    Path("empty").mkdir()
    assert run(["scan", "--from", str(exported), *option]) == Exit.INVALID
    assert words in capsys.readouterr().err


def test_a_defect_is_reported_as_one_without_its_traceback(
    exported: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(exported.parent)

    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(import_module("amlaudit.cli.scan"), "audit", broken)
    assert run(["scan", "--from", str(exported)]) == Exit.INTERNAL
    told = capsys.readouterr().err
    assert "E999 Internal error (RuntimeError)" in told
    assert "secret" not in told
    monkeypatch.setenv("AMLAUDIT_DEBUG", "1")
    run(["scan", "--from", str(exported)])
    assert "secret" in capsys.readouterr().err


def test_code_of_others_that_ends_the_process_ends_it_as_a_defect(
    exported: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: object) -> None:
        raise SystemExit(0)

    monkeypatch.setattr(import_module("amlaudit.cli.scan"), "audit", ends)
    assert run(["scan", "--from", str(exported)]) == Exit.INTERNAL
    assert "E999 Internal error (SystemExit)" in capsys.readouterr().err


def test_an_interrupt_ends_with_130(
    exported: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module("amlaudit.cli.scan"), "audit", interrupted)
    assert run(["scan", "--from", str(exported)]) == Exit.INTERRUPTED
    told = capsys.readouterr().err.split("\n")
    assert told == ["", "Interrupted during evaluation: no report was written.", ""]


def test_the_demo_writes_every_report_and_ends_well(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["demo"]) == Exit.PASS
    assert sorted(each.name for each in (tmp_path / "amlaudit-demo").iterdir()) == [
        "estate.db",
        "report.csv",
        "report.html",
        "report.json",
        "report.md",
        "report.sarif",
        "report.xml",
    ]
    told = capsys.readouterr()
    assert "would exit with 1" in told.err
    # An id in a finding is shortened to what it names, so that what is said of it is not cut off.
    assert "…/components/appi-assistants-dev" in told.out


CODE = """\
import sys
from amlaudit.cli import run
code = run({})
print(sorted({{name.partition(".")[0] for name in sys.modules}}))
sys.exit(code)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["scan", "--help"], ["--version"]])
def test_help_loads_no_azure_package(arguments: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", CODE.format(arguments)], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.splitlines()[-1]
    assert "'amlaudit'" in loaded
    assert "'azure'" not in loaded


def test_offline_scans_load_no_azure_package(exported: Path) -> None:
    arguments = ["scan", "--from", str(exported)]
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", CODE.format(arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == Exit.FAIL
    assert "'azure'" not in done.stdout.splitlines()[-1]


def test_marks_are_plain_where_the_terminal_is(exported: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-m", "amlaudit", "scan", "--from", f"{exported}.none"],
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == Exit.INPUT_OUTPUT
    assert done.stderr.startswith(b"x E302 ")
    assert b"-> pass" in done.stderr


def test_a_terminal_that_knows_only_ascii_still_gets_the_table_and_whole_reports(
    exported: Path,
) -> None:
    def told(*options: str) -> bytes:
        return subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-m", "amlaudit", "scan", "--from", str(exported), *options],
            capture_output=True,
            check=False,
            env={"PYTHONIOENCODING": "ascii"},
        ).stdout

    table = told()
    assert b"FAIL | " in table
    assert b"?-" not in table
    assert re.search(rb"posture \d+(-\d+)? %", table)
    assert json.loads(told("--report", "json"))["schema_version"] == SCHEMA_VERSION

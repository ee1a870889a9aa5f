"""The GitHub action: its steps run here, on the embedded estate."""

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from amlaudit.core.scope import Scope
from amlaudit.demo.source import Demo
from tests.integrations.runner import Run, Runner

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
STEPS = yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"]
INSTALL = "Install amlaudit"
pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="the action runs in bash")


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("estate") / "estate.db"
    Demo(path).collect(Scope()).close()
    return path


def run(folder: Path, estate: Path, *words: str, **inputs: str) -> Run:
    scope = ["--from", str(estate), "--workspace", "mlw-sandbox-dev"]
    args = "\n".join([*scope, "--timestamp", "2026-11-24", *words])
    given = {key.replace("_", "-"): value for key, value in inputs.items()}
    return Runner(ACTION, folder, {"args": args, **given}).go(leave_out=INSTALL)


def test_a_failing_scan_still_keeps_and_uploads_everything(estate: Path, tmp_path: Path) -> None:
    done = run(tmp_path, estate)
    assert done.done == [
        "Set up Python",
        "Scan",
        "Write the summary",
        "Keep the reports",
        "Upload findings to code scanning",
        "Gate",
    ]
    assert done.exit_code == 1
    assert "::error title=amlaudit::FAIL, exit code 1" in done.log
    reports = Path(done.used["Keep the reports"]["path"])
    assert {each.name for each in reports.iterdir()} == {
        "amlaudit.html", "amlaudit.json", "amlaudit.md", "sarif",
    }  # fmt: skip
    sarif = done.used["Upload findings to code scanning"]["sarif_file"]
    assert [each.suffix for each in Path(sarif).iterdir()] == [".sarif"]
    assert done.summary == (reports / "amlaudit.md").read_text("utf-8")


def test_the_outputs_match_the_report(estate: Path, tmp_path: Path) -> None:
    done = run(tmp_path, estate)
    report = json.loads(Path(done.outputs["report-json"]).read_text("utf-8"))
    assert done.outputs == {
        "verdict": "FAIL",
        "complete": "true",
        "score-low": str(report["score"]["low"]),
        "score-high": str(report["score"]["high"]),
        "coverage": str(report["score"]["coverage"]),
        "fails": str(report["summary"]["by_status"]["fail"]),
        "unknowns": str(report["summary"]["by_status"]["unknown"]),
        "new": "",
        "report-html": str(tmp_path / "temp/amlaudit-reports/amlaudit.html"),
        "report-json": str(tmp_path / "temp/amlaudit-reports/amlaudit.json"),
        "sarif": str(tmp_path / "temp/amlaudit-reports/sarif"),
    }


def test_a_baseline_tells_how_many_fails_are_new(estate: Path, tmp_path: Path) -> None:
    first = run(tmp_path / "one", estate)
    second = run(tmp_path / "two", estate, baseline=first.outputs["report-json"])
    assert second.outputs["new"] == "0"


def test_a_scan_that_passes_ends_with_zero(estate: Path, tmp_path: Path) -> None:
    done = run(tmp_path, estate, fail_on="never", min_coverage="0")
    assert (done.exit_code, done.outputs["verdict"]) == (0, "PASS")
    assert "::error" not in done.log


def test_what_is_switched_off_is_left_out(estate: Path, tmp_path: Path) -> None:
    done = run(tmp_path, estate, summary="false", sarif_upload="false", reports="csv, junit")
    assert done.done == ["Set up Python", "Scan", "Keep the reports", "Gate"]
    names = {each.name for each in Path(done.used["Keep the reports"]["path"]).iterdir()}
    assert {"amlaudit.csv", "amlaudit.xml"} <= names


def test_an_error_fails_the_job_and_uploads_nothing(estate: Path, tmp_path: Path) -> None:
    done = run(tmp_path, estate, profile="none-such")
    assert done.done == ["Set up Python", "Scan", "Gate"]
    assert (done.exit_code, done.outputs["verdict"]) == (5, "ERROR")
    assert 'Unknown profile "none-such"' in done.log


def test_lists_are_split_at_commas_without_reaching_the_shell(estate: Path, tmp_path: Path) -> None:
    mean = "a b , $(touch pwned); `touch pwned`,"
    done = run(tmp_path, estate, subscriptions=mean)
    assert done.exit_code == 2
    assert "--from reads everything in the files" in done.log
    assert not list(tmp_path.rglob("pwned"))


def test_the_gate_comes_last() -> None:
    assert [each["name"] for each in STEPS][-1] == "Gate"


def test_inputs_reach_shells_through_the_environment_alone() -> None:
    for step in STEPS:
        assert "${{" not in step.get("run", "")


def test_other_actions_are_pinned_by_commit() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", each) for each in used)


def locked() -> dict[str, Requirement]:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    found = (
        Requirement(each) for each in re.findall(r"^([a-z][^\\\n]+?) *\\$", text, re.MULTILINE)
    )
    return {each.name: each for each in found}


def test_the_lock_pins_every_dependency_at_an_allowed_version() -> None:
    """Regenerate it with scripts/build_lock.sh."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lock = locked()
    wanted = project["project"]["dependencies"] + project["build-system"]["requires"]
    for each in map(Requirement, [*wanted, *project["project"]["optional-dependencies"]["xlsx"]]):
        (pinned,) = lock[each.name].specifier
        assert pinned.operator == "=="
        assert pinned.version in each.specifier

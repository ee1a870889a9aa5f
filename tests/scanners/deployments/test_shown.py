"""Reports point to the lines that declare what they judge."""

import json
from pathlib import Path

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from tests.scanners.deployments.templates import template


@pytest.fixture
def main(tmp_path: Path) -> Path:
    workspace = {
        "type": "Microsoft.MachineLearningServices/workspaces",
        "name": "mlw",
        "properties": {"publicNetworkAccess": "Enabled"},
    }
    path = tmp_path / "main.json"
    path.write_text(json.dumps(template(workspace), indent=2), "utf-8")
    return path


def test_the_table_names_file_and_line(main: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", "--from", str(main), "--quiet"]) == Exit.FAIL
    shown = capsys.readouterr().out
    assert "main.json:9" in shown  # publicNetworkAccess
    assert "main.json:5" in shown  # a property that the workspace does not set


def test_a_fail_has_the_same_location_from_the_file_and_from_its_snapshot(
    main: Path, tmp_path: Path
) -> None:
    """A missing property points to the declaration, and so does a pass."""
    kept = tmp_path / "estate.db"
    told = []
    for source, more in ((main, ["--save-snapshot", str(kept)]), (kept, [])):
        out = tmp_path / f"{source.name}.report.json"
        run(["scan", "--from", str(source), "--quiet", "--report", f"json={out}", *more])
        told.append(json.loads(out.read_text("utf-8"))["findings"])
    assert told[0] == told[1]
    lines = {each["rule_id"]: each.get("place", {}).get("line") for each in told[0]}
    statuses = {each["rule_id"]: each["status"] for each in told[0]}
    assert (statuses["AML1201"], lines["AML1201"]) == ("fail", 9)
    assert (statuses["AML1202"], lines["AML1202"]) == ("fail", None)
    assert not any(lines[rule] for rule, status in statuses.items() if status != "fail")


def test_sarif_points_at_the_line(
    main: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "amlaudit.sarif"
    run(["scan", "--from", main.name, "--quiet", "--report", f"sarif={out}"])
    (told,) = json.loads(out.read_text("utf-8"))["runs"]
    (result,) = [each for each in told["results"] if each["ruleId"] == "AML1201"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "main.json"
    assert (place["region"]["startLine"], place["region"]["endLine"]) == (9, 9)


def test_what_code_missed_is_not_put_down_to_what_it_read_before(tmp_path: Path) -> None:
    """The kind of a compute is why its idle time is checked, not what is wrong with it."""
    instance = {
        "type": "Microsoft.MachineLearningServices/workspaces/computes",
        "name": "mlw/box",
        "properties": {"computeType": "ComputeInstance", "properties": {"vmSize": "Standard_D2"}},
    }
    main, out = tmp_path / "main.json", tmp_path / "report.json"
    main.write_text(json.dumps(template(instance), indent=2), "utf-8")
    run(["scan", "--from", str(main), "--quiet", "--select", "AML1612", "--report", f"json={out}"])
    (fail,) = [
        each for each in json.loads(out.read_text("utf-8"))["findings"] if each["status"] == "fail"
    ]
    assert "place" not in fail

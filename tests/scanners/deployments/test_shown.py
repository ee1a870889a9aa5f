"""Reports point at the lines that declare what they judge."""

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
    assert "main.json:5" in capsys.readouterr().out


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
    assert (place["region"]["startLine"], place["region"]["endLine"]) == (5, 11)

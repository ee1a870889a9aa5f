"""Reports and snapshots can be checked for consistency on their own."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from amlaudit import __version__
from amlaudit.cli import run
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.evidence.report_check import check_report
from amlaudit.evidence.snapshot_check import check_snapshot
from amlaudit.reporters.json import render
from tests.reporters.samples import followed, sample

Capture = pytest.CaptureFixture[str]


def turned_good(report: Any) -> None:
    """Turn the first fail into a pass."""
    next(each for each in report["findings"] if each["status"] == "fail")["status"] = "pass"


def taken_out(report: Any) -> None:
    """Remove a finding."""
    report["findings"].pop()


def called_a_pass(report: Any) -> None:
    """Turn the outcome of the run into a pass."""
    report["verdict"]["verdict"] = "PASS"


def praised(report: Any) -> None:
    """Improve the posture."""
    report["score"]["low"] = 1.0


def unwaived(report: Any) -> None:
    """Count fails as waived that are not."""
    report["summary"]["waived"]["high"] = 5


def counted_otherwise(report: Any) -> None:
    """Lower the number of fails."""
    report["summary"]["by_severity"]["high"]["fail"] = 0


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Write a JSON report."""
    path = tmp_path / "report.json"
    path.write_text(render(sample()), "utf-8")
    return path


def test_an_untouched_report_is_consistent(written: Path) -> None:
    found = check_report(written)
    assert found.problems == ()
    assert found.findings == len(sample().findings)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (turned_good, "findings are critical fail"),
        (taken_out, "are counted"),
        (called_a_pass, "the verdict PASS does not follow from the findings"),
        (praised, "the posture does not follow from the counts"),
        (unwaived, "the waived fails do not match the counts"),
        (unwaived, "the posture with accepted risk does not follow"),
        (counted_otherwise, "0 are counted"),
    ],
)
def test_contradictions_are_reported(
    written: Path, change: Callable[[Any], None], told: str
) -> None:
    report = json.loads(written.read_text("utf-8"))
    change(report)
    written.write_text(json.dumps(report), "utf-8")
    assert any(told in each for each in check_report(written).problems)


def test_a_wrong_finding_id_is_reported(written: Path) -> None:
    report = replace(sample(), version=__version__)
    written.write_text(render(report), "utf-8")
    assert check_report(written).problems == ()
    finding = next(iter(report.findings))
    changed = render(report).replace(finding.id, finding.id[:-1] + "x")
    written.write_text(changed, "utf-8")
    line = 1 + changed[: changed.index(f"{finding.id[:-1]}x")].count("\n")
    assert check_report(written).problems == (
        f"line {line} differs from what amlaudit {__version__} writes",
    )


def test_a_report_of_some_findings_is_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    code = run(["demo", "--out", str(tmp_path / "demo")])
    assert code == Exit.PASS
    run(["report", str(tmp_path / "demo/report.json"), f"--report=json={path}", "--only=fail"])
    assert check_report(path).problems == ()


def test_the_command_tells_of_a_report(written: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(["verify", str(written)]) == Exit.PASS
    assert "findings, counts and verdict are consistent, made by amlaudit 1.2.3" in (
        capsys.readouterr().out
    )
    report = json.loads(written.read_text("utf-8"))
    turned_good(report)
    written.write_text(json.dumps(report), "utf-8")
    assert run(["verify", str(written)]) == Exit.FAIL
    assert "are inconsistent" in capsys.readouterr().out
    assert run(["verify", str(written), "--rules", str(tmp_path)]) == Exit.USAGE


def test_waivers_and_new_only_are_taken_into_account(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(render(followed()), "utf-8")
    problems = check_report(path).problems
    assert not any("counted" in each for each in problems)


def test_a_missing_report_is_reported(tmp_path: Path) -> None:
    with pytest.raises(AmlauditError, match="E302 Cannot read report"):
        check_report(tmp_path / "none.json")


def test_every_document_of_a_snapshot_is_read(tmp_path: Path, capsys: Capture) -> None:
    run(["demo", "--out", str(tmp_path)])
    snapshot = tmp_path / "estate.db"
    found = check_snapshot(snapshot)
    assert found.is_whole
    assert found.resources > 100
    capsys.readouterr()
    assert run(["verify", str(snapshot)]) == Exit.PASS
    assert f"{found.resources} documents are readable" in capsys.readouterr().out


def test_a_damaged_document_is_reported(tmp_path: Path) -> None:
    run(["demo", "--out", str(tmp_path)])
    snapshot = tmp_path / "estate.db"
    with sqlite3.connect(snapshot) as db:
        db.execute("UPDATE resource SET body = '{' WHERE rowid = 7")
    with pytest.raises(AmlauditError, match="E302"):
        check_snapshot(snapshot)

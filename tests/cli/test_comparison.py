"""Changes since an earlier run: baselines, differences, trends."""

import json
import re
from pathlib import Path
from typing import TypeAlias

import pytest
from jsonschema import Draft202012Validator

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.resources import shipped
from tests.cli.test_profiles import ARM_ID

Capture: TypeAlias = pytest.CaptureFixture[str]
SCHEMA = json.loads((shipped("templates") / "amlaudit-report-1.schema.json").read_text("utf-8"))
GOOD = {"identity": {"type": "SystemAssigned"}}


def scanned(folder: Path, day: str, *options: str, **body: object) -> int:
    path = folder / "workspace.json"
    # The source states no version of an API, so what is absent would be unknown.
    properties: dict[str, object] = {
        "storageAccount": None,
        "privateEndpointConnections": [],
        "encryption": {"status": "Disabled"},
    }
    workspace = {"id": ARM_ID, "kind": "Default", "properties": properties, **body}
    path.write_text(json.dumps(workspace), "utf-8")
    common = ["--profile", "baseline", "--min-coverage", "0", "--timestamp", day]
    return run(["scan", "--from", str(path), *common, *options])


def reported(folder: Path, day: str, *options: str, **body: object) -> Path:
    path = folder / f"{day}.json"
    scanned(folder, day, f"--report=json={path}", *options, **body)
    return path


def document(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_text("utf-8"))
    Draft202012Validator(SCHEMA).validate(found)
    return found


def test_a_baseline_alone_hides_nothing(tmp_path: Path, capsys: Capture) -> None:
    old = reported(tmp_path, "2026-06-01")
    capsys.readouterr()
    assert scanned(tmp_path, "2026-06-08", "--baseline", str(old)) == Exit.FAIL
    told = capsys.readouterr().out
    assert "Since 2026-06-01.json: 0 new · 0 fixed · 0 changed · 0 vanished" in told
    assert "Only new fails count" not in told


def test_with_new_only_older_fails_do_not_fail_the_run_and_every_report_shows_it(
    tmp_path: Path, capsys: Capture
) -> None:
    old = reported(tmp_path, "2026-06-01")
    options = ["--baseline", str(old), "--new-only"]
    new = reported(tmp_path, "2026-06-08", *options)
    assert "Only new fails count: older ones do not fail this run." in capsys.readouterr().out
    found = document(new)
    assert found["verdict"] == {"verdict": "INCOMPLETE", "complete": False, "new_only": True}
    assert found["summary"]["by_status"]["fail"] == 3  # type: ignore[index] # as in the schema


def test_with_new_only_what_is_new_fails_the_run(tmp_path: Path) -> None:
    options = ["--baseline", str(reported(tmp_path, "2026-06-01", **GOOD)), "--new-only"]
    assert scanned(tmp_path, "2026-06-08", *options) == Exit.FAIL


def test_new_only_needs_a_baseline(tmp_path: Path, capsys: Capture) -> None:
    assert scanned(tmp_path, "2026-06-01", "--new-only") == Exit.USAGE
    assert "--baseline FILE" in capsys.readouterr().err


def test_a_report_tells_since_when_a_finding_came_out_so(tmp_path: Path) -> None:
    old = reported(tmp_path, "2026-06-01")
    new = document(reported(tmp_path, "2026-06-08", "--baseline", str(old), **GOOD))
    changes = {
        (each["rule_id"], each["baseline_state"], each["first_seen"])
        for each in new["findings"]  # type: ignore[attr-defined] # as in the schema
        if each.get("baseline_state") in ("fixed", "unchanged")
    }
    assert ("AML1301", "fixed", "2026-06-08T00:00:00Z") in changes
    assert ("AML1202", "unchanged", "2026-06-01T00:00:00Z") in changes


def test_the_difference_of_two_reports_is_shown(tmp_path: Path, capsys: Capture) -> None:
    old, new = reported(tmp_path, "2026-06-01", **GOOD), reported(tmp_path, "2026-06-08")
    capsys.readouterr()
    assert run(["diff", str(old), str(new)]) == Exit.PASS
    told = capsys.readouterr().out
    assert "AML1301" in told
    assert "1 new · 0 fixed · 0 changed · 0 vanished" in told
    assert run(["diff", str(old), str(new), "--fail-on-new"]) == Exit.FAIL
    assert run(["diff", str(new), str(old), "--fail-on-new"]) == Exit.PASS
    capsys.readouterr()
    assert run(["diff", str(old), str(new), "-o", "json"]) == Exit.PASS
    found = json.loads(capsys.readouterr().out)
    assert [each["rule_id"] for each in found["findings"]["new"]] == ["AML1301"]


def test_a_report_does_not_differ_from_itself(tmp_path: Path, capsys: Capture) -> None:
    old = reported(tmp_path, "2026-06-01")
    capsys.readouterr()
    assert run(["diff", str(old), str(old), "--fail-on-new"]) == Exit.PASS
    assert capsys.readouterr().out == "0 new · 0 fixed · 0 changed · 0 vanished\n"


def test_lost_coverage_is_distinguished_from_fixes(tmp_path: Path, capsys: Capture) -> None:
    old = reported(tmp_path, "2026-06-01")
    new = reported(tmp_path, "2026-06-08", id=ARM_ID.replace("workspaces/w", "workspaces/x"))
    capsys.readouterr()
    run(["diff", str(old), str(new)])
    told = " ".join(capsys.readouterr().out.split())
    assert "3 new · 0 fixed · 0 changed · 0 vanished" in told
    assert "coverage lost: w (7 checks known before, unknown now: hidden)" in told


def test_a_baseline_is_created_shown_and_updated(tmp_path: Path, capsys: Capture) -> None:
    base = ["--baseline", str(tmp_path / "baseline.json")]
    good, bad = reported(tmp_path, "2026-06-01", **GOOD), reported(tmp_path, "2026-06-08")
    capsys.readouterr()
    assert run(["baseline", "create", str(good), *base]) == Exit.PASS
    assert "2 high" in capsys.readouterr().out
    assert run(["baseline", "create", str(good), *base]) == Exit.INPUT_OUTPUT
    assert "E306" in (told := capsys.readouterr().err)
    assert "--force" in told
    assert run(["baseline", "update", str(bad), *base]) == Exit.PASS
    assert "3 high" in capsys.readouterr().out
    assert run(["baseline", "show", *base]) == Exit.PASS
    (name,) = {line.split()[2] for line in capsys.readouterr().out.splitlines()[2:]}
    assert "/" not in name
    run(["baseline", "show", *base, "-o", "json"])
    kept = json.loads(capsys.readouterr().out)
    assert kept["fails"] == {"high": 3}
    assert [each["severity"] for each in kept["findings"]] == ["high"] * 3
    assert all(each["resource_id"].endswith(f"/{name}") for each in kept["findings"])
    assert run(["diff", base[1], str(bad)]) == Exit.PASS
    assert "0 new" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{}", "E206 base.json is not an amlaudit report (schema_version missing)"),
        ('{"schema_version": "3.0"}', "E206 base.json has schema 3.0"),
        ('{"baseline_version": "9"}', "E206 base.json has baseline format 9"),
        ('{"baseline_version": "1.0"}', "E302 Cannot read base.json"),
        (None, "E302 Cannot read base.json"),
    ],
)
def test_anything_but_a_baseline_is_refused(
    content: str | None,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("base.json").write_text(content, "utf-8")
    assert scanned(tmp_path, "2026-06-01", "--baseline", "base.json") in (
        Exit.INVALID,
        Exit.INPUT_OUTPUT,
    )
    assert words in capsys.readouterr().err


def test_a_history_shows_how_the_runs_before_came_out(tmp_path: Path, capsys: Capture) -> None:
    history = ["--history", str(tmp_path / "history")]
    for day in ("2026-06-01", "2026-06-08"):
        scanned(tmp_path, day, *history)
    capsys.readouterr()
    new = document(reported(tmp_path, "2026-06-15", *history, **GOOD))
    assert re.search(r"Earlier posture \(low end\): (\d), \1 %", capsys.readouterr().out)
    moments = [each["at"] for each in new["trend"]]  # type: ignore[attr-defined] # as the schema
    assert moments == ["2026-06-01T00:00:00Z", "2026-06-08T00:00:00Z"]
    again = document(reported(tmp_path, "2026-06-15", *history, **GOOD))
    assert again["trend"] == new["trend"]
    assert len(list((tmp_path / "history").iterdir())) == 3


def test_runs_of_another_scope_are_another_line(tmp_path: Path) -> None:
    history = ["--history", str(tmp_path / "history")]
    scanned(tmp_path, "2026-06-01", *history)
    other = document(reported(tmp_path, "2026-06-08", *history, "--workspace", "w"))
    assert other["trend"] == []


def test_a_damaged_record_ends_with_six(tmp_path: Path, capsys: Capture) -> None:
    history = tmp_path / "history"
    scanned(tmp_path, "2026-06-01", "--history", str(history))
    (record,) = history.iterdir()
    record.write_text("{}", "utf-8")
    assert scanned(tmp_path, "2026-06-08", "--history", str(history)) == Exit.INPUT_OUTPUT
    assert f"E302 Cannot read record {record}" in capsys.readouterr().err

"""Options of `scan` that select rules, let a run pass, and say where results go."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from amlaudit.cli import run
from amlaudit.core.conditions import Comparison, Operator, Reading
from amlaudit.core.errors import Exit
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Reason
from amlaudit.core.memory import MemoryStore
from amlaudit.core.path import parse_path
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Status
from amlaudit.engine.checks import check_of
from amlaudit.engine.evaluate import judge
from tests.cli.test_profiles import workspace
from tests.estates import WORKSPACE_ID, resource
from tests.rulebook.rules import rule_of

Capture: TypeAlias = pytest.CaptureFixture[str]


def reported(folder: Path, capsys: Capture, *options: str) -> dict[str, Any]:
    capsys.readouterr()
    run(["scan", "--from", workspace(folder), "-o", "json", *options])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("options", "some", "none"),
    [
        (["--select", "AML1201"], {"AML1201"}, {"AML1202", "AML1301"}),
        (["--select", "aml12*", "--ignore", "AML1202"], {"AML1201"}, {"AML1202", "AML1301"}),
        (["--select", "network"], {"AML1201", "AML1202"}, {"AML1301"}),
        (["--select", "mcsb:NS-2", "--ignore", "AML1202"], {"AML1201"}, {"AML1202"}),
        (["--ignore", "network"], {"AML1301"}, {"AML1201"}),
        (["--select", "mcsb", "--severity", "critical"], set(), {"AML1201"}),
    ],
)
def test_rules_are_picked_and_those_left_out_are_named(
    options: list[str], some: set[str], none: set[str], tmp_path: Path, capsys: Capture
) -> None:
    report = reported(tmp_path, capsys, *options)
    ids = {each["id"] for each in report["rules"]}
    assert some <= ids
    assert not none & ids
    assert none <= set(report["header"]["profile"]["left_out"])


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_an_unknown_rule_selector_is_refused(option: str, tmp_path: Path, capsys: Capture) -> None:
    assert run(["scan", "--from", workspace(tmp_path), option, "AML1021"]) == Exit.INVALID
    assert capsys.readouterr().err.startswith(
        f'✖ E203 Unknown rule "AML1021" in {option}. Did you mean "AML1201"?'
    )


def test_a_run_may_be_incomplete_if_that_is_allowed(tmp_path: Path, capsys: Capture) -> None:
    command = ["scan", "--from", workspace(tmp_path), "--fail-on", "never"]
    assert run(command) == Exit.INCOMPLETE
    assert run([*command, "--allow-incomplete"]) == Exit.PASS
    told = capsys.readouterr()
    assert "INCOMPLETE" in told.out
    assert "The result is incomplete, but accepted as such." in told.err
    assert run(["scan", "--from", workspace(tmp_path), "--allow-incomplete"]) == Exit.FAIL


def test_a_share_is_not_taken_for_a_percentage(tmp_path: Path, capsys: Capture) -> None:
    command = ["scan", "--from", workspace(tmp_path), "--min-coverage"]
    assert run([*command, "1"]) == run([*command, "0"]) == Exit.FAIL
    assert run([*command, "0.95"]) == Exit.USAGE
    assert "0.95 is less than 1 %: use 95 for 95 %" in capsys.readouterr().err


def test_an_empty_scope_is_allowed_only_where_it_is_known_to_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "group.json"
    path.write_text(json.dumps({"id": "/subscriptions/s/resourceGroups/g"}), "utf-8")
    command = ["scan", "--from", str(path), "--fail-on", "never", "--allow-empty"]
    assert run(command) == Exit.INCOMPLETE  # a file is no proof of absence


def test_the_format_on_stdout_can_be_chosen(tmp_path: Path, capsys: Capture) -> None:
    out = f"json={tmp_path / 'report.json'}"
    run(["scan", "--snapshot", workspace(tmp_path), "--report", out, "-o", "none"])
    assert capsys.readouterr().out == ""
    assert (tmp_path / "report.json").exists()


def test_the_no_color_flag_works_anywhere(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    command = ["scan", "--from", workspace(tmp_path)]
    run(command)
    assert "\x1b[3" in capsys.readouterr().out
    run([*command, "--no-color"])
    assert "\x1b[3" not in capsys.readouterr().out
    run(["--no-color", *command])
    assert "\x1b[3" not in capsys.readouterr().out
    run(command)
    assert "\x1b[3" in capsys.readouterr().out


def test_rules_about_time_are_unknown_where_the_evidence_is_old() -> None:
    read_at = datetime(2026, 1, 1, tzinfo=UTC)
    created = resource(WORKSPACE_ID, {"properties": {"creationTime": "2025-12-31T00:00:00Z"}})
    steps = parse_path("properties.creationTime")
    condition = Comparison(steps, Operator.LESS, 30, reading=Reading.AGE_DAYS)
    rule = rule_of(check_of(condition))
    store = MemoryStore((created,), frozenset(), ())
    assert judge(rule, created, Estate(store)).status is Status.PASS
    fresh = Estate(store, fresh_since=read_at)
    assert judge(rule, created, fresh).status is Status.PASS
    stale = Estate(store, fresh_since=datetime(2026, 1, 2, tzinfo=UTC))
    verdict = judge(rule, created, stale)
    assert (verdict.status, verdict.reason) == (Status.UNKNOWN, Reason.STALE)
    assert "it was read on 2026-01-01, too long ago" in verdict.message
    gap = Subject(created, stale).staleness
    assert gap
    assert gap.reason is Reason.STALE


def test_a_mistyped_area_is_told_before_anybody_signs_in(tmp_path: Path, capsys: Capture) -> None:
    command = ["collect", "-s", "x", "--out", str(tmp_path / "e.db"), "--scanners", "netwrk"]
    assert run(command) == Exit.INVALID
    told = capsys.readouterr().err
    assert 'E203 Unknown scanner "netwrk". Did you mean "network"?' in told
    assert "E101" not in told


def test_collecting_single_areas_cannot_be_combined_with_resuming(
    tmp_path: Path, capsys: Capture
) -> None:
    out = str(tmp_path / "estate.db")
    command = ["collect", "-s", "x", "--out", out, "--scanners", "network", "--resume"]
    assert run(command) == Exit.USAGE
    assert "cannot be combined with --scanners" in capsys.readouterr().err
    assert run(["collect", "--out", out]) == Exit.USAGE
    assert "Specify what to audit" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["scan", "--from", "FILE"],
        ["report", "FILE"],
        ["verify", "FILE"],
        ["diff", "FILE", "FILE"],
        ["fix-plan", "FILE"],
        ["history", "add", "FILE"],
        ["waive", "list", "--waivers", "FILE"],
        ["scan", "--from", "x.db", "--config", "FILE"],
    ],
)
def test_a_file_without_permission_is_told_by_what_opens_it(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Click itself would only call it wrong usage, without a reason and without advice."""
    path = tmp_path / "x.json"
    path.write_text("{}", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    code = run([str(path) if each == "FILE" else each for each in command])
    assert code in (Exit.INPUT_OUTPUT, Exit.INVALID)
    assert "→" in capsys.readouterr().err

"""Errors: the first line, the exit code, the advice, and no secret in any of them."""

import json
import sys
from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TypeAlias
from zipfile import ZipFile

import pytest
from msgspec.structs import replace

from amlaudit.cli import run
from amlaudit.cli.debugging import write_debug_file
from amlaudit.cli.messages import show_error
from amlaudit.cli.problems import problem_lines, problems_in
from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.report import Report
from amlaudit.core.verdict import unknown
from tests.cli.test_profiles import workspace
from tests.reporters.samples import AT, UNREAD, sample

Capture: TypeAlias = pytest.CaptureFixture[str]
SECRET = "AccountKey=" + "aB3/" * 22


def said(report: Report) -> list[str]:
    return list(problem_lines(report, problems_in(report), timedelta(30)))


def test_no_secret_gets_into_a_message(capsys: Capture) -> None:
    show_error(
        AmlauditError(
            "E302",
            f"Cannot read {SECRET}",
            cause=f"line 3: {SECRET}",
            advice="look at it",
            exit_code=Exit.INPUT_OUTPUT,
        )
    )
    told = capsys.readouterr().err
    assert SECRET not in told
    assert told.count("redacted:") == 2
    assert told.endswith("  → look at it\n")


def test_an_unreadable_subscription_is_reported() -> None:
    gap = Gap(UNREAD, SUBSCRIPTION_TYPE, Reason.FORBIDDEN, "403")
    report = replace(sample(), gaps=(gap,))
    assert said(report)[0].splitlines() == [
        (
            "✖ E105 No read access to 1 of 2 subscriptions (00000000-0000-0000-0000-000000000002). "
            "Scanned the other 1; result is INCOMPLETE."
        ),
        (
            "  → grant the role from `amlaudit doctor --role-definition`, or use --exclude or "
            "--allow-incomplete"
        ),
    ]


def test_throttling_is_reported() -> None:
    (told,) = (each for each in said(sample()) if "E107" in each)
    assert told.splitlines() == [
        "✖ E107 Azure is throttling; 1 part could not be read. Requests refused: 5.",
        "  → collect again with --concurrency 2 or fewer scopes; affected checks are unknown",
    ]


def test_a_crashed_rule_is_reported() -> None:
    (told,) = (each for each in said(sample()) if "E901" in each)
    assert told.startswith("✖ E901 Internal error in rule AML")
    assert "(ZeroDivisionError). The rule is reported as unknown on " in told
    assert "--debug" in told


def test_a_failed_policy_evaluation_is_distinguished_from_a_crash() -> None:
    report = sample()
    first, second, *_ = report.findings
    why = Gap(first.resource.id, "p", Reason.RULE_ERROR, "evaluation fails: a tag needs a name")
    failing = tuple(
        replace(each, rule=first.rule, verdict=unknown(why)) for each in (first, second)
    )
    (told,) = (each for each in said(replace(report, findings=failing)) if "evaluation" in each)
    assert told.splitlines() == [
        (
            f"✖ E202 Policy {first.rule.id}: evaluation fails: a tag needs a name. It is reported "
            "as unknown on 2 resources; the scan continued."
        ),
        "  → fix the definition, or set its parameters in an assignment next to it",
    ]


def test_a_stale_snapshot_is_reported() -> None:
    report = sample()
    first, *_ = report.findings
    stale = replace(first, verdict=unknown(Gap(first.resource.id, "x", Reason.STALE, "old")))
    read_at = AT - timedelta(41)
    old = replace(
        report, findings=(stale,), collection=replace(report.collection, ended_at=read_at)
    )
    (told,) = (each for each in said(old) if "E303" in each)
    assert told.splitlines() == [
        "✖ E303 The snapshot is 41 days old; time-based rules are reported as unknown (stale).",
        "  → collect again, or raise --max-age",
    ]


def test_a_cloud_that_is_not_known_is_wrong_usage(capsys: Capture) -> None:
    assert run(["scan", "-s", "x", "--cloud", "http://example.com"]) == Exit.USAGE
    assert 'E111 Unknown cloud "http://example.com"' in capsys.readouterr().err


def content_of(path: Path) -> Mapping[str, str]:
    with ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_defect_report_reveals_nothing_about_the_estate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["amlaudit", "scan", "--tenant", SECRET, f"--exclude={SECRET}"]
    )
    try:
        raise ValueError(SECRET) from KeyError(SECRET)  # noqa: TRY301 - what is tested
    except ValueError as error:
        path = write_debug_file(tmp_path, error, {"AML1305 (ValueError)": 3})
    found = content_of(path)
    assert SECRET not in "".join(found.values())
    assert found["command.txt"] == "scan --tenant --exclude"
    assert found["trace.txt"].endswith("ValueError")
    assert "KeyError" in found["trace.txt"]
    assert json.loads(found["crashes.json"]) == {"AML1305 (ValueError)": 3}
    assert json.loads(found["versions.json"])["amlaudit"]
    assert write_debug_file(tmp_path).name == "amlaudit-debug-2.zip"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("report contoso --report html=contoso.html", "report --report"),
        ("rules list contoso", "rules list"),
        ("scan -sContoso --exclude=contoso", "scan -s --exclude"),
        ("diff contoso fabrikam -o json", "diff -o"),
        ("contoso", ""),
    ],
)
def test_the_file_for_the_report_of_a_defect_names_no_value_of_the_command(
    line: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["amlaudit", *line.split()])
    assert content_of(write_debug_file(tmp_path)).get("command.txt", "") == told


def test_a_defect_report_is_written_only_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(SECRET)

    exported = workspace(tmp_path)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run(["scan", "--from", exported]) == Exit.FAIL
    monkeypatch.setattr(import_module("amlaudit.cli.scan"), "audit", broken)
    assert run(["scan", "--from", exported]) == Exit.INTERNAL
    told = capsys.readouterr().err
    assert "✖ E999 Internal error (RuntimeError)" in told
    assert "run again with --debug and report it" in told
    assert list(Path.cwd().iterdir()) == []
    assert run(["scan", "--from", exported, "--debug"]) == Exit.INTERNAL
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert SECRET not in told
    assert "report it with ./amlaudit-debug-1.zip" in told
    assert [each.name for each in Path.cwd().iterdir()] == ["amlaudit-debug-1.zip"]


def test_a_traceback_is_printed_on_request(capsys: Capture) -> None:
    assert run(["explain", "AML0000"]) == Exit.INVALID
    assert "Traceback" not in capsys.readouterr().err
    assert run(["explain", "AML0000", "--debug"]) == Exit.INVALID
    assert "Traceback" in capsys.readouterr().err


def test_a_workbook_needs_what_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    exported = workspace(tmp_path)
    monkeypatch.chdir(tmp_path)
    run(["checklist", "new", "-w", "w"])
    command = ["checklist", "render", "-w", "w", "--from", exported, "--format", "xlsx"]
    assert run([*command, "--out", "list.xlsx"]) == Exit.USAGE
    assert "E305 Workbooks need XlsxWriter" in capsys.readouterr().err

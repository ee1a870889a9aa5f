"""Third-party reports: no script, terminal or CI log executes anything in them."""

import json
import os
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from amlaudit.cli import run
from amlaudit.cli.sanitise import sanitised
from amlaudit.core.commands import command_of
from amlaudit.core.errors import AmlauditError
from amlaudit.records.reports import report_of
from amlaudit.reporters.json import render
from tests.reporters.samples import sample

BREAKING: Final = "\nEND_OF_STEPS\n}\ntouch pwned\n"
ORDERS: Final = "##vso[task.setvariable variable=X]y ##[add-mask]z ::add-mask::w"


def spoilt(folder: Path, spoil: Callable[[dict[str, Any]], None]) -> Path:
    """Write the sample report with third-party changes."""
    document = json.loads(render(sample()))
    spoil(document)
    path = folder / "report.json"
    path.write_text(json.dumps(document), "utf-8")
    return path


def steps_done_by(script: Path, *numbers: str) -> str:
    """Run a script with its commands stubbed out, and return what it prints."""
    for name in ("az", "amlaudit"):
        command = script.with_name(name)
        command.write_text("#!/bin/sh\nexit 0\n", "utf-8")
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
    path = f"{script.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 - a script of ours
        ["bash", str(script), *numbers],  # noqa: S607 - the bash that people have
        cwd=script.parent,
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", f"AML1501{BREAKING}"),
        ("title", f"It is open{BREAKING}"),
        ("title", "It is \x1b]0;owned\x07open"),
        ("because", "It is \x1b[2Kopen"),
        ("severity_reason", "It is \u202eopen"),
        ("path", f"rules/a.yaml{BREAKING}"),
    ],
)
def test_a_text_of_a_rule_that_is_more_than_it_shows_is_refused(key: str, value: str) -> None:
    document = json.loads(render(sample()))
    rule = document["rules"][0]
    if key == "id":
        for each in document["findings"]:
            each["rule_id"] = value if each["rule_id"] == rule["id"] else each["rule_id"]
    rule[key] = value
    with pytest.raises(AmlauditError, match="E302") as caught:
        report_of([json.dumps(document).encode()], Path("report.json"))
    assert "it is damaged: rules[0]: " in caught.value.cause


def test_commands_of_a_plan_are_those_of_rules_that_are_installed(tmp_path: Path) -> None:
    def spoil(document: dict[str, Any]) -> None:
        for each in document["rules"]:
            each["fix"]["command"] = "touch pwned"
            each["fix"]["note"] = "$(touch pwned)"

    script = tmp_path / "plan.sh"
    path = spoilt(tmp_path, spoil)
    assert run(["fix-plan", str(path), "--format", "az", "--out", str(script)]) == 0
    assert "touch pwned" not in script.read_text("utf-8")
    assert "AML" in steps_done_by(script)
    steps_done_by(script, "1", "2")
    assert not (tmp_path / "pwned").exists()


def test_a_rule_that_is_not_installed_brings_no_command(tmp_path: Path) -> None:
    def spoil(document: dict[str, Any]) -> None:
        for each in document["rules"]:
            each["fix"]["command"] = "touch pwned"
            each["id"] = f"{each['id']}'; touch pwned; '"
        for each in document["findings"]:
            each["rule_id"] = f"{each['rule_id']}'; touch pwned; '"

    script = tmp_path / "plan.sh"
    path = spoilt(tmp_path, spoil)
    assert run(["fix-plan", str(path), "--format", "az", "--out", str(script)]) == 0
    assert "this rule is not installed here: add its pack with --rules" in script.read_text()
    steps_done_by(script)
    steps_done_by(script, "1", "2")
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("command", ["report", "diff"])
def test_neither_a_terminal_nor_a_log_obeys_a_name(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"st\x1b[2Jml\n{ORDERS} [link=https://evil]x[/link]"

    def spoil(document: dict[str, Any]) -> None:
        for each in document["resources"]:
            each["name"] = name
        for each in document["findings"]:
            each["message"] = name

    path = spoilt(tmp_path, spoil)
    named = (path, path) if command == "diff" else (path,)
    run([command, *map(str, named)])
    printed = "".join(capsys.readouterr())
    assert printed
    for order in ("\x1b", "##vso[", "##[", "::add-mask::"):
        assert order not in printed


STEERING: Final = r"\e[2Jx ##vso[task.complete]y"
FILES: Final = {
    "amlaudit.yaml": f'version: 1\nscope: {{subscriptions: ["{STEERING}"]}}\n',
    "waivers.yaml": f"""\
version: 1
waivers:
  - id: W-1
    rule: AML1201
    scope: "*/{STEERING}"
    kind: accepted_risk
    reason: "{STEERING}"
    owner: "{STEERING}"
    expires: 2020-01-01
""",
}


@pytest.mark.parametrize(
    "command",
    ["config show", "waive list", "waive check", "waive prune", "rules list --rules pack",
     "rules show ACME001 --rules pack", "explain ACME001 --rules pack", "rules test pack"],
)  # fmt: skip
def test_control_sequences_in_a_checkout_reach_neither_terminal_nor_log(
    tmp_path: Path,
    command: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    run(["rules", "new", "ACME001", "owner", "--pack", "pack"])
    rule, cases = (Path("pack/custom") / f"acme001_owner.{end}" for end in ("yaml", "cases.yaml"))
    titled = re.sub("title: .*", lambda _: f'title: "{STEERING}"', rule.read_text("utf-8"))
    rule.write_text(titled, "utf-8")
    misnamed = cases.read_text("utf-8").replace("public access is enabled", f'"{STEERING}"')
    cases.write_text(misnamed.replace("Access: Enabled", "Access: Disabled"), "utf-8")
    capsys.readouterr()
    run(command.split())
    printed = "".join(capsys.readouterr())
    assert "\u241b[2J" in printed
    assert "\x1b" not in printed
    assert "##vso[" not in printed


def test_neither_a_terminal_nor_a_log_obeys_a_baseline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, baseline = spoilt(tmp_path, lambda _: None), tmp_path / "baseline.json"
    run(["baseline", "create", str(path), "--baseline", str(baseline)])
    document = json.loads(baseline.read_text("utf-8"))
    for each in document["findings"]:
        each["id"] = each["id"][::-1]
        each["resource_id"] += f"\x1b[2J{ORDERS}"
    baseline.write_text(json.dumps(document), "utf-8")
    for command in (["diff", baseline, path], ["baseline", "show", "--baseline", baseline]):
        capsys.readouterr()
        run(list(map(str, command)))
        printed = "".join(capsys.readouterr())
        assert "\u241b[2J" in printed
        assert "\x1b" not in printed
        assert "##vso[" not in printed


@pytest.mark.parametrize("width", [30, 41, 58, 80])
def test_no_line_ends_in_spaces_wherever_it_is_broken(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    path = spoilt(tmp_path, lambda _: None)
    for command in (
        ["report", str(path)], ["diff", str(path), str(path)], ["config", "show"], ["packs", "list"]
    ):  # fmt: skip
        run(command)
        lines = capsys.readouterr().out.splitlines()
        assert lines
        assert not [each for each in lines if each.endswith(" ")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("##vso[task.complete]x", "# #vso[task.complete]x"),
        ("see ##[error]x", "see # #[error]x"),
        ("::error file=a::x", ": :error file=a::x"),
        ("any/::/0 and ::1", "any/::/0 and ::1"),
        ("## 2 of 3 [x]", "## 2 of 3 [x]"),
        ("a\x07b", "a\u2407b"),
        ("a\N{RIGHT-TO-LEFT MARK}b\N{WORD JOINER}c", "a⟨U+200F⟩b⟨U+2060⟩c"),
        ("a\N{TAG LATIN SMALL LETTER X}b", "a⟨U+E0078⟩b"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_only_workflow_commands_are_neutralised_in_a_log(text: str, shown: str) -> None:
    assert sanitised(text) == shown


def test_commands_in_a_report_are_its_own_and_only_shown() -> None:
    document = json.loads(render(sample()))
    document["rules"][0]["fix"]["command"] = "az x --name {name}"
    report = report_of([json.dumps(document).encode()], Path("report.json"))
    first = next(each for each in report.findings if each.rule.id == document["rules"][0]["id"])
    assert command_of(first).startswith("az x --name ")


def test_a_report_replaces_a_link_and_does_not_follow_it(tmp_path: Path) -> None:
    path = spoilt(tmp_path, lambda _: None)
    kept = tmp_path / "kept"
    kept.write_text("mine", "utf-8")
    out = tmp_path / "report.csv"
    out.symlink_to(kept)
    assert run(["report", str(path), "--report", f"csv={out}"]) in (0, 1, 3)
    assert kept.read_text("utf-8") == "mine"
    assert not out.is_symlink()

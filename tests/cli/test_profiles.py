"""`--profile`: a company's own policy decides, and every report says so."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.resources import shipped
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.profiles import load_rules
from tests.rulebook.test_packs import pack
from tests.rulebook.test_yaml_rules import RULE

EXAMPLE = Path(__file__).parents[2] / "docs" / "profile-example.yaml"
ARM_ID = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
)
OFF = """\
rules:
  AML1904:
    enabled: false
    justification: <b>we</b> have no GPUs
    approved_by: ciso@contoso.com
    review_by: 2026-01-31
  AML1202: { severity: low, justification: no network of our own }
"""


def workspace(folder: Path, **tags: str) -> str:
    path = folder / "workspace.json"
    properties: dict[str, object] = {
        "privateEndpointConnections": []
    }  # said, as no version of an API is stated
    body = {"id": ARM_ID, "kind": "Default", "tags": tags, "properties": properties}
    path.write_text(json.dumps(body), "utf-8")
    return str(path)


def company(folder: Path, text: str) -> str:
    path = folder / "company.yaml"
    path.write_text(text, "utf-8")
    return str(path)


def scanned(folder: Path, text: str, *reports: str) -> int:
    options = [word for report in reports for word in ("--report", report)]
    profile = ["--profile", company(folder, text), "--timestamp", "2026-02-01"]
    return run(["scan", "--from", workspace(folder), *profile, *options])


def test_every_report_shows_what_is_disabled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {name: tmp_path / f"report.{name}" for name in ("json", "html", "sarif")}
    scanned(tmp_path, OFF, *(f"{name}={path}" for name, path in files.items()))
    assert "Disabled: AML1904 <b>we</b> have no GPUs (review overdue)" in capsys.readouterr().out
    report = json.loads(files["json"].read_text("utf-8"))
    schema = (shipped("templates") / "amlaudit-report-1.schema.json").read_text("utf-8")
    Draft202012Validator(json.loads(schema)).validate(report)
    told = report["header"]["profile"]
    assert told["name"] == "company.yaml"
    (disabled,) = told["disabled"]
    assert disabled["rule_id"] == "AML1904"
    assert disabled["approved_by"] == "ciso@contoso.com"
    assert disabled["overdue"] is True
    assert [each["severity"] for each in told["reweighed"]] == ["low"]
    assert "AML1904" not in {each["id"] for each in report["rules"]}
    page = files["html"].read_text("utf-8")
    assert "&lt;b&gt;we&lt;/b&gt; have no GPUs" in page
    assert '<time datetime="2026-01-31">' in page
    assert "which has passed</strong>" in page
    (log,) = json.loads(files["sarif"].read_text("utf-8"))["runs"]
    assert log["properties"]["header"]["profile"] == told


def test_equal_profiles_give_equal_bytes(tmp_path: Path) -> None:
    contents, path = [], workspace(tmp_path)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        out = tmp_path / name / "report.json"
        profile = ["--profile", company(tmp_path / name, OFF), "--timestamp", "2026-02-01"]
        run(["scan", "--from", path, *profile, "--report", f"json={out}"])
        contents.append(out.read_bytes())
    assert contents[0] == contents[1]


def test_reports_say_what_a_profile_does_not_select(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.html"
    scanned(tmp_path, "extends: cost", f"html={out}")
    assert "Profile company.yaml: 20 of " in capsys.readouterr().out
    assert "<dt>Not in the profile</dt>" in out.read_text("utf-8")


@pytest.mark.parametrize(
    ("profile", "tags", "status"),
    [
        ("environments: { tag: stage }", {"stage": "live"}, "pass"),
        ("environments: { tag: stage }", {"environment": "dev"}, "pass"),
        ("environments: { tag: stage, default: dev }", {}, "fail"),
        ("environments: { map: { prod: [blue] } }", {"environment": "Blue"}, "pass"),
        ("environments: { map: { dev: [blue] } }", {"environment": "Blue"}, "fail"),
        ("environments: { subscriptions: { prod: [s] } }", {"environment": "dev"}, "pass"),
        ("environments: { resources: { dev: ['*/resourceGroups/G'] } }", {}, "fail"),
        (
            "environments: { resources: { prod: ['*/w'] }, subscriptions: { dev: [s] } }",
            {},
            "pass",
        ),
        ("environments: { management_groups: { prod: [mg] } }", {}, "unknown"),
    ],
)
def test_a_profile_defines_the_meaning_of_tags(
    profile: str,
    tags: dict[str, str],
    status: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = RULE.replace("{ field: kind, equals: Hub }", "{ context: environment, equals: prod }")
    files = tmp_path / "files"
    files.mkdir()
    around = [
        {"id": "/subscriptions/s", "type": "Microsoft.Resources/subscriptions"},
        {"id": "/subscriptions/s/resourceGroups/g"},
    ]
    (files / "around.json").write_text(json.dumps(around), "utf-8")
    workspace(files, **tags)
    command = ["scan", "--from", str(files), "--profile", company(tmp_path, profile)]
    packs = ["--rules", str(pack(tmp_path, aml9001_holds=text))]
    run([*command, *packs, "--report", "json"])
    report = json.loads(capsys.readouterr().out)
    (found,) = (
        each
        for each in report["findings"]
        if each["rule_id"] == "AML9001" and each["resource_id"] == ARM_ID.lower()
    )
    assert found["status"] == status, found["message"]


def test_rules_are_listed_as_a_profile_sets_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["rules", "list", "--profile", company(tmp_path, OFF)]
    assert run([*command, "-o", "json"]) == Exit.PASS
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert "AML1904" not in rows
    assert rows["AML1202"]["severity"] == "low"
    assert run(command) == Exit.PASS
    assert capsys.readouterr().out.splitlines()[-1].startswith("Disabled: AML1904")


@pytest.mark.parametrize("command", [["scan", "--from", "x"], ["demo"], ["rules", "list"]])
def test_a_wrong_profile_ends_with_five(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = company(tmp_path, "rules: { AML1904: { enabled: false } }")
    assert run([*command, "--profile", wrong]) == Exit.INVALID
    told = capsys.readouterr().err
    assert f"{wrong}:1:10 AML1904 is disabled without a justification" in told
    assert "justification: …" in told


def test_the_example_of_the_documents_is_a_profile() -> None:
    _, rules, record = load_rules((), read_profile(str(EXAMPLE)))
    assert record.disabled
    assert record.reweighed
    assert rules


OVERRIDES = """\
extends: baseline
environments:
  overrides:
    dev:
      AML1202: { severity: low, justification: no data there }
      AML1301: { enabled: false, justification: our desks, approved_by: ciso@contoso.com }
"""


def test_rules_can_be_otherwise_in_one_environment_and_reports_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, again = tmp_path / "report.json", tmp_path / "again.json"
    workspace(tmp_path, environment="dev")
    command = ["scan", "--from", str(tmp_path / "workspace.json"), "--timestamp", "2026-02-01"]
    page = tmp_path / "report.html"
    reports = ["--report", f"json={out}", "--report", f"html={page}"]
    run([*command, "--profile", company(tmp_path, OVERRIDES), *reports])
    told = " ".join(capsys.readouterr().out.split())
    assert "In dev: AML1202 low no data there" in told
    assert "In dev: AML1301 off our desks" in told
    report = json.loads(out.read_text("utf-8"))
    schema = (shipped("templates") / "amlaudit-report-1.schema.json").read_text("utf-8")
    Draft202012Validator(json.loads(schema)).validate(report)
    assert [each["rule_id"] for each in report["header"]["profile"]["overrides"]] == [
        "AML1202",
        "AML1301",
    ]
    findings = {
        each["rule_id"]: each
        for each in report["findings"]
        if each["resource_id"] == ARM_ID.lower()
    }
    assert (findings["AML1202"]["status"], findings["AML1202"]["severity"]) == ("fail", "low")
    assert findings["AML1202"]["severity_source"] == "profile"
    assert findings["AML1301"]["status"] == "not_applicable"
    assert findings["AML1301"]["message"] == "disabled in dev: our desks"
    run(["report", str(out), "--report", f"json={again}"])
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            "AML1202: { severity: low }",
            "AML1202 is lowered from high to low without a justification",
        ),
        ("AML1202: { enabled: false }", "AML1202 is disabled without a justification"),
        ("AML1021: { severity: low, justification: x }", 'unknown rule "AML1021"'),
    ],
)
def test_what_is_otherwise_in_one_environment_needs_a_reason(
    change: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = company(tmp_path, f"environments: {{ overrides: {{ dev: {{ {change} }} }} }}")
    assert run(["rules", "list", "--profile", profile]) == Exit.INVALID
    assert words in capsys.readouterr().err

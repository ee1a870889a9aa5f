"""Azure Policy definitions as rules: loaded with `--rules`, validated, and tested with cases."""

import json
from pathlib import Path

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit

WORKSPACE = "Microsoft.MachineLearningServices/workspaces"
DEFINITION = {
    "name": "closed",
    "properties": {
        "displayName": "Workspaces are closed",
        "description": "So that nobody comes in.",
        "mode": "Indexed",
        "policyRule": {
            "if": {
                "allOf": [
                    {"field": "type", "equals": WORKSPACE},
                    {"field": f"{WORKSPACE}/publicNetworkAccess", "notEquals": "Disabled"},
                ]
            },
            "then": {"effect": "audit"},
        },
    },
}
TAGGED = {
    "name": "tagged",
    "properties": {
        "mode": "All",
        "policyRule": {
            "if": {"field": "tags['owner']", "exists": "false"},
            "then": {"effect": "deny"},
        },
    },
}
CASE = {
    "id": "open",
    "policy": DEFINITION["properties"],
    "resource": {"type": WORKSPACE, "name": "w", "properties": {"publicNetworkAccess": "Enabled"}},
    "expected": "nonCompliant",
}


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "closed.json").write_text(json.dumps(DEFINITION), "utf-8")
    (folder / "tagged.json").write_text(json.dumps(TAGGED), "utf-8")
    return folder


def scanned(
    policies: Path, workspace: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> dict[str, dict[str, str]]:
    """Return the findings of the two definitions on a workspace, by definition."""
    base = "/subscriptions/s/resourceGroups/g/providers"
    document = {"id": f"{base}/{WORKSPACE}/w", "name": "w", **workspace}
    path = policies.parent / "workspace.json"
    path.write_text(json.dumps(document), "utf-8")
    run(["scan", "--from", str(path), "--rules", str(policies), "--report", "json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    resource_id = str(document["id"]).lower()
    itself = (resource_id, "")
    return {
        each["rule_id"]: each
        for each in findings
        if (each["resource_id"], each["subject_key"]) == itself
    }


@pytest.mark.parametrize(
    ("access", "status"), [("Enabled", "fail"), ("Disabled", "pass"), (None, "fail")]
)
def test_a_definition_is_judged_by_the_services_own_semantics(
    access: object, status: str, policies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    properties = {"publicNetworkAccess": access}
    found = scanned(policies, {"location": "x", "tags": {}, "properties": properties}, capsys)
    assert found["closed"]["status"] == status
    assert found["closed"]["evidence"]


def test_missing_evidence_is_unknown_to_a_definition_too(
    policies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = scanned(policies, {"location": "x", "tags": {"owner": "me"}}, capsys)
    assert found["closed"]["status"] == "unknown"
    assert found["tagged"]["status"] == "pass"


def test_a_definition_about_any_type_is_judged_on_every_resource(
    policies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = scanned(policies, {"location": "x", "tags": {}, "properties": {}}, capsys)
    assert found["tagged"]["status"] == "fail"


def test_a_definition_is_explained_by_its_name(
    policies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["explain"], ["rules", "show"]):
        assert run([*command, "closed", "--rules", str(policies)]) == Exit.PASS
        assert "Workspaces are closed" in capsys.readouterr().out


def test_every_policy_file_is_listed_with_whether_it_can_be_evaluated(
    policies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unsupported = json.loads(json.dumps(TAGGED))
    unsupported["properties"]["policyRule"]["then"]["effect"] = "denyAction"
    (policies / "unsupported.json").write_text(json.dumps(unsupported), "utf-8")
    (policies / "wrong.json").write_text('{"properties": {"policyRule": 7}}', "utf-8")
    assert run(["rules", "validate", str(policies), "-o", "json"]) == Exit.INVALID
    rows = {Path(row["file"]).name: row for row in json.loads(capsys.readouterr().out)}
    assert {name: row["status"] for name, row in rows.items()} == {
        "closed.json": "ok",
        "tagged.json": "ok",
        "unsupported.json": "unsupported",
        "wrong.json": "error",
    }
    assert "denyAction" in rows["unsupported.json"]["detail"]
    assert "policyRule" in rows["wrong.json"]["detail"]


def test_cases_of_definitions_are_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "open.json").write_text(json.dumps(CASE), "utf-8")
    assert run(["rules", "test", str(tmp_path)]) == Exit.PASS
    assert capsys.readouterr().out == "1 passed, 0 failed\n"
    wrong = {**CASE, "id": "wrong", "expected": "compliant"}
    (tmp_path / "wrong.json").write_text(json.dumps(wrong), "utf-8")
    assert run(["rules", "test", str(tmp_path)]) == Exit.FAIL
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("wrong: expected compliant, got nonCompliant")
    assert told[-1] == "1 passed, 1 failed"


def test_a_file_that_is_no_case_is_told_next_to_the_results_of_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "open.json").write_text(json.dumps(CASE), "utf-8")
    (tmp_path / "wrong.json").write_text(
        json.dumps({**CASE, "id": "wrong", "expected": "compliant"}), "utf-8"
    )
    broken = tmp_path / "broken.json"
    broken.write_text('{"policy": {}, "expected": "error"}', "utf-8")
    assert run(["rules", "test", str(tmp_path)]) == Exit.INVALID
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("wrong: expected compliant, got nonCompliant")
    assert told[1].startswith("E201 broken.json is not a policy case (it has no `resource`) → ")
    assert told[2:] == ["1 passed, 1 failed, 1 invalid"]
    assert run(["rules", "test", str(broken), str(tmp_path / "open.json")]) == Exit.INVALID
    assert capsys.readouterr().out.endswith("\n1 passed, 0 failed, 1 invalid\n")


def test_every_invalid_definition_of_a_file_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = {"name": "odd", "properties": {"policyRule": {"if": {}, "then": {}}}}
    worse = json.loads(json.dumps(TAGGED))
    worse["name"] = "worse"
    worse["properties"]["mode"] = "Index"
    worse["properties"]["policyRule"]["then"]["effect"] = "audti"
    (tmp_path / "many.json").write_text(json.dumps([odd, TAGGED, worse]), "utf-8")
    members = [{"policyDefinitionId": f"/x/{name}"} for name in ("alone", "tagged", "absent")]
    (tmp_path / "set.json").write_text(
        json.dumps({"name": "s", "properties": {"policyDefinitions": members}}), "utf-8"
    )
    (tmp_path / "alone.json").write_text(json.dumps({**odd, "name": "alone"}), "utf-8")
    assert run(["rules", "validate", str(tmp_path), "-o", "json"]) == Exit.INVALID
    rows = {Path(row["file"]).name: row for row in json.loads(capsys.readouterr().out)}
    assert {name: row["status"] for name, row in rows.items()} == {
        "alone.json": "error",
        "many.json": "error",
        "set.json": "error",
    }
    lacks = "properties.policyRule.if: one of field, value and count, and one operator are required"
    assert rows["many.json"]["detail"] == (
        f"2 of 3: E201 many.json:1:48: odd: {lacks}; "
        'E201 many.json: worse: unknown mode Index. Did you mean "Indexed"?; '
        'unknown effect audti. Did you mean "audit"?'
    )
    assert rows["set.json"]["detail"] == (
        f"2 of 3: E201 set.json:1:52: properties.policyDefinitions[0]: alone.json: {lacks}; "
        "no file beside the set or below holds the definition absent"
    )


def test_the_rules_of_a_policy_file_are_listed(
    policies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["rules", "list", "--rules", str(policies / "closed.json"), "--area", "azure-policy"])
    assert "1 rule (1 policy)" in capsys.readouterr().out

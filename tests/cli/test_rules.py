"""`amlaudit rules` and `amlaudit explain`: how users inspect rules and test packs."""

import json
from pathlib import Path

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from tests.rulebook.test_packs import CASES, PYTHON_RULE, pack
from tests.rulebook.test_yaml_rules import RULE

RULES = load_pack(shipped("rules"), "built-in")[1]


def test_every_rule_is_listed_with_all_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "list", "-o", "json"]) == Exit.PASS
    rows = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in rows] == [rule.id for rule in RULES]
    for row in rows:
        assert row["kind"] in {"yaml", "python", "question"}
        assert row["title"] and row["because"] and row["fix"]["command"] and row["sources"]  # noqa: PT018


def test_rules_are_listed_by_area_and_severity(capsys: pytest.CaptureFixture[str]) -> None:
    run(["rules", "list", "--area", "registry", "--severity", "critical"])
    told = capsys.readouterr().out
    assert "AML2102" in told
    assert "AML1201" not in told
    assert told.splitlines()[-1] == "1 rule (1 yaml)"


def test_controls_without_a_rule_are_listed_on_demand(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "reserve.yaml"
    kept.write_text('network:\n  AML1299: { severity: medium, title: "Later" }\n', "utf-8")
    monkeypatch.setattr("amlaudit.rulebook.reserve._FILE", kept)
    run(["rules", "list", "--all", "--area", "network", "-o", "json"])
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["AML1299"]["kind"] == "not built"
    assert rows["AML1299"]["severity"] == "medium"
    assert rows["AML1201"]["kind"] == "yaml"
    run(["rules", "list", "--all", "--area", "network"])
    assert "1 not built" in capsys.readouterr().out.splitlines()[-1]


def test_a_rule_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "aml1201"]) == Exit.PASS
    told = capsys.readouterr().out
    assert told.startswith("AML1201  Public network access to the workspace is disabled")
    assert "az ml workspace update" in told
    assert "https://learn.microsoft.com/" in told
    run(["rules", "show", "AML1103"])
    assert "cannot be undone" in capsys.readouterr().out
    run(["rules", "show", "AML1201", "-o", "json"])
    assert json.loads(capsys.readouterr().out)["id"] == "AML1201"


def test_a_rule_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "AML1021"]) == Exit.INVALID
    told = capsys.readouterr().err
    assert 'E203 Unknown rule "AML1021". Did you mean "AML' in told
    assert "→ look it up with `amlaudit rules list`; name a pack of your own with --rules" in told


@pytest.mark.parametrize("kind", ["--yaml", "--python"])
def test_a_new_rule_is_valid_and_passes_its_cases(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "mine")
    command = ["rules", "new", kind, "ACME001", "Owner tag: set!", "--pack", folder]
    assert run([*command, "--area", "tags"]) == Exit.PASS
    written = [Path(line).name for line in capsys.readouterr().out.splitlines()]
    suffix = kind.removeprefix("--").replace("python", "py")
    assert written == [f"acme001_owner_tag_set.{suffix}", "acme001_owner_tag_set.cases.yaml"]
    assert run(["rules", "validate", folder]) == Exit.PASS
    assert run(["rules", "test", folder]) == Exit.PASS
    assert capsys.readouterr().out.splitlines()[-1] == "4 passed, 0 failed"
    assert run([*command, "--area", "tags"]) == Exit.INPUT_OUTPUT
    assert "E306" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "passed"),
    [("", 8), ("tags", 8), ("tags/acme001_owner.yaml", 4), ("tags/acme002_cost.py", 4),
     ("tags/acme001_owner.cases.yaml", 4), ("tags/acme002_cost.cases.yaml", 4)],
)  # fmt: skip
def test_a_pack_is_tested_as_a_whole_or_in_part(
    path: str, passed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    for kind, rule_id, name in (("--yaml", "ACME001", "owner"), ("--python", "ACME002", "cost")):
        run(["rules", "new", kind, rule_id, name, "--pack", str(folder), "--area", "tags"])
    capsys.readouterr()
    assert run(["rules", "test", str(folder / path)]) == Exit.PASS
    assert capsys.readouterr().out == f"{passed} passed, 0 failed\n"


def test_without_cases_nothing_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "test", str(tmp_path)]) == Exit.INVALID
    assert "contains neither rules nor policy cases" in capsys.readouterr().err


def test_a_new_rule_needs_an_id_that_no_shipped_rule_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rules", "new", "AML1201", "x", "--pack", str(tmp_path)]) == Exit.USAGE
    told = capsys.readouterr().err
    assert "E201 AML1201 is the id of a shipped rule" in told
    assert "→ give the rule an id with letters of your own" in told
    assert not [*tmp_path.iterdir()]


def test_a_new_rule_needs_an_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "new", "acme-1", "x", "--pack", str(tmp_path)]) == Exit.USAGE
    assert '"acme-1" is not a rule id' in capsys.readouterr().err


def test_an_invalid_pack_ends_with_exit_code_five(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = pack(tmp_path, aml9001_holds=RULE.replace("severity: high", "severty: high"))
    assert run(["rules", "validate", str(folder), "-o", "json"]) == Exit.INVALID
    (row,) = json.loads(capsys.readouterr().out)
    assert row["status"] == "error"
    assert "test/aml9001_holds.yaml:3:1" in row["detail"]


def test_every_invalid_file_of_a_pack_is_reported_with_a_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = pack(
        tmp_path,
        aml9001_holds=RULE.replace("severity: high", "severty: high"),
        aml9002_holds=RULE.replace("AML9001", "AML9002"),
        aml9003_holds=RULE.replace("AML9001", "AML9003").replace("title: It holds", "title: no"),
    )
    assert run(["rules", "validate", str(folder), "-o", "json"]) == Exit.INVALID
    rows = json.loads(capsys.readouterr().out)
    assert [Path(row["file"]).name for row in rows] == ["aml9001_holds.yaml", "aml9003_holds.yaml"]
    assert rows[1]["detail"].endswith(
        "YAML reads no as a boolean → write true or false, or put a text in quotes"
    )


def test_the_id_of_a_built_in_rule_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = pack(tmp_path, aml9001_holds=RULE, aml1201_mine=RULE.replace("AML9001", "AML1201"))
    assert run(["rules", "validate", str(folder), "-o", "json"]) == Exit.INVALID
    (row,) = json.loads(capsys.readouterr().out)
    assert row["file"].endswith("aml1201_mine.yaml")
    assert "test/aml1201_mine.yaml:1:1 rule AML1201 is already built in" in row["detail"]


def test_duplicate_ids_in_a_pack_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = pack(tmp_path, aml9001_holds=RULE, aml9001_too=RULE)
    assert run(["rules", "validate", str(folder), "-o", "json"]) == Exit.INVALID
    (row,) = json.loads(capsys.readouterr().out)
    assert row["file"] == str(folder)
    assert "rule AML9001 is already defined by test/aml9001_holds.yaml" in row["detail"]


def test_a_failed_case_is_shown_as_a_diff(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = pack(tmp_path, aml9001_holds=RULE)
    (folder / "test" / "aml9001_holds.cases.yaml").write_text(CASES, "utf-8")
    assert run(["rules", "test", str(folder)]) == Exit.FAIL
    assert capsys.readouterr().out.splitlines()[:4] == [
        "test/aml9001_holds.cases.yaml:8:5: AML9001, wrongly expected",
        "  - expected fail",
        "  + got      pass: kind is Hub",
        "3 passed, 1 failed",
    ]


def test_a_rule_that_its_cases_do_not_pin_down_fails_its_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RULE.replace("{ field: kind, equals: Hub }", "{ field: sku.capacity, less: 3 }")
    folder = pack(tmp_path, aml9001_holds=text)
    cases = (
        "pass: [{ name: a, body: { sku: { capacity: 1 } } }]\n"
        "fail: [{ name: b, body: { sku: { capacity: 9 } } }]\n"
    )
    (folder / "test" / "aml9001_holds.cases.yaml").write_text(cases, "utf-8")
    assert run(["rules", "test", str(folder)]) == Exit.FAIL
    told = capsys.readouterr().out
    assert "no case distinguishes the rule from this mutant" in told
    assert "lessOrEquals" in told


def test_a_rule_without_cases_fails_its_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rules", "test", str(pack(tmp_path, aml9001_holds=RULE))]) == Exit.FAIL
    assert "AML9001 has no cases; write aml9001_holds.cases.yaml" in capsys.readouterr().out


def test_a_named_pack_is_judged_beside_the_shipped_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = pack(tmp_path, aml9001_holds=RULE, aml9002_holds__py=PYTHON_RULE)
    workspace = tmp_path / "ws.json"
    arm_id = (
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
    )
    workspace.write_text(json.dumps({"id": arm_id, "kind": "Hub", "properties": {}}), "utf-8")
    run(["scan", "--from", str(workspace), "--rules", str(folder), "--report", "json"])
    report = json.loads(capsys.readouterr().out)
    statuses = {each["rule_id"]: each["status"] for each in report["findings"]}
    assert (statuses["AML9001"], statuses["AML9002"]) == ("pass", "pass")
    assert [each["name"] for each in report["header"]["packs"]] == ["azure-ml", folder.name]


@pytest.mark.parametrize(
    ("name", "words"),
    [("nonsense", 'Unknown rule pack "nonsense"'), ("twin", "Rule AML1201 of twin/test")],
)
def test_a_pack_that_is_not_there_or_clashes_is_an_error(
    name: str,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "twin").mkdir()
    pack(tmp_path / "twin", aml1201_holds=RULE.replace("AML9001", "AML1201"))
    monkeypatch.chdir(tmp_path)
    assert run(["rules", "list", "--rules", name]) == Exit.INVALID
    assert words in capsys.readouterr().err


def test_rules_are_listed_by_framework_and_by_word(capsys: pytest.CaptureFixture[str]) -> None:
    def ids(*options: str) -> set[str]:
        assert run(["rules", "list", *options, "-o", "tsv", "--query", "[].id"]) == Exit.PASS
        found = set(capsys.readouterr().out.split())
        assert run(["rules", "list", *options]) == Exit.PASS
        shown = {each.split()[0] for each in capsys.readouterr().out.splitlines() if each}
        assert found == {each for each in shown if each.startswith("AML")}
        return found

    whole = ids()
    assert ids("--framework", "mcsb") < whole
    assert ids("--tag", "mcsb:NS-2") < ids("--framework", "mcsb")
    assert "AML1201" in ids("--tag", "mcsb:ns-2", "--area", "network")
    assert ids("--tag", "network") == ids("--area", "network")
    assert not ids("--tag", "nothing")


@pytest.mark.parametrize(
    ("option", "word", "told"),
    [
        ("--severity", "hihg", 'Unknown severity "hihg". Did you mean "high"?'),
        ("--area", "netwrok", 'Unknown area "netwrok". Did you mean "network"?'),
        ("--framework", "mscb", 'Unknown framework "mscb". Did you mean "mcsb"?'),
    ],
)
def test_a_misspelled_filter_is_reported(
    option: str, word: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rules", "list", option, word]) == Exit.INVALID
    assert f"✖ E203 {told}" in capsys.readouterr().err


def test_a_named_file_without_definition_is_invalid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.json").write_text("[]", "utf-8")
    assert run(["rules", "validate", str(tmp_path / "report.json")]) == Exit.INVALID
    assert "contains no rules and no Azure Policy definitions" in capsys.readouterr().err


def test_a_folder_without_rules_is_not_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("nothing to judge by", "utf-8")
    assert run(["rules", "validate", str(tmp_path)]) == Exit.INVALID
    assert "contains no rules" in capsys.readouterr().err


def test_one_rule_is_checked_by_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = pack(tmp_path / "mine", aml9001_holds=RULE)
    rule = folder / "test" / "aml9001_holds.yaml"
    assert run(["rules", "validate", str(rule)]) == Exit.PASS
    assert "AML9001" in capsys.readouterr().out
    rule.write_text(RULE.replace("severity:", "severty:", 1), "utf-8")
    assert run(["rules", "validate", str(rule)]) == Exit.INVALID
    assert 'Did you mean "severity"?' in capsys.readouterr().out


def test_a_rule_begins_in_its_pack_and_nowhere_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["rules", "new", "ACME001", "x", "--pack", str(tmp_path / "mine")]
    assert run([*command, "--area", "../elsewhere"]) == Exit.USAGE
    assert '"../elsewhere" is not a valid folder name in the pack' in capsys.readouterr().err
    assert not list(tmp_path.iterdir())

"""Settings, in order of precedence: flag, variable, project file, user file, default."""

import json
from pathlib import Path
from typing import TypeAlias

import pytest
import yaml
from jsonschema import Draft202012Validator

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.reporters.json import render
from amlaudit.rulebook.config_reader import SETTINGS
from tests.cli.test_profiles import workspace
from tests.reporters.samples import sample
from tests.rulebook.test_packs import pack
from tests.rulebook.test_yaml_rules import RULE

Capture: TypeAlias = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]
PROJECT = """\
version: 1
scope:
  subscriptions: [ML Production, ML Labs]
  exclude: ["*/resourceGroups/sandbox-*"]
profile: baseline
environments: { tag: stage, default: dev }
fail_on: medium
min_coverage: 0
waivers: waivers.yaml
reports: [json=out/amlaudit.json, table]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up a repository with a project file, and a user without settings."""
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "amlaudit.yaml").write_text(PROJECT, "utf-8")
    monkeypatch.chdir(tmp_path / "repository")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "repository"


def shown(capsys: Capture, *options: str) -> dict[str, tuple[object, str]]:
    """Return the value and origin of every setting."""
    capsys.readouterr()
    assert run(["config", "show", "-o", "json", *options]) == Exit.PASS
    rows = json.loads(capsys.readouterr().out)
    return {row["setting"]: (row["value"], row["origin"]) for row in rows}


def test_each_value_has_its_origin(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = project.parent / "user" / "amlaudit" / "config.yaml"
    user.parent.mkdir(parents=True)
    user.write_text("version: 1\nfail_on: low\ncloud: china\n", "utf-8")
    monkeypatch.setenv("AMLAUDIT_SUBSCRIPTION", "ML Production, ML Shared,")
    found = shown(capsys)
    assert found["scope.subscriptions"] == (
        ["ML Production", "ML Shared"],
        "AMLAUDIT_SUBSCRIPTION",
    )
    assert found["fail_on"] == ("medium", "amlaudit.yaml:7:10")
    assert found["cloud"] == ("china", f"{user}:3:8")
    assert found["credential"] == ("auto", "default")
    assert found["strict"] == (False, "default")
    assert found["rules"] == ([], "default")
    assert found["environments"][1] == "amlaudit.yaml:6:15"
    assert set(found) == {each.key for each in SETTINGS} | {"environments"}


def test_an_unreadable_home_folder_has_no_settings(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.is_dir()
    for kind in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", "/" + "x" * 300)
    assert shown(capsys)["cloud"] == ("public", "default")
    assert run(["rules", "list"]) == Exit.PASS


def test_settings_are_shown_as_a_table(project: Path, capsys: Capture) -> None:
    assert project.is_dir()
    assert run(["config", "show"]) == Exit.PASS
    told = capsys.readouterr().out
    assert "fail_on                  medium" in told
    assert "ML Production, ML Labs" in told


def test_settings_apply_and_flags_override_them(project: Path, tmp_path: Path) -> None:
    (project / "waivers.yaml").write_text("version: 1\nwaivers: []\n", "utf-8")
    exported = workspace(tmp_path)
    assert run(["scan", "--from", exported]) == Exit.FAIL
    report = json.loads((project / "out" / "amlaudit.json").read_text("utf-8"))
    assert report["header"]["profile"]["name"] == "baseline"
    assert report["header"]["fail_on"] == "medium"
    assert report["header"]["collection"]["scope"]["subscriptions"] == []
    assert run(["scan", "--from", exported, "--fail-on", "never"]) == Exit.PASS


def test_environment_variables_override_the_project_file(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "waivers.yaml").write_text("version: 1\nwaivers: []\n", "utf-8")
    monkeypatch.setenv("AMLAUDIT_FAIL_ON", "never")
    assert run(["scan", "--from", workspace(tmp_path)]) == Exit.PASS


def test_a_variable_that_is_wrong_is_named(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.is_dir()
    monkeypatch.setenv("AMLAUDIT_FAIL_ON", "mild")
    assert run(["scan", "--from", "x"]) == Exit.USAGE
    assert "It is set in AMLAUDIT_FAIL_ON." in capsys.readouterr().err


def test_the_project_file_is_looked_for_up_to_the_root_of_the_repository(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(project / "deep" / "er")
    assert shown(capsys)["fail_on"][0] == "medium"
    assert shown(capsys)["waivers"][0] == str(project / "waivers.yaml")
    (project / "deep" / ".git").mkdir()
    assert shown(capsys)["fail_on"] == ("high", "default")


def test_a_file_can_be_named_and_hidden_or_in_pyproject(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = project / "other.yaml"
    other.write_text("version: 1\nfail_on: low\n", "utf-8")
    assert shown(capsys, "--config", "other.yaml")["fail_on"][0] == "low"
    monkeypatch.setenv("AMLAUDIT_CONFIG", str(other))
    assert shown(capsys)["fail_on"] == ("low", "other.yaml:2:10")
    monkeypatch.delenv("AMLAUDIT_CONFIG")
    (project / "amlaudit.yaml").rename(project / ".amlaudit.yaml")
    assert shown(capsys)["fail_on"] == ("medium", ".amlaudit.yaml:7:10")
    (project / ".amlaudit.yaml").unlink()
    toml = project / "pyproject.toml"
    toml.write_text('[project]\nname = "x"\n\n[tool.amlaudit]\nversion = 1\nfail_on = "low"\n')
    assert shown(capsys)["fail_on"] == ("low", "pyproject.toml:4:1")
    toml.write_text("[tool.amlaudit]\nversion = 1\nfial_on = 3\n")
    assert run(["config", "validate"]) == Exit.INVALID
    assert 'pyproject.toml:1:1 unknown key "fial_on"' in capsys.readouterr().err
    toml.write_text("[project]\n")
    assert shown(capsys)["fail_on"] == ("high", "default")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("fail_on", "fial_on", 'amlaudit.yaml:7:1 unknown key "fial_on" in a project file. Did'),
        ("medium", "mild", 'amlaudit.yaml:7:10 "mild" is not one of critical'),
        ("medium", "no", "YAML reads no as a boolean"),
        ("min_coverage: 0", "min_coverage: 101", "expected a number from 0 to 100"),
        ("version: 1", "version: 2", "the version of a project file must be 1"),
        ("version: 1\n", "", "the file has no version"),
        ("subscriptions:", "subscription:", 'unknown key "subscription" in scope. Did you mean'),
        ("[ML Production, ML Labs]", "[1]", "expected a string"),
        ("{ tag: stage, default: dev }", "{ tags: stage }", 'unknown key "tags" in what tags say'),
        ("profile: baseline", "profile: baseline\nprofile: cost", 'duplicate key "profile"'),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(
    before: str, after: str, message: str, project: Path, capsys: Capture
) -> None:
    (project / "amlaudit.yaml").write_text(PROJECT.replace(before, after, 1), "utf-8")
    assert run(["config", "validate"]) == Exit.INVALID
    assert message in capsys.readouterr().err
    assert run(["scan", "--from", "x"]) == Exit.INVALID
    assert run(["scan", "--help"]) == Exit.PASS


@pytest.mark.parametrize(
    "setting",
    [
        "reports: [json, html=../report.html]",
        "reports: [html=/etc/cron.d/report.html]",
        "reports: [html=linked/report.html]",
        "history: ../history.sqlite",
        "out_dir: ../../out",
        "waivers: ../waivers.yaml",
        "baseline: linked/baseline.json",
    ],
)
def test_a_project_file_cannot_write_outside_its_repository(
    setting: str, project: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (project / "linked").symlink_to(tmp_path / "elsewhere")
    (project / "amlaudit.yaml").write_text(f"version: 1\n{setting}\n", "utf-8")
    assert run(["config", "validate"]) == Exit.INVALID
    assert "is outside the repository" in capsys.readouterr().err
    within = setting.replace("../", "").replace("linked/", "out/").replace("/etc/cron.d/", "")
    (project / "amlaudit.yaml").write_text(f"version: 1\n{within}\n", "utf-8")
    assert run(["config", "validate"]) == Exit.PASS


def test_the_paths_of_files_are_shown(project: Path, capsys: Capture) -> None:
    assert run(["config", "path"]) == Exit.PASS
    told = capsys.readouterr().out
    assert f"project  {project / 'amlaudit.yaml'}\n" in told
    assert told.endswith("config.yaml (not found)\n")
    assert run(["config", "validate"]) == Exit.PASS
    assert "amlaudit.yaml: 7 settings" in capsys.readouterr().out
    (project / "amlaudit.yaml").unlink()
    assert run(["config", "validate"]) == Exit.PASS
    assert capsys.readouterr().out == "no configuration file found: 0 settings\n"


def test_environments_of_the_project_are_understood(
    project: Path, tmp_path: Path, capsys: Capture
) -> None:
    text = RULE.replace("{ field: kind, equals: Hub }", "{ context: environment, equals: prod }")
    files = tmp_path / "files"
    files.mkdir()
    around = [
        {"id": "/subscriptions/s", "type": "Microsoft.Resources/subscriptions"},
        {"id": "/subscriptions/s/resourceGroups/g"},
    ]
    (files / "around.json").write_text(json.dumps(around), "utf-8")
    workspace(files, tier="prod")
    (project / "amlaudit.yaml").write_text(
        "version: 1\nenvironments: { tag: stage, default: dev }\n", "utf-8"
    )
    packs = ["--rules", str(pack(tmp_path / "company", aml9001_holds=text)), "--select", "AML9001"]

    def status(*options: str) -> str:
        capsys.readouterr()
        run(["scan", "--from", str(files), *packs, "-o", "json", *options])
        report = json.loads(capsys.readouterr().out)
        found = [each for each in report["findings"] if each["resource_id"].endswith("/w")]
        return str(found[0]["status"])

    assert status() == "fail"
    assert status("--env-tag", "tier") == "pass"
    assert status("--environment", "Production") == "pass"
    assert status("--environment", "dev", "--env-tag", "tier") == "fail"


def test_the_environment_of_a_template_can_be_given_where_its_tags_are_unknown(
    tmp_path: Path, capsys: Capture
) -> None:
    declared = {
        "type": "Microsoft.MachineLearningServices/workspaces",
        "apiVersion": "2025-12-01",
        "name": "mlw",
        "tags": "[parameters('tags')]",
    }
    template = {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"tags": {"type": "object"}},
        "resources": [declared],
    }
    path = tmp_path / "main.json"
    path.write_text(json.dumps(template), "utf-8")
    text = RULE.replace("{ field: kind, equals: Hub }", "{ context: environment, equals: prod }")
    packs = ["--rules", str(pack(tmp_path / "company", aml9001_holds=text)), "--select", "AML9001"]

    def status(*options: str) -> object:
        capsys.readouterr()
        run(["scan", "--from", str(path), *packs, "-o", "json", *options])
        (found,) = json.loads(capsys.readouterr().out)["findings"]
        return found["status"]

    assert status() == "unknown"
    assert status("--environment", "prod") == "pass"
    assert status("--environment", "dev") == "fail"


PYTHON_RULE = """\
from amlaudit import Subject, Verdict, ok, rule


@rule(
    id="AML9002", title="t", severity="low", severity_reason="r",
    applies_to="Microsoft.MachineLearningServices/workspaces", because="b",
    fix="az", sources=("https://example.com",),
)
def holds(_: Subject) -> Verdict:
    return ok()
"""


def test_code_that_a_project_names_runs_only_as_the_user_pinned_it(
    project: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = project / "company" / "custom" / "aml9002_holds.py"
    rule.parent.mkdir(parents=True)
    rule.write_text(PYTHON_RULE, "utf-8")
    (project / "amlaudit.yaml").write_text("version: 1\nrules: [company]\n", "utf-8")
    command = ["scan", "--from", workspace(tmp_path), "--fail-on", "never", "--min-coverage", "0"]
    assert run(command) == Exit.INVALID
    told = capsys.readouterr().err
    assert 'E207 Pack "company" does not match amlaudit.lock (it is not pinned there' in told
    assert "None of its code was run." in told
    assert run([*command, "--rules", "company"]) == Exit.PASS
    assert run(["packs", "lock"]) == Exit.PASS
    assert run(command) == Exit.PASS
    assert run(["packs", "verify"]) == Exit.PASS
    capsys.readouterr()
    run(["packs", "list", "-o", "json"])
    assert [each["state"] for each in json.loads(capsys.readouterr().out)] == ["shipped", "pinned"]
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    assert run(command) == Exit.INVALID
    told = capsys.readouterr().err
    assert "is pinned by a lock that you did not write" in told
    monkeypatch.setenv("AMLAUDIT_TRUSTED_LOCK", told.rpartition("=")[2].strip())
    assert run(command) == Exit.PASS
    rule.write_text(PYTHON_RULE + "\n", "utf-8")
    assert run(command) == Exit.INVALID
    told = capsys.readouterr().err
    assert "expected sha256 " in told
    assert "changed: custom/aml9002_holds.py" in told
    assert run(["packs", "verify"]) == Exit.INVALID
    run(["packs", "list"])
    assert "changed" in capsys.readouterr().out


def test_a_pack_without_code_needs_no_lock(project: Path, tmp_path: Path) -> None:
    pack(project / "company", aml9001_holds=RULE)
    (project / "amlaudit.yaml").write_text("version: 1\nrules: [company]\n", "utf-8")
    command = ["scan", "--from", workspace(tmp_path), "--fail-on", "never", "--min-coverage", "0"]
    assert run(command) == Exit.PASS


def test_a_damaged_lock_is_refused(project: Path, capsys: Capture) -> None:
    (project / "amlaudit.lock").write_text("{}", "utf-8")
    assert run(["packs", "list"]) == Exit.INVALID
    assert "is not a lock file" in capsys.readouterr().err


def test_the_schema_of_project_files_matches_the_reader() -> None:
    schema = json.loads((ROOT / "docs" / "amlaudit.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(yaml.safe_load(PROJECT))
    assert not Draft202012Validator(schema).is_valid({"version": 1, "fial_on": "high"})
    properties = schema["properties"]
    keys = {name for name in properties if name not in ("version", "scope", "environments")}
    keys |= {f"scope.{name}" for name in properties["scope"]["properties"]}
    assert keys == {each.key for each in SETTINGS}


@pytest.mark.parametrize(
    ("setting", "place", "told"),
    [
        ("fail_on: hihg", "2:10", "is not one of critical, high, medium, low, never. Did you mean"),
        ("fail_on: info", "2:10", "is not one of"),
        ("max_age: soon", "2:10", '"soon" is not a duration'),
    ],
)
def test_the_check_refuses_what_a_scan_would_refuse(
    setting: str, place: str, told: str, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "amlaudit.yaml"
    path.write_text(f"version: 1\n{setting}\n", "utf-8")
    assert run(["config", "validate", "--config", str(path)]) == Exit.INVALID
    error = capsys.readouterr().err
    assert f"amlaudit.yaml:{place}" in error
    assert told in error


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("profile: cots", 'Unknown profile "cots". Did you mean "cost"?'),
        ("rules: [my-rules]", 'Unknown rule pack "my-rules"'),
        ("waivers: waivers.yaml", "waivers.yaml:1:1 the file has no list of waivers"),
        ("reports: [csv=a.out, html=a.out]", "csv and html cannot both be written to a.out"),
    ],
)
def test_the_check_looks_at_what_settings_name(
    setting: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "waivers.yaml").write_text("version: 1\n", "utf-8")
    (tmp_path / "amlaudit.yaml").write_text(f"version: 1\n{setting}\n", "utf-8")
    assert run(["config", "validate"]) == Exit.INVALID
    assert told in capsys.readouterr().err
    (tmp_path / "waivers.yaml").unlink()
    is_yet_to_be_written = setting.startswith("waivers")
    assert (run(["config", "validate"]) == Exit.PASS) is is_yet_to_be_written


def test_the_check_looks_at_variables_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMLAUDIT_FAIL_NO", "low")
    assert run(["config", "validate"]) == Exit.PASS
    told = 'AMLAUDIT_FAIL_NO has no effect. Did you mean "AMLAUDIT_FAIL_ON"?'
    assert told in capsys.readouterr().err
    monkeypatch.setenv("AMLAUDIT_FAIL_ON", "hihg")
    assert run(["config", "validate"]) == Exit.INVALID
    assert "AMLAUDIT_FAIL_ON: 'hihg' is not one of" in capsys.readouterr().err


def test_commands_for_the_files_of_a_project_find_them_in_its_settings(
    project: Path, capsys: Capture
) -> None:
    settings = "version: 1\nbaseline: kept/start.json\nhistory: kept/runs.sqlite\n"
    (project / "amlaudit.yaml").write_text(settings, "utf-8")
    (project / "report.json").write_text(render(sample()), "utf-8")
    for command in ("baseline create", "baseline update", "history add"):
        assert run([*command.split(), "report.json"]) == Exit.PASS
    for command in ("baseline show", "history show", "history trend"):
        assert run(command.split()) == Exit.PASS
    assert {each.name for each in (project / "kept").iterdir()} == {"start.json", "runs.sqlite"}
    assert not [*project.glob("*.sqlite"), *project.glob("baseline.json")]
    assert run(["baseline", "show", "--baseline", "other.json"]) == Exit.INPUT_OUTPUT
    assert "other.json" in capsys.readouterr().err

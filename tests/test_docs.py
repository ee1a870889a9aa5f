"""The documentation says what the code does."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from amlaudit.cli import run
from amlaudit.core import history
from amlaudit.core.conditions import Operator
from amlaudit.core.errors import Exit
from amlaudit.core.gap import Reason
from amlaudit.core.relations import RELATIONS
from amlaudit.core.rule import Change, Severity
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import Waiver, WaiverKind, WaiverState
from amlaudit.reporters import formats
from amlaudit.resources import shipped, shipped_profiles
from amlaudit.rulebook.config_reader import SETTINGS, Setting
from amlaudit.rulebook.packs import rule_files
from amlaudit.rulebook.rule_flaws import FRAMEWORKS
from amlaudit.rulebook.waiver_reader import waivers_in
from amlaudit.spool import MAX_IN_MEMORY
from amlaudit.strict_yaml import parse_yaml
from tests.rulebook.test_yaml_rules import RULE

ROOT = Path(__file__).parents[1]


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


SOURCE = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "amlaudit").rglob("*.py")))
CODES = sorted(set(re.findall(r"\bE\d{3}\b", SOURCE)))


@pytest.mark.parametrize("code", CODES)
def test_every_error_code_is_explained(code: str) -> None:
    anchor = f'<a id="{code.lower()}"></a>'
    assert f"| {anchor}{code} |" in text_of("docs/errors.md")


@pytest.mark.parametrize("code", CODES)
def test_every_error_code_has_what_usually_helps(code: str) -> None:
    assert f"[{code}](errors.md#{code.lower()})" in text_of("docs/troubleshooting.md")


def test_every_explained_error_code_exists() -> None:
    assert sorted(re.findall(r"\bE\d{3}(?= \|)", text_of("docs/errors.md"))) == CODES


def _exits_in_code() -> set[tuple[str, int]]:
    """Return each error code with its exit code, where both are literals."""
    calls = (each for each in ast.walk(ast.parse(SOURCE)) if isinstance(each, ast.Call))
    errors = (each for each in calls if getattr(each.func, "id", "") == "AmlauditError")
    return {
        (str(call.args[0].value), Exit[word.value.attr])
        for call in errors
        for word in call.keywords
        if isinstance(call.args[0], ast.Constant)
        if word.arg == "exit_code" and isinstance(word.value, ast.Attribute)
    }


def test_every_error_has_a_documented_exit_code() -> None:
    rows = re.findall(r"</a>(E\d+) \|.*\| ([\d, ]+) \|", text_of("docs/errors.md"))
    told = {(code, int(each)) for code, exits in rows for each in exits.split(",")}
    assert _exits_in_code() <= told


@pytest.mark.parametrize("code", list(Exit))
def test_every_exit_code_is_explained(code: Exit) -> None:
    assert re.search(rf"^\| {code.value} \|", text_of("docs/errors.md"), re.MULTILINE)


@pytest.mark.parametrize("operator", list(Operator))
def test_every_operator_is_explained(operator: Operator) -> None:
    assert f"`{operator}`" in text_of("docs/rules.md")


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    explained = text_of("docs/dependencies.md")
    for dependency in project["dependencies"]:
        assert f"| {re.split('[<>=]', dependency)[0]} |" in explained
    for dependency in project["optional-dependencies"]["dev"]:
        name = re.split("[<>=]", dependency)[0]
        assert name in explained or name.startswith("types-")


@pytest.mark.parametrize("word", [*Status, *Reason])
def test_every_status_and_reason_is_in_the_report_format(word: str) -> None:
    assert f'"{word}"' in text_of("reports/templates/amlaudit-report-1.schema.json")


@pytest.mark.parametrize("name", formats())
def test_every_report_format_is_named_in_the_readme(name: str) -> None:
    assert re.search(rf"\b{name}\b", text_of("README.md"), re.IGNORECASE)


def test_the_two_commands_stand_at_the_top_of_the_readme() -> None:
    head = text_of("README.md").splitlines()[:30]
    assert any(line.startswith("make demo") for line in head)
    assert any(line.startswith("make test") for line in head)


def test_the_pages_about_rules_are_in_step(tmp_path: Path) -> None:
    """Regenerate them with `amlaudit rules docs`."""
    assert run(["rules", "docs", "--out", str(tmp_path)]) == Exit.PASS
    written = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text("utf-8") for path in (ROOT / "docs" / "rules").iterdir()}
    assert kept == written


def test_the_index_of_rules_names_every_rule_by_area_severity_and_framework() -> None:
    index = text_of("docs/rules/README.md")
    areas, _, rest = index.partition("## By severity")
    severities, _, frameworks = rest.partition("## By framework")
    for path in rule_files(shipped("rules")):
        rule_id = path.stem.partition("_")[0]
        assert areas.count(f"({rule_id}.md)") == 1
        assert severities.count(f"({rule_id}.md)") == 1
        assert f"({rule_id}.md)" in frameworks


def rule_schema() -> Draft202012Validator:
    schema = json.loads(text_of("docs/rule.schema.json"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize(
    "path",
    [path for path in rule_files(shipped("rules")) if path.suffix == ".yaml"],
    ids=lambda path: path.stem,
)
def test_the_schema_of_rules_takes_every_shipped_rule(path: Path) -> None:
    rule_schema().validate(yaml.safe_load(path.read_text("utf-8")))


@pytest.mark.parametrize(
    "change",
    [
        {"severty": "high"},
        {"severity": "hihg"},
        {"require": {"field": "a"}},
        {"require": {"field": "a", "eqauls": 1}},
        {"require": {"context": "colour", "equals": "red"}},
        {"require": {"context": "environment", "less": 3}},
        {"require": {"allOf": []}},
        {"require": {"count": {"field": "a"}, "like": "x"}},
        {"require": {"field": "a", "equals": 1, "default": 2, "since": "2024"}},
        {"ask": {"question": "q", "role": "r", "evidence": "e"}},
        {"sources": []},
        {"sources": ["http://example.com"]},
    ],
)
def test_the_schema_of_rules_refuses_what_is_wrong(change: dict[str, object]) -> None:
    rule = yaml.safe_load(RULE)
    assert rule_schema().is_valid(rule)
    assert not rule_schema().is_valid({**rule, **change})


def test_the_schema_of_rules_knows_every_word() -> None:
    text = text_of("docs/rule.schema.json")
    for word in (*Operator, *Severity, *Change, *FRAMEWORKS, *RELATIONS):
        assert f'"{word}"' in text


def profile_schema() -> Draft202012Validator:
    schema = json.loads(text_of("docs/profile.schema.json"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize(
    "path",
    [ROOT / "docs/profile-example.yaml", *(ROOT / "amlaudit/rulebook/data/profiles").iterdir()],
    ids=lambda path: path.stem,
)
def test_the_schema_of_profiles_takes_every_profile(path: Path) -> None:
    profile_schema().validate(
        json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"paramters": {}},
        {"rules": {"AML1904": {"enabled": False}}},
        {"rules": {"AML1904": {"severity": "hihg"}}},
        {"select": {"severities": []}},
        {"environments": {"tags": "stage"}},
    ],
)
def test_the_schema_of_profiles_refuses_what_is_wrong(wrong: dict[str, object]) -> None:
    assert not profile_schema().is_valid(wrong)


def test_the_schema_of_waivers_matches_the_reader() -> None:
    schema = json.loads(text_of("docs/waivers.schema.json"))
    Draft202012Validator.check_schema(schema)
    (example,) = re.findall(r"```yaml\n(.*?)```", text_of("docs/waivers.md"), re.DOTALL)
    assert waivers_in(parse_yaml(example, "waivers.md"))
    document = json.loads(json.dumps(yaml.safe_load(example), default=str))
    Draft202012Validator(schema).validate(document)
    properties = schema["$defs"]["waiver"]["properties"]
    assert set(properties) == set(Waiver.__struct_fields__) - {"place"}
    assert properties["kind"]["enum"] == list(WaiverKind)


@pytest.mark.parametrize("state", list(WaiverState))
def test_every_state_of_a_waiver_is_explained(state: WaiverState) -> None:
    assert f"| `{state}` |" in text_of("docs/waivers.md")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_every_setting_is_explained(setting: Setting) -> None:
    row = f"| `{setting.key}` | `--{setting.option}` | `{setting.variable}` |"
    assert row in text_of("docs/configuration.md")


@pytest.mark.parametrize("change", list(history.Change))
def test_every_change_is_explained(change: history.Change) -> None:
    assert f"| `{change}` |" in text_of("docs/baselines.md")


def test_every_shipped_profile_is_explained() -> None:
    for name in shipped_profiles():
        assert f"| `{name}` |" in text_of("docs/profiles.md")


def test_the_demo_prints_what_the_readme_shows() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "amlaudit", "demo", "--out", "out/demo"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
    )
    shown = re.search(r"<!-- demo -->\n```text\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert shown
    lines = [line.rstrip() for line in (done.stdout + done.stderr).splitlines()]
    told = [line.rstrip() for line in shown[1].splitlines()]
    assert lines[-len(told) :] == told


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/performance.md"])
def test_pages_state_how_many_findings_memory_holds(page: str) -> None:
    assert f"{MAX_IN_MEMORY:,}" in text_of(page)


PAGES_ABOUT_TESTS = ("docs/security.md", "docs/acceptance.md")


@pytest.mark.parametrize(
    "named",
    sorted(
        {
            named
            for page in PAGES_ABOUT_TESTS
            for named in re.findall(r"`(tests/[\w/.:]+)`", text_of(page))
        }
    ),
)
def test_every_test_that_a_page_names_exists(named: str) -> None:
    path, *names = named.split("::")
    assert (ROOT / path).is_file()
    within = ast.parse(text_of(path)).body
    for name in names:  # of a class, then of its members, as in pytest's notation
        (found,) = (each for each in within if getattr(each, "name", "") == name)
        within = getattr(found, "body", [])

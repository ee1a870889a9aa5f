"""A company's settings decide: the estates in `settings.yaml`, judged with and without them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from amlaudit.core.conditions import ParameterValue
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import Case, read_cases
from amlaudit.rulebook.packs import cases_of, read_rule, rule_files

FOLDER = shipped("rules")
FILES = {path.stem.partition("_")[0].upper(): path for path in rule_files(FOLDER)}
SETTINGS = yaml.safe_load(Path(__file__).with_name("settings.yaml").read_text("utf-8"))


def rule_with(rule_id: str, settings: dict[str, ParameterValue]) -> Rule:
    """Return a rule of the pack with the settings of a profile."""
    path = FILES[rule_id]
    return read_rule(path, path.read_bytes(), path.relative_to(FOLDER).as_posix(), settings)


def case_of(setting: dict[str, Any], rule: Rule, folder: Path) -> Case:
    """Return the estate that a setting is tried on, as a case."""
    path = cases_of(FILES[rule.id])
    if "estate" in setting:
        path = folder / path.name
        written = {"name": setting["name"], **setting["estate"]}
        path.write_text(yaml.safe_dump({setting["verdicts"][0]: [written]}), "utf-8")
    (found,) = (each for each in read_cases(path, path.name, rule) if each.name == setting["name"])
    return found


def parameter(value: ParameterValue | list[str], case: Case) -> ParameterValue:
    """Return a value as a profile gives it."""
    if isinstance(value, list):
        return tuple(case.subject.id if each == "{id}" else each for each in value)
    return value


@pytest.mark.parametrize(
    "setting", SETTINGS, ids=[f"{each['rule']}: {each['name']}" for each in SETTINGS]
)
def test_a_setting_decides(setting: dict[str, Any], tmp_path: Path) -> None:
    before = rule_with(setting["rule"], {})
    case = case_of(setting, before, tmp_path)
    given = {name: parameter(value, case) for name, value in setting["set"].items()}
    after = rule_with(setting["rule"], given)
    verdicts = [case.judge(rule).status for rule in (before, after)]
    assert verdicts == [Status(each) for each in setting["verdicts"]]


def test_every_parameter_is_tried() -> None:
    tried = {(each["rule"], name) for each in SETTINGS for name in each["set"]}
    for rule_id in FILES:
        declared = {(rule_id, name) for name in rule_with(rule_id, {}).parameters}
        assert declared <= tried

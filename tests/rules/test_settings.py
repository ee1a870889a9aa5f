"""What a company sets decides: the estates of `settings.yaml`, judged with and without it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from amlaudit.core.conditions import ParameterValue
from amlaudit.core.verdict import Status
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import read_cases
from amlaudit.rulebook.packs import load_pack

SETTINGS = yaml.safe_load(Path(__file__).with_name("settings.yaml").read_text("utf-8"))


def parameter(value: Any) -> ParameterValue:
    """Return a value as a profile gives it."""
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting["name"])
def test_a_setting_decides(setting: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "one.cases.yaml"
    given = {name: parameter(value) for name, value in setting["set"].items()}
    for settings, wanted in zip(({}, given), setting["verdicts"], strict=True):
        _, rules = load_pack(shipped("rules"), "built-in", settings)
        (rule,) = (each for each in rules if each.id == setting["rule"])
        case = {"name": setting["name"], **setting["case"]}
        path.write_text(yaml.safe_dump({wanted: [case]}), "utf-8")
        (written,) = read_cases(path, path.name, rule)
        assert written.judge(rule).status is Status(wanted)

"""Malformed project files: an error with the file's name, and nothing worse."""

import json
from pathlib import Path

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.rulebook.config_reader import read_settings
from amlaudit.rulebook.policy_rules import load_policies

HEAD = "[tool.amlaudit]\nversion = 1\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}concurrency = {'9' * 5_000}\n",
        f"{HEAD}reports = {'[' * 5_000}{']' * 5_000}\n",
        f"{HEAD}reports = nothing\n",
        "tool = '''\n[tool.amlaudit]\n'''\n",
    ],
    ids=["a number without end", "nesting without end", "no TOML", "a table that is text"],
)
def test_a_toml_file_that_cannot_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(AmlauditError, match="E201") as caught:
        read_settings(path, None)
    assert "pyproject.toml" in caught.value.message
    assert caught.value.exit_code is Exit.INVALID


def test_a_policy_with_an_invalid_effect_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    rule = {"if": {"field": "type", "equals": "a/b"}, "then": {"effect": "[parameters)]"}}
    path.write_text(json.dumps({"name": "p", "mode": "All", "policyRule": rule}), "utf-8")
    told = r"E201 policy\.json:1:\d+: policyRule\.then\.effect: expression: "
    with pytest.raises(AmlauditError, match=told):
        load_policies(path)


def test_a_name_that_is_too_long_for_a_file_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "amlaudit.yaml"
    path.write_text(f"version: 1\nprofile: {'x' * 5_000}\n", "utf-8")
    assert read_settings(path, None) is not None

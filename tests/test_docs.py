"""The documents say what the code does."""

import re
import tomllib
from pathlib import Path

import pytest

from amlaudit.core.conditions import Operator
from amlaudit.core.errors import Exit
from amlaudit.core.gap import Reason
from amlaudit.core.verdict import Status
from amlaudit.reporters import formats

ROOT = Path(__file__).parents[1]


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


SOURCE = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "amlaudit").rglob("*.py")))
CODES = sorted(set(re.findall(r"\bE\d{3}\b", SOURCE)))


@pytest.mark.parametrize("code", CODES)
def test_every_error_code_is_explained(code: str) -> None:
    assert f"| {code} |" in text_of("docs/errors.md")


def test_every_explained_error_code_exists() -> None:
    assert set(re.findall(r"^\| (E\d{3}) \|", text_of("docs/errors.md"), re.MULTILINE)) == set(
        CODES
    )


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

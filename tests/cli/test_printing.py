"""`-o` and `--query`: the output formats of the Azure CLI, for every command that lists things."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from amlaudit.cli import cli, run
from amlaudit.cli.printing import FORMATS, Printer, QueryType
from amlaudit.core.errors import Exit
from tests.cli.test_profiles import workspace

Capture = pytest.CaptureFixture[str]
ROWS = [
    {"id": "a", "on": True, "tags": ["x", "y"], "none": None},
    {"id": "b\tc\x1b[2J", "on": False, "tags": [], "none": None},
]
LISTING = (
    ("rules", "list"),
    ("rules", "show"),
    ("rules", "validate"),
    ("rules", "agenda"),
    ("packs", "list"),
    ("waive", "list"),
    ("baseline", "show"),
    ("checklist", "status"),
    ("config", "show"),
    ("version",),
    ("doctor",),
    ("diff",),
    ("explain",),
    ("scan",),
)


def shown(capsys: Capture, form: str, query: str = "", value: object = ROWS) -> str:
    Printer(form, QueryType().convert(query, None, None) if query else None).show(value)
    return capsys.readouterr().out


@pytest.mark.parametrize("path", LISTING, ids=" ".join)
def test_every_command_that_lists_takes_all_forms_and_a_query(path: tuple[str, ...]) -> None:
    found: click.Command | None = cli
    for name in path:
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), name)
    assert found
    options = {each.name: each for each in found.params}
    assert isinstance(options["query"].type, QueryType)
    form = options["output"].type
    assert isinstance(form, click.Choice)
    assert tuple(form.choices) == FORMATS


def test_json_and_yaml_say_the_same(capsys: Capture) -> None:
    assert json.loads(shown(capsys, "json")) == ROWS
    assert json.loads(shown(capsys, "jsonc")) == ROWS
    assert yaml.safe_load(shown(capsys, "yaml")) == ROWS
    assert shown(capsys, "yaml", value="text") == "text\n"


def test_colours_are_for_terminals_that_have_some(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in shown(capsys, "jsonc")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" in shown(capsys, "jsonc")


def test_tsv_cells_are_separated_by_tabs_and_never_break_a_row(capsys: Capture) -> None:
    assert shown(capsys, "tsv") == "a\ttrue\t2\t\nb c [2J\tfalse\t0\t\n"
    assert shown(capsys, "tsv", "[0].id") == "a\n"
    assert shown(capsys, "tsv", "[].[on, id]").splitlines()[0] == "true\ta"


def test_a_query_prints_its_own_table(capsys: Capture) -> None:
    assert shown(capsys, "table", "[].{name: id, on: on}").splitlines() == [
        "NAME     ON",
        "a        true",
        "b c [2J  false",
    ]
    assert shown(capsys, "table", "[].id").splitlines()[0] == "a"
    assert shown(capsys, "table", "[].[id, tags[0]]", [{"id": "a", "tags": ["x"]}]).split() == [
        *("COLUMN1", "COLUMN2"),
        *("a", "x"),
    ]


@pytest.mark.parametrize("form", ["table", "tsv"])
def test_a_query_without_results_prints_nothing(form: str, capsys: Capture) -> None:
    assert shown(capsys, form, "[?id=='z']") == ""
    assert shown(capsys, form, "nothing") == ""


def test_output_none_prints_nothing(capsys: Capture) -> None:
    assert shown(capsys, "none") == ""
    assert run(["version", "-o", "none"]) == Exit.PASS
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("query", "words"),
    [("[[", "is not a JMESPath expression"), ("sum([].name)", "--query: In function sum()")],
)
def test_a_wrong_query_is_wrong_usage(query: str, words: str, capsys: Capture) -> None:
    assert run(["packs", "list", "--query", query]) == Exit.USAGE
    assert words in capsys.readouterr().err


def test_a_form_that_is_not_there_names_those_that_are(capsys: Capture) -> None:
    assert run(["version", "-o", "xml"]) == Exit.USAGE
    assert "jsonc" in capsys.readouterr().err


def test_queries_work_on_scans_as_well(tmp_path: Path, capsys: Capture) -> None:
    asked = ["scan", "--from", workspace(tmp_path), "--profile", "baseline", "--fail-on", "never"]
    run([*asked, "-o", "json"])
    report: Any = json.loads(capsys.readouterr().out)
    fails = [each["rule_id"] for each in report["findings"] if each["status"] == "fail"]
    run([*asked, "--query", "findings[?status=='fail'].rule_id", "-o", "tsv"])
    assert capsys.readouterr().out.split() == fails
    run([*asked, "--query", "verdict.verdict"])
    assert capsys.readouterr().out.split() == [report["verdict"]["verdict"]]
    run([*asked, "-o", "yaml", "--only", "fail"])
    assert {each["status"] for each in yaml.safe_load(capsys.readouterr().out)["findings"]} == {
        "fail"
    }


def test_the_role_is_printed_like_any_other_result(capsys: Capture) -> None:
    assert run(["doctor", "--role-definition"]) == Exit.PASS
    whole = json.loads(capsys.readouterr().out)
    assert run(["doctor", "--role-definition", "--query", "Name", "-o", "tsv"]) == Exit.PASS
    assert capsys.readouterr().out == f"{whole['Name']}\n"
    assert run(["doctor", "--role-definition", "-o", "yaml"]) == Exit.PASS
    assert yaml.safe_load(capsys.readouterr().out) == whole

"""A command imports what it needs when it is invoked, and nothing before that."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from amlaudit.cli import cli, run
from amlaudit.cli.lazy import LazyGroup
from amlaudit.core.errors import Exit

CODE = """\
import sys
from amlaudit.cli import run
code = run({})
print(sorted(sys.modules))
sys.exit(code)
"""
HEAVY = ("azure", "jinja2", "yaml", "rich", "sqlite3", "importlib.metadata", "difflib")


def groups(group: click.Group = cli) -> Iterator[tuple[click.Context, LazyGroup]]:
    """Yield every group, with its own context."""
    context = click.Context(group)
    if isinstance(group, LazyGroup):
        yield context, group
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from groups(command)


def loaded_by(*arguments: str, environment: Mapping[str, str] | None = None) -> set[str]:
    """Return the modules that a command line imports."""
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", CODE.format(list(arguments))],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == Exit.PASS, done.stderr
    return set(ast.literal_eval(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["rules", "--help"]])
def test_help_loads_no_command_and_no_heavy_module(arguments: list[str]) -> None:
    loaded = loaded_by(*arguments)
    assert not loaded & {*HEAVY, "msgspec"}
    assert not [each for each in loaded if each.startswith("amlaudit.rulebook")]
    assert "amlaudit.cli.scan" not in loaded


def test_rules_are_listed_without_azure_and_templates() -> None:
    assert not loaded_by("rules", "list") & {"azure", "jinja2", "sqlite3"}
    assert not loaded_by("rules", "list") & {*HEAVY, "msgspec"}


def test_the_package_loads_what_rule_files_import_when_they_do() -> None:
    package = import_module("amlaudit")
    for name in package.__all__:
        assert getattr(package, name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = package.nothing


@pytest.mark.parametrize("found", list(groups()), ids=lambda found: found[1].name)
def test_the_table_of_commands_matches_their_help(
    found: tuple[click.Context, LazyGroup],
) -> None:
    context, group = found
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        assert command.help
        about = group.entries[name].about
        assert about.endswith(".")
        assert len(about) <= 60
        assert command.help.split()[0] == about.split()[0]


def test_a_command_that_is_not_there_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scna"]) == Exit.USAGE
    assert 'No such command "scna". Did you mean "scan"?' in capsys.readouterr().err
    assert run(["rules", "lst"]) == Exit.USAGE
    assert 'Did you mean "list"?' in capsys.readouterr().err
    assert run(["scan", "--form", "x"]) == Exit.USAGE
    assert "--from" in capsys.readouterr().err


TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "resources": [
        {
            "type": "Microsoft.MachineLearningServices/workspaces",
            "apiVersion": "2025-06-01",
            "name": "mlw",
            "location": "westeurope",
            "properties": {},
        }
    ],
}
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.9.0",
    "resource_changes": [
        {
            "address": "azurerm_machine_learning_workspace.mlw",
            "mode": "managed",
            "type": "azurerm_machine_learning_workspace",
            "name": "mlw",
            "change": {"actions": ["create"], "after": {"name": "mlw"}},
        }
    ],
}
DEPLOYMENTS = "amlaudit.scanners.deployments"
OF_TEMPLATES = {f"{DEPLOYMENTS}.template", f"{DEPLOYMENTS}.pairing", f"{DEPLOYMENTS}.templates"}
OF_TERRAFORM = {f"{DEPLOYMENTS}.terraform.{each}" for each in ("plan", "mapping", "assemble")}
OF_OTHERS = {
    "amlaudit.scanners.areas", "amlaudit.scanners.files.shapes", f"{DEPLOYMENTS}.bicep_snapshot",
    f"{DEPLOYMENTS}.what_if", f"{DEPLOYMENTS}.predicted_expressions",
}  # fmt: skip


def scanned(folder: Path, value: object, environment: Mapping[str, str]) -> set[str]:
    """Return the modules that a scan of a deployment imports."""
    file = folder / "deployment.json"
    file.write_text(json.dumps(value), "utf-8")
    asked = ("scan", "--from", str(file), "--report", f"json={folder / 'report.json'}")
    allowed = ("--fail-on", "never", "--min-coverage", "0", "--output", "none")
    return loaded_by(*asked, *allowed, environment=environment)


@pytest.fixture(scope="module")
def after_a_run(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Return the environment of a user who has scanned a plan before, so that rules are cached."""
    folder = tmp_path_factory.mktemp("before")
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(folder / "cache")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    assert "yaml" in scanned(folder, PLAN, environment)
    return environment


NOT_ASKED_FOR = tuple(
    f"amlaudit.{each}"
    for each in (
        "evidence", "guardrails", "publishing", "records", "rehearsal", "reporters.html",
        "rulebook.packs", "rulebook.yaml_rules", "scanners.azure", "scanners.live",
    )
)  # fmt: skip
MAX_MODULES = 235
"""Modules of ours that a small deployment's scan imports: each takes a fifth of a millisecond."""


@pytest.mark.parametrize("name", sorted({*OF_TEMPLATES, *OF_TERRAFORM, *OF_OTHERS, *NOT_ASKED_FOR}))
def test_what_is_not_loaded_exists(name: str) -> None:
    """A module under a former name would never be loaded, whatever imports it."""
    assert find_spec(name)


@pytest.mark.parametrize(
    ("value", "own", "foreign"),
    [(TEMPLATE, OF_TEMPLATES, OF_TERRAFORM), (PLAN, OF_TERRAFORM, OF_TEMPLATES)],
    ids=["template", "plan"],
)
def test_a_deployment_is_judged_without_what_it_does_not_need(
    tmp_path: Path,
    after_a_run: Mapping[str, str],
    value: object,
    own: set[str],
    foreign: set[str],
) -> None:
    loaded = scanned(tmp_path, value, after_a_run)
    assert own <= loaded
    assert not loaded & foreign
    assert not loaded & OF_OTHERS
    assert not loaded & {*HEAVY} - {"sqlite3"}  # for the snapshot
    assert not [each for each in loaded if each.startswith(NOT_ASKED_FOR)]
    assert len([each for each in loaded if each.startswith("amlaudit.")]) <= MAX_MODULES

"""A command loads what it needs when it is asked for, and nothing before."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

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
    """Yield every group, with a context of its own."""
    context = click.Context(group)
    if isinstance(group, LazyGroup):
        yield context, group
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from groups(command)


def loaded_by(*arguments: str) -> set[str]:
    """Return the modules that a command line loads."""
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", CODE.format(list(arguments))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == Exit.PASS, done.stderr
    return set(ast.literal_eval(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["rules", "--help"]])
def test_help_loads_no_command_and_nothing_heavy(arguments: list[str]) -> None:
    loaded = loaded_by(*arguments)
    assert not loaded & set(HEAVY)
    assert not [each for each in loaded if each.startswith("amlaudit.rulebook")]
    assert "amlaudit.cli.scan" not in loaded


def test_rules_are_listed_without_azure_and_templates() -> None:
    assert not loaded_by("rules", "list") & {"azure", "jinja2", "sqlite3"}
    assert not loaded_by("rules", "list") & set(HEAVY)


def test_the_package_loads_what_rule_files_import_when_they_do() -> None:
    package = import_module("amlaudit")
    for name in package.__all__:
        assert getattr(package, name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = package.nothing


@pytest.mark.parametrize("found", list(groups()), ids=lambda found: found[1].name)
def test_the_table_of_commands_says_what_their_help_says(
    found: tuple[click.Context, LazyGroup],
) -> None:
    context, group = found
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        assert command.help
        about = group.places[name].about
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

"""The commands that fix a fail run what the rule says, whatever the resource is called."""

import subprocess

import pytest
from msgspec.structs import replace

from amlaudit.core.commands import command_of
from amlaudit.core.report import ResourceRef
from amlaudit.core.rule import Fix
from tests.reporters.samples import sample

GROUP = "/subscriptions/s/resourcegroups/rg/providers/a/b/"


def filled(command: str, name: str, parent: str = GROUP) -> str:
    """Return a command that fixes a fail of a resource with a name."""
    finding = next(iter(sample().findings))
    rule = replace(finding.rule, fix=Fix(command))
    ref = ResourceRef(parent + name, "a/b", name)
    return command_of(replace(finding, rule=rule, resource=ref))


@pytest.mark.parametrize(
    "name", ["plain", "$(echo run)", "`echo run`", "it's", 'a"; echo run; "', "two\nlines", "a\\"]
)
def test_a_shell_reads_a_name_as_nothing_but_a_name(name: str) -> None:
    command = filled(
        """printf '<%s>' {name} "{id}?x=1" '{"a": "{name}"}' "\\"{name}"  # it's {name}""", name
    )
    shell = ["/bin/sh", "-c", command]
    ran = subprocess.run(shell, capture_output=True, text=True, check=True)  # noqa: S603 - printf
    assert ran.stdout == f"""<{name}><{GROUP}{name}?x=1><{{"a": "{name}"}}><"{name}>"""


def test_a_name_without_special_characters_leaves_a_quotation_whole() -> None:
    command = 'az rest --url "{id}?api-version=1"  # of {name}'
    assert filled(command, "x") == f'az rest --url "{GROUP}x?api-version=1"  # of {{name}}'


def test_a_command_names_the_resource_group() -> None:
    assert filled("az group show --name {group}", "x") == "az group show --name rg"


@pytest.mark.parametrize(
    ("parent", "options"),
    [
        ("/computes/", "--workspace-name 'w (1)' --endpoint-name <endpoint>"),
        ("/onlineendpoints/e/deployments/", "--workspace-name 'w (1)' --endpoint-name e"),
        ("/batchendpoints/e/deployments/", "--workspace-name 'w (1)' --endpoint-name e"),
        ("/onlineendpoints/", "--workspace-name 'w (1)' --endpoint-name <endpoint>"),
    ],
)
def test_the_workspace_and_the_endpoint_of_a_part_are_named(parent: str, options: str) -> None:
    workspace = f"{GROUP.removesuffix('a/b/')}microsoft.machinelearningservices/workspaces/w (1)"
    command = "az x --workspace-name <workspace> --endpoint-name <endpoint>"
    assert filled(command, "x", workspace + parent) == f"az x {options}"


def test_what_another_resource_is_called_stays_blank() -> None:
    command = "az x --workspace-name <workspace> --name <endpoint> '--endpoint-name <endpoint>'"
    assert filled(command, "x") == command

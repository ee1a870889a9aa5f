"""The list of permissions, the calls of scanners and the role agree, and reveal no secret."""

import json
from pathlib import Path

import pytest

from amlaudit.cli import run
from amlaudit.core import arm_id
from amlaudit.core.errors import Exit
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.permissions import permissions, role_definition
from amlaudit.scanners.scanner import ArmRead
from tests.programs import program

ROOT = Path(__file__).parents[2]
SECRET = (
    "Microsoft.MachineLearningServices/workspaces/listNotebookKeys/read",
    "Microsoft.MachineLearningServices/workspaces/listNotebookAccessToken/read",
    "Microsoft.MachineLearningServices/workspaces/metadata/secrets/read",
)
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
READS = [read for scanner in all_scanners() for read in scanner.reads]


def test_the_list_is_in_step_with_scanners_and_rules() -> None:
    """Regenerate it with `python scripts/build_permissions.py` and the paths in its docstring."""
    built = program("build_permissions")
    kept = (ROOT / "amlaudit" / "scanners" / "permissions.yaml").read_text("utf-8")
    assert kept == built.text_of(built.needed())


def test_the_page_is_in_step_with_the_list() -> None:
    built = program("build_permissions")
    page = (ROOT / "docs" / "permissions.md").read_text("utf-8")
    assert page == built.page_of(built.needed(), page)
    assert all(f"| {each.scanner} | {each.action} |" in page for each in permissions())
    assert all(f"| {action} |" in page for action in SECRET)


def action_of(read: ArmRead) -> str:
    """Return the action that a request's path needs: reading its ARM type."""
    spelled = read.of.partition("/")
    target = f"/subscriptions/s/providers/{spelled[0]}" + "".join(
        f"/{each}/x" for each in spelled[2].split("/")
    )
    path = target + read.path
    if len(path.rpartition("/providers/")[2].split("/")) % 2 == 0:
        path += "/x"
    return f"{arm_id.type_of(arm_id.normalise(path))}/read"


@pytest.mark.parametrize("read", READS, ids=lambda read: read.action)
def test_each_request_needs_the_action_of_its_path(read: ArmRead) -> None:
    if read.method == "POST":
        pytest.skip("a query has an action of its own; it is on the guard's list")
    assert read.action.lower() == action_of(read)


def test_the_role_only_reads_and_reads_no_secret() -> None:
    role = role_definition(["/subscriptions/s"])
    assert all(action.endswith("/read") for action in role["Actions"])
    assert not {action.lower() for action in role["Actions"]} & {each.lower() for each in SECRET}
    assert not any("*" in action for action in role["Actions"])
    assert role["NotActions"] == role["DataActions"] == role["NotDataActions"] == []
    assert set(role["Actions"]) == {each.action for each in permissions()}


@pytest.mark.parametrize(
    ("arguments", "scopes"),
    [
        (["-s", SUBSCRIPTION], [f"/subscriptions/{SUBSCRIPTION}"]),
        (["-m", "mg-ml"], ["/providers/Microsoft.Management/managementGroups/mg-ml"]),
        ([], ["/subscriptions/<subscription id>"]),
    ],
)
def test_the_role_is_printed_without_asking_azure(
    arguments: list[str], scopes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", "--role-definition", *arguments]) == Exit.PASS
    out, err = capsys.readouterr()
    assert json.loads(out) == role_definition(scopes)
    assert ("AssignableScopes" in err) is (not arguments)


def test_a_name_in_the_role_is_reported_because_azure_requires_an_id(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["doctor", "--role-definition", "-s", "ML Production"]) == Exit.PASS
    assert "ML Production is a name: use the subscription's id in AssignableScopes" in (
        capsys.readouterr().err
    )

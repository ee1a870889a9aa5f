"""What is excluded is excluded with everything below it."""

import pytest

from amlaudit.core.scope import Scope
from tests.estates import GROUP, STORAGE_ID, SUBSCRIPTION, WORKSPACE_ID

COMPUTE_ID = f"{WORKSPACE_ID}/computes/c"
OTHER_GROUP = f"{SUBSCRIPTION}/resourcegroups/ml"
SCOPES = ("/", SUBSCRIPTION, GROUP, OTHER_GROUP)
ID = SUBSCRIPTION.rpartition("/")[2]


@pytest.mark.parametrize(
    ("pattern", "left_out"),
    [
        (WORKSPACE_ID, {WORKSPACE_ID, COMPUTE_ID}),
        (WORKSPACE_ID.upper(), {WORKSPACE_ID, COMPUTE_ID}),
        ("*/workspaces/w*", {WORKSPACE_ID, COMPUTE_ID}),
        (GROUP, {WORKSPACE_ID, COMPUTE_ID, STORAGE_ID}),
        (ID, {WORKSPACE_ID, COMPUTE_ID, STORAGE_ID}),
        (f"{ID[:4]}*", {WORKSPACE_ID, COMPUTE_ID, STORAGE_ID}),
        ("ws", set()),
        ("*/workspaces/w", set()),
    ],
)
def test_a_pattern_excludes_what_it_names_and_everything_within(
    pattern: str, left_out: set[str]
) -> None:
    scope = Scope(excluded=("nothing", pattern))
    ids = (WORKSPACE_ID, COMPUTE_ID, STORAGE_ID)
    assert {each for each in ids if scope.excludes(each)} == left_out
    assert {each for each in ids if not scope.holds(each)} == left_out


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        (Scope(), {*SCOPES, WORKSPACE_ID, COMPUTE_ID, STORAGE_ID}),
        (Scope(resource_groups=("ML",)), {"/", SUBSCRIPTION, OTHER_GROUP}),
        (Scope(workspaces=("WS",)), {*SCOPES, WORKSPACE_ID, COMPUTE_ID}),
        (Scope(workspaces=("other",)), {*SCOPES}),
    ],
)
def test_a_scope_is_found_under_every_id_that_names_nothing_else(
    scope: Scope, held: set[str]
) -> None:
    ids = (*SCOPES, WORKSPACE_ID, COMPUTE_ID, STORAGE_ID)
    assert {each for each in ids if scope.may_hold_under(each)} == held


def test_only_workspaces_of_azure_machine_learning_are_named() -> None:
    logs = f"{GROUP}/providers/microsoft.operationalinsights/workspaces/ws"
    named = Scope(workspaces=("WS",))
    ids = (WORKSPACE_ID, COMPUTE_ID, f"{WORKSPACE_ID}2", logs, f"{logs}/tables/t")
    assert [each for each in ids if named.holds(each)] == [WORKSPACE_ID, COMPUTE_ID]
    assert not named.may_hold_under(logs)


def test_without_exclusions_nothing_is_excluded() -> None:
    assert not Scope().excludes(WORKSPACE_ID)

import pytest

from amlaudit.core.arm_id import (
    ROOT,
    is_scope,
    is_within,
    name_of,
    nearest_of_type,
    normalise,
    parent_of,
    resource_group_of,
    scopes_of,
    subscription_of,
    type_of,
    up_to_type,
)

SUB = "/subscriptions/s"
WS = f"{SUB}/resourcegroups/g/providers/microsoft.machinelearningservices/workspaces/w"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("/subscriptions/S/resourceGroups/G", f"{SUB}/resourcegroups/g"),
        ("/subscriptions/S//resourceGroups/G/", f"{SUB}/resourcegroups/g"),
        ("/subscriptions/S//resourceGroups/G", f"{SUB}/resourcegroups/g"),
        ("/subscriptions/S/resourceGroups/G/", f"{SUB}/resourcegroups/g"),
        ("subscriptions/S/resourceGroups/G", f"{SUB}/resourcegroups/g"),
        ("/", "/"),
        (
            "/subscriptions/S/providers/Microsoft.Authorization/roleDefinitions/R",
            "/providers/microsoft.authorization/roledefinitions/r",
        ),
    ],
)
def test_ids_are_compared_in_one_spelling(written: str, key: str) -> None:
    assert normalise(written) == key


@pytest.mark.parametrize(
    ("arm_id", "arm_type"),
    [
        (SUB, "microsoft.resources/subscriptions"),
        (f"{SUB}/resourcegroups/g", "microsoft.resources/subscriptions/resourcegroups"),
        (WS, "microsoft.machinelearningservices/workspaces"),
        (f"{WS}/computes/c", "microsoft.machinelearningservices/workspaces/computes"),
        (f"{WS}/providers/microsoft.insights/diagnosticsettings/d",
         "microsoft.insights/diagnosticsettings"),
        ("/providers/microsoft.management/managementgroups/m",
         "microsoft.management/managementgroups"),
        ("/providers/microsoft.management", ""),
        ("string", ""),
        ("/", ""),
    ],
)  # fmt: skip
def test_the_type_is_spelled_by_the_id(arm_id: str, arm_type: str) -> None:
    assert type_of(arm_id) == arm_type


def test_a_resource_is_within_every_scope_above_it() -> None:
    compute = f"{WS}/computes/c"
    assert list(scopes_of(compute)) == [compute, WS, f"{SUB}/resourcegroups/g", SUB, ROOT]


def test_the_nearest_of_a_type_is_the_id_itself_or_one_above_it() -> None:
    workspace = "microsoft.machinelearningservices/workspaces"
    assert nearest_of_type(WS, workspace) == WS
    assert nearest_of_type(f"{WS}/computes/c", workspace) == WS
    assert nearest_of_type(SUB, workspace) == ""


def test_an_id_is_cut_after_a_type_as_it_is_spelled() -> None:
    spelled = WS.replace("workspaces/w", "Workspaces/W")
    workspace = "Microsoft.MachineLearningServices/workspaces"
    assert up_to_type(f"{spelled}/computes/C", workspace) == spelled
    assert up_to_type("/subscriptions/S", workspace) == "/subscriptions/S"


def test_an_extension_is_within_what_it_extends() -> None:
    assert parent_of(f"{WS}/providers/microsoft.insights/diagnosticsettings/d") == WS
    assert parent_of("/providers/microsoft.authorization/roleassignments/a") == ROOT


@pytest.mark.parametrize(
    "text", ["", "/", "x", "/x", "x/y", "x/y/z", "/providers/", "//", "/a/b/c/d/"]
)
def test_walking_up_ends_for_any_text(text: str) -> None:
    assert list(scopes_of(text))[-1] == ROOT


@pytest.mark.parametrize(
    ("arm_id", "subscription", "group"),
    [
        (WS, SUB, f"{SUB}/resourcegroups/g"),
        (f"{SUB}/providers/p/t/n", SUB, ""),
        ("/providers/p/t/n", ROOT, ""),
    ],
)
def test_subscription_and_group_are_parts_of_the_id(
    arm_id: str, subscription: str, group: str
) -> None:
    assert subscription_of(arm_id) == subscription
    assert resource_group_of(arm_id) == group


def test_a_shared_name_prefix_is_not_containment() -> None:
    assert is_within(f"{SUB}/resourcegroups/g", SUB)
    assert is_within(SUB, SUB)
    assert is_within(SUB, ROOT)
    assert not is_within("/subscriptions/sx", SUB)


def test_a_scope_begins_at_a_subscription_or_a_provider_or_is_the_root() -> None:
    assert all(map(is_scope, ("/", "/subscriptions/s", "/providers/p/t/n")))
    assert not any(map(is_scope, ("", "/string", "/subscriptions", "/resourcegroups/rg")))


def test_the_name_is_the_last_segment() -> None:
    assert name_of(WS) == "w"


def test_a_text_that_no_store_accepts_is_repaired() -> None:
    assert normalise("/subscriptions/\ud800") == "/subscriptions/?"
    assert normalise("/subscriptions/Ü") == "/subscriptions/ü"


def test_an_id_may_be_of_any_depth() -> None:
    assert len(scopes_of("/a/b" * 5_000)) == 5_001

"""References without an id leave gaps: what they might refer to does not count as unreferenced."""

import pytest

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.references import attached_to, names_of, unreadable_of
from amlaudit.core.relation_kinds import Named
from amlaudit.core.relations import POLICY_STATE, RELATIONS, ROLE_ASSIGNMENT
from amlaudit.core.resource import Document
from tests.estates import resource

GROUP = "/subscriptions/s/resourcegroups/g/providers"
WORKSPACE = f"{GROUP}/microsoft.machinelearningservices/workspaces/w"
ACCOUNT = f"{GROUP}/microsoft.storage/storageaccounts/a"
STORAGE = ("properties", "storageaccount")
IDENTITIES = ("identity", "userassignedidentities")


def unreadable(body: Document, resource_id: str = WORKSPACE) -> dict[tuple[str, ...], Gap]:
    """Return the gaps of a document's references, by path."""
    return dict(unreadable_of(resource(resource_id, body)))


def no_id_at(path: str, resource_id: str = WORKSPACE) -> Gap:
    """Return the gap of a reference."""
    return Gap(
        resource_id, path, Reason.UNSUPPORTED, f"{path} does not contain a valid resource ID"
    )


@pytest.mark.parametrize("held", ["a-name", "https://a.blob.core.windows.net/", 7, [ACCOUNT], {}])
def test_an_invalid_id_leaves_a_gap_at_its_path(held: object) -> None:
    found = unreadable({"properties": {"storageAccount": held}})
    assert found == {STORAGE: no_id_at("properties.storageAccount")}


@pytest.mark.parametrize("held", [ACCOUNT, ACCOUNT.upper(), "", None])
def test_an_id_leaves_none_and_neither_does_what_is_not_set(held: object) -> None:
    assert unreadable({"properties": {"storageAccount": held}}) == {}


def test_all_references_of_a_document_are_looked_at() -> None:
    body = {"properties": {"storageAccount": ACCOUNT, "keyVault": "v", "containerRegistry": "r"}}
    assert unreadable(body) == {
        ("properties", "keyvault"): no_id_at("properties.keyVault"),
        ("properties", "containerregistry"): no_id_at("properties.containerRegistry"),
    }


def test_one_invalid_id_among_several_in_a_map_is_a_gap() -> None:
    identity = f"{GROUP}/microsoft.managedidentity/userassignedidentities/i"
    held: dict[str, object] = {identity: {}}
    assert unreadable({"identity": {"userAssignedIdentities": held}}) == {}
    found = unreadable({"identity": {"userAssignedIdentities": {**held, "[variables('i')]": {}}}})
    assert found == {IDENTITIES: no_id_at("identity.userAssignedIdentities")}


def test_a_relation_that_several_types_have_is_looked_at_in_each() -> None:
    body: dict[str, object] = {"identity": {"userAssignedIdentities": {"i": {}}}}
    found = unreadable(body, f"{WORKSPACE}/computes/c")
    path = "identity.userAssignedIdentities"
    assert found == {IDENTITIES: no_id_at(path, f"{WORKSPACE}/computes/c")}


def test_what_should_be_a_map_and_is_none_leaves_a_gap() -> None:
    found = unreadable({"identity": {"userAssignedIdentities": ["i"]}})
    assert found == {IDENTITIES: no_id_at("identity.userAssignedIdentities")}


def test_environments_are_also_named_without_an_id() -> None:
    job = f"{WORKSPACE}/jobs/j"
    assert unreadable({"properties": {"environmentId": "azureml:env:1"}}, job) == {}


def test_only_the_references_of_its_own_type_are_read() -> None:
    body = {"properties": {"storageAccount": "a-name", "targetResourceId": "a-name"}}
    log = f"{GROUP}/microsoft.network/networkwatchers/n/flowlogs/f"
    path = "properties.targetResourceId"
    assert unreadable(body, log) == {("properties", "targetresourceid"): no_id_at(path, log)}


def test_properties_never_followed_backwards_may_contain_anything() -> None:
    link = f"{GROUP}/microsoft.network/privatednszones/z/virtualnetworklinks/l"
    assert unreadable({"properties": {"virtualNetwork": {"id": "a-name"}}}, link) == {}


@pytest.mark.parametrize(
    ("gap", "is_known"),
    [
        ("properties", True),
        ("properties.storageAccount", False),
        ("properties.storageAccount.name", False),
        ("properties.keyVault", True),
        ("properties['*']", True),
    ],
)
def test_an_id_that_is_shown_is_known_unless_a_gap_is_at_its_path(
    gap: str,
    is_known: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    storage = RELATIONS["storage"]
    assert isinstance(storage, Named)
    workspace = resource(WORKSPACE, {"properties": {"storageAccount": ACCOUNT}}, gaps=(gap,))
    *gaps, found = names_of(workspace, storage)
    assert found == ACCOUNT
    assert bool(gaps) is not is_known


@pytest.mark.parametrize(
    ("gap", "is_known"),
    [
        ("properties", False),
        ("properties['*']", False),
        ("properties.keyVault", True),
        ("properties.keyVault['*']", True),
    ],
)
def test_an_id_that_is_not_shown_is_unknown_where_a_gap_may_hide_it(
    gap: str,
    is_known: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    storage = RELATIONS["storage"]
    assert isinstance(storage, Named)
    workspace = resource(WORKSPACE, {"properties": {"keyVault": {}}}, gaps=(gap,))
    found = list(names_of(workspace, storage))
    assert [each.part for each in found if isinstance(each, Gap)] == ([] if is_known else [gap])
    assert len(found) == (0 if is_known else 1)


@pytest.mark.parametrize(
    ("arm_type", "name"), [(ROLE_ASSIGNMENT, "scope"), (POLICY_STATE, "resourceId")]
)
def test_some_documents_belong_to_what_a_property_names(arm_type: str, name: str) -> None:
    body = {"properties": {name: ACCOUNT.upper()}}
    assert attached_to(f"{WORKSPACE}/providers/{arm_type}/x", arm_type, body) == ACCOUNT

"""Gaps are described in full: of what, which part, why, and which permission would help."""

import pytest

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.relations import COMPUTE, ROLE_ASSIGNMENT, STORAGE, WORKSPACE
from amlaudit.core.verdict import Seen, seen_of
from tests.estates import GROUP, STORAGE_ID, SUBSCRIPTION, WORKSPACE_ID, estate, gap, resource

COMPUTE_ID = f"{WORKSPACE_ID}/computes/c"
NEW_ID = f"{GROUP}/providers/microsoft.storage/storageaccounts/new"
CHAIN = "properties.managementGroupAncestorsChain"


def why(of: Estate, resource_id: str, relation: str) -> Gap | None:
    """Return why a relation may lead to more than is known."""
    try:
        list(of.neighbours(of.store.get(resource_id) or resource(resource_id), relation))
    except NoDataError as error:
        return error.gap
    return None


def test_parts_that_were_not_collected_are_named() -> None:
    assert why(estate(resource(WORKSPACE_ID)), WORKSPACE_ID, "computes") == Gap(
        WORKSPACE_ID, COMPUTE, Reason.NOT_COLLECTED, f"{COMPUTE} in this scope were not collected"
    )


def test_a_reference_to_the_wrong_type_states_both_types() -> None:
    workspace = resource(WORKSPACE_ID, {"properties": {"storageAccount": COMPUTE_ID}})
    assert why(estate(workspace), WORKSPACE_ID, "storage") == Gap(
        WORKSPACE_ID,
        COMPUTE_ID,
        Reason.UNSUPPORTED,
        f"{COMPUTE_ID} is referenced where a {STORAGE} was expected",
    )


def test_an_empty_text_names_nothing() -> None:
    workspace = resource(WORKSPACE_ID, {"properties": {"containerRegistry": ""}})
    assert why(estate(workspace), WORKSPACE_ID, "container-registry") is None


def test_the_first_of_several_unknown_references_is_stated() -> None:
    others = [f"{GROUP}/providers/microsoft.network/privateendpoints/{name}" for name in "ab"]
    connections = [{"properties": {"privateEndpoint": {"id": each}}} for each in others]
    workspace = resource(WORKSPACE_ID, {"properties": {"privateEndpointConnections": connections}})
    found = why(estate(workspace), WORKSPACE_ID, "private-endpoints")
    assert found
    assert found.scope_id == others[0]


def test_an_unseen_target_inherits_the_gap_of_its_scope() -> None:
    workspace = resource(WORKSPACE_ID, {"properties": {"storageAccount": STORAGE_ID}})
    hidden = gap(SUBSCRIPTION, STORAGE, permission="x/read")
    assert why(estate(workspace, missing=(hidden,)), WORKSPACE_ID, "storage") == Gap(
        STORAGE_ID, STORAGE, hidden.reason, hidden.detail, "x/read"
    )


def test_a_missing_target_may_be_deleted_if_all_were_read() -> None:
    workspace = resource(WORKSPACE_ID, {"properties": {"storageAccount": STORAGE_ID}})
    assert why(estate(workspace, seen=((SUBSCRIPTION, STORAGE),)), WORKSPACE_ID, "storage") == Gap(
        STORAGE_ID,
        STORAGE,
        Reason.NOT_COLLECTED,
        f"{STORAGE_ID} is referenced but was not found: deleted, or hidden from the caller",
    )


def test_unknown_management_groups_are_stated_with_the_missing_permission() -> None:
    hidden = gap(SUBSCRIPTION, SUBSCRIPTION_TYPE, permission="y/read")
    part = estate(
        resource(SUBSCRIPTION),
        resource(WORKSPACE_ID),
        seen=((SUBSCRIPTION, ROLE_ASSIGNMENT),),
        missing=(hidden,),
    )
    detail = f"the management groups above {SUBSCRIPTION} are unknown"
    assert why(part, WORKSPACE_ID, "role-assignments") == Gap(
        SUBSCRIPTION, CHAIN, hidden.reason, detail, "y/read"
    )
    whole = estate(
        resource(SUBSCRIPTION),
        resource(WORKSPACE_ID),
        seen=((SUBSCRIPTION, ROLE_ASSIGNMENT), (SUBSCRIPTION, SUBSCRIPTION_TYPE)),
    )
    assert why(whole, WORKSPACE_ID, "role-assignments") == Gap(
        SUBSCRIPTION, CHAIN, Reason.NOT_COLLECTED, detail
    )


def test_a_resource_is_found_by_its_id() -> None:
    storage = resource(STORAGE_ID)
    assert estate(storage).find(STORAGE_ID) is storage


def test_a_missing_resource_is_none_only_if_all_of_its_type_were_read() -> None:
    assert estate(seen=((GROUP, STORAGE),)).find(STORAGE_ID) is None
    with pytest.raises(NoDataError) as caught:
        estate(seen=((GROUP, WORKSPACE),)).find(STORAGE_ID)
    assert caught.value.gap == Gap(
        GROUP, STORAGE, Reason.NOT_COLLECTED, f"{STORAGE} in this scope were not collected"
    )


def test_a_resource_to_be_created_has_no_unseen_users() -> None:
    """Whoever has seen that says so on the resource itself."""
    part = estate(resource(NEW_ID), resource(STORAGE_ID), seen=((NEW_ID, WORKSPACE),))
    assert why(part, NEW_ID, "workspaces-by-storage") is None
    unread = why(part, STORAGE_ID, "workspaces-by-storage")
    assert unread
    assert unread.reason is Reason.NOT_COLLECTED
    assert why(part, NEW_ID, "workspaces-by-storage") is None


def test_a_resource_to_be_created_may_be_named_by_unreadable_ones() -> None:
    part = estate(
        resource(NEW_ID),
        resource(WORKSPACE_ID, {"properties": {}}, gaps=("properties",)),
        seen=((NEW_ID, WORKSPACE),),
    )
    found = why(part, NEW_ID, "workspaces-by-storage")
    assert found
    assert (found.scope_id, found.reason) == (WORKSPACE_ID, Reason.FORBIDDEN)


def test_a_gap_of_a_deleted_resource_hides_no_user() -> None:
    part = estate(
        resource(STORAGE_ID),
        seen=((SUBSCRIPTION, WORKSPACE),),
        missing=(gap(WORKSPACE_ID, "properties"),),
    )
    assert why(part, STORAGE_ID, "workspaces-by-storage") is None


def test_plain_absence_is_shown_as_absent_and_anything_else_as_a_gap() -> None:
    assert {each: seen_of(gap(GROUP, "x", each)) for each in Reason} == {
        each: Seen.ABSENT if each is Reason.ABSENT else Seen.GAP for each in Reason
    }

"""An empty answer proves something only where completeness is guaranteed."""

import pytest
from msgspec.structs import replace

from amlaudit.core.arm_id import ROOT, SUBSCRIPTION_TYPE
from amlaudit.core.collection import Collection
from amlaudit.core.context import LABELS
from amlaudit.core.coverage import SUBSCRIPTION_PARTS
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, NoDataError, Reason, not_collected
from amlaudit.core.memory import MemoryStore
from amlaudit.core.neighbours import gathered
from amlaudit.core.relation_kinds import Named, Reference
from amlaudit.core.relations import (
    BLOB_SERVICE,
    BUDGET,
    COMPUTE,
    DATASTORE,
    LOCK,
    ML_REGISTRY,
    PRIVATE_ENDPOINT,
    RELATIONS,
    ROLE_ASSIGNMENT,
    ROLE_DEFINITION,
    STORAGE,
    WORKSPACE,
    _named,
)
from amlaudit.core.resource import Resource
from tests.estates import (
    GROUP,
    READ_AT,
    STORAGE_ID,
    SUBSCRIPTION,
    WORKSPACE_ID,
    estate,
    gap,
    resource,
)

COMPUTE_ID = f"{WORKSPACE_ID}/computes/c"
SUBNET_ID = f"{GROUP}/providers/microsoft.network/virtualnetworks/v/subnets/n"
CLUSTER_ID = f"{GROUP}/providers/microsoft.containerservice/managedclusters/k"
GROUP_MG = "/providers/microsoft.management/managementgroups/corp"
CHAIN = {"properties": {"managementGroupAncestorsChain": [{"name": "Corp"}]}}


def known(of: Estate, resource_id: str, relation: str) -> tuple[list[str], Reason | None]:
    """Return the ids that a relation leads to, and why there may be more."""
    found: list[str] = []
    try:
        for neighbour in of.neighbours(
            of.store.get(resource_id) or resource(resource_id), relation
        ):
            found.append(neighbour.id)  # noqa: PERF401 - it may end early
    except NoDataError as error:
        return found, error.gap.reason
    return found, None


def assignment(scope: str, name: str) -> Resource:
    return resource(
        f"/providers/microsoft.authorization/roleassignments/{name}",
        {"properties": {"scope": scope, "principalId": name}},
    )


def test_another_store_is_understood_as_this_one_is() -> None:
    labels = {"environment": LABELS["environment"]}
    one = Estate(MemoryStore(), labels, fresh_since=READ_AT)
    store = MemoryStore((resource(WORKSPACE_ID), resource(STORAGE_ID)))
    other = one.over(store)
    assert (other.store, other.labels, other.fresh_since) == (store, labels, READ_AT)
    assert [each.id for each in other.of_type(STORAGE)] == [STORAGE_ID]


def test_known_neighbours_end_with_an_error_only_if_there_may_be_more() -> None:
    near = resource(WORKSPACE_ID, {})
    known = gathered([near])
    assert [*known.then_raise()] == [near]
    gap = Gap(WORKSPACE_ID, COMPUTE, Reason.FORBIDDEN, "denied")
    with pytest.raises(NoDataError, match="denied"):
        list(replace(known, missing=gap).then_raise())


def test_children_are_complete_where_the_parent_was_read() -> None:
    whole = estate(resource(WORKSPACE_ID), resource(COMPUTE_ID), seen=((WORKSPACE_ID, COMPUTE),))
    assert known(whole, WORKSPACE_ID, "computes") == ([COMPUTE_ID], None)


def test_children_are_complete_where_the_whole_subscription_was_read() -> None:
    whole = estate(resource(WORKSPACE_ID), seen=((SUBSCRIPTION, COMPUTE),))
    assert known(whole, WORKSPACE_ID, "computes") == ([], None)


def test_no_children_without_proof_are_not_known() -> None:
    assert known(estate(resource(WORKSPACE_ID)), WORKSPACE_ID, "computes") == (
        [],
        Reason.NOT_COLLECTED,
    )


def test_a_gap_nearer_by_wins_over_a_proof_further_off() -> None:
    part = estate(
        resource(WORKSPACE_ID),
        seen=((SUBSCRIPTION, COMPUTE),),
        missing=(gap(WORKSPACE_ID, COMPUTE),),
    )
    assert known(part, WORKSPACE_ID, "computes") == ([], Reason.FORBIDDEN)


def test_a_reference_leads_to_the_resource_it_names() -> None:
    workspace = resource(WORKSPACE_ID, {"properties": {"storageAccount": STORAGE_ID.upper()}})
    assert known(estate(workspace, resource(STORAGE_ID)), WORKSPACE_ID, "storage") == (
        [STORAGE_ID],
        None,
    )


def test_a_reference_to_what_was_not_seen_is_not_known() -> None:
    workspace = resource(WORKSPACE_ID, {"properties": {"storageAccount": STORAGE_ID}})
    assert known(estate(workspace), WORKSPACE_ID, "storage") == ([], Reason.NOT_COLLECTED)
    seen = estate(workspace, seen=((SUBSCRIPTION, "microsoft.storage/storageaccounts"),))
    assert known(seen, WORKSPACE_ID, "storage") == ([], Reason.NOT_COLLECTED)
    denied = estate(workspace, missing=(gap(SUBSCRIPTION, "microsoft.storage/storageaccounts"),))
    assert known(denied, WORKSPACE_ID, "storage") == ([], Reason.FORBIDDEN)


def test_a_reference_in_a_gap_is_not_known() -> None:
    for path in ("properties", "properties.storageAccount"):
        workspace = resource(WORKSPACE_ID, {"properties": {}}, gaps=(path, "tags"))
        assert known(estate(workspace), WORKSPACE_ID, "storage") == ([], Reason.FORBIDDEN)


def test_a_reference_to_something_else_is_not_known() -> None:
    workspace = resource(WORKSPACE_ID, {"properties": {"storageAccount": COMPUTE_ID}})
    whole = estate(workspace, resource(COMPUTE_ID))
    assert known(whole, WORKSPACE_ID, "storage") == ([], Reason.UNSUPPORTED)


def test_without_a_reference_there_are_no_neighbours() -> None:
    assert known(estate(resource(WORKSPACE_ID)), WORKSPACE_ID, "storage") == ([], None)


def test_references_lie_in_the_members_of_lists() -> None:
    endpoint = f"{GROUP}/providers/microsoft.network/privateendpoints/pe"
    connections = [{"properties": {"privateEndpoint": {"id": endpoint}}}, {"properties": {}}]
    workspace = resource(WORKSPACE_ID, {"properties": {"privateEndpointConnections": connections}})
    whole = estate(workspace, resource(endpoint))
    assert known(whole, WORKSPACE_ID, "private-endpoints") == ([endpoint], None)


@pytest.mark.parametrize(
    ("subscription", "name", "reason"),
    [
        ("/subscriptions/ffffffff-0000-0000-0000-000000000001", "__SYS_PE_mlw_amlworkspace", None),
        ("/subscriptions/ffffffff-0000-0000-0000-000000000001", "pe-hub", Reason.NOT_COLLECTED),
        (SUBSCRIPTION, "__SYS_PE_mlw_amlworkspace", Reason.NOT_COLLECTED),
    ],
)
def test_private_endpoints_of_managed_networks_are_not_gaps(
    subscription: str, name: str, reason: Reason | None
) -> None:
    own = f"{GROUP}/providers/microsoft.network/privateendpoints/pe"
    other = f"{subscription}/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/{name}"
    connections = [{"properties": {"privateEndpoint": {"id": each}}} for each in (other, own)]
    workspace = resource(WORKSPACE_ID, {"properties": {"privateEndpointConnections": connections}})
    whole = estate(workspace, resource(own))
    assert known(whole, WORKSPACE_ID, "private-endpoints") == ([own], reason)


def test_only_private_endpoints_can_be_of_a_managed_network() -> None:
    account = (
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/__sys_pe_"
    )
    workspace = resource(WORKSPACE_ID, {"properties": {"storageAccount": account}})
    assert known(estate(workspace), WORKSPACE_ID, "storage") == ([], Reason.NOT_COLLECTED)


def test_a_gap_in_a_member_of_a_list_leaves_its_reference_unknown() -> None:
    hole = "properties.privateEndpointConnections.0.properties"
    body: dict[str, object] = {"properties": {"privateEndpointConnections": [{}]}}
    whole = estate(resource(WORKSPACE_ID, body, gaps=(hole,)))
    assert known(whole, WORKSPACE_ID, "private-endpoints") == ([], Reason.FORBIDDEN)


def test_references_are_the_keys_of_identity_maps() -> None:
    identity = f"{GROUP}/providers/microsoft.managedidentity/userassignedidentities/id"
    workspace = resource(WORKSPACE_ID, {"identity": {"userAssignedIdentities": {identity: {}}}})
    whole = estate(workspace, resource(identity))
    assert known(whole, WORKSPACE_ID, "identities") == ([identity], None)


@pytest.mark.parametrize(
    ("relation", "body"),
    [
        ("storage", {"properties": {"storageAccount": 7}}),
        ("private-endpoints", {"properties": {"privateEndpointConnections": "text"}}),
        ("private-endpoints", {"properties": {"privateEndpointConnections": ["text"]}}),
        ("identities", {"identity": {"userAssignedIdentities": ["text"]}}),
        ("identities", {"identity": {"userAssignedIdentities": "text"}}),
        ("identities", {"identity": {"userAssignedIdentities": 7}}),
    ],
)
def test_a_reference_of_another_shape_is_not_known(relation: str, body: dict[str, object]) -> None:
    whole = estate(resource(WORKSPACE_ID, body))
    assert known(whole, WORKSPACE_ID, relation) == ([], Reason.UNSUPPORTED)


def test_what_names_a_resource_is_found_from_its_other_end() -> None:
    workspace = resource(WORKSPACE_ID, {"properties": {"storageAccount": STORAGE_ID}})
    both = (workspace, resource(STORAGE_ID))
    proof = ((SUBSCRIPTION, WORKSPACE),)
    assert known(estate(*both, seen=proof), STORAGE_ID, "workspaces-by-storage") == (
        [WORKSPACE_ID],
        None,
    )
    assert known(estate(*both), STORAGE_ID, "workspaces-by-storage") == (
        [WORKSPACE_ID],
        Reason.NOT_COLLECTED,
    )


def test_only_resources_of_the_target_type_are_referrers() -> None:
    identity = f"{GROUP}/providers/microsoft.managedidentity/userassignedidentities/i"
    body: dict[str, object] = {"identity": {"userAssignedIdentities": {identity: {}}}}
    both = (resource(WORKSPACE_ID, body), resource(COMPUTE_ID, body), resource(identity))
    whole = estate(*both, seen=((SUBSCRIPTION, WORKSPACE),))
    assert known(whole, identity, "workspaces-by-identity") == ([WORKSPACE_ID], None)


def test_what_is_read_of_each_parent_is_known_if_it_was_read_of_all() -> None:
    compute = resource(COMPUTE_ID, {"properties": {"resourceId": CLUSTER_ID}})
    all_of = (resource(WORKSPACE_ID), compute, resource(CLUSTER_ID))
    workspaces, computes = (SUBSCRIPTION, WORKSPACE), (WORKSPACE_ID, COMPUTE)
    relation = "computes-by-cluster"
    whole = estate(*all_of, seen=(workspaces, computes))
    assert known(whole, CLUSTER_ID, relation) == ([COMPUTE_ID], None)
    for seen in ((workspaces,), (computes,)):
        part = estate(*all_of, seen=seen)
        assert known(part, CLUSTER_ID, relation) == ([COMPUTE_ID], Reason.NOT_COLLECTED)
    hidden = estate(*all_of, seen=(workspaces,), missing=(gap(WORKSPACE_ID, COMPUTE),))
    assert known(hidden, CLUSTER_ID, relation) == ([COMPUTE_ID], Reason.FORBIDDEN)


def test_references_within_one_subscription_are_complete_once_it_was_read() -> None:
    relation, elsewhere = "computes-by-subnet", "/subscriptions/s2"
    compute = resource(COMPUTE_ID, {"properties": {"properties": {"subnet": {"id": SUBNET_ID}}}})
    parts = (resource(WORKSPACE_ID), compute, resource(SUBNET_ID), resource(elsewhere))
    here = ((SUBSCRIPTION, WORKSPACE), (WORKSPACE_ID, COMPUTE))
    assert known(estate(*parts, seen=here), SUBNET_ID, relation) == ([COMPUTE_ID], None)
    there = ((elsewhere, WORKSPACE), *here[1:])
    unseen = known(estate(*parts, seen=there), SUBNET_ID, relation)
    assert unseen == ([COMPUTE_ID], Reason.NOT_COLLECTED)


def test_a_type_that_was_read_proves_nothing_about_another_that_refers_likewise() -> None:
    parts = (resource(WORKSPACE_ID), resource(SUBNET_ID))
    whole = estate(*parts, seen=((SUBSCRIPTION, PRIVATE_ENDPOINT),))
    assert known(whole, SUBNET_ID, "endpoints-by-subnet") == ([], None)
    for relation in ("computes-by-subnet", "workspaces-by-subnet"):
        assert known(whole, SUBNET_ID, relation) == ([], Reason.NOT_COLLECTED)


def test_a_gap_in_another_subscription_hides_no_references_within_this_one() -> None:
    hole = ("properties.properties.subnet.id",)
    seen = ((SUBSCRIPTION, WORKSPACE), (WORKSPACE_ID, COMPUTE))
    here = resource(WORKSPACE_ID), resource(SUBNET_ID)
    other = COMPUTE_ID.replace(SUBSCRIPTION, "/subscriptions/s2")
    whole = estate(*here, resource(other, gaps=hole), seen=seen)
    assert known(whole, SUBNET_ID, "computes-by-subnet") == ([], None)
    first = COMPUTE_ID.replace(SUBSCRIPTION, "/subscriptions/0")
    for others in ((), (resource(first, gaps=hole),)):
        part = estate(*here, *others, resource(COMPUTE_ID, gaps=hole), seen=seen)
        assert known(part, SUBNET_ID, "computes-by-subnet") == ([], Reason.FORBIDDEN)


def test_parents_are_found_by_id() -> None:
    whole = estate(resource(WORKSPACE_ID), resource(COMPUTE_ID))
    assert known(whole, COMPUTE_ID, "workspace") == ([WORKSPACE_ID], None)
    assert known(whole, COMPUTE_ID, "subscription") == ([], Reason.NOT_COLLECTED)


def test_assignments_apply_from_every_scope_above_including_management_groups() -> None:
    whole = estate(
        resource(SUBSCRIPTION, CHAIN),
        resource(WORKSPACE_ID),
        assignment(WORKSPACE_ID, "here"),
        assignment(SUBSCRIPTION, "subscription"),
        assignment(GROUP_MG, "group"),
        assignment(ROOT, "root"),
        assignment(STORAGE_ID, "elsewhere"),
        seen=((SUBSCRIPTION, ROLE_ASSIGNMENT),),
    )
    found, why = known(whole, WORKSPACE_ID, "role-assignments")
    assert {each.rpartition("/")[2] for each in found} == {"here", "subscription", "root", "group"}
    assert why is None


@pytest.mark.parametrize("scope", ["string", "", 7])
def test_an_assignment_whose_scope_is_none_hangs_where_its_id_is_spelled(scope: object) -> None:
    found = f"{WORKSPACE_ID}/providers/{ROLE_ASSIGNMENT}/a"
    whole = estate(
        resource(SUBSCRIPTION, CHAIN),
        resource(WORKSPACE_ID),
        resource(found, {"properties": {"scope": scope}}),
        seen=((SUBSCRIPTION, ROLE_ASSIGNMENT),),
    )
    assert known(whole, WORKSPACE_ID, "role-assignments") == ([found], None)


@pytest.mark.parametrize("group", ["not a group", {}, {"name": None}, {"name": 7}])
def test_a_management_group_that_cannot_be_read_leaves_assignments_unknown(group: object) -> None:
    chain = {"properties": {"managementGroupAncestorsChain": [{"name": "Corp"}, group]}}
    part = estate(
        resource(SUBSCRIPTION, chain),
        resource(WORKSPACE_ID),
        seen=((SUBSCRIPTION, ROLE_ASSIGNMENT),),
    )
    assert known(part, WORKSPACE_ID, "role-assignments") == ([], Reason.NOT_COLLECTED)


def test_a_subscription_without_known_management_groups_is_a_gap() -> None:
    seen = ((SUBSCRIPTION, ROLE_ASSIGNMENT), (SUBSCRIPTION, SUBSCRIPTION_TYPE))
    part = estate(resource(SUBSCRIPTION), resource(WORKSPACE_ID), seen=seen)
    assert known(part, WORKSPACE_ID, "role-assignments") == ([], Reason.NOT_COLLECTED)


def test_an_unseen_subscription_states_the_reason() -> None:
    hidden = gap(SUBSCRIPTION, "microsoft.resources/subscriptions")
    part = estate(
        resource(WORKSPACE_ID), seen=((SUBSCRIPTION, ROLE_ASSIGNMENT),), missing=(hidden,)
    )
    assert known(part, WORKSPACE_ID, "role-assignments") == ([], Reason.FORBIDDEN)


def test_the_children_of_what_was_not_seen_share_its_gap() -> None:
    hidden = gap(SUBSCRIPTION, "microsoft.network/virtualnetworks", permission="x/read")
    subnet = f"{GROUP}/providers/microsoft.network/virtualnetworks/v/subnets/s"
    compute = resource(COMPUTE_ID, {"properties": {"properties": {"subnet": {"id": subnet}}}})
    part = estate(compute, missing=(hidden,))
    assert known(part, COMPUTE_ID, "subnet") == ([], Reason.FORBIDDEN)


@pytest.mark.parametrize("path", ["properties", "properties.storageAccount"])
def test_a_workspace_that_cannot_be_read_may_use_any_resource(path: str) -> None:
    part = estate(
        resource(WORKSPACE_ID, {"properties": {}}, gaps=(path,)),
        resource(STORAGE_ID),
        seen=((SUBSCRIPTION, WORKSPACE),),
    )
    assert known(part, STORAGE_ID, "workspaces-by-storage") == ([], Reason.FORBIDDEN)


def test_a_workspace_that_hides_something_else_is_known_not_to_use_it() -> None:
    part = estate(
        resource(WORKSPACE_ID, {"properties": {}}, gaps=("properties.encryption",)),
        resource(STORAGE_ID, gaps=("properties",)),
        seen=((SUBSCRIPTION, WORKSPACE),),
    )
    assert known(part, STORAGE_ID, "workspaces-by-storage") == ([], None)


def test_an_unreadable_compute_leaves_workspaces_known() -> None:
    identity = f"{GROUP}/providers/microsoft.managedidentity/userassignedidentities/i"
    part = estate(
        resource(WORKSPACE_ID),
        resource(COMPUTE_ID, gaps=("identity",)),
        resource(identity),
        seen=((SUBSCRIPTION, WORKSPACE),),
    )
    assert known(part, identity, "workspaces-by-identity") == ([], None)


def test_what_belongs_to_the_tenant_is_unseen_for_the_reason_of_a_subscription() -> None:
    role = "/providers/microsoft.authorization/roledefinitions/owner"
    assigned = resource(
        f"{SUBSCRIPTION}/providers/microsoft.authorization/roleassignments/a",
        {"properties": {"roleDefinitionId": role}},
    )
    denied = estate(assigned, missing=(gap(SUBSCRIPTION, ROLE_DEFINITION),))
    assert known(denied, assigned.id, "role-definition") == ([], Reason.FORBIDDEN)


def test_an_unseen_resource_has_the_reason_of_its_own_group() -> None:
    storage = "microsoft.storage/storageaccounts"
    workspace = resource(WORKSPACE_ID, {"properties": {"storageAccount": STORAGE_ID}})
    denied = estate(workspace, missing=(gap(GROUP, storage),))
    assert known(denied, WORKSPACE_ID, "storage") == ([], Reason.FORBIDDEN)


def test_documents_of_each_type_name_what_they_belong_to_in_their_own_way() -> None:
    subnet = f"{GROUP}/providers/microsoft.network/virtualnetworks/v/subnets/s"
    endpoint = resource(
        f"{GROUP}/providers/{PRIVATE_ENDPOINT}/pe", {"properties": {"subnet": {"id": subnet}}}
    )
    assert known(estate(endpoint, resource(subnet)), endpoint.id, "subnet") == ([subnet], None)


def test_unknown_management_groups_leave_assignments_unknown() -> None:
    part = estate(resource(WORKSPACE_ID), seen=((SUBSCRIPTION, ROLE_ASSIGNMENT),))
    assert known(part, WORKSPACE_ID, "role-assignments") == ([], Reason.NOT_COLLECTED)


def budgets_over(*seen: tuple[str, str], missing: tuple[Gap, ...] = ()) -> Estate:
    own = (resource(WORKSPACE_ID), resource(SUBSCRIPTION, CHAIN))
    return estate(*own, seen=((SUBSCRIPTION, BUDGET), *seen), missing=missing)


@pytest.mark.parametrize(("one", "other"), [(GROUP_MG, GROUP), (GROUP, GROUP_MG)])
def test_budgets_are_known_where_each_group_above_was_read_of_either_kind(
    one: str, other: str
) -> None:
    assert known(budgets_over(), WORKSPACE_ID, "budgets") == ([], Reason.NOT_COLLECTED)
    half = budgets_over((one, BUDGET))
    assert known(half, WORKSPACE_ID, "budgets") == ([], Reason.NOT_COLLECTED)
    whole = budgets_over((one, BUDGET), (other, BUDGET))
    assert known(whole, WORKSPACE_ID, "budgets") == ([], None)
    denied = budgets_over((one, BUDGET), missing=(gap(other, BUDGET),))
    assert known(denied, WORKSPACE_ID, "budgets") == ([], Reason.FORBIDDEN)


def test_reading_a_group_proves_nothing_about_its_subscription() -> None:
    own = (resource(WORKSPACE_ID), resource(SUBSCRIPTION, CHAIN))
    seen = ((GROUP, BUDGET), (GROUP_MG, BUDGET))
    part = estate(*own, seen=seen, missing=(gap(SUBSCRIPTION, BUDGET),))
    assert known(part, WORKSPACE_ID, "budgets") == ([], Reason.FORBIDDEN)


def test_unread_budgets_of_a_resource_group_are_a_gap_of_that_group() -> None:
    of = budgets_over((GROUP_MG, BUDGET))
    with pytest.raises(NoDataError) as error:
        list(of.neighbours(resource(WORKSPACE_ID), "budgets"))
    detail = f"{BUDGET} in this scope were not collected"
    assert error.value.gap == Gap(GROUP, BUDGET, Reason.NOT_COLLECTED, detail)


def test_unread_parts_of_a_management_group_are_gaps() -> None:
    def unread(of: Estate) -> bool:
        return (GROUP_MG, BUDGET) in {(each.scope_id, each.part) for each in of.gaps()}

    assert unread(budgets_over())
    assert not unread(budgets_over((GROUP_MG, BUDGET)))


def test_locks_lie_on_no_management_group() -> None:
    whole = estate(resource(WORKSPACE_ID), seen=((SUBSCRIPTION, LOCK),))
    assert known(whole, WORKSPACE_ID, "locks") == ([], None)


def test_resources_within_a_scope_are_found_by_id() -> None:
    whole = estate(
        resource(SUBSCRIPTION), resource(WORKSPACE_ID), seen=((SUBSCRIPTION, WORKSPACE),)
    )
    assert known(whole, SUBSCRIPTION, "workspaces") == ([WORKSPACE_ID], None)
    assert known(estate(resource(SUBSCRIPTION)), SUBSCRIPTION, "workspaces") == (
        [],
        Reason.NOT_COLLECTED,
    )


def test_one_unread_subscription_leaves_open_who_uses_a_resource() -> None:
    other = "/subscriptions/22222222-2222-4222-8222-222222222222"
    part = estate(resource(STORAGE_ID), resource(other), seen=((SUBSCRIPTION, WORKSPACE),))
    assert known(part, STORAGE_ID, "workspaces-by-storage") == ([], Reason.NOT_COLLECTED)
    assert known(part, STORAGE_ID, "workspaces-by-storage") == ([], Reason.NOT_COLLECTED)


SEEN = ((SUBSCRIPTION, WORKSPACE), (SUBSCRIPTION, DATASTORE))
"""What must have been seen completely to prove who has data where."""
OWN = {"properties": {"storageAccount": STORAGE_ID.upper()}}


def test_data_is_located_by_the_workspace_and_its_datastores() -> None:
    other = WORKSPACE_ID.replace("/ws", "/other")
    lake = resource(f"{other}/datastores/lake", {"properties": {"accountName": "ST"}})
    files = resource(f"{other}/datastores/files", {"properties": {}})
    alone = WORKSPACE_ID.replace("/ws", "/alone")
    workspaces = resource(WORKSPACE_ID, OWN), resource(other), resource(alone)
    whole = estate(resource(STORAGE_ID), *workspaces, lake, files, seen=SEEN)
    assert known(whole, STORAGE_ID, "workspaces-with-data") == ([other, WORKSPACE_ID], None)
    again = f"{STORAGE_ID}2"
    assert known(whole, again, "workspaces-with-data") == ([], None)


@pytest.mark.parametrize(
    ("workspace", "seen"),
    [
        (resource(WORKSPACE_ID, OWN), SEEN[:1]),
        (resource(WORKSPACE_ID, OWN), SEEN[1:]),
        (resource(WORKSPACE_ID.replace("/ws", "/w0"), gaps=("properties",)), SEEN),
        (resource(WORKSPACE_ID.replace("/ws", "/w0"), {"properties": {"storageAccount": 1}}), SEEN),
    ],
    ids=["no datastores", "no workspaces", "hidden", "unreadable"],
)
def test_a_workspace_of_which_too_little_is_known_may_have_data_anywhere(
    workspace: Resource, seen: tuple[tuple[str, str], ...]
) -> None:
    whole = estate(resource(STORAGE_ID), workspace, seen=seen)
    found, reason = known(whole, STORAGE_ID, "workspaces-with-data")
    assert found == ([WORKSPACE_ID] if workspace.id == WORKSPACE_ID else [])
    assert reason is not None


def test_a_visible_account_is_known_despite_other_gaps() -> None:
    workspace = resource(WORKSPACE_ID, OWN, gaps=("properties.storageAccount",))
    whole = estate(resource(STORAGE_ID), workspace, seen=SEEN)
    assert known(whole, STORAGE_ID, "workspaces-with-data") == ([WORKSPACE_ID], None)


def test_resources_outside_subscriptions_have_no_management_groups_above() -> None:
    group = resource(GROUP_MG)
    whole = estate(group, assignment(GROUP_MG, "g"), seen=((GROUP_MG, ROLE_ASSIGNMENT),))
    found, why = known(whole, GROUP_MG, "role-assignments")
    assert (len(found), why) == (1, None)


@pytest.mark.parametrize("relation", ["storage", "computes", "workspaces-by-storage", "nonsense"])
def test_a_relation_from_the_wrong_type_is_an_error(relation: str) -> None:
    subscription = resource(SUBSCRIPTION)
    with pytest.raises(ValueError, match="no relation"):
        list(estate(subscription).neighbours(subscription, relation))


def test_one_property_may_contain_an_id_in_several_types() -> None:
    assert _named("a/c", "x.y", "a/b", "b/c") == Named(
        "a/c", (Reference("a/b", ("x", "y")), Reference("b/c", ("x", "y")))
    )


def test_every_relation_leads_from_somewhere_to_a_type() -> None:
    types = {WORKSPACE, COMPUTE, ML_REGISTRY, *(relation.target for relation in RELATIONS.values())}
    for relation in RELATIONS.values():
        assert "/" in relation.target
        assert any(map(relation.starts_at, types))


def test_a_part_without_a_record_is_a_gap() -> None:
    parts = {each.part for each in estate(resource(WORKSPACE_ID)).gaps()}
    assert parts >= {COMPUTE, *SUBSCRIPTION_PARTS}


def test_a_part_is_a_gap_only_where_recorded_and_listed_once() -> None:
    seen = tuple((SUBSCRIPTION, part) for part in SUBSCRIPTION_PARTS if part != PRIVATE_ENDPOINT)
    recorded = gap(SUBSCRIPTION, PRIVATE_ENDPOINT)
    storage = resource(STORAGE_ID)
    found = estate(
        storage,
        seen=(*seen, (SUBSCRIPTION, SUBSCRIPTION_TYPE), (STORAGE_ID, BLOB_SERVICE)),
        missing=(recorded,),
    ).gaps()
    assert recorded in found
    assert {each.part for each in found} == {
        PRIVATE_ENDPOINT,
        "microsoft.storage/storageaccounts/fileservices",
        "microsoft.storage/storageaccounts/managementpolicies",
        "microsoft.storage/storageaccounts/objectreplicationpolicies",
    }


def test_a_subscription_without_a_document_of_its_own_is_a_gap() -> None:
    alone = estate(resource(WORKSPACE_ID)).gaps()
    assert not_collected(SUBSCRIPTION, SUBSCRIPTION_TYPE) in alone
    found = estate(resource(WORKSPACE_ID), resource(SUBSCRIPTION)).gaps()
    assert SUBSCRIPTION_TYPE not in {each.part for each in found}


def test_gaps_inside_documents_are_gaps_of_the_estate() -> None:
    found = estate(resource(WORKSPACE_ID, gaps=("properties.encryption",))).gaps()
    assert "properties.encryption" in {each.part for each in found}


def test_a_reached_subscription_without_resources_is_known_of() -> None:
    store = MemoryStore(how=Collection(reached=(SUBSCRIPTION,)))
    assert Estate(store).store.subscriptions() == [SUBSCRIPTION]
    assert {each.scope_id for each in Estate(store).gaps()} == {SUBSCRIPTION}


def test_context_is_followed_to_but_not_judged() -> None:
    store = MemoryStore((resource(WORKSPACE_ID),), context=frozenset({WORKSPACE_ID}))
    assert list(Estate(store).of_type(WORKSPACE)) == []
    assert store.get(WORKSPACE_ID)
    assert store.counts() == {WORKSPACE: 1}


def test_neighbours_are_forgotten_when_there_are_too_many_to_remember() -> None:
    workspace = resource(WORKSPACE_ID, {"properties": {"storageAccount": STORAGE_ID}})
    held = estate(workspace, resource(STORAGE_ID))
    assert [each.id for each in held.neighbours(workspace, "storage")] == [STORAGE_ID]
    for number in range(2_100):
        held.neighbours(resource(f"{WORKSPACE_ID}{number}"), "storage")
    assert [each.id for each in held.neighbours(workspace, "storage")] == [STORAGE_ID]


def test_more_neighbours_than_are_remembered_are_all_there_each_time() -> None:
    storage = resource(STORAGE_ID)
    ids = [f"{WORKSPACE_ID}{number:04}" for number in range(300)]
    using = [resource(each, {"properties": {"storageAccount": STORAGE_ID}}) for each in ids]
    held = estate(storage, *using, missing=(gap(SUBSCRIPTION, WORKSPACE),))
    for _ in range(2):
        assert known(held, STORAGE_ID, "workspaces-by-storage") == (ids, Reason.FORBIDDEN)


def test_resources_within_a_scope_are_cached_with_their_gap() -> None:
    group = resource(GROUP)
    held = estate(group, resource(STORAGE_ID), missing=(gap(GROUP, STORAGE),))
    for _ in range(2):
        assert known(held, GROUP, "storage-accounts") == ([STORAGE_ID], Reason.FORBIDDEN)

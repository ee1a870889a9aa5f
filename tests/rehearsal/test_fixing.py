"""The smallest fix for a fail, and the estate after it."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from amlaudit import Fix, Subject, Verdict, adding, fail, ok, removing, setting
from amlaudit.core.companions import Companion, Deed, id_under
from amlaudit.core.edits import Edit
from amlaudit.core.estate import Estate
from amlaudit.core.memory import MemoryStore
from amlaudit.core.path import read
from amlaudit.core.relations import ACTIVITY_LOG_EXPORT
from amlaudit.core.report import Finding
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.demo.source import READ_AT
from amlaudit.engine.evaluate import judge, reference_to
from amlaudit.rehearsal.answers import principal_of
from amlaudit.rehearsal.choices import choices_for
from amlaudit.rehearsal.fixing import Fixing, smallest_fix, with_store
from amlaudit.rehearsal.store import Documents, EditedStore, edited
from tests.reporters.sample_rules import rule_on_workspaces

GROUP = "/subscriptions/s/resourcegroups/rg"
WORKSPACE_TYPE = "microsoft.machinelearningservices/workspaces"
WORKSPACE = f"{GROUP}/providers/{WORKSPACE_TYPE}/mlw"
LOCKS = "microsoft.authorization/locks"
ORIGIN = Origin("test", "2026-01-01", READ_AT)


def document(resource_id: str, arm_type: str, **body: object) -> Resource:
    name = resource_id.rpartition("/")[2]
    return Resource(resource_id, arm_type, name, {"id": resource_id, **body}, ORIGIN)


def lock(name: str, **body: object) -> Resource:
    return document(f"{WORKSPACE}/providers/{LOCKS}/{name}", LOCKS, **body)


def estate(*others: Resource, **body: object) -> Estate:
    workspace = document(WORKSPACE, WORKSPACE_TYPE, location="westeurope", **body)
    seen = frozenset({(WORKSPACE, LOCKS), ("/subscriptions/s", LOCKS)})
    return Estate(MemoryStore((workspace, *others), seen))


def fix_of(
    check: Callable[[Subject], Verdict], *companions: Companion, around: Estate
) -> Fixing | None:
    rule = rule_on_workspaces(1, "It is well", Severity.LOW, check)
    rule = replace(rule, fix=Fix("az …", companions=companions))
    workspace = around.store.get(WORKSPACE)
    assert workspace
    found = Finding(rule, reference_to(workspace), judge(rule, workspace, around))
    return smallest_fix(found, around)


def at_most_one_lock(workspace: Subject) -> Verdict:
    return ok() if len(list(workspace.follow("own-locks"))) < 2 else fail("too many")


def has_lock(workspace: Subject) -> Verdict:
    return ok() if any(True for _ in workspace.follow("own-locks")) else fail("none")


def test_no_more_is_done_than_is_enough() -> None:
    found = fix_of(
        at_most_one_lock, removing("own-locks"), around=estate(lock("a"), lock("b"), lock("c"))
    )
    assert found
    assert [each.id.rpartition("/")[2] for each in found.edits] == ["a", "b"]
    assert found.status is Status.PASS


def test_what_turns_out_not_to_be_needed_is_left_out() -> None:
    needless = setting(WORKSPACE_TYPE, {"tags.x": "y"})
    made = adding("Microsoft.Authorization/locks", "keep-{name}", {}, under="{id}")
    found = fix_of(has_lock, needless, made, around=estate())
    assert found
    (edit,) = found.edits
    assert edit.id == f"{WORKSPACE}/providers/Microsoft.Authorization/locks/keep-mlw"


def test_what_does_not_help_is_not_done() -> None:
    found = fix_of(has_lock, setting(WORKSPACE_TYPE, {"tags.x": "y"}), around=estate())
    assert found
    assert (found.edits, found.status, dict(found.documents)) == ((), Status.FAIL, {})


def test_a_rule_that_already_passes_needs_no_fix() -> None:
    found = fix_of(has_lock, removing("own-locks"), around=estate(lock("a")))
    assert found == Fixing((), Status.PASS, {})


def test_a_removed_resource_is_not_applicable() -> None:
    found = fix_of(has_lock, removing(), around=estate())
    assert found
    assert found.status is Status.NOT_APPLICABLE


def test_a_blank_that_may_be_filled_in_several_ways_is_tried_with_each() -> None:
    def is_confidential(workspace: Subject) -> Verdict:
        return ok() if workspace.text("tags.class", default="") == "confidential" else fail("no")

    choice = setting(WORKSPACE_TYPE, {"tags.class": "<class of the data>"})
    found = fix_of(is_confidential, choice, around=estate())
    assert found
    assert [each.body for each in found.edits] == [{"tags.class": "confidential"}]
    assert [each.to_do.body for each in found.edits] == [{"tags.class": "<class of the data>"}]


def test_members_of_a_map_are_tried_one_by_one() -> None:
    def has_no_secret(workspace: Subject) -> Verdict:
        return fail("x") if workspace.get("tags.secret", default=None) else ok()

    around = estate(tags={"a": "1", "secret": "2"})
    found = fix_of(has_no_secret, removing(member="tags"), around=around)
    assert found
    assert [each.dropped for each in found.edits] == [{"tags": "secret"}]


def test_what_cannot_be_judged_then_is_unknown_and_not_good() -> None:
    hidden = replace(estate(lock("a"), lock("b")).store, seen=frozenset())  # type: ignore[type-var] # a MemoryStore
    found = fix_of(at_most_one_lock, removing("own-locks"), around=Estate(hidden))
    assert found
    assert found.status is Status.UNKNOWN


def test_a_non_text_value_of_the_estate_is_not_a_choice() -> None:
    around = estate(document(f"{WORKSPACE}-2", WORKSPACE_TYPE, location={"name": "eastus"}))
    assert [each.value for each in choices_for("region", {}, around)] == ["westeurope"]


def test_an_unknown_blank_becomes_a_placeholder_text() -> None:
    (choice,) = choices_for("team", {}, estate())
    assert (choice.value, choice.edits) == ("chosen-team", ())


def test_a_compliant_resource_is_used_for_an_id() -> None:
    words = {"group.id": GROUP, "location": "westeurope"}
    (choice,) = choices_for("log analytics id", words, estate())
    (made,) = choice.edits
    assert choice.value == made.id
    assert made.body["location"] == "westeurope"


def add(resource_id: str, arm_type: str, **body: object) -> Edit:
    return Edit(deed=Deed.ADD, id=resource_id, type_name=arm_type, body=body)


def over(store: MemoryStore, *edits: Edit) -> EditedStore:
    return edited(store, edits, ORIGIN)


def memory(around: Estate) -> MemoryStore:
    assert isinstance(around.store, MemoryStore)
    return around.store


def test_new_resources_are_found_by_every_query_and_deleted_ones_by_none() -> None:
    store = memory(estate(lock("a")))
    path = f"{WORKSPACE}/providers/{LOCKS}"
    found = over(
        store,
        add(f"{path}/b", LOCKS),
        Edit(deed=Deed.REMOVE, id=f"{path}/a", type_name=LOCKS),
    )
    for listed in (found.under(WORKSPACE, LOCKS), found.inside(GROUP, LOCKS), found.of_type(LOCKS)):
        assert [each.name for each in listed] == ["b"]
    assert found.get(f"{path}/a") is None
    assert found.counts()[LOCKS] == 1
    assert found.sight(f"{path}/b", "anything") is True
    assert found.sight(WORKSPACE, "anything") is False


def test_who_names_whom_follows_what_is_otherwise() -> None:
    identity = f"{GROUP}/providers/microsoft.managedidentity/userassignedidentities/id"
    store = memory(estate(identity={"userAssignedIdentities": {identity: {}}}))
    assert [each.name for each in over(store).naming(identity, "identities")] == ["mlw"]
    path: dict[str, object] = {"identity.userAssignedIdentities": {}}
    done = over(store, Edit(deed=Deed.SET, id=WORKSPACE, type_name=WORKSPACE_TYPE, body=path))
    assert list(done.naming(identity, "identities")) == []
    done.take(over(store).documents)
    again: dict[str, object] = {"identity.userAssignedIdentities": {identity: {}}}
    edit = Edit(deed=Deed.SET, id=WORKSPACE, type_name=WORKSPACE_TYPE, body=again)
    done.take(edited(done, [edit], ORIGIN).documents)
    assert [each.name for each in done.naming(identity, "identities")] == ["mlw"]


@pytest.mark.parametrize("odd", [None, "x", ["x"], 7])
def test_identities_of_another_shape_get_their_object_ids_all_the_same(odd: object) -> None:
    assigned = {"type": "UserAssigned", "userAssignedIdentities": {"/a": odd}}
    done = over(
        memory(estate(identity=assigned)),
        Edit(deed=Deed.SET, id=WORKSPACE, type_name=WORKSPACE_TYPE, body={"tags.a": "b"}),
    )
    workspace = done.get(WORKSPACE)
    assert workspace
    assert read(workspace.body, ("identity", "userAssignedIdentities", "/a")) == {
        "principalId": principal_of("/a")
    }


def test_what_was_not_judged_before_is_not_judged_when_it_changes() -> None:
    store = memory(estate(lock("a")))
    store = replace(store, context=frozenset({f"{WORKSPACE}/providers/{LOCKS}/a"}))
    changed = over(store, add(f"{WORKSPACE}/providers/{LOCKS}/a", LOCKS, properties={}))
    assert list(changed.of_type(LOCKS)) == []
    assert changed.get(f"{WORKSPACE}/providers/{LOCKS}/a")


def test_azure_approves_a_private_endpoint_and_its_target_shows_it() -> None:
    endpoint = f"{GROUP}/providers/Microsoft.Network/privateEndpoints/pe"
    link = {"properties": {"privateLinkServiceId": WORKSPACE, "groupIds": ["amlworkspace"]}}
    made = add(
        endpoint,
        "Microsoft.Network/privateEndpoints",
        properties={"privateLinkServiceConnections": [link]},
    )
    store = over(memory(estate(properties={})), made)
    workspace = store.get(WORKSPACE)
    assert workspace
    shown = Subject(workspace, Estate(store)).each("properties.privateEndpointConnections")
    states = [each["properties.privateLinkServiceConnectionState.status"] for each in shown]
    assert states == ["Approved"]


@pytest.mark.parametrize(
    ("arm_type", "body", "path"),
    [
        ("a/b", {"identity": {"type": "SystemAssigned"}}, "identity.principalId"),
        (
            "microsoft.storage/storageaccounts",
            {"sku": {"name": "Standard_GZRS"}},
            "properties.statusOfSecondary",
        ),
        ("microsoft.authorization/roleassignments", {"properties": {}}, "properties.scope"),
        (
            "microsoft.machinelearningservices/workspaces/outboundrules",
            {"properties": {}},
            "properties.status",
        ),
        (
            "microsoft.managedidentity/userassignedidentities",
            {"properties": {}},
            "properties.principalId",
        ),
    ],
)
def test_azure_fills_in_undeclared_properties(
    arm_type: str, body: dict[str, object], path: str
) -> None:
    key = id_under(GROUP, arm_type, "/".join("x" * arm_type.count("/")))
    made = over(memory(estate()), add(key, arm_type, **body)).get(key)
    assert made
    assert Subject(made, estate())[path]


def test_a_diagnostic_setting_of_a_subscription_exports_its_activity_log() -> None:
    kind = "Microsoft.Insights/diagnosticSettings"
    for scope, exports in (("/subscriptions/s", 1), (GROUP, 0)):
        key = f"{scope}/providers/{kind}/x"
        made = over(memory(estate()), add(key, kind, properties={"logs": []}))
        assert len(list(made.under("/subscriptions/s", ACTIVITY_LOG_EXPORT))) == exports


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        (f"{GROUP}/providers/microsoft.storage/storageaccounts/st", True),
        (f"{GROUP}/providers/{WORKSPACE_TYPE}/ws", False),
        (f"{GROUP}/providers/{WORKSPACE_TYPE}/ws/datastores/raw", False),
        (f"{GROUP}/providers/{WORKSPACE_TYPE}/ws/providers/microsoft.authorization/locks/l", True),
    ],
)
def test_indexes_over_workspaces_are_valid_until_one_changes(
    changed: str,
    holds: bool,  # noqa: FBT001 - of pytest
) -> None:
    before = estate()
    before.indexes["accounts"] = "gathered"
    documents: Documents = {changed: None}
    after = with_store(before, EditedStore(memory(before), documents), documents)
    assert (after.indexes == before.indexes) is holds

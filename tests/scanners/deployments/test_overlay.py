"""A deployment with a snapshot is judged as the estate will be after it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate
from amlaudit.core.gap import NoDataError, Reason
from amlaudit.core.members import FURTHER
from amlaudit.core.path import ABSENT, read
from amlaudit.core.relations import (
    BLOB_SERVICE,
    COMPUTE,
    KEY_VAULT,
    PRIVATE_ENDPOINT,
    ROLE_ASSIGNMENT,
    STORAGE,
    WORKSPACE,
    WORKSPACE_PREVIEW,
)
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.estates import GROUP, STORAGE_ID, SUBSCRIPTION, WORKSPACE_ID
from tests.scanners.deployments.snapshots import snapshot
from tests.scanners.deployments.templates import SUBSCRIPTION_SCHEMA, template

After: TypeAlias = Callable[..., Estate]

WORKSPACE_TYPE = "Microsoft.MachineLearningServices/workspaces"
LIVE = (
    {
        "id": WORKSPACE_ID,
        "name": "WS",
        "location": "westeurope",
        "tags": {"environment": "prod", "owner": "me"},
        "identity": {"type": "SystemAssigned", "principalId": "real-principal"},
        "properties": {
            "publicNetworkAccess": "Enabled",
            "storageAccount": STORAGE_ID,
            "provisioningState": "Succeeded",
            "managedNetwork": {"isolationMode": "Disabled", "status": {"status": "Active"}},
        },
    },
    {
        "id": STORAGE_ID,
        "name": "st",
        "properties": {
            "privateEndpointConnections": [
                {"properties": {"privateEndpoint": {"id": f"{GROUP}/old-endpoint"}}}
            ]
        },
    },
    {"id": f"{WORKSPACE_ID}/computes/cpu", "name": "cpu", "properties": {"properties": {}}},
)


SEEN = {WORKSPACE_ID: (COMPUTE, WORKSPACE_PREVIEW), SUBSCRIPTION: (ROLE_ASSIGNMENT,)}
"""What the snapshot guarantees to contain all of."""


@pytest.fixture
def after(tmp_path: Path) -> Iterator[After]:
    """Yield the estate after a deployment over the live one."""
    opened: list[Estate] = []

    def deployed(content: object, *more: dict[str, Any], scope: Scope = Scope()) -> Estate:  # noqa: B008
        live = snapshot(tmp_path / "live.db", (*LIVE, *more), SEEN)
        path = tmp_path / "main.json"
        path.write_text(json.dumps(content), "utf-8")
        opened.append(Files((live, path)).collect(scope))
        return opened[-1]

    yield deployed
    for estate in opened:
        estate.close()


def workspace(**parts: Any) -> dict[str, Any]:
    return {"type": WORKSPACE_TYPE, "name": "ws", "apiVersion": "2025-06-01", **parts}


def test_declared_resources_replace_live_ones_and_the_rest_stays(after: After) -> None:
    network = {"isolationMode": "AllowOnlyApprovedOutbound"}
    declared = workspace(
        tags={"environment": "prod"},
        properties={"publicNetworkAccess": "Disabled", "managedNetwork": network},
    )
    (found,) = after(template(declared)).of_type(WORKSPACE)
    assert found.name == "WS"
    assert found.body["tags"] == {"environment": "prod"}
    assert found.body["location"] == "westeurope"
    assert found.body["properties"] == {
        "publicNetworkAccess": "Disabled",
        "storageAccount": STORAGE_ID,
        "provisioningState": "Succeeded",
        "managedNetwork": network,
        "privateEndpointConnections": [],
    }
    assert found.place
    assert not found.gaps


@pytest.mark.parametrize("spelled", ["userAssignedIdentities", "UserAssignedIdentities"])
def test_an_existing_identity_has_its_object_id(after: After, spelled: str) -> None:
    there, other = (
        f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
        for name in ("there", "other")
    )
    assigned: dict[str, Any] = {there: {}, other: {}}
    identity = {"type": "UserAssigned", spelled: assigned}
    live = {"id": there, "name": "there", "properties": {"principalId": "real-identity"}}
    declared = template(workspace(name="new", identity=identity))
    found = next(each for each in after(declared, live).of_type(WORKSPACE) if each.name == "new")
    shown = read(found.body, ("identity", "userAssignedIdentities", there))
    assert shown == {"principalId": "real-identity"}
    assert [path[-2:] for path, _ in found.gaps] == [(other.lower(), "principalid")]


def test_the_rest_of_the_estate_stays_with_what_is_seen_of_it(after: After) -> None:
    estate = after(template(workspace(properties={})))
    (found,) = estate.of_type(WORKSPACE)
    assert [each.name for each in estate.neighbours(found, "computes")] == ["cpu"]
    assert [each.name for each in estate.neighbours(found, "storage")] == ["st"]
    assert estate.sight(WORKSPACE_ID, KEY_VAULT)
    assert estate.store.collection().sources == ("live", "main.json")
    assert not estate.store.collection().is_deployment


def test_a_value_unknown_before_the_deployment_is_not_the_live_one(after: After) -> None:
    declared = workspace(properties={"publicNetworkAccess": "[reference('x').y]"})
    (found,) = after(template(declared)).of_type(WORKSPACE)
    assert [(path, gap.reason) for path, gap in found.gaps] == [
        (("properties", "publicnetworkaccess"), Reason.UNRESOLVED)
    ]


def test_a_new_resource_is_added_to_the_live_estate(after: After) -> None:
    account = {"type": "Microsoft.Storage/storageAccounts", "name": "stnew"}
    estate = after(template(account))
    assert [each.name for each in estate.of_type(STORAGE)] == ["st", "stnew"]
    assert [each.id for each in estate.of_type(BLOB_SERVICE)] == [
        f"{STORAGE_ID}new/blobservices/default"
    ]


def test_roles_are_assigned_to_the_existing_identity(after: After) -> None:
    principal = f"[reference('{WORKSPACE_ID}', '2025-06-01', 'full').identity.principalId]"
    assignment = {
        "type": "Microsoft.Authorization/roleAssignments",
        "name": "a",
        "properties": {"principalId": principal},
    }
    content = template(workspace(identity={"type": "SystemAssigned"}), assignment)
    estate = after(content)
    (found,) = estate.of_type(ROLE_ASSIGNMENT)
    (declared,) = estate.of_type(WORKSPACE)
    assert found.body["properties"]["principalId"] == "real-principal"  # type: ignore[index]  # JSON
    assert declared.body["identity"] == LIVE[0]["identity"]


def test_an_endpoint_is_connected_to_its_undeclared_live_target(after: After) -> None:
    endpoint = {
        "type": "Microsoft.Network/privateEndpoints",
        "name": "pe",
        "properties": {
            "privateLinkServiceConnections": [
                {"properties": {"privateLinkServiceId": STORAGE_ID, "groupIds": ["blob"]}}
            ]
        },
    }
    estate = after(template(endpoint))
    (account,) = estate.of_type(STORAGE)
    (made,) = estate.of_type(PRIVATE_ENDPOINT)
    connections: Any = account.body["properties"]
    assert [
        each["properties"]["privateEndpoint"]["id"].lower()
        for each in connections["privateEndpointConnections"]
    ] == [f"{GROUP}/old-endpoint", made.id]


def endpoint_to_account(**properties: Any) -> dict[str, Any]:
    """Return a private endpoint to the declared storage account."""
    link = {"privateLinkServiceId": STORAGE_ID, "groupIds": ["blob"], **properties}
    return {
        "type": "Microsoft.Network/privateEndpoints",
        "name": "pe",
        "properties": {"privateLinkServiceConnections": [{"properties": link}]},
    }


ACCOUNT = {"type": "Microsoft.Storage/storageAccounts", "name": "st", "properties": {}}


def test_what_is_unknown_of_a_new_connection_stays_with_it_behind_the_live_ones(
    after: After,
) -> None:
    status = {"status": "[reference('later').status]"}
    endpoint = endpoint_to_account(privateLinkServiceConnectionState=status)
    (account,) = after(template(ACCOUNT, endpoint)).of_type(STORAGE)
    live, _ = account.body["properties"]["privateEndpointConnections"]  # type: ignore[index]
    assert live == LIVE[1]["properties"]["privateEndpointConnections"][0]  # type: ignore[index]
    listed = ("properties", "privateendpointconnections")
    own = {path[2] for path, _ in account.gaps if path[:2] == listed}
    assert own == {"1"}


def test_connections_that_may_come_hide_no_live_one(after: After) -> None:
    endpoint = endpoint_to_account(privateLinkServiceId="[reference('later').id]")
    (account,) = after(template(ACCOUNT, endpoint)).of_type(STORAGE)
    shown = account.body["properties"]["privateEndpointConnections"]  # type: ignore[index]  # JSON
    assert shown == LIVE[1]["properties"]["privateEndpointConnections"]  # type: ignore[index]
    listed = ("properties", "privateendpointconnections")
    assert [path for path, _ in account.gaps if path[:2] == listed] == [(*listed, FURTHER)]


@pytest.mark.parametrize(
    ("properties", "is_open"),
    [
        ({"groupIds": ["blob"]}, True),
        ({"groupIds": ["amlworkspace"]}, False),
        ({"groupIds": "[reference('later').groups]"}, True),
    ],
)
def test_an_endpoint_with_unknown_target_may_lead_to_any_live_resource_of_its_kind(
    after: After, properties: dict[str, Any], *, is_open: bool
) -> None:
    endpoint = endpoint_to_account(privateLinkServiceId="[reference('later').id]", **properties)
    (account,) = after(template(endpoint)).of_type(STORAGE)
    listed = ("properties", "privateendpointconnections", FURTHER)
    assert (listed in dict(account.gaps)) is is_open
    assert account.body["properties"] == LIVE[1]["properties"]


def test_an_endpoint_with_unknown_connections_may_lead_to_any_live_resource(after: After) -> None:
    endpoint = {
        "type": "Microsoft.Network/privateEndpoints",
        "name": "pe",
        "properties": {"privateLinkServiceConnections": "[reference('later').links]"},
    }
    estate = after(template(endpoint))
    (workspace,) = estate.of_type(WORKSPACE)
    (account,) = estate.of_type(STORAGE)
    for each in (workspace, account):
        gap = dict(each.gaps)["properties", "privateendpointconnections", FURTHER]
        assert "the target of pe is decided at deployment" in gap.detail


SOME = {
    "type": "Microsoft.Network/privateEndpoints",
    "apiVersion": "2024-05-01",
    "name": "[concat('pe', copyIndex())]",
    "copy": {"name": "all", "count": "[parameters('count')]"},
    "properties": {},
}
ELSEWHERE = {
    "type": "Microsoft.Resources/deployments",
    "apiVersion": "2025-04-01",
    "name": "inner",
    "properties": {"templateLink": {"uri": "https://example.com/inner.json"}},
}


@pytest.mark.parametrize("unseen", [SOME, ELSEWHERE], ids=["of unknown number", "not read"])
def test_endpoints_that_are_not_shown_may_lead_to_any_live_resource(
    after: After, unseen: dict[str, Any]
) -> None:
    estate = after(template(unseen, parameters={"count": {"type": "int"}}))
    (workspace,) = estate.of_type(WORKSPACE)
    (account,) = estate.of_type(STORAGE)
    for each in (workspace, account):
        gap = dict(each.gaps)["properties", "privateendpointconnections", FURTHER]
        assert gap.reason is Reason.UNRESOLVED
    assert account.body["properties"] == LIVE[1]["properties"]


def test_an_endpoint_that_is_shown_leads_nowhere_else_wherever_it_belongs(after: After) -> None:
    kind = "Microsoft.Network/privateEndpoints"
    scope = "[resourceId('Microsoft.Network/virtualNetworks', parameters('scope'))]"
    elsewhere = {"type": kind, "name": "pe", "scope": scope, "properties": {}}
    estate = after(template(elsewhere, parameters={"scope": {"type": "string"}}))
    (account,) = estate.of_type(STORAGE)
    assert FURTHER not in {step for path, _ in account.gaps for step in path}


def test_other_resources_that_are_not_shown_lead_to_nothing(after: After) -> None:
    other = {**SOME, "type": "Microsoft.KeyVault/vaults"}
    (account,) = after(template(other, parameters={"count": {"type": "int"}})).of_type(STORAGE)
    assert FURTHER not in {step for path, _ in account.gaps for step in path}


def test_live_resources_resolve_references_of_a_template(after: After) -> None:
    identity = "resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'id')"
    workspace_id = "resourceId('Microsoft.MachineLearningServices/workspaces', 'ws')"
    asked = {
        "location": "[resourceGroup().location]",
        "tags": "[resourceGroup().tags]",
        "principal": f"[reference({identity}, '2023-01-31').principalId]",
        "account": f"[reference({workspace_id}).storageAccount]",
        "sku": f"[reference({workspace_id}, '2024-04-01', 'Full').location]",
        "missing": f"[reference({workspace_id}).discoveryUrl]",
        "absent": "[reference(resourceId('A.B/c', 'd')).x]",
    }
    declared = {"type": "Microsoft.KeyVault/vaults", "name": "kv", "properties": asked}
    identity_id = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
    there = (
        {"id": GROUP, "name": "rg", "location": "northeurope", "tags": {"team": "ml"}},
        {"id": identity_id, "name": "id", "properties": {"principalId": "p"}},
    )
    (found,) = after(template(declared), *there).of_type(KEY_VAULT)
    properties = found.body["properties"]
    assert isinstance(properties, dict)
    assert {key: properties[key] for key in asked} == {
        "location": "northeurope",
        "tags": {"team": "ml"},
        "principal": "p",
        "account": STORAGE_ID,
        "sku": "westeurope",
        "missing": None,
        "absent": None,
    }
    told = {path[-1]: gap.detail for path, gap in found.gaps}
    assert "Azure decides discoveryUrl" in told["missing"]
    assert "reference() queries Azure for" in told["absent"]


def test_an_added_rule_belongs_to_the_existing_group(after: After) -> None:
    group_id = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg"
    there = {"id": group_id, "name": "nsg", "properties": {"securityRules": [{"name": "old"}]}}
    kind = "Microsoft.Network/networkSecurityGroups/securityRules"
    added = {"type": kind, "name": "nsg/new", "properties": {"access": "Allow"}}
    found = after(template(added), there).store.get(group_id.lower())
    assert found
    rules = read(found.body, ("properties", "securityRules"))
    assert isinstance(rules, list)
    assert [each["name"] for each in rules] == ["old", "new"]


SEVERAL = {"name": "each", "count": "[parameters('count')]"}
COUNT = {"count": {"type": "int"}}
OWNER = {
    "type": "Microsoft.Authorization/roleAssignments",
    "apiVersion": "2022-04-01",
    "name": "[guid(string(copyIndex()))]",
    "copy": SEVERAL,
    "properties": {},
}


def test_role_assignments_of_unknown_number_are_not_proven_absent(after: After) -> None:
    gap = after(template(OWNER, parameters=COUNT)).sight(WORKSPACE_ID, ROLE_ASSIGNMENT)
    assert gap
    assert "the number of its copies is unknown" in gap.detail


def test_what_a_deployment_adds_to_one_group_says_nothing_of_another(after: After) -> None:
    other = WORKSPACE_ID.replace("/rg/", "/elsewhere/")
    nested = {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2025-04-01",
        "name": "inner",
        "resourceGroup": "rg",
        "properties": {"mode": "Incremental", "template": template(OWNER)},
    }
    content = template(nested, parameters=COUNT, schema=SUBSCRIPTION_SCHEMA)
    estate = after(content, {"id": other})
    assert estate.sight(other, ROLE_ASSIGNMENT) is None
    assert estate.sight(WORKSPACE_ID, ROLE_ASSIGNMENT)


def test_whoever_in_the_subscription_may_refer_to_a_resource_is_not_proven_absent(
    after: After,
) -> None:
    user = workspace(name="[string(copyIndex())]", copy=SEVERAL, properties={})
    gap = after(template(user, parameters=COUNT)).sight(SUBSCRIPTION, WORKSPACE)
    assert gap
    assert "the number of its copies is unknown" in gap.detail


def test_children_of_unknown_number_are_not_proven_absent_where_they_were_read(
    after: After,
) -> None:
    cluster = {
        "type": f"{WORKSPACE_TYPE}/computes",
        "apiVersion": "2025-06-01",
        "name": "[format('ws/c{0}', copyIndex())]",
        "copy": SEVERAL,
        "properties": {},
    }
    estate = after(template(cluster, parameters=COUNT))
    (found,) = estate.of_type(WORKSPACE)
    with pytest.raises(NoDataError, match="the number of its copies is unknown"):
        list(estate.neighbours(found, "computes"))


def test_a_child_of_an_unknown_resource_may_belong_to_any_existing_one(after: After) -> None:
    cluster = {
        "type": f"{WORKSPACE_TYPE}/computes",
        "apiVersion": "2025-06-01",
        "name": "[concat(parameters('workspace'), '/c')]",
        "properties": {},
    }
    estate = after(template(cluster, parameters={"workspace": {"type": "string"}}))
    (found,) = estate.of_type(WORKSPACE)
    with pytest.raises(NoDataError, match="whose parent is decided only at deployment"):
        list(estate.neighbours(found, "computes"))


NESTED = f"{GROUP}/providers/Microsoft.Resources/deployments/inner"


def unread(**parts: object) -> dict[str, Any]:
    """Return a nested deployment whose template is not at hand."""
    return {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2025-04-01",
        "name": "inner",
        "properties": {"templateLink": {"uri": "https://example.com/inner.json"}},
        **parts,
    }


SCRIPT = {
    "type": "Microsoft.Resources/deploymentScripts",
    "apiVersion": "2023-08-01",
    "name": "script",
    "identity": {"type": "UserAssigned"},
    "properties": {},
}


@pytest.mark.parametrize(
    "deployment",
    [
        template(unread()),
        template(SCRIPT),
        {"changes": [], "diagnostics": [{"code": "NestedDeploymentShortCircuited"}]},
        {"changes": [], "diagnostics": [{"level": "Error", "code": "X", "target": NESTED}]},
        {"changes": [{"resourceId": "[guid('x')]", "changeType": "Unsupported"}]},
        {"predictedResources": [], "diagnostics": [{"level": "Error", "code": "X"}]},
    ],
    ids=["template", "script", "what-if", "of one deployment", "unpredicted", "bicep snapshot"],
)
def test_where_part_of_a_deployment_is_not_read_nothing_is_proven_absent(
    after: After, deployment: dict[str, Any]
) -> None:
    estate = after(deployment)
    for seen in (COMPUTE, ROLE_ASSIGNMENT):
        gap = estate.sight(WORKSPACE_ID, seen)
        assert gap
        assert gap.reason is Reason.UNRESOLVED


def test_a_deployment_that_is_not_read_says_nothing_of_other_groups(after: After) -> None:
    other = WORKSPACE_ID.replace("/rg/", "/elsewhere/")
    content = template(unread(resourceGroup="elsewhere"), schema=SUBSCRIPTION_SCHEMA)
    estate = after(content, {"id": other})
    assert estate.sight(WORKSPACE_ID, COMPUTE) is None
    assert estate.sight(other, ROLE_ASSIGNMENT)


def test_what_azure_itself_reports_is_not_added_by_any_deployment(after: After) -> None:
    assert after(template(unread())).sight(WORKSPACE_ID, WORKSPACE_PREVIEW) is None


REQUEST = f"{GROUP}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/a"


@pytest.mark.parametrize(
    "deployment",
    [
        template({"type": REQUEST.split("/", 6)[6].rpartition("/")[0], "name": "a"}),
        {"changes": [{"resourceId": REQUEST, "changeType": "Create", "after": {"properties": {}}}]},
        {"predictedResources": [{"id": REQUEST, "properties": {}}]},
    ],
    ids=["template", "what-if", "bicep snapshot"],
)
def test_a_requested_role_assignment_is_not_proven_absent(
    after: After, deployment: dict[str, Any]
) -> None:
    gap = after(deployment).sight(WORKSPACE_ID, ROLE_ASSIGNMENT)
    assert gap
    assert "requests one" in gap.detail


@pytest.mark.parametrize(
    "resource_id",
    [
        f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/unpredicted",
        "[guid(parameters('x'))]",
    ],
)
def test_a_role_assignment_that_what_if_does_not_predict_may_be_any(
    after: After, resource_id: str
) -> None:
    change = {
        "resourceId": resource_id,
        "changeType": "Unsupported",
        "after": {"type": ROLE_ASSIGNMENT},
    }
    gap = after({"changes": [change]}).sight(WORKSPACE_ID, ROLE_ASSIGNMENT)
    assert gap
    assert "does not predict" in gap.detail


def test_an_existing_resource_whose_change_is_not_predicted_is_unknown(after: After) -> None:
    change = {"resourceId": WORKSPACE_ID, "changeType": "Unsupported", "unsupportedReason": "no"}
    estate = after({"changes": [change]})
    (found,) = estate.of_type(WORKSPACE)
    assert found.name == "WS"
    assert "properties" not in found.body
    assert [(path, gap.reason) for path, gap in found.gaps] == [((), Reason.UNRESOLVED)]
    with pytest.raises(NoDataError, match="does not predict"):
        list(estate.neighbours(found, "storage"))


def test_a_what_if_result_shows_all_remaining_and_deleted_resources(after: After) -> None:
    body = {"id": WORKSPACE_ID, "name": "ws", "properties": {"publicNetworkAccess": "Disabled"}}
    cluster = f"{WORKSPACE_ID}/computes/cpu"
    changes = [
        {"resourceId": WORKSPACE_ID, "changeType": "Modify", "after": body},
        {"resourceId": STORAGE_ID, "changeType": "Delete", "before": {}},
        {"resourceId": cluster, "changeType": "Ignore", "before": {"name": "cpu"}},
    ]
    estate = after({"changes": changes})
    (found,) = estate.of_type(WORKSPACE)
    properties: Any = found.body["properties"]
    assert properties["publicNetworkAccess"] == "Disabled"
    assert "storageAccount" not in properties
    assert list(estate.of_type(STORAGE)) == []
    (computer,) = estate.of_type(COMPUTE)
    assert not computer.gaps  # still as it was read


def test_the_target_of_a_template_is_required_if_ambiguous(after: After) -> None:
    other = {"id": WORKSPACE_ID.replace("/rg/", "/rg2/"), "name": "ws", "properties": {}}
    with pytest.raises(
        AmlauditError, match=r"The resource group that main\.json is deployed to is unknown"
    ) as caught:
        after(template(workspace(properties={})), other)
    assert caught.value.exit_code == Exit.USAGE
    assert caught.value.cause == "the snapshot contains several"
    chosen = after(template(workspace(tags={})), other, scope=Scope(resource_groups=("RG2",)))
    assert [each.id for each in chosen.of_type(WORKSPACE)] == [other["id"]]


OTHER_SUBSCRIPTION = SUBSCRIPTION.replace("1", "2")


def test_a_group_is_found_in_its_subscription(after: After) -> None:
    elsewhere = WORKSPACE_ID.replace(GROUP, f"{OTHER_SUBSCRIPTION}/resourcegroups/rg2")
    other = {"id": elsewhere, "name": "ws", "properties": {}}
    chosen = after(template(workspace(tags={})), other, scope=Scope(resource_groups=("rg2",)))
    assert [each.id for each in chosen.of_type(WORKSPACE)] == [elsewhere]


@pytest.mark.parametrize(
    ("there", "named", "cause"),
    [
        ("rg", "rg", "the snapshot contains rg in 2 subscriptions"),
        ("rg2", "new", "the snapshot contains several subscriptions, and new in none"),
    ],
)
def test_an_ambiguous_resource_group_is_reported(
    there: str, named: str, cause: str, after: After
) -> None:
    elsewhere = f"{OTHER_SUBSCRIPTION}/resourceGroups/{there}"
    other = {"id": WORKSPACE_ID.replace(GROUP, elsewhere), "name": "ws", "properties": {}}
    with pytest.raises(
        AmlauditError, match=r"The resource group that main\.json is deployed to is unknown"
    ) as caught:
        after(template(workspace(tags={})), other, scope=Scope(resource_groups=(named,)))
    assert caught.value.cause == cause


def test_a_group_of_the_only_subscription_need_not_exist_yet(after: After) -> None:
    estate = after(template(workspace(tags={})), scope=Scope(resource_groups=("new",)))
    (found,) = estate.of_type(WORKSPACE)
    assert found.id == WORKSPACE_ID.lower().replace("/rg/", "/new/")


def test_only_deployments_can_stand_beside_a_snapshot(after: After, tmp_path: Path) -> None:
    with pytest.raises(AmlauditError, match="is not a deployment"):
        after({"value": [LIVE[1]]})
    with pytest.raises(AmlauditError, match="which can only be combined with deployments"):
        Files((tmp_path / "live.db",), tmp_path / "copy.db").collect(Scope())


def test_the_estate_after_a_deployment_can_be_saved(tmp_path: Path) -> None:
    live = snapshot(tmp_path / "live.db", LIVE, SEEN)
    (tmp_path / "main.json").write_text(
        json.dumps(template(workspace(properties={"publicNetworkAccess": "Disabled"}))), "utf-8"
    )
    kept = tmp_path / "after.db"
    first = Files((live, tmp_path / "main.json"), kept).collect(Scope())
    (found,) = first.of_type(WORKSPACE)
    again = Files((kept,)).collect(Scope())
    (same,) = again.of_type(WORKSPACE)
    assert same == found
    first.close()
    again.close()


@pytest.mark.parametrize(
    ("shown", "expected"), [(True, True), (False, False), (None, True)], ids=str
)
def test_a_cluster_that_its_workspace_created_is_not_attached_by_declaring_it(
    after: After, shown: object, expected: object
) -> None:
    live = {
        "id": f"{WORKSPACE_ID}/computes/aks",
        "name": "aks",
        "properties": {"computeType": "AKS", "isAttachedCompute": shown},
    }
    kind = {"type": f"{WORKSPACE_TYPE}/computes", "apiVersion": "2025-06-01"}
    properties = {"computeType": "AKS", "resourceId": f"{GROUP}/providers/a.b/c/d"}
    declared = template({**kind, "name": "ws/aks", "properties": properties})
    found = next(each for each in after(declared, live).of_type(COMPUTE) if each.name == "aks")
    assert read(found.body, ("properties", "isAttachedCompute")) is expected


def test_a_resource_is_declared_by_what_it_already_is(after: After) -> None:
    """`this.exists()` and `this.existingResource()` in Bicep."""
    as_it_is = {
        "publicNetworkAccess": "[if(not(empty(target('full'))), 'Enabled', 'Disabled')]",
        "friendlyName": "[tryGet(target('full'), 'tags', 'owner')]",
        "description": "[tryGet(target(), 'provisioningState')]",
    }
    estate = after(
        template(workspace(properties=as_it_is), workspace(name="new", properties=as_it_is))
    )
    found = {
        each.name.lower(): [read(each.body, ("properties", key)) for key in as_it_is]
        for each in estate.of_type(WORKSPACE)
    }
    assert found == {"ws": ["Enabled", "me", "Succeeded"], "new": ["Disabled", ABSENT, ABSENT]}


def test_of_an_unnamed_resource_it_is_not_known_what_it_already_is(after: After) -> None:
    unnamed = workspace(name="[newGuid()]", properties={"friendlyName": "[target().x]"})
    found = [each for each in after(template(unnamed)).of_type(WORKSPACE) if each.name != "WS"]
    assert "exists already is not known" in found[0].gaps[0][1].detail


def test_what_is_deployed_only_where_it_is_missing_stays_as_it_is(after: After) -> None:
    once = {"@options": {"onlyIfNotExists": True}, "apiVersion": "2025-06-01"}
    closed = {"publicNetworkAccess": "Disabled"}
    estate = after(
        template(
            resources={
                "old": {**once, "type": WORKSPACE_TYPE, "name": "ws", "properties": closed},
                "new": {**once, "type": WORKSPACE_TYPE, "name": "new", "properties": closed},
                "tells": {
                    "type": WORKSPACE_TYPE,
                    "apiVersion": "2025-06-01",
                    "name": "tells",
                    "properties": {"publicNetworkAccess": "[reference('old').publicNetworkAccess]"},
                },
            },
            languageVersion="2.0",
        )
    )
    found = {each.name.lower(): each for each in estate.of_type(WORKSPACE)}
    access = {
        name: read(each.body, ("properties", "publicNetworkAccess")) for name, each in found.items()
    }
    assert access == {"ws": "Enabled", "new": "Disabled", "tells": "Enabled"}
    assert not [path for path, _ in found["ws"].gaps]
    assert "@options" not in found["new"].body

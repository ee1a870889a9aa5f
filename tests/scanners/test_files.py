"""Files are recognised by content; what is in them is judged, what is not is a gap."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate
from amlaudit.core.gap import NoDataError, Reason
from amlaudit.core.relations import (
    COMPUTE,
    DELEGATION,
    DELEGATION_OFFER,
    DIAGNOSTIC_SETTING,
    METRIC,
    OUTBOUND_RULE,
    ROLE_ASSIGNMENT,
    STORAGE,
    WORKSPACE,
)
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.estates import GROUP, STORAGE_ID, SUBSCRIPTION, WORKSPACE_ID

Collect: TypeAlias = Callable[..., Estate]

ARM = {"id": WORKSPACE_ID, "name": "ws", "properties": {"publicNetworkAccess": "Disabled"}}
OTHER = {**ARM, "id": WORKSPACE_ID.replace("/ws", "/other"), "name": "other"}
DELEGATION_ID = f"{SUBSCRIPTION}/providers/Microsoft.ManagedServices/registrationAssignments/d"
OFFER_ID = f"{SUBSCRIPTION}/providers/Microsoft.ManagedServices/registrationDefinitions/o"
ACCOUNT = {"id": STORAGE_ID, "name": "st", "type": "Microsoft.Storage/storageAccounts"}


@pytest.fixture
def collect(tmp_path: Path) -> Iterator[Collect]:
    """Write JSON files and return the estate in them."""
    opened: list[Estate] = []

    def collected(*, scope: Scope = Scope(), **files: object) -> Estate:  # noqa: B008
        for name, value in files.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(value), "utf-8")
        opened.append(Files((tmp_path,)).collect(scope))
        return opened[-1]

    yield collected
    for estate in opened:
        estate.close()


def ids(estate: Estate, arm_type: str = WORKSPACE) -> list[str]:
    return [each.id for each in estate.of_type(arm_type)]


def gaps(estate: Estate, part: str) -> list[tuple[str, Reason]]:
    return [(each.scope_id, each.reason) for each in estate.gaps() if each.part == part]


@pytest.mark.parametrize(
    "content",
    [
        ARM,
        [ARM],
        {"value": [ARM]},
        {"value": [ARM], "nextLink": None},
        {"data": [ARM], "totalRecords": 1, "count": 1, "resultTruncated": "false"},
        {"data": [ARM], "count": 1, "skip_token": None, "total_records": 1},
        {
            "data": {
                "columns": [{"name": "id"}, {"name": "properties"}],
                "rows": [[ARM["id"], ARM["properties"]]],
            }
        },
        {"method": "GET", "url": "https://x/y", "status": 200, "headers": {}, "body": ARM},
        {
            "method": "GET",
            "url": "https://x/y",
            "status": 200,
            "body": json.dumps({"value": [ARM]}),
        },
        [{"value": [ARM]}, {"value": []}],
        [[ARM], []],
        [{**ARM, "properties": json.dumps(ARM["properties"]), "tags": ""}],
        [{"data": [ARM], "count": 1, "total_records": 1}],
    ],
)
def test_every_shape_of_one_document_is_the_same_resource(
    collect: Collect, content: object
) -> None:
    estate = collect(file=content)
    (found,) = estate.of_type(WORKSPACE)
    assert found.id == WORKSPACE_ID
    assert found.body["properties"] == ARM["properties"]
    assert found.origin.source == "FILE file.json"
    assert found.gaps == ()


@pytest.mark.parametrize("name", ["rows.ndjson", "rows.jsonl", "rows.json", "rows.JSON"])
@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(json.dumps, (ARM, OTHER))),
        "\r\n".join((json.dumps(ARM), "", json.dumps(OTHER), "")),
        json.dumps(ARM, indent=2) + json.dumps(OTHER, indent=2),
        "\n".join((json.dumps({"value": [ARM]}), json.dumps({"value": [OTHER]}))),
        f"// first\n{json.dumps(ARM)}\n// then\n{json.dumps(OTHER)}",
        f"\ufeff{json.dumps(ARM)}\n{json.dumps(OTHER)}",
    ],
)
def test_several_values_in_a_file_are_read_one_after_the_other(
    text: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    for named in (tmp_path, tmp_path / name):
        with closing(Files((named,)).collect(Scope())) as estate:
            assert ids(estate) == sorted([WORKSPACE_ID, str(OTHER["id"])])


@pytest.mark.parametrize(
    "shown",
    [
        {"auth_mode": "key", "properties": {"azureml.onlineendpointid": "x"}},
        {"public_network_access": "Disabled", "type": "default", "properties": {}},
        {"creation_context": {}, "provisioning_state": "Succeeded"},
    ],
)
def test_what_the_extension_of_the_command_line_shows_is_another_form(
    collect: Collect, shown: dict[str, object]
) -> None:
    """Its `properties` are not those of Azure, whose absence would mean a default."""
    row = {"id": WORKSPACE_ID, "name": "ws", "location": "westeurope", **shown}
    (found,) = collect(file=[row]).of_type(WORKSPACE)
    (gap,) = (gap for _, gap in found.gaps)
    assert (gap.part, gap.reason) == ("properties", Reason.UNSUPPORTED)
    assert f"az resource show --ids {WORKSPACE_ID}" in gap.detail
    assert found.body == {"id": WORKSPACE_ID}


def test_columns_of_ones_own_beside_a_document_do_no_harm(collect: Collect) -> None:
    row = {**ARM, "type": "microsoft.machinelearningservices/workspaces", "storage_account": "x"}
    (found,) = collect(file={"data": [row]}).of_type(WORKSPACE)
    assert found.gaps == ()


def test_a_truncated_line_is_reported_with_its_position(tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson"
    path.write_text(json.dumps(ARM) + '\n{"id": ', "utf-8")
    with pytest.raises(AmlauditError) as caught:
        Files((path,)).collect(Scope())
    assert "line 2 column 8" in caught.value.cause


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        (
            {
                "id": f"{WORKSPACE_ID}/jobs/j",
                "properties": {"jobType": "Command", "command": "train --key not-a-real-key"},
            },
            {"jobType": "Command"},
        ),
        (
            {
                "id": f"{GROUP}/providers/microsoft.insights/actionGroups/ag",
                "properties": {
                    "enabled": True,
                    "emailReceivers": [{"name": "a", "emailAddress": "a@example.com"}],
                },
            },
            {"enabled": True, "emailReceivers": [{"name": "a"}]},
        ),
        (
            {
                "id": f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv/secrets/s",
                "properties": {"attributes": {"enabled": True}, "value": "open sesame"},
            },
            {"attributes": {"enabled": True}},
        ),
    ],
)
def test_a_row_is_stored_only_as_far_as_a_collection_would(
    collect: Collect, row: dict[str, object], kept: object
) -> None:
    estate = collect(rows={"value": [row]})
    (arm_type,) = estate.store.counts()
    (found,) = estate.of_type(arm_type)
    assert found.body["properties"] == kept
    assert found.gaps == ()


def test_an_eligibility_belongs_to_its_scope_in_any_spelling(collect: Collect) -> None:
    kind = "Microsoft.Authorization/roleEligibilityScheduleInstances"
    row = {
        "id": f"/providers/Microsoft.Subscription{SUBSCRIPTION}/providers/{kind}/e",
        "name": "e",
        "type": kind,
        "properties": {"scope": SUBSCRIPTION, "principalId": "p"},
    }
    (found,) = collect(file={"value": [row]}).of_type(kind.lower())
    assert found.id == f"{SUBSCRIPTION}/providers/{kind.lower()}/e"


def test_a_metric_is_stored_as_by_a_collection(collect: Collect) -> None:
    endpoint = f"{WORKSPACE_ID}/onlineEndpoints/score"
    series = [{"metadatavalues": [], "data": [{"timeStamp": "2026-01-01T00:00:00Z"}]}]
    row = {
        "id": f"{endpoint}/providers/Microsoft.Insights/metrics/RequestsPerMinute",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": "RequestsPerMinute", "localizedValue": "Requests Per Minute"},
        "unit": "Count",
        "timeseries": series,
    }
    estate = collect(metrics={"cost": 0, "interval": "P1D", "value": [row]})
    (metric,) = estate.of_type(METRIC)
    assert (metric.name, metric.gaps) == ("RequestsPerMinute", ())
    assert metric.body["properties"] == {"unit": "Count", "timeseries": series}


def test_what_is_not_in_the_files_is_a_gap(collect: Collect) -> None:
    estate = collect(file=ARM)
    assert gaps(estate, COMPUTE) == [(WORKSPACE_ID, Reason.NOT_COLLECTED)]
    assert gaps(estate, STORAGE) == [(SUBSCRIPTION, Reason.NOT_COLLECTED)]


def test_a_list_in_a_file_does_not_prove_completeness(collect: Collect) -> None:
    compute = {"id": f"{WORKSPACE_ID}/computes/c", "properties": {}}
    estate = collect(workspace=ARM, computes={"value": [compute]})
    assert gaps(estate, COMPUTE) == [(WORKSPACE_ID, Reason.NOT_COLLECTED)]


@pytest.mark.parametrize(
    "content",
    [
        {"value": [ARM], "nextLink": "https://next"},
        {"data": [ARM], "totalRecords": 386, "resultTruncated": "false"},
        {"data": [ARM], "totalRecords": 1, "resultTruncated": "true"},
        {"data": [ARM], "count": 1, "skip_token": None, "total_records": 386},
        {"data": [ARM], "count": 1, "skip_token": "ew0KICAi"},
        {"data": {"columns": [{"name": "id"}], "rows": [[WORKSPACE_ID]]}, "totalRecords": 386},
        {"data": {"columns": [{"name": "id"}], "rows": [[WORKSPACE_ID]]}, "$skipToken": "x"},
        [{"value": [ARM], "nextLink": "https://next"}],
    ],
)
def test_a_single_page_reports_the_missing_rest(collect: Collect, content: object) -> None:
    estate = collect(page=content)
    assert ids(estate) == [WORKSPACE_ID]
    assert gaps(estate, "rest of page.json") == [("/", Reason.NOT_COLLECTED)]


@pytest.mark.parametrize(
    "content",
    [
        7,
        "text",
        {},
        {"a": 1},
        [7],
        {"value": [{"id": "string"}]},
        {"value": [{**ARM, "type": "Microsoft.MachineLearningServices/workspaces/status"}]},
        {"data": {"columns": [{"name": "id"}], "rows": [5]}},
    ],
)
def test_what_is_not_understood_is_listed(collect: Collect, content: object) -> None:
    estate = collect(good=ARM, odd=content)
    assert ids(estate) == [WORKSPACE_ID]
    assert gaps(estate, "content of odd.json") == [("/", Reason.UNSUPPORTED)]


def test_a_recorded_refusal_is_the_gap_that_it_leaves(collect: Collect) -> None:
    body = {"error": {"code": "AuthorizationFailed", "message": "to perform action 'a/b/read'"}}
    url = f"https://management.azure.com{WORKSPACE_ID}/computes?api-version=1"
    recorded = {"method": "GET", "url": url, "status": 403, "headers": {}, "body": json.dumps(body)}
    estate = collect(workspace=ARM, refused=recorded)
    assert gaps(estate, COMPUTE) == [(WORKSPACE_ID, Reason.FORBIDDEN)]


def test_a_recorded_answer_is_in_the_form_of_the_version_that_was_requested(
    collect: Collect,
) -> None:
    url = f"https://management.azure.com{WORKSPACE_ID}?api-version=2025-12-01"
    recorded = {"method": "get", "url": url, "status": 200, "headers": {}, "body": json.dumps(ARM)}
    found = collect(workspace=recorded).store.get(WORKSPACE_ID.lower())
    assert found
    assert found.origin.api_version == "2025-12-01"


def test_a_recorded_query_has_a_version_that_says_nothing_about_its_rows(collect: Collect) -> None:
    path = "/providers/Microsoft.ResourceGraph/resources"
    url = f"https://management.azure.com{path}?api-version=2024-04-01"
    recorded = {"method": "POST", "url": url, "status": 200, "headers": {}, "body": {"data": [ARM]}}
    found = collect(workspace=recorded).store.get(WORKSPACE_ID.lower())
    assert found
    assert found.origin.api_version == ""


@pytest.mark.parametrize(
    ("path", "scope_id", "part"),
    [
        (f"{WORKSPACE_ID}", WORKSPACE_ID, WORKSPACE),
        ("/subscriptions/s/providers/p.q/things", "/subscriptions/s", "p.q/things"),
        ("/odd", "/", "/odd"),
    ],
)
def test_a_recorded_error_is_about_the_place_of_its_path(
    collect: Collect,
    path: str,
    scope_id: str,
    part: str,
) -> None:
    recorded = {"method": "GET", "url": f"https://x{path}", "status": 500, "body": "<html>"}
    estate = collect(workspace=OTHER, failed=recorded)
    assert (scope_id, Reason.API_ERROR) in gaps(estate, part)


def test_a_refusal_without_its_request_is_the_gap_that_it_names(collect: Collect) -> None:
    action = "Microsoft.MachineLearningServices/workspaces/computes/read"
    message = (
        f"The client 'x' with object id 'y' does not have authorization to perform action "
        f"'{action}' over scope '{WORKSPACE_ID}' or the scope is invalid."
    )
    estate = collect(refused={"error": {"code": "AuthorizationFailed", "message": message}})
    gap = estate.sight(WORKSPACE_ID.lower(), COMPUTE)
    assert gap is not None
    assert (gap.reason, gap.permission) == (Reason.FORBIDDEN, action)


@pytest.mark.parametrize(
    "error",
    [
        {"code": "ResourceNotFound", "message": "The Resource 'x' was not found."},
        {"code": "MissingSubscriptionRegistration", "message": None},
        {"code": "AuthorizationFailed"},
    ],
)
def test_other_errors_are_reported_with_azures_message(
    collect: Collect, error: dict[str, object]
) -> None:
    estate = collect(workspace=ARM, error={"error": error})
    (gap,) = [each for each in estate.gaps() if each.part == "content of error.json"]
    assert gap.reason is Reason.API_ERROR
    assert gap.detail.startswith(f"error.json contains an error: {error['code']}")


def test_a_listing_without_properties_is_not_read(collect: Collect) -> None:
    listed = {**ACCOUNT, "properties": None, "resourceGroup": "rg", "provisioningState": "x"}
    estate = collect(listed=[listed])
    assert gaps(estate, "properties") == [(STORAGE_ID, Reason.NOT_COLLECTED)]


def test_a_subscription_is_whole_without_properties(collect: Collect) -> None:
    listed = {"id": SUBSCRIPTION, "displayName": "ML", "state": "Enabled", "tags": {}}
    estate = collect(subscriptions={"value": [listed]})
    assert gaps(estate, "properties") == []


def test_the_flat_shape_of_the_cli_is_folded_where_its_names_are_known(collect: Collect) -> None:
    connection = {"id": "pec", "privateEndpoint": {"id": "pe"}}
    shown = {
        **ACCOUNT,
        "resourceGroup": "rg",
        "encryption": {"keySource": "Microsoft.Storage"},
        "primaryEndpoints": {},
        "enableHttpsTrafficOnly": False,
        "minimumTlsVersion": "TLS1_2",
        "networkRuleSet": {"defaultAction": "Deny"},
        "privateEndpointConnections": [connection, {"properties": {}}, "odd"],
    }
    estate = collect(shown=shown)
    (found,) = estate.of_type(STORAGE)
    assert found.gaps == ()
    assert found.body["properties"] == {
        "encryption": {"keySource": "Microsoft.Storage"},
        "primaryEndpoints": {},
        "supportsHttpsTrafficOnly": False,
        "minimumTlsVersion": "TLS1_2",
        "networkAcls": {"defaultAction": "Deny"},
        "privateEndpointConnections": [
            {"id": "pec", "properties": connection},
            {"properties": {}},
        ],
    }


@pytest.mark.parametrize(
    "shown",
    [
        {"id": WORKSPACE_ID, "name": "ws", "public_network_access": "Disabled"},
        {"id": WORKSPACE_ID, "resourceGroup": "rg", "publicNetworkAccess": "Disabled"},
        {**ACCOUNT, "minimumTlsVersion": "TLS1_2"},
        {**ACCOUNT, "resourceGroup": "rg", "minimumTlsVersion": "TLS1_2"},
    ],
)
def test_an_unknown_shape_is_never_mistaken_for_an_empty_document(
    collect: Collect,
    shown: dict[str, object],
) -> None:
    estate = collect(shown=shown)
    assert gaps(estate, "properties") == [(str(shown["id"]), Reason.UNSUPPORTED)]


@pytest.mark.parametrize("text", ["", "{", "{}{}", '{"a": 1, "a": 2}', '["a"]', "{" * 9999])
def test_properties_in_a_text_that_is_no_object_are_not_known(collect: Collect, text: str) -> None:
    estate = collect(file={**ARM, "properties": text})
    assert gaps(estate, "properties") == [(WORKSPACE_ID, Reason.NOT_COLLECTED)]


def test_role_assignments_of_the_cli_are_folded(collect: Collect) -> None:
    shown = {
        "id": f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/a",
        "principalId": "p",
        "scope": GROUP,
        "resourceGroup": "rg",
    }
    (found,) = collect(shown=[shown]).of_type(ROLE_ASSIGNMENT)
    assert found.body["properties"] == {"principalId": "p", "scope": GROUP}


@pytest.mark.parametrize(
    ("kind", "inside"),
    [
        ("Microsoft.Authorization/locks", {"level": "CanNotDelete", "notes": "", "owners": None}),
        (
            "Microsoft.Insights/diagnosticSettings",
            {"logs": [{"category": "A", "enabled": True}], "metrics": [], "workspaceId": "x"},
        ),
        (
            "Microsoft.OperationalInsights/workspaces",
            {"customerId": "c", "retentionInDays": 30, "workspaceCapping": {"dailyQuotaGb": -1.0}},
        ),
        (
            "Microsoft.Insights/components",
            {"appId": "a", "instrumentationKey": "", "ingestionMode": "LogAnalytics"},
        ),
        (
            "Microsoft.ContainerService/managedClusters",
            {"agentPoolProfiles": [{}], "apiServerAccessProfile": None, "nodeResourceGroup": "n"},
        ),
        (
            "Microsoft.ManagedIdentity/userAssignedIdentities",
            {"clientId": "c", "principalId": "p"},
        ),
        (
            "Microsoft.Network/virtualNetworks/x/subnets",
            {
                "addressPrefix": "10.0.0.0/24",
                "privateEndpointNetworkPolicies": "Disabled",
                "privateLinkServiceNetworkPolicies": "Enabled",
            },
        ),
        (
            "Microsoft.Authorization/policyAssignments",
            {"enforcementMode": "Default", "policyDefinitionId": "p", "scope": GROUP},
        ),
    ],
)
def test_what_the_cli_names_as_azure_does_is_folded(
    collect: Collect, kind: str, inside: dict[str, object]
) -> None:
    arm_type = kind.replace("/x", "")
    envelope = {"id": f"{GROUP}/providers/{kind}/x", "name": "x", "type": arm_type}
    estate = collect(shown=[{**envelope, **inside, "resourceGroup": "rg", "systemData": None}])
    (found,) = estate.of_type(arm_type.lower())
    assert (found.body["properties"], found.gaps) == (inside, ())


@pytest.mark.parametrize(
    ("kind", "beside", "name"),
    [
        ("Microsoft.Network/networkSecurityGroups", {"defaultSecurityRules": []}, "securityRules"),
        ("Microsoft.Network/routeTables", {"disableBgpRoutePropagation": False}, "routes"),
        (
            "Microsoft.Network/privateEndpoints",
            {"subnet": {"id": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/s"}},
            "privateLinkServiceConnections",
        ),
        (
            "Microsoft.Network/virtualNetworks",
            {"addressSpace": {}, "virtualNetworkPeerings": []},
            "subnets",
        ),
    ],
)
def test_members_that_the_cli_prints_without_properties_are_folded_too(
    collect: Collect, kind: str, beside: dict[str, object], name: str
) -> None:
    resource_id = f"{GROUP}/providers/{kind}/x"
    member = {"id": f"{resource_id}/{name}/a", "name": "a", "priority": 100, "delegations": [{}]}
    row = {"id": resource_id, "name": "x", "type": kind, "resourceGroup": "rg"}
    estate = collect(shown={**row, **beside, name: [member]})
    (found,) = estate.of_type(kind.lower())
    inside = {**member, "delegations": [{"properties": {}}]}
    folded = {"id": member["id"], "name": "a", "properties": inside}
    assert (found.body["properties"], found.gaps) == ({**beside, name: [folded]}, ())


def test_a_role_of_the_cli_has_its_kind_under_another_name(collect: Collect) -> None:
    kind = "Microsoft.Authorization/roleDefinitions"
    inside = {"roleName": "ML", "permissions": [], "assignableScopes": [SUBSCRIPTION]}
    row = {"id": f"{SUBSCRIPTION}/providers/{kind}/r", "name": "r", "type": kind, **inside}
    (found,) = collect(shown=[{**row, "roleType": "CustomRole"}]).of_type(kind.lower())
    assert (found.body["properties"], found.gaps) == ({**inside, "type": "CustomRole"}, ())


def of_powershell(resource_id: str, **more: object) -> dict[str, object]:
    """Return a row as `Get-AzResource -ExpandProperties | ConvertTo-Json` prints it."""
    name, kind = resource_id.rpartition("/")[2], "Microsoft.Storage/storageAccounts"
    row = {"ResourceId": resource_id, "Id": resource_id, "Name": name, "ResourceName": name}
    return {**row, "Kind": None, "Identity": None, "ResourceType": kind, "Type": kind, **more}


def test_resources_of_powershell_are_read_with_those_nested_in_them(collect: Collect) -> None:
    setting_id = f"{STORAGE_ID}/providers/Microsoft.Insights/diagnosticSettings/d"
    setting = of_powershell(setting_id, Properties={"logs": []})
    shown = of_powershell(
        STORAGE_ID,
        Kind="StorageV2",
        Sku={"Name": "Standard_ZRS", "Tier": "Standard"},
        Properties={"minimumTlsVersion": "TLS1_2"},
        resources=[setting, "odd"],
    )
    estate = collect(shown=[shown])
    (account,) = estate.of_type(STORAGE)
    assert account.body == {
        "id": STORAGE_ID,
        "name": "st",
        "kind": "StorageV2",
        "sku": {"name": "Standard_ZRS", "tier": "Standard"},
        "properties": {"minimumTlsVersion": "TLS1_2"},
    }
    (found,) = estate.of_type(DIAGNOSTIC_SETTING)
    assert (found.name, found.body["properties"]) == ("d", {"logs": []})


def test_a_row_of_powershell_without_properties_is_none(tmp_path: Path) -> None:
    path = tmp_path / "listed.json"
    path.write_text(json.dumps([of_powershell(STORAGE_ID, Properties=None)]), "utf-8")
    with pytest.raises(AmlauditError, match="E302"):
        Files((path,)).collect(Scope())


def test_what_the_cli_prints_of_a_subscription_has_no_group_to_name(collect: Collect) -> None:
    inside = {"principalId": "p", "roleDefinitionId": "r", "scope": SUBSCRIPTION}
    kind = "Microsoft.Authorization/roleAssignments"
    row = {"id": f"{SUBSCRIPTION}/providers/{kind}/a", "name": "a", "type": kind, **inside}
    (found,) = collect(shown=[row]).of_type(ROLE_ASSIGNMENT)
    assert (found.body["properties"], found.gaps) == (inside, ())


def test_a_filtered_output_is_not_mistaken_for_all(collect: Collect) -> None:
    row = {
        "id": f"{SUBSCRIPTION}/providers/microsoft.authorization/roleassignments/b",
        "principalId": "p",
        "scope": SUBSCRIPTION,
    }
    assert gaps(collect(shown=[row]), "properties") == [(row["id"], Reason.UNSUPPORTED)]


def test_an_id_that_contradicts_its_type_is_not_skipped(collect: Collect) -> None:
    connection = "Microsoft.MachineLearningServices/workspaces/connections"
    row = {"id": f"{WORKSPACE_ID}/linkedWorkspaces/a", "type": connection, "properties": {}}
    estate = collect(listed={"value": [row, ARM]})
    assert gaps(estate, "content of listed.json") == [("/", Reason.UNSUPPORTED)]
    assert estate.store.counts() == {WORKSPACE: 1}


def test_policy_states_have_no_id_of_their_own(collect: Collect) -> None:
    row = {"resourceId": WORKSPACE_ID, "policyAssignmentId": "a", "complianceState": "Compliant"}
    estate = collect(states={"value": [row, {**row, "policyAssignmentId": "b"}]})
    assert estate.store.counts() == {"microsoft.policyinsights/policystates": 2}


@pytest.mark.parametrize("more", [{"componentId": "key-1"}, {"principalOid": "p"}])
def test_states_of_parts_and_events_are_no_policy_states(
    collect: Collect, more: dict[str, str]
) -> None:
    row = {"resourceId": WORKSPACE_ID, "policyAssignmentId": "a", "complianceState": "Compliant"}
    estate = collect(others={"value": [{**row, **more}, ARM]})
    assert gaps(estate, "content of others.json") == [("/", Reason.UNSUPPORTED)]
    assert estate.store.counts() == {WORKSPACE: 1}


@pytest.mark.parametrize("offer", [None, "text", {"properties": {}}])
def test_a_delegation_without_its_offer_is_itself(collect: Collect, offer: object) -> None:
    embedded = {"registrationDefinitionId": OFFER_ID, "registrationDefinition": offer}
    estate = collect(delegations=[{"id": DELEGATION_ID, "properties": embedded}])
    assert estate.store.counts() == {DELEGATION: 1}


def test_an_offer_that_a_delegation_shows_is_read_and_a_document_of_its_own_wins(
    collect: Collect,
) -> None:
    offer = {"id": OFFER_ID, "name": "offer", "properties": {"managedByTenantId": "t"}}
    embedded = {"registrationDefinitionId": OFFER_ID, "registrationDefinition": offer}
    delegation = {"id": DELEGATION_ID, "properties": embedded}
    (found,) = collect(a={"value": [delegation]}).of_type(DELEGATION_OFFER)
    assert found.body["properties"] == {"managedByTenantId": "t"}
    own = {**offer, "plan": {"name": "p"}}
    estate = collect(b=own)
    (found,) = estate.of_type(DELEGATION_OFFER)
    assert found.body == own
    assert not [each for each in estate.gaps() if each.part.startswith("document in")]


def test_of_two_documents_the_one_that_shows_more_is_judged(collect: Collect) -> None:
    estate = collect(a_listed={"id": WORKSPACE_ID}, b_shown=ARM, c_same=ARM)
    (found,) = estate.of_type(WORKSPACE)
    assert found.gaps == ()
    assert not [each for each in estate.gaps() if each.part.startswith("document in")]


def test_two_documents_that_disagree_are_not_passed_over(collect: Collect) -> None:
    estate = collect(a=ARM, b={**ARM, "properties": {"publicNetworkAccess": "Enabled"}})
    (found,) = estate.of_type(WORKSPACE)
    assert found.origin.source == "FILE a.json"
    assert gaps(estate, "document in b.json") == [(WORKSPACE_ID, Reason.UNSUPPORTED)]


def test_a_rule_that_is_listed_under_both_of_its_ids_is_one_rule(collect: Collect) -> None:
    kind = "Microsoft.MachineLearningServices/workspaces"
    shown = {"name": "r", "properties": {"type": "FQDN", "destination": "example.com"}}
    parts = ("outboundRules", "managedNetworks/default/outboundRules")
    rows = [
        {
            "id": f"{WORKSPACE_ID}/{part}/r",
            "type": f"{kind}/{part}".replace("/default", ""),
            **shown,
        }
        for part in parts
    ]
    estate = collect(a={"value": rows})
    assert len(list(estate.of_type(OUTBOUND_RULE))) == 1
    assert not [each for each in estate.gaps() if each.part.startswith("document in")]


@pytest.mark.parametrize("names", ["ab", "ba"], ids=["workspace first", "rule first"])
def test_rules_that_a_workspace_shows_are_read_and_documents_of_their_own_win(
    collect: Collect, names: str
) -> None:
    managed = {"isolationMode": "AllowOnlyApprovedOutbound", "outboundRules": {"r": {"type": "X"}}}
    workspace = {**ARM, "properties": {"managedNetwork": managed}}
    estate = collect(a=workspace)
    (shown,) = estate.of_type(OUTBOUND_RULE)
    assert shown.body["properties"] == {"type": "X"}
    with pytest.raises(NoDataError):  # there may be more of them
        list(estate.neighbours(next(estate.of_type(WORKSPACE)), "outbound-rules"))
    own = {"id": shown.id, "name": "r", "properties": {"type": "FQDN"}}
    estate = collect(**dict(zip(names, (workspace, own), strict=True)))
    (found,) = estate.of_type(OUTBOUND_RULE)
    assert found.body["properties"] == {"type": "FQDN"}
    assert not gaps(estate, f"document in {names[1]}.json")


def test_the_api_version_of_a_row_decides_the_meaning_of_absence(collect: Collect) -> None:
    (found,) = collect(rows={"data": [{**ARM, "apiVersion": "2023-04-01"}]}).of_type(WORKSPACE)
    assert found.origin.api_version == "2023-04-01"


def test_a_scope_narrows_what_is_judged(collect: Collect) -> None:
    assert ids(collect(a=ARM, b=OTHER, scope=Scope(workspaces=("other",)))) == [OTHER["id"]]


def test_the_same_files_were_read_at_the_same_time(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(ARM), "utf-8")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    estate = Files((file,)).collect(Scope())
    collection = estate.store.collection()
    estate.close()
    assert collection.started_at == collection.ended_at
    assert collection.ended_at
    assert collection.ended_at.isoformat() == "2023-11-14T22:13:20+00:00"


def test_a_snapshot_of_files_is_judged_like_the_files(collect: Collect, tmp_path: Path) -> None:
    collect(a=ARM)
    snapshot = tmp_path / "estate.db"
    Files((tmp_path / "a.json",), snapshot).collect(Scope()).close()
    estate = Files((snapshot,)).collect(Scope())
    assert ids(estate) == [WORKSPACE_ID]
    estate.close()
    with pytest.raises(AmlauditError) as caught:
        Files((snapshot, tmp_path / "a.json")).collect(Scope())
    assert caught.value.exit_code == Exit.USAGE


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"{", "it cannot be read as JSON"),
        (b"\xff\xfe\xfd", "it is not text in UTF-8 or UTF-16"),
        (b"[" * 100_000, "it cannot be read as JSON"),
        (b"{}", "it contains no Azure Resource Manager resource"),
        (b"[]", "it contains no Azure Resource Manager resource"),
        (
            b'{"schema_version": "1.1", "findings": []}',
            "it is a report, whose resources have been evaluated already",
        ),
    ],
)
def test_a_named_file_must_not_be_empty(tmp_path: Path, content: bytes, cause: str) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(content)
    with pytest.raises(AmlauditError) as caught:
        Files((file,)).collect(Scope())
    assert (caught.value.code, caught.value.exit_code) == ("E302", Exit.INPUT_OUTPUT)
    assert cause in caught.value.cause


def test_a_broken_file_in_a_folder_is_a_gap(collect: Collect, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_bytes(b"{")
    estate = collect(good=ARM)
    assert gaps(estate, "content of broken.json") == [("/", Reason.UNSUPPORTED)]


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.json", tmp_path):
        with pytest.raises(AmlauditError, match="E302"):
            Files((path,)).collect(Scope())


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            "Note: noisy.\n\nResource and property changes are indicated with these symbols:\n",
            "a what-if result in the Azure CLI's human-readable format",
        ),
        (
            "\nTerraform used the selected providers to generate the following execution plan.",
            "a plan in Terraform's human-readable format",
        ),
        ('WARNING: A new release is there\n{"changes": []}', "warnings of the command"),
        ('{"a": \n"WARNING"', "it cannot be read as JSON"),
    ],
)
def test_human_readable_output_is_recognised_and_refused(
    tmp_path: Path, text: str, cause: str
) -> None:
    path = tmp_path / "what-if.json"
    path.write_text(text, "utf-8")
    with pytest.raises(AmlauditError) as caught:
        Files((path,)).collect(Scope())
    assert cause in caught.value.cause


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        (
            "main.tf",
            "create its plan: terraform plan -out PLAN && terraform show -json PLAN > plan.json",
        ),
        ("main.bicep", "pass the Bicep file itself; it is compiled if Bicep is installed"),
        ("notes.txt", "pass a snapshot, a Resource Graph export"),
    ],
)
def test_a_folder_of_sources_is_refused_with_what_to_give_instead(
    tmp_path: Path, name: str, advice: str
) -> None:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / name).touch()
    with pytest.raises(AmlauditError, match="E302") as caught:
        Files((tmp_path,)).collect(Scope())
    assert caught.value.cause == "the folder contains no .json, .jsonl, .ndjson file"
    assert caught.value.advice.startswith(advice)


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("main.tf", "terraform"),
        ("main.tf.json", "terraform"),
        ("main.tofu", "tofu"),
        ("main.tofu.json", "tofu"),
    ],
)
def test_a_source_of_terraform_has_to_be_planned(tmp_path: Path, name: str, program: str) -> None:
    (tmp_path / name).write_text('{"resource": {"azurerm_resource_group": {}}}', "utf-8")
    with pytest.raises(AmlauditError, match="E302") as caught:
        Files((tmp_path / name,)).collect(Scope())
    assert caught.value.cause == "it is Terraform source code, and not its plan"
    assert caught.value.advice.startswith(f"create its plan: {program} plan")

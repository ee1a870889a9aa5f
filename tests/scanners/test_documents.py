"""What crosses the boundary: documents become resources, and secrets stay outside."""

import json

import pytest

from amlaudit.core.gap import NoDataError, Reason
from amlaudit.core.relations import (
    ACTIVITY_LOG_EXPORT,
    DIAGNOSTIC_SETTING,
    OUTBOUND_RULE,
    WORKSPACE,
)
from amlaudit.core.resource import Origin
from amlaudit.core.secrets import redacted, scrub
from amlaudit.core.subject import Subject
from amlaudit.readings.own_keys import rotations
from amlaudit.scanners.documents import resources_of
from tests.estates import GROUP, READ_AT, STORAGE_ID, SUBSCRIPTION, WORKSPACE_ID, estate, resource

ORIGIN = Origin("test", "", READ_AT)
VNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet"


def test_a_document_becomes_a_resource_in_canonical_spelling() -> None:
    document = {"id": WORKSPACE_ID.upper(), "name": "WS", "properties": {}}
    (found,) = resources_of(document, ORIGIN)
    assert (found.id, found.type, found.name, found.gaps) == (
        WORKSPACE_ID,
        "microsoft.machinelearningservices/workspaces",
        "WS",
        (),
    )


def test_an_action_group_is_kept_without_people_and_webhooks() -> None:
    shown = {
        "enabled": True,
        "groupShortName": "on-call",
        "emailReceivers": [{"name": "a", "emailAddress": "a@example.com", "status": "Enabled"}],
        "webhookReceivers": [{"name": "b", "serviceUri": "https://hooks.example.com/T0/B0/x"}],
        "smsReceivers": [None],  # a part that only the deployment decides
        "voiceReceivers": [],
    }
    group = {"id": f"{GROUP}/providers/microsoft.insights/actionGroups/on-call"}
    (found,) = resources_of({**group, "properties": shown}, ORIGIN)
    assert found.body["properties"] == {
        "enabled": True,
        "groupShortName": "on-call",
        "emailReceivers": [{"name": "a", "status": "Enabled"}],
        "webhookReceivers": [{"name": "b"}],
        "smsReceivers": [None],
        "voiceReceivers": [],
    }
    (listed,) = resources_of(group, ORIGIN)
    assert listed.body == group


def test_a_connection_keeps_no_secret_under_an_innocent_name() -> None:
    shown = {"authType": "PAT", "category": "ACR", "value": "hunter2", "valueFormat": "JSON"}
    (found,) = resources_of({"id": f"{WORKSPACE_ID}/connections/c", "properties": shown}, ORIGIN)
    assert found.body["properties"] == {**shown, "value": redacted("hunter2")}


def test_an_outbound_rule_under_a_managed_network_is_one_of_the_workspace() -> None:
    network = f"{WORKSPACE_ID}/managedNetworks/default"
    shown = {"type": "FQDN", "category": "UserDefined", "destination": "*.example.com"}
    listed = {"id": f"{network}/outboundRules/Examples", "properties": shown}
    (found,) = resources_of(listed, ORIGIN)
    assert (found.id, found.type) == (f"{WORKSPACE_ID}/outboundrules/examples", OUTBOUND_RULE)
    assert found.body["properties"] == shown

    whole = {
        "id": network,
        "properties": {"managedNetwork": {"outboundRules": {"examples": shown}}},
    }
    (alone,) = resources_of(whole, ORIGIN)  # Azure also lists its rules
    assert alone.id == network.lower()
    _, declared = resources_of(whole, ORIGIN, declared=True)
    assert (declared.id, declared.body["properties"]) == (found.id, shown)


def test_a_listed_document_has_a_gap_where_its_properties_are() -> None:
    (found,) = resources_of({"id": WORKSPACE_ID, "properties": None}, ORIGIN)
    ((path, gap),) = found.gaps
    assert (path, gap.reason) == (("properties",), Reason.NOT_COLLECTED)


@pytest.mark.parametrize("inner", [None, "text", {"computeType": "AmlCompute"}])
def test_a_listed_compute_has_a_gap_where_its_settings_are(inner: object) -> None:
    properties = inner if isinstance(inner, dict) else {"properties": inner}
    document = {"id": f"{WORKSPACE_ID}/computes/c", "properties": properties}
    (found,) = resources_of(document, ORIGIN)
    assert [path for path, _ in found.gaps] == [("properties", "properties")]


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        ({}, [("properties", "rotationpolicy")]),
        ({"kty": "RSA"}, []),
        ({"rotationPolicy": {"lifetimeActions": []}}, []),
    ],
)
def test_a_listed_key_has_a_gap_where_its_renewal_is(
    shown: dict[str, object], missing: list[tuple[str, ...]]
) -> None:
    key = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv/keys/k"
    properties = {"attributes": {"enabled": True}, **shown}
    (found,) = resources_of({"id": key, "properties": properties}, ORIGIN)
    assert [path for path, _ in found.gaps] == missing


def test_the_renewal_of_a_key_that_was_only_listed_is_not_known() -> None:
    """Its absence from the list must not be taken for a key that is never renewed."""
    key = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv/keys/k"
    (found,) = resources_of({"id": key, "properties": {"attributes": {"enabled": True}}}, ORIGIN)
    with pytest.raises(NoDataError, match=r"lists do not include properties\.rotationPolicy"):
        list(rotations(Subject(found, estate(found))))


@pytest.mark.parametrize("named", [7, True, {}, ["st"], "st", "https://st.blob.core.windows.net"])
def test_whom_a_document_names_by_no_id_is_not_known(named: object) -> None:
    """It may be any resource that is looked up through this reference."""
    document = {"id": WORKSPACE_ID, "properties": {"storageAccount": named}}
    (found,) = resources_of(document, ORIGIN)
    ((path, gap),) = found.gaps
    assert (path, gap.reason) == (("properties", "storageaccount"), Reason.UNSUPPORTED)
    account = resource(STORAGE_ID)
    around = estate(found, account, seen=((SUBSCRIPTION, WORKSPACE),))
    with pytest.raises(NoDataError, match="does not contain a valid resource ID"):
        list(around.neighbours(account, "workspaces-by-storage"))


@pytest.mark.parametrize("named", [None, "", STORAGE_ID.upper() + "/", "/providers/a.b/c/d"])
def test_a_reference_is_an_id_or_unknown(named: object) -> None:
    document = {"id": WORKSPACE_ID, "properties": {"storageAccount": named}}
    (found,) = resources_of(document, ORIGIN)
    assert found.gaps == ()


def test_environment_names_are_not_ids() -> None:
    named = {"environmentId": "azureml://registries/azureml/environments/e/versions/1"}
    deployment = f"{WORKSPACE_ID}/onlineEndpoints/e/deployments/d"
    (found,) = resources_of({"id": deployment, "properties": named}, ORIGIN)
    assert found.gaps == ()


def test_a_document_that_is_nested_too_deep_is_a_gap_as_a_whole() -> None:
    deep: dict[str, object] = {}
    for _ in range(5000):
        deep = {"x": deep}
    (found,) = resources_of({"id": WORKSPACE_ID, "kind": "Hub", "properties": deep}, ORIGIN)
    ((path, gap),) = found.gaps
    assert (path, gap.reason) == ((), Reason.UNSUPPORTED)
    assert found.body == {"id": WORKSPACE_ID}


def test_subscriptions_and_groups_need_no_properties() -> None:
    for resource_id in (SUBSCRIPTION, GROUP):
        (found,) = resources_of({"id": resource_id}, ORIGIN)
        assert found.gaps == ()


def test_resources_inside_a_document_are_resources() -> None:
    subnet = {"id": f"{VNET}/subnets/s", "name": "s", "properties": {}}
    document = {"id": VNET, "properties": {"subnets": [subnet, "odd"]}}
    assert [each.type for each in resources_of(document, ORIGIN)] == [
        "microsoft.network/virtualnetworks",
        "microsoft.network/virtualnetworks/subnets",
    ]
    odd = {"id": VNET, "properties": {"subnets": "odd"}}
    assert len(list(resources_of(odd, ORIGIN))) == 1


@pytest.mark.parametrize("document", [{}, {"id": None}, {"id": 7}, {"id": "string"}])
def test_without_an_id_there_is_no_resource(document: dict[str, object]) -> None:
    assert list(resources_of(document, ORIGIN)) == []


KEY = "A" * 86 + "=="
SIGNED = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "document",
    [
        {"accountKey": "x"},
        {"adminUserPassword": "x"},
        {"sdkTelemetryAppInsightsKey": "x"},
        {"InstrumentationKey": "x"},
        {"connection_string": "x"},
        {"credentials": {"pat": "x", "secret": "x", "clientSecret": "x", "sas": "x", "token": "x"}},
        {"keys": [{"primaryKey": "x", "secondaryKey": "x"}]},
        {"environmentVariables": {"HARMLESS": "x"}},
        {"nested": {"sasToken": ["x", {"deep": "x"}]}},
        {"credentials": {"key": "x", "keys": {"any": "x"}, "securityToken": "x"}},
        {"credentials": {"accessKeyId": "x", "secretAccessKey": "x", "developerToken": "x"}},
    ],
)
def test_the_texts_of_secret_properties_are_dropped(document: dict[str, object]) -> None:
    assert '"x"' not in json.dumps(scrub(document))


@pytest.mark.parametrize(
    "reference",
    [
        "${{azureml://connections/openai/credentials/key}}",
        "${{keyvault:https://kv.vault.azure.net/secrets/name/version}}",
    ],
)
def test_references_to_secrets_stored_elsewhere_stay(reference: str) -> None:
    variables = {"environmentVariables": {"KEY": reference}}
    assert scrub(variables) == variables
    for other in (f"{reference}x", f"x{reference}", "${{azureml://connections/a b}}", "${{x}}"):
        assert other not in json.dumps(scrub({"environmentVariables": {"KEY": other}}))


@pytest.mark.parametrize(
    "text",
    [
        f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={KEY}",
        "Server=s;Password=hunter2;",
        "https://st.blob.core.windows.net/c?sv=2020&sig=abc%3D",
        SIGNED,
        KEY,
        "-----BEGIN RSA PRIVATE KEY-----",
        "ghp_" + "a" * 36,
        "git clone https://user:hunter2@example.com/repo",
        f"curl -H 'Authorization: Bearer {SIGNED}' https://example.com",
        '{"user": "ann", "password": "hunter2"}',
        '{"settings": "{\\"clientSecret\\": \\"hunter2\\"}"}',
        "{'api_key' : 'hunter2'}",
    ],
)
def test_secret_texts_are_dropped_under_any_name(text: str) -> None:
    found = scrub({"description": text})
    assert isinstance(found, dict)
    assert found["description"].startswith("\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}redacted:")
    assert scrub({"description": text}) == found


def test_a_secret_that_is_a_number_or_the_name_of_a_property_is_dropped_too() -> None:
    document = {
        "adminPassword": 20471123,
        "tags": {f"AccountKey={KEY}": "x"},
        "credentials": {"pin": 20471123.5, "rotates": True},
    }
    left = json.dumps(scrub(document))
    assert "20471123" not in left
    assert KEY not in left
    assert "true" in left


@pytest.mark.parametrize(
    "document",
    [
        {"allowSharedKeyAccess": False, "disableLocalAuth": True, "primaryLocation": "westeurope"},
        {
            "authMode": "Key",
            "credentialsType": "AccountKey",
            "systemDatastoresAuthMode": "AccessKey",
        },
        {"keyIdentifier": "https://kv.vault.azure.net/keys/cmk/0123456789abcdef0123456789abcdef"},
        {"credentials": {"credentialsType": "ServicePrincipal", "clientId": "c", "tenantId": "t"}},
        {"keyCreationTime": {"key1": "2024-01-01T00:00:00Z", "key2": None}},
        {"secretName": "n", "passwordPolicy": "strong", "tokenEndpointEnabled": "yes"},
        {"id": WORKSPACE_ID, "list": [1, None, 2.5, "text"]},
        {
            "description": "The password: ask \"Ann\"; 'token': is kept elsewhere",
            "note": '{"a": 1}',
        },
        {"sku": {"capacity": 3}, "traffic": {"primary": 100, "secondary": 0}},
    ],
)
def test_what_only_tells_of_secrets_stays(document: dict[str, object]) -> None:
    assert scrub(document) == document


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("/subscriptions/s", ACTIVITY_LOG_EXPORT),
        ("/subscriptions/s/resourceGroups/g/providers/M.A/as/a", DIAGNOSTIC_SETTING),
    ],
)
def test_a_diagnostic_setting_of_a_subscription_exports_its_activity_log(
    scope: str, expected: str
) -> None:
    document = {
        "id": f"{scope}/providers/Microsoft.Insights/diagnosticSettings/x",
        "properties": {},
    }
    (found,) = resources_of(document, ORIGIN)
    assert found.type == expected

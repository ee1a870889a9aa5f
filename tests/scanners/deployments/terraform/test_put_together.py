"""What a plan declares in parts is one document, as Azure shows it."""

from pathlib import Path
from typing import Any

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.gap import NoDataError, Reason
from amlaudit.core.members import FURTHER
from amlaudit.core.path import ABSENT, parse_path, read
from amlaudit.core.relations import (
    BLOB_SERVICE,
    CONTAINER_REGISTRY,
    FIREWALL,
    KEY,
    KEY_VAULT,
    MANAGED_CLUSTER,
    METRIC_ALERT,
    ROLE_ASSIGNMENT,
    STORAGE,
    SUBNET,
    VIRTUAL_NETWORK,
    WORKSPACE,
)
from amlaudit.core.resource import Resource
from tests.scanners.deployments.terraform.plans import (
    PROVIDERS,
    SUBSCRIPTION,
    change,
    collect,
    plan,
    refers,
    written,
)

NETWORK = f"{PROVIDERS}/Microsoft.Network"
VAULT_TYPE = "Microsoft.KeyVault/vaults"
CLUSTER_ID = f"{PROVIDERS}/Microsoft.ContainerService/managedClusters/aks"
VAULT = change("azurerm_key_vault.kv", {"name": "kv"})
KEY_ENTRY = change(
    "azurerm_key_vault_key.cmk",
    {"name": "cmk", "key_type": "RSA"},
    unknown={"id": True, "key_vault_id": True},
)
KEY_WRITTEN = written("azurerm_key_vault_key.cmk", key_vault_id=refers("azurerm_key_vault.kv.id"))


def only(estate: Estate, arm_type: str) -> Resource:
    (found,) = estate.of_type(arm_type)
    return found


def value(resource: Resource, path: str) -> Any:
    return read(resource.body, parse_path(path))


def test_a_key_that_is_to_come_is_the_one_that_a_workspace_is_encrypted_with(
    tmp_path: Path,
) -> None:
    workspace = change(
        "azurerm_machine_learning_workspace.x",
        {"name": "mlw", "encryption": [{}]},
        unknown={"encryption": [{"key_id": True, "key_vault_id": True}]},
    )
    encryption = {
        "key_id": refers("azurerm_key_vault_key.cmk.id"),
        "key_vault_id": refers("azurerm_key_vault.kv.id"),
    }
    root = {
        "resources": [
            KEY_WRITTEN,
            written("azurerm_machine_learning_workspace.x", encryption=[encryption]),
        ]
    }
    estate = collect(tmp_path, plan(VAULT, KEY_ENTRY, workspace, root=root))
    found = only(estate, WORKSPACE)
    path = "properties.encryption.keyVaultProperties.keyIdentifier"
    assert value(found, path) == "https://kv.vault.azure.net/keys/cmk"
    (vault,) = estate.neighbours(found, "encryption-key-vault")
    assert list(estate.neighbours(vault, "keys")) == [only(estate, KEY)]


@pytest.mark.parametrize("attribute", ["id", "versionless_id"])
def test_a_key_that_is_to_come_is_the_one_that_an_account_is_encrypted_with(
    tmp_path: Path, attribute: str
) -> None:
    account = change(
        "azurerm_storage_account.x",
        {"name": "data", "customer_managed_key": [{}]},
        unknown={"customer_managed_key": [{"key_vault_key_id": True}]},
    )
    key = {"key_vault_key_id": refers(f"azurerm_key_vault_key.cmk.{attribute}")}
    own = written("azurerm_storage_account.x", customer_managed_key=[key])
    root = {"resources": [KEY_WRITTEN, own]}
    estate = collect(tmp_path, plan(VAULT, KEY_ENTRY, account, root=root))
    assert value(only(estate, STORAGE), "properties.encryption.keyvaultproperties") == {
        "keyvaulturi": "https://kv.vault.azure.net",
        "keyname": "cmk",
    }


def test_a_vault_of_a_key_is_known_by_its_id(tmp_path: Path) -> None:
    account = change("azurerm_storage_account.x", {"name": "data"})
    values = {
        "storage_account_id": f"{PROVIDERS}/Microsoft.Storage/storageAccounts/data",
        "key_vault_id": f"{PROVIDERS}/{VAULT_TYPE}/kv",
        "key_name": "cmk",
        "key_version": None,
    }
    own = "azurerm_storage_account_customer_managed_key.x"
    key = change(own, values, unknown={"key_vault_uri": True})
    found = only(collect(tmp_path, plan(account, VAULT, key)), STORAGE)
    assert value(found, "properties.encryption.keyvaultproperties") == {
        "keyname": "cmk",
        "keyvaulturi": "https://kv.vault.azure.net",
    }


def test_the_address_of_a_key_tells_more_of_its_vault_than_an_id(tmp_path: Path) -> None:
    account = change("azurerm_storage_account.x", {"name": "data"})
    values = {
        "storage_account_id": f"{PROVIDERS}/Microsoft.Storage/storageAccounts/data",
        "key_vault_id": f"{PROVIDERS}/{VAULT_TYPE}/kv",
        "key_vault_key_id": "https://kv.vault.usgovcloudapi.net/keys/cmk",
    }
    key = change("azurerm_storage_account_customer_managed_key.x", values)
    found = only(collect(tmp_path, plan(account, key)), STORAGE)
    path = "properties.encryption.keyvaultproperties.keyvaulturi"
    assert value(found, path) == "https://kv.vault.usgovcloudapi.net"


def test_a_key_of_an_unknown_vault_has_no_address(tmp_path: Path) -> None:
    account = change(
        "azurerm_storage_account.x",
        {"name": "data", "customer_managed_key": [{}]},
        unknown={"customer_managed_key": [{"key_vault_key_id": True}]},
    )
    key = {"key_vault_key_id": refers("azurerm_key_vault_key.cmk.id")}
    root = {"resources": [written("azurerm_storage_account.x", customer_managed_key=[key])]}
    gaps = dict(only(collect(tmp_path, plan(KEY_ENTRY, account, root=root)), STORAGE).gaps)
    path = ("properties", "encryption", "keyvaultproperties")
    assert gaps[path].reason is Reason.UNRESOLVED


def test_pools_of_their_own_are_pools_of_their_cluster(tmp_path: Path) -> None:
    pool = {"name": "system", "vm_size": "Standard_D4s_v5", "availability_zones": ["1", "2"]}
    cluster = change("azurerm_kubernetes_cluster.x", {"name": "aks", "default_node_pool": [pool]})
    values = {"name": "gpu", "kubernetes_cluster_id": CLUSTER_ID, "zones": ["3"]}
    own = change("azurerm_kubernetes_cluster_node_pool.gpu", values)
    found = only(collect(tmp_path, plan(cluster, own)), MANAGED_CLUSTER)
    pools = value(found, "properties.agentPoolProfiles")
    assert [(each["name"], each["mode"], each["availabilityZones"]) for each in pools] == [
        ("system", "System", ["1", "2"]),
        ("gpu", "User", ["3"]),
    ]


def test_a_subnet_has_the_gateway_that_it_is_joined_to(tmp_path: Path) -> None:
    address = f"{NETWORK}/publicIPAddresses/pip"
    joined = {"subnet_id": f"{NETWORK}/virtualNetworks/net/subnets/ml"}
    shown = {"nat_gateway_id": f"{NETWORK}/natGateways/nat", "public_ip_address_id": address}
    estate = collect(
        tmp_path,
        plan(
            change("azurerm_subnet.ml", {"name": "ml", "virtual_network_name": "net"}),
            change("azurerm_nat_gateway.x", {"name": "nat"}),
            change("azurerm_subnet_nat_gateway_association.x", {**joined, **shown}),
            change("azurerm_nat_gateway_public_ip_association.x", shown),
        ),
    )
    gateway = only(estate, "microsoft.network/natgateways")
    assert value(only(estate, SUBNET), "properties.natGateway.id").lower() == gateway.id
    assert value(gateway, "properties.publicIpAddresses") == [{"id": address}]


@pytest.mark.parametrize("kind", ["application", "nat", "network"])
def test_collections_of_rules_are_those_of_their_firewall(tmp_path: Path, kind: str) -> None:
    rule = {"name": "r", "source_addresses": ["10.0.0.0/8"], "protocols": ["TCP"]}
    values = {"name": "c", "azure_firewall_name": "fw", "priority": 100, "action": "Allow"}
    entry = change(f"azurerm_firewall_{kind}_rule_collection.c", {**values, "rule": [rule]})
    firewall = change("azurerm_firewall.x", {"name": "fw"})
    found = only(collect(tmp_path, plan(firewall, entry)), FIREWALL)
    (collection,) = value(found, f"properties.{kind}RuleCollections")
    assert collection["properties"]["action"]["type"] == "Allow"
    assert collection["properties"]["rules"][0]["sourceAddresses"] == ["10.0.0.0/8"]


def test_blocks_of_two_kinds_make_one_list(tmp_path: Path) -> None:
    values = {
        "name": "x",
        "criteria": [{"metric_name": "a"}],
        "dynamic_criteria": [{"metric_name": "b"}],
    }
    found = only(
        collect(tmp_path, plan(change("azurerm_monitor_metric_alert.x", values))), METRIC_ALERT
    )
    criteria = value(found, "properties.criteria.allOf")
    assert [each["metricName"] for each in criteria] == ["a", "b"]


@pytest.mark.parametrize("open_", ["criteria", "dynamic_criteria"])
def test_a_list_of_which_one_kind_is_not_known_has_more_than_is_known(
    tmp_path: Path, open_: str
) -> None:
    known = {"criteria", "dynamic_criteria"} - {open_}
    values = {"name": "x", known.pop(): [{"metric_name": "a"}]}
    entry = change("azurerm_monitor_metric_alert.x", values, unknown={open_: True})
    found = only(collect(tmp_path, plan(entry)), METRIC_ALERT)
    (first,) = value(found, "properties.criteria.allOf")
    assert first["metricName"] == "a"
    assert ("properties", "criteria", "allof", FURTHER) in dict(found.gaps)


def test_a_token_of_a_new_registry_is_found(tmp_path: Path) -> None:
    registry = change("azurerm_container_registry.x", {"name": "cr", "sku": "Premium"})
    token = change(
        "azurerm_container_registry_token.x", {"name": "t", "container_registry_name": "cr"}
    )
    estate = collect(tmp_path, plan(registry, token))
    (found,) = estate.neighbours(only(estate, CONTAINER_REGISTRY), "tokens")
    assert value(found, "properties.status") == "enabled"


def test_a_token_of_an_unknown_registry_may_belong_to_each(tmp_path: Path) -> None:
    registry = change("azurerm_container_registry.x", {"name": "cr", "sku": "Premium"})
    unknown = {"container_registry_name": True}
    token = change("azurerm_container_registry_token.x", {"name": "t"}, unknown=unknown)
    estate = collect(tmp_path, plan(registry, token))
    with pytest.raises(NoDataError):
        list(estate.neighbours(only(estate, CONTAINER_REGISTRY), "tokens"))


def test_a_role_of_ones_own_is_found_by_its_name(tmp_path: Path) -> None:
    role = change("azurerm_role_definition.x", {"name": "Our role", "scope": SUBSCRIPTION})
    given = {"scope": SUBSCRIPTION, "role_definition_name": "Our role", "principal_id": "p"}
    estate = collect(tmp_path, plan(role, change("azurerm_role_assignment.x", given)))
    (found,) = estate.neighbours(only(estate, ROLE_ASSIGNMENT), "role-definition")
    assert value(found, "properties.roleName") == "Our role"


def test_rules_for_scripts_of_web_pages_are_those_of_the_service(tmp_path: Path) -> None:
    rules = [{"allowed_origins": ["*"], "allowed_methods": ["GET"]}]
    account = change(
        "azurerm_storage_account.x",
        {
            "name": "data",
            "blob_properties": [{"cors_rule": rules}],
            "share_properties": [{"cors_rule": rules}],
        },
    )
    estate = collect(tmp_path, plan(account))
    for service in ("blobServices", "fileServices"):
        found = only(estate, f"{STORAGE}/{service}".lower())
        shown = [{"allowedOrigins": ["*"], "allowedMethods": ["GET"]}]
        assert value(found, "properties.cors.corsRules") == shown


def test_whether_a_connection_waits_for_approval_may_be_known_only_after_apply(
    tmp_path: Path,
) -> None:
    link = {"name": "c", "private_connection_resource_id": f"{PROVIDERS}/{VAULT_TYPE}/kv"}
    endpoint = change(
        "azurerm_private_endpoint.x",
        {"name": "pe", "private_service_connection": [link]},
        unknown={"private_service_connection": [{"is_manual_connection": True}]},
    )
    found = only(collect(tmp_path, plan(VAULT, endpoint)), KEY_VAULT)
    (connection,) = value(found, "properties.privateEndpointConnections")
    assert connection["properties"]["privateLinkServiceConnectionState"] == {"status": None}
    assert [gap.reason for _, gap in found.gaps if "status" in gap.part] == [Reason.UNRESOLVED]


def test_the_servers_of_names_of_a_network_may_be_declared_beside_it(tmp_path: Path) -> None:
    network = change("azurerm_virtual_network.x", {"name": "net"})
    servers = change(
        "azurerm_virtual_network_dns_servers.x",
        {"virtual_network_id": f"{NETWORK}/virtualNetworks/net", "dns_servers": ["10.0.0.4"]},
    )
    found = only(collect(tmp_path, plan(network, servers)), VIRTUAL_NETWORK)
    assert value(found, "properties.dhcpOptions.dnsServers") == ["10.0.0.4"]


def test_subnets_of_an_existing_network_may_have_an_unseen_gateway(
    tmp_path: Path,
) -> None:
    values = {"name": "net", "subnet": [{"name": "ml", "service_endpoint_policy_ids": ["/p"]}]}
    new = only(collect(tmp_path, plan(change("azurerm_virtual_network.x", values))), SUBNET)
    assert value(new, "properties.serviceEndpointPolicies") == [{"id": "/p"}]
    path = ("properties", "natgateway")
    assert path not in dict(new.gaps)
    kept = change("azurerm_virtual_network.x", values, actions=("no-op",))
    gaps = dict(only(collect(tmp_path, plan(kept)), SUBNET).gaps)
    assert gaps[path].reason is Reason.NOT_COLLECTED


NETWORK_ID = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/net"
SHOWN_BY_NETWORK = {
    "name": "ml",
    "id": f"{NETWORK_ID}/subnets/ml",
    "security_group": f"{PROVIDERS}/Microsoft.Network/networkSecurityGroups/nsg",
    "default_outbound_access_enabled": False,
}
SUBNET_ITSELF = {
    "name": "ml",
    "id": f"{NETWORK_ID}/subnets/ml",
    "virtual_network_name": "net",
    "default_outbound_access_enabled": True,
}


def network(module: str, *actions: str) -> dict[str, Any]:
    values = {"name": "net", "id": NETWORK_ID, "subnet": [SHOWN_BY_NETWORK]}
    return change(f"{module}azurerm_virtual_network.x", values, actions=actions)


@pytest.mark.parametrize(("of_network", "of_subnet"), [("module.a.", "module.b."), ("", "")])
def test_what_an_existing_network_shows_of_a_subnet_is_not_its_declaration(
    tmp_path: Path, of_network: str, of_subnet: str
) -> None:
    changed = change(f"{of_subnet}azurerm_subnet.x", SUBNET_ITSELF, actions=("update",))
    estate = collect(tmp_path, plan(network(of_network, "no-op"), changed))
    found = only(estate, SUBNET)
    assert value(found, "properties.defaultOutboundAccess") is True
    group = value(found, "properties.networkSecurityGroup.id")
    assert group == SHOWN_BY_NETWORK["security_group"]
    assert not [each for each in estate.store.gaps() if "also declares" in each.detail]


def test_a_destroyed_subnet_is_gone_though_its_network_still_shows_it(tmp_path: Path) -> None:
    destroyed = change("azurerm_subnet.x", SUBNET_ITSELF, actions=("delete",))
    estate = collect(tmp_path, plan(network("", "no-op"), destroyed))
    assert list(estate.of_type(SUBNET)) == []


def test_a_subnet_made_anew_has_nothing_of_what_its_network_shows(tmp_path: Path) -> None:
    again = change("azurerm_subnet.x", SUBNET_ITSELF, actions=("delete", "create"))
    estate = collect(tmp_path, plan(network("", "no-op"), again))
    assert read(only(estate, SUBNET).body, ("properties", "networkSecurityGroup")) is ABSENT


def test_a_subnet_that_a_new_network_declares_too_is_a_conflict(tmp_path: Path) -> None:
    new = change("azurerm_subnet.x", SUBNET_ITSELF)
    estate = collect(tmp_path, plan(network("", "create"), new))
    assert [each for each in estate.store.gaps() if "also declares" in each.detail]


@pytest.mark.parametrize("service", [{}, {"blob_properties": [{"versioning_enabled": True}]}])
def test_a_static_website_is_part_of_the_blob_service(
    tmp_path: Path, service: dict[str, Any]
) -> None:
    path = "properties.staticWebsite.enabled"
    site = {"name": "st", "static_website": [{"index_document": "index.html"}], **service}
    entry = change("azurerm_storage_account.x", site)
    found = only(collect(tmp_path, plan(entry)), BLOB_SERVICE)
    assert value(found, path) is True
    assert value(found, "properties.isVersioningEnabled") is (True if service else ABSENT)
    none = change("azurerm_storage_account.x", {**site, "static_website": []})
    found = only(collect(tmp_path, plan(none)), BLOB_SERVICE)
    assert value(found, path) is ABSENT
    hidden = change("azurerm_storage_account.x", site, unknown={"static_website": True})
    found = only(collect(tmp_path, plan(hidden)), BLOB_SERVICE)
    assert [each for each, _ in found.gaps] == [("properties", "staticwebsite", "enabled")]


def test_settings_that_are_unknown_hide_no_static_website(tmp_path: Path) -> None:
    site = {"name": "st", "static_website": [{"index_document": "index.html"}]}
    for declared, enabled in ((site, True), ({**site, "static_website": []}, ABSENT)):
        entry = change("azurerm_storage_account.x", declared, unknown={"blob_properties": True})
        found = only(collect(tmp_path, plan(entry)), BLOB_SERVICE)
        assert value(found, "properties.staticWebsite.enabled") is enabled
        hidden = {path for path, _ in found.gaps}
        assert ("properties", "isversioningenabled") in hidden
        assert ("properties", "deleteretentionpolicy", "enabled") in hidden
        assert not any("staticwebsite" in path for path in hidden)


def test_a_static_website_beside_its_account_is_part_of_the_blob_service(tmp_path: Path) -> None:
    account = change("azurerm_storage_account.x", {"name": "st"}, unknown={"id": True})
    site = change(
        "azurerm_storage_account_static_website.x",
        {"index_document": "index.html"},
        unknown={"storage_account_id": True},
    )
    leads = refers("azurerm_storage_account.x.id")
    resources = [written("azurerm_storage_account_static_website.x", storage_account_id=leads)]
    estate = collect(tmp_path, plan(account, site, root={"resources": resources}))
    assert value(only(estate, BLOB_SERVICE), "properties.staticWebsite.enabled") is True

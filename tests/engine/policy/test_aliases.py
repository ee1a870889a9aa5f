"""Aliases: from the table, otherwise by the rule of thumb."""

from typing import Any

import pytest

from amlaudit.engine.policy.aliases import Aliases, read_path, usual_path
from amlaudit.engine.policy.definition import read_definition
from amlaudit.engine.policy.evaluate import State, compile_policy
from amlaudit.language.values import EvaluationError
from amlaudit.rulebook.azure_policy import shipped_aliases
from tests.engine.policy.policies import BODY, THING, THING_ID, YES, Around, policy
from tests.estates import GROUP, resource

TABLE = Aliases(
    frozenset({"a.b/cs"}),
    {
        "a.b/cs": {
            "odd": "elsewhere.odd",
            "parts[*].": "properties.parts[*].properties.",
            "parts[*].id": "properties.parts[*].id",
            "": "properties.deep.",
        }
    },
)


@pytest.mark.parametrize(
    ("rest", "path"),
    [
        ("x.y", "properties.x.y"),
        ("sku.name", "sku.name"),
        ("SKU", "SKU"),
        ("skuless", "properties.skuless"),
        ("rules[*].x", "properties.rules[*].x"),
        ("identity.x[*].y", "identity.x[*].y"),
        ("securityRules[*].access", "properties.securityRules[*].properties.access"),
        ("securityRules[*].id", "properties.securityRules[*].id"),
        ("securityRules[*].systemData.by", "properties.securityRules[*].systemData.by"),
        (
            "sharedPrivateLinkResources[*].status",
            "properties.sharedPrivateLinkResources[*].properties.status",
        ),
        ("securityRules[*]", "properties.securityRules[*]"),
        (
            "ipConfigurations[*].subnets[*].x",
            "properties.ipConfigurations[*].properties.subnets[*].properties.x",
        ),
    ],
)
def test_the_rule_of_thumb(rest: str, path: str) -> None:
    assert usual_path(rest) == path


@pytest.mark.parametrize(
    ("arm_type", "rest", "path"),
    [
        ("microsoft.sql/servers/auditingsettings", "default.state", "properties.state"),
        ("microsoft.x/y/z", "Default.sku.name", "sku.name"),
        ("microsoft.x/y", "defaultAction", "properties.defaultAction"),
        ("microsoft.compute/virtualmachines/extensions", "type", "properties.type"),
        (
            "microsoft.network/applicationgateways",
            "httpListeners[*].protocol",
            "properties.httpListeners[*].properties.protocol",
        ),
        ("microsoft.x/y", "httpListeners[*].protocol", "properties.httpListeners[*].protocol"),
        (
            "microsoft.containerinstance/containergroups",
            "containers[*].image",
            "properties.containers[*].properties.image",
        ),
        (
            "microsoft.compute/virtualmachinescalesets",
            "virtualMachineProfile.extensionProfile.extensions[*].type",
            "properties.virtualMachineProfile.extensionProfile.extensions[*].properties.type",
        ),
        ("microsoft.app/jobs", "containers[*].image", "properties.containers[*].image"),
    ],
)
def test_the_rule_of_thumb_knows_providers_by_what_they_nest(
    arm_type: str, rest: str, path: str
) -> None:
    assert usual_path(rest, arm_type) == path


@pytest.mark.parametrize(
    ("alias", "path", "guessed"),
    [
        ("A.B/cs/Odd", "elsewhere.odd", False),
        ("A.B/cs/parts[*].Size", "properties.parts[*].properties.Size", False),
        ("A.B/cs/parts[*].id", "properties.parts[*].id", False),
        ("A.B/cs/other", "properties.deep.other", False),
        ("A.B/cs/kind", "kind", False),
        ("X.Y/z/other", "properties.other", True),
    ],
)
def test_the_table_comes_before_the_rule_of_thumb(alias: str, path: str, guessed: bool) -> None:  # noqa: FBT001
    found = TABLE.path(alias)
    assert (found.spelled, found.guessed) == (path, guessed)
    assert TABLE.path(alias) is found


@pytest.mark.parametrize(
    ("rest", "path"),
    [
        ("AzureBlob.typeProperties.uri", "properties.typeProperties.uri"),
        ("rules[*].NetworkRule.ports[*]", "properties.rules[*].ports[*]"),
        ("Filter.rules[*].Network.Inner.port", "properties.rules[*].port"),
        (
            "parts[*].metadata.Extension-Hub-PartType-MarkdownPart.settings.content",
            "properties.parts[*].metadata.settings.content",
        ),
        ("source.Microsoft-Storage-Blob.name", "properties.source.name"),
        ("source.Microsoft-Storage-Blob", "properties.source"),
        ("source.Blob-Storage", "properties.source.Blob-Storage"),
        ("Rules[*].port", "properties.Rules[*].port"),
        ("settings.LogLevel", "properties.settings.LogLevel"),
        ("Sku.Tier.name", "Sku.Tier.name"),
    ],
)
def test_the_required_kind_is_not_a_step_of_a_guessed_path(rest: str, path: str) -> None:
    assert Aliases().path(f"X.Y/z/{rest}").spelled == path


@pytest.mark.parametrize(
    ("rest", "path"),
    [
        ("input.#Microsoft-Media-Http.uri", "properties.input.uri"),
        ("input.#Microsoft-Media-Http", "properties.input"),
        ("#Sort.inputs[*].#Inner.files[*]", "properties.inputs[*].files[*]"),
    ],
)
@pytest.mark.parametrize("table", [Aliases(), Aliases(frozenset({"x.y/z"}))])
def test_what_is_marked_as_a_kind_is_never_a_step(table: Aliases, rest: str, path: str) -> None:
    assert table.path(f"X.Y/z/{rest}").spelled == path


def test_a_kind_alone_stands_for_the_value_that_has_it() -> None:
    rule = policy({"field": f"{THING}/source.Microsoft-Storage-Blob", "exists": True})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    given = resource(THING_ID, {"properties": {"source": {"type": "Microsoft.Storage/Blob"}}})
    assert evaluate(given, Around()).state is State.NON_COMPLIANT
    none = resource(THING_ID, {"properties": {}})
    assert evaluate(none, Around()).state is State.COMPLIANT


BLOCKED: dict[str, Any] = {"networkProfile": {"accountAccess": {"action": "Deny"}}}
FILTERS: dict[str, Any] = {"rules": [{"ports": [80]}, {"network": {"ports": [80]}}]}


@pytest.mark.parametrize(
    ("rest", "properties", "gaps", "state"),
    [
        ("networkProfile.AccountAccess.action", BLOCKED, (), State.COMPLIANT),
        ("NetworkProfile.AccountAccess.Action", BLOCKED, (), State.COMPLIANT),
        ("Sort.networkProfile.accountAccess.action", BLOCKED, (), State.COMPLIANT),
        ("networkProfile.AccountAccess.other", BLOCKED, (), State.NON_COMPLIANT),
        ("NetworkProfile.action", BLOCKED, ("properties.networkProfile",), State.UNKNOWN),
        ("NetworkProfile.action", {}, ("properties.networkProfile.action",), State.UNKNOWN),
        ("NetworkProfile.action", {}, ("properties.action",), State.UNKNOWN),
        ("NetworkProfile.action", {}, ("properties",), State.UNKNOWN),
        ("NetworkProfile.action", {"action": "Deny"}, ("properties.other",), State.COMPLIANT),
        ("rules[*].Network.ports[*]", FILTERS, (), State.NON_COMPLIANT),
    ],
)
def test_what_is_written_like_a_kind_is_a_step_where_a_document_has_it(
    rest: str, properties: dict[str, Any], gaps: tuple[str, ...], state: State
) -> None:
    rule = policy({"field": f"{THING}/{rest}", "notEquals": "Deny"})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    thing = resource(THING_ID, {"properties": properties}, gaps=gaps)
    assert evaluate(thing, Around()).state is state


@pytest.mark.parametrize(
    ("alias", "body", "gaps", "state"),
    [
        ("sku.name", {"sku": {"name": "Basic"}}, (), State.NON_COMPLIANT),
        ("sku.name", {"properties": {"sku": {"name": "Basic"}}}, (), State.NON_COMPLIANT),
        ("Sku.Name", {"properties": {"sku": {"name": "Free"}}}, (), State.COMPLIANT),
        (
            "sku.name",
            {"sku": {"name": "Free"}, "properties": {"sku": {"name": "Basic"}}},
            (),
            State.COMPLIANT,
        ),
        ("sku.name", {"sku": {}, "properties": {"sku": {"name": "Basic"}}}, (), State.COMPLIANT),
        ("sku.name", {"properties": {}}, (), State.COMPLIANT),
        ("sku.name", {}, (), State.COMPLIANT),
        ("sku.name", {"properties": {"sku": {"name": "Basic"}}}, ("sku",), State.UNKNOWN),
        ("sku.name", {"properties": {}}, ("properties.sku",), State.UNKNOWN),
        ("sku.name", {}, ("properties",), State.UNKNOWN),
        ("sku.name", {"sku": {"name": "Basic"}}, ("properties",), State.NON_COMPLIANT),
        ("zones[*]", {"properties": {"zones": ["Basic"]}}, (), State.NON_COMPLIANT),
        ("zones[*]", {"zones": ["1"], "properties": {"zones": ["Basic"]}}, (), State.COMPLIANT),
        ("systemData.by", {"systemData": {"by": "Basic"}}, (), State.NON_COMPLIANT),
        ("properties.x", {"properties": {"properties": {"x": "Basic"}}}, (), State.NON_COMPLIANT),
        (
            "origins[*].host",
            {"properties": {"origins": [{"properties": {"host": "Basic"}}]}},
            (),
            State.NON_COMPLIANT,
        ),
        (
            "origins[*].host",
            {"properties": {"origins": [{"host": "Free", "properties": {"host": "Basic"}}]}},
            (),
            State.COMPLIANT,
        ),
        (
            "origins[*].host",
            {"properties": {"origins": [{"properties": {}}]}},
            ("properties.origins['0'].properties.host",),
            State.UNKNOWN,
        ),
        ("place.host", {"properties": {"place": {"properties": {"host": "Basic"}}}}, (), YES),
        (
            "place.host.Sort.x",
            {"properties": {"place": {"properties": {"host": {"sort": {"x": "Basic"}}}}}},
            (),
            State.NON_COMPLIANT,
        ),
        ("subnets[*].a.b", {"properties": {"subnets": [{"a": {"b": "Basic"}}]}}, (), YES),
        (
            "subnets[*].a",
            {"properties": {"subnets": [{"a": "Basic", "properties": {}}]}},
            (),
            State.COMPLIANT,
        ),
        ("subnets[*].a", {"properties": {"subnets": [{}]}}, (), State.COMPLIANT),
        ("sku.name", {"name": "Basic"}, (), State.COMPLIANT),
        ("a", {"a": "Basic"}, (), State.COMPLIANT),
    ],
)
def test_top_level_properties_of_most_types_may_be_in_properties(
    alias: str, body: dict[str, Any], gaps: tuple[str, ...], state: State
) -> None:
    rule = policy({"field": f"{THING}/{alias}", "equals": "Basic"})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    assert evaluate(resource(THING_ID, body, gaps=gaps), Around()).state is state


def test_what_a_provider_nests_is_found_beneath_a_kind() -> None:
    gateway = "Microsoft.Network/applicationGateways"
    path = Aliases().path(f"{gateway}/Sort.httpListeners[*].protocol")
    assert path.spelled == "properties.httpListeners[*].properties.protocol"
    assert path.folded == (("properties", "httplisteners"), ("properties", "protocol"))


def test_members_with_and_without_the_step_of_a_kind_are_counted() -> None:
    count = {"field": f"{THING}/rules[*].Network.ports[*]"}
    where = {"field": f"{THING}/rules[*].ports[*]", "equals": 80}
    rule = policy({"count": {**count, "where": where}, "equals": 2})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    thing = resource(THING_ID, {"properties": FILTERS})
    assert evaluate(thing, Around()).state is State.NON_COMPLIANT


def test_a_capital_letter_alone_is_not_a_kind_where_all_aliases_are_known() -> None:
    known = Aliases(frozenset({"x.y/z"})).path("X.Y/z/NetworkAcls.Bypass.inner")
    assert (known.spelled, known.guessed) == ("properties.NetworkAcls.Bypass.inner", False)


def test_what_a_provider_nests_is_found_where_every_alias_is_known() -> None:
    table = Aliases(frozenset({"microsoft.network/loadbalancers"}))
    path = table.path("Microsoft.Network/loadBalancers/probes[*].port")
    assert path.spelled == "properties.probes[*].properties.port"


def test_of_a_type_that_the_table_knows_in_part_what_it_lists_is_not_guessed() -> None:
    table = shipped_aliases()
    groups = "Microsoft.Network/firewallPolicies/ruleCollectionGroups/ruleCollections[*]"
    listed = table.path(f"{groups}.FirewallPolicyFilterRuleCollection.rules[*]")
    assert (listed.spelled, listed.guessed) == ("properties.ruleCollections[*].rules[*]", False)
    other = table.path(f"{groups}.FirewallPolicyNatRuleCollection.rules[*].NatRule.sourceAddresses")
    assert other.spelled == "properties.ruleCollections[*].rules[*].sourceAddresses"
    assert other.guessed


@pytest.mark.parametrize(
    ("alias", "path"),
    [
        ("workspaces/connections/ApiKey.credentials.key", "properties.credentials.key"),
        ("workspaces/connections/OAuth2.credentials", "properties.credentials"),
        ("workspaces/datastores/OneLake.endpoint", "properties.endpoint"),
        (
            "registries/registryPrivateEndpointConnections[*].privateEndpoint.id",
            "properties.registryPrivateEndpointConnections[*].properties.privateEndpoint.id",
        ),
        (
            "registries/registryPrivateEndpointConnections[*].id",
            "properties.registryPrivateEndpointConnections[*].id",
        ),
    ],
)
def test_aliases_that_came_later_are_known(alias: str, path: str) -> None:
    found = shipped_aliases().path(f"Microsoft.MachineLearningServices/{alias}")
    assert (found.spelled, found.guessed) == (path, False)


SETTINGS = "encryptionSettingsCollection.encryptionSettings[*]"
INTERFACES = "virtualMachineProfile.networkProfile.networkInterfaceConfigurations[*].properties"


@pytest.mark.parametrize(
    ("rest", "path"),
    [
        ("virtualMachines/networkInterfaces[*].id", "networkProfile.networkInterfaces[*].id"),
        (
            "virtualMachineScaleSets/computerNamePrefix",
            "virtualMachineProfile.osProfile.computerNamePrefix",
        ),
        (
            "VirtualMachineScaleSets/osProfile.linuxConfiguration.provisionVMAgent",
            "virtualMachineProfile.osProfile.linuxConfiguration.provisionVMAgent",
        ),
        (
            "virtualMachineScaleSets/osdisk.vhdContainers",
            "virtualMachineProfile.storageProfile.osDisk.vhdContainers",
        ),
        (
            "virtualMachineScaleSets/extensionProfile.extensions[*].publisher",
            "virtualMachineProfile.extensionProfile.extensions[*].properties.publisher",
        ),
        (
            "virtualMachineScaleSets/networkInterfaceConfigurations[*].enableIPForwarding",
            f"{INTERFACES}.enableIPForwarding",
        ),
        (
            "virtualMachineScaleSets/networkInterfaceConfigurations[*].ipConfigurations[*].subnet.id",
            f"{INTERFACES}.ipConfigurations[*].properties.subnet.id",
        ),
        ("disks/encryptionSettings.diskEncryptionKey", f"{SETTINGS}.diskEncryptionKey"),
        (
            "snapshots/encryptionSettings.keyEncryptionKey.sourceVault.id",
            f"{SETTINGS}.keyEncryptionKey.sourceVault.id",
        ),
    ],
)
def test_older_aliases_of_machines_and_disks_leave_out_where_values_are_now(
    rest: str, path: str
) -> None:
    found = shipped_aliases().path(f"Microsoft.Compute/{rest}")
    assert (found.spelled, found.guessed) == (f"properties.{path}", False)


@pytest.mark.parametrize(("word", "name"), [("imageOffer", "windows"), ("imageSKU", "10.0")])
def test_the_image_of_an_arc_machine_is_its_system(word: str, name: str) -> None:
    rule = policy({"field": f"Microsoft.HybridCompute/{word}", "equals": name})
    evaluate = compile_policy(read_definition(rule, "test"), {}, shipped_aliases())
    machine_id = THING_ID.replace("Test.Provider/things", "Microsoft.HybridCompute/machines")
    body = {"properties": {"osName": "windows", "osVersion": "10.0"}}
    assert evaluate(resource(machine_id, body), Around()).state is State.NON_COMPLIANT


def test_a_list_of_a_parent_is_none_of_its_child() -> None:
    kind = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings"
    path = shipped_aliases().path(f"{kind}[*].allowForwardedTraffic")
    assert path.is_of("microsoft.network/virtualnetworks")
    assert not path.is_of(kind.lower())
    pool = shipped_aliases().path("Microsoft.ContainerService/managedClusters/agentPools.count")
    assert pool.is_of("microsoft.containerservice/managedclusters/agentpools")


def test_a_path_has_one_group_for_each_list() -> None:
    path = read_path("A/B", "a.B[*].c[*]")
    assert path.groups == (("a", "B"), ("c",), ())
    assert path.folded == (("a", "b"), ("c",), ())
    assert path.arm_type == "a/b"
    with pytest.raises(EvaluationError, match="not a property path"):
        read_path("", "a..b")


def test_paths_can_be_added_to_a_table() -> None:
    table = TABLE.with_paths({"A.B/cs/odd": "x", "New.P/ts/y": "y.z"})
    assert table.path("a.b/cs/odd").spelled == "x"
    assert table.path("A.B/cs/parts[*].id").spelled == "properties.parts[*].id"
    assert not table.path("A.B/cs/others[*].id").is_loose
    assert table.path("new.p/ts/Y").spelled == "y.z"
    assert table.path("new.p/ts/other").guessed


def test_what_is_read_by_a_guessed_path_is_noted() -> None:
    rule = policy({"field": "Test.Provider/things/text", "equals": "abc"})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    outcome = evaluate(resource(THING_ID, BODY), Around())
    assert outcome.state is State.NON_COMPLIANT
    assert "follows from a rule of thumb" in outcome.message


def test_tables_leave_out_what_lies_in_lists_in_lists() -> None:
    """Network Resource Manager shows what a subnet refers to as a resource of its own.

    https://learn.microsoft.com/rest/api/virtualnetwork/virtual-networks/get
    """
    kind = "Microsoft.Network/virtualNetworks"
    alias = f"{kind}/subnets[*].networkSecurityGroup.securityRules[*].direction"
    inner = {"securityRules": [{"name": "r", "properties": {"direction": "Inbound"}}]}
    group = {"networkSecurityGroup": {"id": "/x", "properties": inner}}
    body = {"properties": {"subnets": [{"name": "s", "properties": group}]}}
    network = resource(THING_ID.replace("Test.Provider/things", kind), body)
    condition = {"count": {"field": alias, "where": {"field": alias, "equals": "inbound"}}}
    rule = policy({**condition, "equals": 1})
    outcome = compile_policy(read_definition(rule, "p"), {}, shipped_aliases())(network, Around())
    assert outcome.state is State.NON_COMPLIANT
    assert "rule of thumb" not in outcome.message
    exact = shipped_aliases().with_paths({alias: "properties.subnets[*].odd.rules[*].direction"})
    assert not exact.path(alias).is_loose


def test_an_older_alias_begins_with_the_last_word_of_its_type() -> None:
    settings = resource(f"{THING_ID}/settings/default", {"properties": {"state": "on"}})
    document = policy({"field": "Test.Provider/settings.state", "equals": "on"})
    evaluate = compile_policy(read_definition(document, "test"), {}, Aliases(frozenset()))
    assert evaluate(settings, Around()).state is State.NON_COMPLIANT


@pytest.mark.parametrize("alias", ["agentPools.count", "agentPools/count"])
def test_an_alias_of_a_child_may_be_written_as_one_of_its_parent(alias: str) -> None:
    kind = "Microsoft.ContainerService/managedClusters"
    condition = {
        "allOf": [
            {"field": "type", "equals": f"{kind}/agentPools"},
            {"field": f"{kind}/{alias}", "equals": "3"},
        ]
    }
    pool_id = THING_ID.replace("Test.Provider/things/thing", f"{kind}/c/agentPools/p")
    pool = resource(pool_id, {"properties": {"count": 3}})
    judge = compile_policy(read_definition(policy(condition), "p"), {}, shipped_aliases())
    assert judge(pool, Around()).state is State.NON_COMPLIANT


@pytest.mark.parametrize(
    ("alias", "state"),
    [
        ("things/parts.size", State.NON_COMPLIANT),
        ("things/Parts.Size", State.NON_COMPLIANT),
        ("things/parts/size", State.NON_COMPLIANT),
        ("things/parts[*].size", State.COMPLIANT),
        ("things/others.size", State.COMPLIANT),
        ("things/parts.inner.sort", State.NON_COMPLIANT),
    ],
)
def test_of_a_guessed_path_too_the_first_word_may_be_a_child(alias: str, state: State) -> None:
    typed = {"field": "type", "equals": f"{THING}/parts"}
    rule = policy({"allOf": [typed, {"field": f"Test.Provider/{alias}", "equals": "3"}]})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    part = resource(f"{THING_ID}/parts/p", {"properties": {"size": 3, "inner": {"sort": 3}}})
    assert evaluate(part, Around()).state is state


def test_the_first_word_may_be_a_child_of_a_type_that_is_known_too() -> None:
    kind = "Test.Provider/things/links"
    absent = {"field": f"{kind}.target.id", "exists": False}
    rule = policy({"allOf": [{"field": "type", "equals": kind}, absent]})
    known = Aliases(frozenset({"test.provider/things"}))
    evaluate = compile_policy(read_definition(rule, "test"), {}, known)
    link = resource(f"{THING_ID}/links/l", {"type": kind, "properties": {"target": {"id": "x"}}})
    assert evaluate(link, Around()).state is State.COMPLIANT


def test_a_step_further_down_does_not_name_the_child() -> None:
    typed = {"field": "type", "equals": f"{THING}/parts"}
    rule = policy({"allOf": [typed, {"field": f"{THING}/parts/other.inner.size", "equals": "3"}]})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    part = resource(f"{THING_ID}/parts/inner", {"properties": {"other": {"size": 3}}})
    assert evaluate(part, Around()).state is State.COMPLIANT


def test_a_child_may_have_a_property_with_its_own_name() -> None:
    typed = {"field": "type", "equals": f"{THING}/parts"}
    rule = policy({"allOf": [typed, {"field": f"{THING}/parts.size", "equals": "3"}]})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    part = resource(f"{THING_ID}/parts/p", {"properties": {"parts": {"size": 3}, "size": 4}})
    assert evaluate(part, Around()).state is State.NON_COMPLIANT


CONTACT = "Microsoft.Security/securityContacts"
DATABASE = "Microsoft.Sql/servers/databases"
INSTANCE = "Microsoft.Sql/managedInstances"


@pytest.mark.parametrize(
    ("alias", "value", "body"),
    [
        ("Microsoft.Compute/disks/encryptionSettings", "x",
         {"encryptionSettingsCollection": "x"}),
        ("Microsoft.Compute/disks/encryptionSettings.enabled", True,
         {"encryptionSettingsCollection": {"enabled": True}}),
        ("Microsoft.Compute/snapshots/encryptionSettings.enabled", True,
         {"encryptionSettings": {"enabled": True}}),
        ("Microsoft.Compute/disks/imageId", "/images/a",
         {"creationData": {"imageReference": {"id": "/images/a"}}}),
        ("Microsoft.Compute/virtualMachineScaleSets/upgradePolicy.automaticOSUpgrade", True,
         {"upgradePolicy": {"automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}}}),
        ("Microsoft.DocumentDB/databaseAccounts/sku.name", "Standard",
         {"databaseAccountOfferType": "Standard"}),
        ("Microsoft.Network/expressRouteCircuits/serviceProvider.bandwidthInMbps", 50,
         {"serviceProviderProperties": {"bandwidthInMbps": 50}}),
        (f"{CONTACT}/email", "a@b.example", {"emails": "a@b.example"}),
        (f"{CONTACT}/email", "a@b.example", {"email": "a@b.example"}),
        (f"{CONTACT}/alertNotifications", "On", {"alertNotifications": {"state": "On"}}),
        (f"{CONTACT}/alertNotifications", "On", {"alertNotifications": "On"}),
        (f"{CONTACT}/alertsToAdmins", "On", {"notificationsByRole": {"state": "On"}}),
        (f"{DATABASE}/edition", "Basic", {"edition": "Basic"}),
        (f"{DATABASE}/requestedServiceObjectiveName.v2", "S0",
         {"requestedServiceObjectiveName": "S0"}),
        (f"{DATABASE}/requestedBackupStorageRedundancy", "GRS", {"storageAccountType": "GRS"}),
        (f"{DATABASE}/storageAccountType", "Geo", {"requestedBackupStorageRedundancy": "Geo"}),
        ("Microsoft.Sql/servers/elasticPools/dtu", 50, {"dtu": 50}),
        (f"{INSTANCE}/requestedBackupStorageRedundancy", "Geo",
         {"requestedBackupStorageRedundancy": "Geo"}),
        (f"{INSTANCE}/requestedBackupStorageRedundancy", "GRS", {"storageAccountType": "GRS"}),
        ("Microsoft.GuestConfiguration/guestConfigurationAssignments/contentHash", "AB",
         {"guestConfiguration": {"contentHash": "AB"}}),
        ("Microsoft.Security/advancedThreatProtectionSettings/current.isEnabled", True,
         {"isEnabled": True}),
    ],
)  # fmt: skip
def test_renamed_properties_are_found_in_documents_of_every_version(
    alias: str, value: object, body: dict[str, Any]
) -> None:
    assert _equals(alias, value, {"properties": body}) is State.NON_COMPLIANT
    assert _equals(alias, value, {"properties": {}}) is State.COMPLIANT


def test_the_tier_of_a_database_is_in_its_sku() -> None:
    sku = {"sku": {"name": "S0", "tier": "Standard"}}
    assert _equals(f"{DATABASE}/edition", "Standard", sku) is State.NON_COMPLIANT
    name = f"{DATABASE}/requestedServiceObjectiveName"
    assert _equals(name, "S0", sku) is State.NON_COMPLIANT
    pool = "Microsoft.Sql/servers/elasticPools"
    assert _equals(f"{pool}/edition", "Standard", sku) is State.NON_COMPLIANT
    both = {"properties": {"requestedServiceObjectiveName": "S1"}, **sku}
    assert _equals(name, "S0", both) is State.COMPLIANT


@pytest.mark.parametrize("gap", ["properties.emails", "properties.email"])
def test_what_is_not_known_of_a_renamed_property_leaves_it_unknown(gap: str) -> None:
    assert _equals(f"{CONTACT}/email", "a", {"properties": {}}, gap) is State.UNKNOWN


def test_a_property_by_its_older_name_does_not_stand_in_for_what_is_not_known() -> None:
    body = {"properties": {"email": "a"}}
    assert _equals(f"{CONTACT}/email", "a", body, "properties.emails") is State.UNKNOWN


def _equals(alias: str, value: object, body: dict[str, Any], *gaps: str) -> State:
    """Return the state of a resource of the alias's type if a policy compares it with a value."""
    kind = alias.rpartition("/")[0].removeprefix("Microsoft.")
    provider, *kinds = f"Microsoft.{kind}".split("/")
    names = "/".join(f"{each}/a" for each in kinds)
    thing_id = f"/subscriptions/s/resourceGroups/g/providers/{provider}/{names}"
    definition = read_definition(policy({"field": alias, "equals": value}), "p")
    judge = compile_policy(definition, {}, shipped_aliases())
    return judge(resource(thing_id, body, gaps=gaps), Around()).state


SETTING = "Microsoft.Test/things/settings"


@pytest.mark.parametrize(
    ("alias", "name", "body", "state"),
    [
        ("current.mode", "current", {"mode": "On"}, State.NON_COMPLIANT),
        ("Current.mode", "CURRENT", {"mode": "On"}, State.NON_COMPLIANT),
        ("current.rules[*].mode", "current", {"rules": [{"mode": "On"}]}, State.NON_COMPLIANT),
        ("current.mode", "current", {"current": {"mode": "On"}}, State.NON_COMPLIANT),
        ("current.mode", "current", {"current": {}, "mode": "On"}, State.COMPLIANT),
        ("current.mode", "other", {"mode": "On"}, State.COMPLIANT),
        ("current.mode", "mode", {"current": {"x": "On"}}, State.COMPLIANT),
        ("current", "current", "On", State.COMPLIANT),
        ("rules[*].current.mode", "current", {"rules": [{"mode": "On"}]}, State.COMPLIANT),
        ("routes[*].current.mode", "current", {"routes": [{"properties": {"mode": "On"}}]},
         State.COMPLIANT),
    ],
)  # fmt: skip
def test_the_alias_of_a_setting_may_begin_with_its_name(
    alias: str, name: str, body: object, state: State
) -> None:
    rule = policy({"field": f"{SETTING}/{alias}", "equals": "On"})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    setting = resource(
        f"{GROUP}/providers/Microsoft.Test/things/a/settings/{name}", {"properties": body}
    )
    assert evaluate(setting, Around()).state is state


def test_a_resource_by_itself_is_no_setting() -> None:
    rule = policy({"field": f"{THING}/thing.mode", "equals": "On"})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    thing = resource(THING_ID, {"properties": {"mode": "On"}})
    assert evaluate(thing, Around()).state is State.COMPLIANT


FOLDER = {"dataType": "uri_folder", "dataUri": "V"}
BLOB = {"type": "Microsoft.Storage/Blob", "place": {"name": "V"}}


@pytest.mark.parametrize(
    ("rest", "properties", "operator"),
    [
        ("uri_folder.dataUri", FOLDER, {"equals": "V"}),
        ("source.Microsoft-Storage-Blob.place.name", {"source": BLOB}, {"equals": "V"}),
        ("source.microsoft-storage-blob.place.name", {"source": BLOB}, {"equals": "V"}),
        ("secrets.Sas", {"secrets": {"secretsType": "sas"}}, {"exists": True}),
        ("secrets.Sas", {"secrets": {"secretsType": "Key"}}, {"exists": False}),
        ("secrets.Sas", {"secrets": {"name": "Sas"}}, {"exists": False}),
        ("secrets.Sas", {"secrets": {"kind": 1}}, {"exists": False}),
        ("secrets.Sas", {"secrets": "Sas"}, {"exists": False}),
        ("secrets.sas", {"secrets": {"secretsType": "sas"}}, {"exists": False}),
        ("uri_file.dataUri", FOLDER, {"exists": False}),
        ("uri_folder.dataSize", FOLDER, {"exists": False}),
    ],
)
def test_a_value_that_says_its_kind_is_what_a_step_names_by_that(
    rest: str, properties: dict[str, Any], operator: dict[str, Any]
) -> None:
    rule = policy({"field": f"{THING}/{rest}", **operator})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    thing = resource(THING_ID, {"properties": properties})
    assert evaluate(thing, Around()).state is State.NON_COMPLIANT


@pytest.mark.parametrize(
    ("rest", "properties", "gap", "state"),
    [
        ("uri_folder.dataUri", {"dataUri": "V"}, "dataType", State.UNKNOWN),
        ("uri_folder.dataSize", {"dataUri": "V"}, "dataType", State.COMPLIANT),
        ("uri_folder.dataUri", {"dataUri": "V"}, "name", State.COMPLIANT),
        ("secrets.Sas", {"secrets": {}}, "secrets.secretsType", State.UNKNOWN),
        ("secrets.Sas", {"secrets": {}}, "dataType", State.COMPLIANT),
        ("parts[*].uri.size", {"parts": [{"size": 1}]}, "parts['0'].kind", State.UNKNOWN),
    ],
)
def test_a_kind_that_is_not_known_leaves_open_what_a_step_names(
    rest: str, properties: dict[str, Any], gap: str, state: State
) -> None:
    rule = policy({"not": {"field": f"{THING}/{rest}", "exists": False}})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    thing = resource(THING_ID, {"properties": properties}, gaps=(f"properties.{gap}",))
    assert evaluate(thing, Around()).state is state


@pytest.mark.parametrize("gaps", [(), ("kind",)])
def test_the_kind_of_a_resource_is_no_step(gaps: tuple[str, ...]) -> None:
    rule = policy({"field": f"{THING}/sku.name", "exists": False})
    evaluate = compile_policy(read_definition(rule, "test"), {}, Aliases())
    body = {"name": "thing", **({} if gaps else {"kind": "sku"})}
    assert evaluate(resource(THING_ID, body, gaps=gaps), Around()).state is State.NON_COMPLIANT

"""What Bicep and Terraform must declare for a rule to pass, word for word."""

import re

import pytest

from amlaudit.core.bicep_code import bicep_code
from amlaudit.core.companion_code import is_declared
from amlaudit.core.companions import (
    Companion,
    Deed,
    Judged,
    adding,
    filled_in,
    removing,
    setting,
    texts_in,
)
from amlaudit.core.dialects import camel, snake
from amlaudit.core.terraform_code import lifted, terraform_code

WORKSPACE = "Microsoft.MachineLearningServices/workspaces"
ENDPOINT = "Microsoft.Network/privateEndpoints"
VAULT = "Microsoft.KeyVault/vaults"


def judged(*companions: Companion, type_name: str = WORKSPACE, **settings: object) -> Judged:
    """Return a resource of a type; settings are named without `properties.`."""
    wanted = {f"properties.{name}": value for name, value in settings.items()}
    return Judged(type_name, "2025-06-01", wanted, companions)


def test_settings_of_the_resource_are_declared_in_it() -> None:
    found = judged(setting("", {"properties.access": "Enabled", "tags.a": 7}), access="Disabled")
    assert bicep_code(found).startswith(f"resource audited '{WORKSPACE}@2025-06-01' = {{\n")
    assert "tags: {\n    a: 7\n  }" in bicep_code(found)
    assert "access: 'Disabled'" in bicep_code(found)
    assert "Enabled" not in bicep_code(found)
    assert f'type = "{WORKSPACE}@2025-06-01"' in terraform_code(found)
    assert 'access = "Disabled"' in terraform_code(found)


def test_empty_declarations_give_empty_code() -> None:
    for write in (bicep_code, terraform_code):
        assert write(judged()) == ""
        assert write(judged(removing("storage"))) == ""


def test_a_fix_is_declared_in_the_resource_or_beside_it() -> None:
    assert is_declared(judged(access="Disabled"))
    assert is_declared(judged(endpoint()))
    assert not is_declared(judged())
    assert not is_declared(judged(removing("storage")))


def endpoint() -> Companion:
    return adding(
        ENDPOINT,
        "{name}-pe",
        {
            "location": "{location}",
            "tags": {"of": "{name}"},
            "properties": {
                "subnet": {"id": "<subnet id>"},
                "port": "<port (number)>",
                "links": [{"id": "{id}"}, {"group": "{group}", "all": ["{name}'s {group}"]}],
                "{id}": True,
            },
        },
        under="{group.id}",
        api_version="2024-05-01",
        along=[adding(f"{ENDPOINT}/privateDnsZoneGroups", "{name}-pe/default", {"x": 1})],
    )


def test_an_endpoint_in_bicep() -> None:
    assert (
        bicep_code(judged(endpoint()))
        == f"""\
param location string = resourceGroup().location
param subnetId string
param port int

resource audited '{WORKSPACE}@2025-06-01' existing = {{
  name: '<name>'
}}

resource privateEndpoint '{ENDPOINT}@2024-05-01' = {{
  name: '${{audited.name}}-pe'
  location: location
  tags: {{
    of: audited.name
  }}
  properties: {{
    subnet: {{
      id: subnetId
    }}
    port: port
    links: [
      {{
        id: audited.id
      }}
      {{
        group: resourceGroup().name
        all: ['${{audited.name}}\\'s ${{resourceGroup().name}}']
      }}
    ]
    '${{audited.id}}': true
  }}
}}

resource privateDnsZoneGroup '{ENDPOINT}/privateDnsZoneGroups@<api-version>' = {{
  parent: privateEndpoint
  name: 'default'
  x: 1
}}"""
    )


def test_an_endpoint_in_terraform() -> None:
    found = terraform_code(judged(endpoint()))
    for part in (
        'variable "subnet_id" {\n  type = string\n}',
        'variable "port" {\n  type = number\n}',
        'variable "resource_group_id" {\n  type = string\n}',
        'resource "azapi_resource" "private_endpoint" {',
        f'type      = "{ENDPOINT}@2024-05-01"',
        "parent_id = var.resource_group_id",
        'name      = "${azapi_resource.audited.name}-pe"',
        "location  = azapi_resource.audited.location",
        "port = var.port",
        "azapi_resource.audited.id",
        'all = ["${azapi_resource.audited.name}\'s ${var.resource_group_name}"]',
        "parent_id = azapi_resource.private_endpoint.id",
        'name      = "default"',
        f'"{ENDPOINT}/privateDnsZoneGroups@<api-version>"',
    ):
        assert " ".join(part.split()) in " ".join(found.split())
    (body,) = re.findall(r"^  body = \{\n    properties.*?^  \}", found, re.DOTALL | re.MULTILINE)
    assert "port = var.port" in body
    assert not {"location", "tags"} & set(body.split())


def test_what_is_set_beside_the_resource_is_set_where_relations_lead() -> None:
    beside = Companion(
        deed=Deed.SET, type_name=VAULT, under="{its.id}", via=("key-vault",),
        body={"properties.purge": True}, joined={"properties.a": "b"}, via_version="2024-11-01",
    )  # fmt: skip
    found = bicep_code(judged(beside))
    assert "// in addition to what the resource already declares\n" in found
    assert f"resource vault '{VAULT}@<api-version>' = {{" in found
    assert "purge: true" in found
    assert "a: ['b']" in found
    told = terraform_code(judged(beside))
    assert 'resource "azapi_update_resource" "vault" {' in told
    assert "resource_id = azapi_resource.key_vault.id" in told
    assert "body = {" in " ".join(told.split())


def test_what_is_declared_beside_says_what_relations_lead_to() -> None:
    beside = adding(
        VAULT,
        "{its.name}-kv",
        {"location": "{its.location}", "properties": {"of": "{its.id}", "{its.id}": 1}},
        via=["storage"],
        under="{group.id}",
    )
    update = Companion(
        deed=Deed.SET, type_name=VAULT, under="{its.id}", via=("key-vault",),
        body={"properties.of": "{its.id}"}, api_version="2024-11-01",
    )  # fmt: skip
    blocks = terraform_code(judged(beside, update)).split("\n\n")
    made, changed = (" ".join(each.split()) for each in blocks[-2:])
    assert 'name = "${azapi_resource.storage.name}-kv"' in made
    assert "location = azapi_resource.storage.location" in made
    assert "of = azapi_resource.storage.id" in made
    assert f'type = "{VAULT}@2024-11-01"' in changed
    assert "of = azapi_resource.key_vault.id" in changed
    told = bicep_code(judged(beside))
    assert "name: '${storage.name}-kv'" in told
    assert "storage.id" in told


def test_ways_to_resources_of_one_kind_are_declared_once() -> None:
    several = [
        adding(VAULT, "kv", {}, via=["a", "key-vault"], under="{its.id}"),
        adding(VAULT, "kv", {}, via=["b", "key-vault"], under="{its.id}"),
        adding(VAULT, "other", {}, via=["key-vault"], under="{its.id}"),
    ]
    assert bicep_code(judged(*several)).count("resource vault") == 2
    assert terraform_code(judged(*several)).count('"azapi_resource"') == 2


def test_a_subscription_is_its_own_scope() -> None:
    lock = adding("Microsoft.Authorization/locks", "keep-{name}", {"of": "{id}"})
    found = bicep_code(judged(lock, type_name="Microsoft.Resources/subscriptions"))
    assert found.startswith("targetScope = 'subscription'\n\n")
    assert "name: 'keep-${subscription().subscriptionId}'" in found
    assert "of: subscription().id" in found
    assert "scope:" not in found
    told = terraform_code(judged(lock, type_name="Microsoft.Resources/subscriptions"))
    assert "of = var.subscription_resource_id" in told


def test_code_for_another_scope_names_the_scope() -> None:
    elsewhere = adding(VAULT, "kv", {"where": "{its.location}"}, under="<group of the  vault>")
    found = bicep_code(judged(elsewhere))
    assert "// deploy to groupOfTheVault\n" in found
    spaced = adding(VAULT, "kv", {}, under="{group.id} or  <another>")
    assert "// deploy to resourceGroup().id or another\n" in bicep_code(judged(spaced))
    inside = bicep_code(judged(adding(VAULT, "kv", {}, under="{group.id}")))
    assert "//" not in inside


def test_what_relations_lead_to_is_given_where_bicep_cannot_ask() -> None:
    beside = adding(
        VAULT,
        "kv",
        {"location": "{its.location}", "group": "{its.group}", "id": "{its.id}"},
        via=["storage"],
        under="{group.id}",
    )
    found = bicep_code(judged(beside))
    assert "param storageLocation string\nparam storageGroup string" in found
    assert "resource storage 'Microsoft.Storage/storageAccounts@<api-version>' existing" in found
    assert "id: storage.id" in found


def test_a_child_of_an_existing_resource_names_its_parent() -> None:
    child = adding(f"{VAULT}/secrets/versions", "{name}/kv/one", {"x": 1}, under="{group.id}")
    found = " ".join(terraform_code(judged(child)).split())
    assert 'name = "one"' in found
    assert (
        'parent_id = "${var.resource_group_id}/providers/Microsoft.KeyVault'
        '/vaults/${azapi_resource.audited.name}/secrets/kv"'
    ) in found
    extension = adding("Microsoft.Insights/diagnosticSettings", "{name}-logs", {"x": "{name}"})
    told = " ".join(terraform_code(judged(extension)).split())
    assert "parent_id = azapi_resource.audited.id" in told
    assert 'name = "${azapi_resource.audited.name}-logs"' in told
    scoped = bicep_code(judged(extension))
    assert "scope: audited\n" in scoped
    assert f"resource audited '{WORKSPACE}@2025-06-01' existing" in scoped


def test_additional_resources_are_written_in_the_same_way() -> None:
    along = [adding(f"{VAULT}/secrets", "kv/one", {"of": "{its.id}"}, under="{its.id}")]
    beside = Companion(
        deed=Deed.ADD, type_name=VAULT, name="kv", under="{group.id}", via=("storage",),
        along=tuple(along), via_version="2024-01-01",
    )  # fmt: skip
    found = bicep_code(judged(beside))
    assert "resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing" in found
    assert "of: storage.id" in found
    assert "parent: vault\n" in found
    own = adding(f"{VAULT}/keys", "kv/two", {"of": "{its.id}"}, via=["key-vault"])
    told = bicep_code(judged(adding(VAULT, "kv", {}, via=["storage"], along=[own])))
    assert "of: keyVault.id" in told


def test_ways_to_resources_of_two_kinds_are_declared_for_each() -> None:
    several = [adding(VAULT, "kv", {}, via=[each], under="{its.id}") for each in ("storage", "hub")]
    assert bicep_code(judged(*several)).count("resource vault") == 2
    assert terraform_code(judged(*several)).count('"azapi_resource"') == 2


def test_children_name_their_parent_whatever_relations_lead_to() -> None:
    logs = adding("Microsoft.Insights/diagnosticSettings", "logs", {}, via=["storage"])
    assert "scope: audited\n" in bicep_code(judged(logs))
    itself = adding("Microsoft.Insights/diagnosticSettings", "logs", {}, under="{its.id}")
    assert "scope: audited\n" in bicep_code(judged(itself))


def test_an_additional_resource_that_is_not_a_child_has_its_own_scope() -> None:
    along = [adding("Microsoft.Insights/diagnosticSettings", "logs", {"x": 1})]
    made = adding(VAULT, "kv", {"x": 2}, under="{group.id}", along=along)
    found = bicep_code(judged(made))
    assert "scope: audited\n  name: 'logs'" in found
    assert "parent:" not in found
    told = " ".join(terraform_code(judged(made)).split())
    assert 'parent_id = azapi_resource.audited.id name = "logs"' in told


def test_what_relations_lead_to_from_a_subscription_is_no_subscription() -> None:
    beside = adding(VAULT, "kv", {"of": "{its.id}"}, via=["storage"], under="{group.id}")
    found = bicep_code(judged(beside, type_name="Microsoft.Resources/subscriptions"))
    assert "of: storage.id" in found


def test_existing_resources_are_named_once_beside_declared_ones() -> None:
    beside = adding(VAULT, "kv", {"of": "{its.id}", "a": "{id}"}, via=["storage"])
    found = bicep_code(judged(beside, access="Disabled"))
    assert [line for line in found.splitlines() if "existing" in line] == [
        "resource storage 'Microsoft.Storage/storageAccounts@<api-version>' existing = {"
    ]
    assert found.count("resource audited ") == 1


def test_an_empty_line_parts_what_terraform_declares() -> None:
    blocks = terraform_code(judged(endpoint(), access="Disabled")).split("\n\n")
    assert [each.partition(" ")[0] for each in blocks] == [*["variable"] * 4, *["resource"] * 3]
    assert all(each.endswith("}") for each in blocks)


def test_a_name_is_used_once() -> None:
    twins = [
        adding(VAULT, "one", {"x": "<vault>"}),
        adding(VAULT, "two", {"y": "<vault 2>"}),
        adding(VAULT, "three", {"z": "<number (number)>"}),
    ]
    found = bicep_code(judged(*twins))
    assert "param vault string\nparam vault2Given string\nparam number int" in found
    for name in ("vault2", "vault3", "vault4"):
        assert f"resource {name} '" in found


@pytest.mark.parametrize(
    ("text", "in_bicep", "in_terraform"),
    [
        ("privateEndpoints", "privateEndpoints", "private_endpoints"),
        ("zone id", "zoneId", "zone_id"),
        ("DNSZone 2", "dnsZone2", "dns_zone_2"),
        ("…", "it", "it"),
    ],
)
def test_names_are_spelled_as_each_language_does(
    text: str, in_bicep: str, in_terraform: str
) -> None:
    assert (camel(text), snake(text)) == (in_bicep, in_terraform)


def test_policies_are_named_as_one_of_their_kind() -> None:
    several = adding("Microsoft.Authorization/policies", "p", {})
    assert "resource policy '" in bicep_code(judged(several))


def test_location_and_tags_stand_beside_a_body() -> None:
    body = {"location": "x", "tags": {}, "properties": {}, "Tags": 1}
    assert lifted(body) == ({"location": "x", "tags": {}}, {"properties": {}, "Tags": 1})


def test_placeholders_become_references_wherever_these_are_known() -> None:
    words = {"name": "st", "zone": "z", "parameters.days": 7}
    value = {"{name}": ["{name}-{id}", ("<zone>",), "{parameters.days}", 5, None]}
    assert filled_in(value, words) == {"st": ["st-{id}", ["z"], 7, 5, None]}
    assert list(texts_in({"a": ["b", {"c": 1}], "d": None})) == ["a", "b", "c", "d"]


def test_constructors_keep_their_arguments() -> None:
    along = [removing("storage", member="properties.rules")]
    made = setting("A/b", {"x": 1}, joined={"y": 2}, along=along)
    assert (made.deed, made.joined, made.along) == (Deed.SET, {"y": 2}, tuple(along))
    assert (along[0].via, along[0].member) == (("storage",), "properties.rules")
    assert setting("A/b", {}).joined == {}

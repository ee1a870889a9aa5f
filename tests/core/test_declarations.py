"""The fix for a fail, as declared in infrastructure as code."""

from msgspec.structs import replace

from amlaudit.core.companions import Companion, Declarations, adding, removing, setting
from amlaudit.core.conditions import ParameterValue
from amlaudit.core.declarations import (
    bicep_of,
    declarations_of,
    terraform_of,
    undeclared_of,
)
from amlaudit.core.rule import Fix, Rule, Severity
from amlaudit.core.verdict import ok
from tests.reporters.sample_rules import rule_on_workspaces


def _declaring(**settings: ParameterValue) -> Rule:
    paths = {path.replace("__", "."): value for path, value in settings.items()}
    rule = rule_on_workspaces(1, "It is well", Severity.LOW, lambda _: ok())
    named = replace(rule, type_name="Microsoft.Storage/storageAccounts", api_version="2025-06-01")
    return replace(named, fix=Fix("az …", settings=paths))


def test_settings_are_nested_in_their_parent_objects() -> None:
    rule = _declaring(sku__name="Standard_ZRS", properties__a__b=True, properties__a__c=7)
    assert bicep_of(rule) == (
        "resource audited 'Microsoft.Storage/storageAccounts@2025-06-01' = {\n"
        "  sku: {\n"
        "    name: 'Standard_ZRS'\n"
        "  }\n"
        "  properties: {\n"
        "    a: {\n"
        "      b: true\n"
        "      c: 7\n"
        "    }\n"
        "  }\n"
        "}"
    )
    assert terraform_of(rule) == (
        'resource "azapi_resource" "audited" {\n'
        '  type = "Microsoft.Storage/storageAccounts@2025-06-01"\n'
        "  body = {\n"
        "    sku = {\n"
        '      name = "Standard_ZRS"\n'
        "    }\n"
        "    properties = {\n"
        "      a = {\n"
        "        b = true\n"
        "        c = 7\n"
        "      }\n"
        "    }\n"
        "  }\n"
        "}"
    )


def test_no_settings_declare_nothing() -> None:
    assert bicep_of(_declaring()) == terraform_of(_declaring()) == ""


def test_texts_never_become_expressions() -> None:
    rule = _declaring(tags__x="it's ${a} %{b} \\")
    assert r"x: 'it\'s \${a} %{b} \\'" in bicep_of(rule)
    assert r'x = "it' + r"'s $${a} %%{b} \\" in terraform_of(rule)


def test_lists_and_unusual_keys_are_quoted() -> None:
    rule = _declaring(**{"tags['cost-center']": ("a", "b"), "tags.none": ()})
    assert "  'cost-center': ['a', 'b']\n    none: []" in bicep_of(rule)
    assert '    "cost-center" = ["a", "b"]\n      none = []' in terraform_of(rule)


def test_a_type_without_known_versions_says_so() -> None:
    rule = replace(_declaring(tags__x="y"), api_version="")
    assert "@<api-version>'" in bicep_of(rule)


VAULT = "Microsoft.KeyVault/vaults"


def _beside(*companions: Companion, type_name: str = VAULT) -> Rule:
    rule = replace(_declaring(), type_name=type_name, api_version="2026-01-01")
    return replace(rule, fix=Fix("az …", companions=companions))


def test_a_child_names_its_parent_and_an_extension_its_scope() -> None:
    rule = _beside(
        adding("Microsoft.KeyVault/vaults/keys", "<key>", {"properties": {"kty": "RSA"}}),
        adding("Microsoft.Authorization/locks", "keep-{name}", {}, api_version="2020-05-01"),
    )
    assert bicep_of(rule) == (
        "param key string\n\n"
        "resource audited 'Microsoft.KeyVault/vaults@2026-01-01' existing = {\n"
        "  name: '<name>'\n"
        "}\n\n"
        "resource key2 'Microsoft.KeyVault/vaults/keys@<api-version>' = {\n"
        "  parent: audited\n"
        "  name: key\n"
        "  properties: {\n"
        "    kty: 'RSA'\n"
        "  }\n"
        "}\n\n"
        "resource lock 'Microsoft.Authorization/locks@2020-05-01' = {\n"
        "  scope: audited\n"
        "  name: 'keep-${audited.name}'\n"
        "}"
    )
    assert "parent_id = azapi_resource.audited.id\n  name = var.key\n" in terraform_of(rule)
    assert 'name = "keep-${azapi_resource.audited.name}"' in terraform_of(rule)


def test_an_additional_resource_is_a_child_of_the_created_one() -> None:
    zone = adding("N/endpoints/groups", "{name}-e/default", {}, under="{group.id}")
    made = adding(
        "N/endpoints", "{name}-e", {"location": "{location}"}, under="{group.id}", along=(zone,)
    )
    told = bicep_of(_beside(made))
    assert "param location string = resourceGroup().location" in told
    assert "  parent: endpoint\n  name: 'default'\n" in told
    assert "parent_id = azapi_resource.endpoint.id" in terraform_of(_beside(made))
    assert "  location = azapi_resource.audited.location\n  body = {}" in terraform_of(
        _beside(made)
    )


def test_related_resources_have_their_own_name_and_type() -> None:
    rule = _beside(
        adding("Microsoft.Authorization/locks", "x", {}, under="{its.id}", via=("key-vault",)),
        setting(
            VAULT, {"properties.a": "<days (number)>", "tags.x": "{its.name}"}, via=("vaults",)
        ),
        type_name="Microsoft.MachineLearningServices/workspaces",
    )
    told = bicep_of(rule)
    assert "resource keyVault 'Microsoft.KeyVault/vaults@<api-version>' existing" in told
    assert "scope: keyVault" in told
    assert "param days int" in told
    assert "x: vaults.name" in told
    terraform = terraform_of(rule)
    assert 'variable "days" {\n  type = number\n}' in terraform
    assert 'resource "azapi_update_resource" "vault" {' in terraform
    assert "resource_id = azapi_resource.vaults.id" in terraform


def test_a_subscription_is_the_target_of_the_file() -> None:
    rule = _beside(
        adding("Microsoft.Consumption/budgets", "b", {}),
        type_name="Microsoft.Resources/subscriptions",
    )
    assert bicep_of(rule).startswith("targetScope = 'subscription'\n\nresource budget ")
    assert "existing" not in bicep_of(rule)
    assert "parent_id = var.subscription_resource_id" in terraform_of(rule)


def test_one_declaration_is_enough_for_resources_of_one_kind() -> None:
    ways = (("computes", "subnet"), ("private-endpoints", "subnet"))
    rule = _beside(*(setting("N/subnets", {"a": 1}, via=via) for via in ways))
    assert bicep_of(rule).count("resource subnet") == 1


def test_resources_in_another_scope_say_so() -> None:
    role = adding("A/roles", "r", {}, under="{its.properties.scope}", via=("role-assignments",))
    assert "// deploy to roleAssignments.properties.scope\n" in bicep_of(_beside(role))
    assert "parent_id = azapi_resource.role_assignments.output.properties.scope" in terraform_of(
        _beside(role)
    )


def test_what_is_only_removed_no_file_names() -> None:
    rule = _beside(removing("own-locks"))
    assert bicep_of(rule) == terraform_of(rule) == ""
    assert undeclared_of(rule).startswith(
        "No declaration fixes this, because something must be removed"
    )
    said = replace(rule, fix=Fix("az …", undeclared="People decide."))
    assert undeclared_of(said) == "People decide."
    assert undeclared_of(_declaring(tags__x="y")) == ""


def test_a_fix_by_hand_needs_no_file_and_no_excuse() -> None:
    assert undeclared_of(_declaring()) == ""


def test_hostile_texts_of_companions_stay_texts() -> None:
    rule = _beside(
        adding("A/b'@x", "${evil}'", {"a": '"}\n%{x}'}, under="/a\n}resource evil"),
        setting("///", {"a": "b"}, via=("own-locks",)),
    )
    told = bicep_of(rule)
    assert r"'A/b\'@x@<api-version>'" in told
    assert r"name: '\${evil}\''" in told
    assert "\n}resource evil" not in told
    assert '"$${evil}\'"' in terraform_of(rule)


def test_a_subscription_is_named_by_its_function_and_no_two_things_by_one_word() -> None:
    body = {"properties": {"of": "{name}", "in": "{location}", "with": "<audited>"}}
    made = adding("Microsoft.Consumption/budgets", "ml", body)
    rule = _declaring()
    whole = replace(rule, type_name="Microsoft.Resources/subscriptions", api_version="2022-12-01")
    assert "of: subscription().subscriptionId" in bicep_of(
        replace(whole, fix=Fix("az …", companions=(made,)))
    )
    assert "with: auditedGiven" in bicep_of(replace(rule, fix=Fix("az …", companions=(made,))))


def test_a_declared_fix_applies_until_the_fix_is_overridden() -> None:
    rule = _declaring(tags__x="y")
    carrying = replace(
        rule, declared=Declarations(declarations_of(rule).judged, "in Bicep", "in Terraform")
    )
    assert (bicep_of(carrying), terraform_of(carrying)) == ("in Bicep", "in Terraform")
    other = replace(carrying, fix=replace(rule.fix, settings={"tags.z": "y"}))
    assert bicep_of(other) == bicep_of(_declaring(tags__z="y")) != ""
    assert terraform_of(other) == terraform_of(_declaring(tags__z="y")) != ""


def test_what_a_rule_carries_is_what_would_be_written_for_it() -> None:
    rule = _declaring(tags__x="y")
    carried = declarations_of(rule)
    assert (carried.bicep, carried.terraform) == (bicep_of(rule), terraform_of(rule))

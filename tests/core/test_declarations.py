"""What mends a fail, as infrastructure as code declares it."""

from dataclasses import replace

from amlaudit.core.conditions import ParameterValue
from amlaudit.core.declarations import bicep_of, terraform_of
from amlaudit.core.rule import Fix, Rule, Severity
from amlaudit.core.verdict import ok
from tests.reporters.sample_rules import rule_on_workspaces


def _declaring(**settings: ParameterValue) -> Rule:
    paths = {path.replace("__", "."): value for path, value in settings.items()}
    rule = rule_on_workspaces(1, "It is well", Severity.LOW, lambda _: ok())
    named = replace(rule, type_name="Microsoft.Storage/storageAccounts", api_version="2025-06-01")
    return replace(named, fix=Fix("az …", settings=paths))


def test_settings_lie_in_the_objects_that_hold_them() -> None:
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


def test_lists_and_keys_that_are_no_names_are_spelled() -> None:
    rule = _declaring(**{"tags['cost-center']": ("a", "b"), "tags.none": ()})
    assert "  'cost-center': ['a', 'b']\n    none: []" in bicep_of(rule)
    assert '    "cost-center" = ["a", "b"]\n      none = []' in terraform_of(rule)


def test_a_type_whose_versions_are_not_known_says_so() -> None:
    rule = replace(_declaring(tags__x="y"), api_version="")
    assert "@<api-version>'" in bicep_of(rule)

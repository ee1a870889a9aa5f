"""How infrastructure as code declares what mends a fail: in Bicep, and in Terraform."""

from collections.abc import Mapping

from amlaudit.core.dialects import BICEP, TERRAFORM
from amlaudit.core.path import Steps, parse_path
from amlaudit.core.rule import Rule


def bicep_of(rule: Rule) -> str:
    """Return what a Bicep file must say of a resource for a rule to pass, empty if nothing does.

    https://learn.microsoft.com/azure/azure-resource-manager/bicep/resource-declaration
    """
    if not rule.fix.settings:
        return ""
    return f"resource audited '{_versioned(rule)}' = {BICEP.write(_settings(rule))}"


def terraform_of(rule: Rule) -> str:
    """Return what a Terraform file must say of a resource for a rule to pass, empty if nothing.

    With the provider that speaks Azure's own names:
    https://registry.terraform.io/providers/Azure/azapi/latest/docs
    """
    if not rule.fix.settings:
        return ""
    declared = {"type": _versioned(rule), "body": _settings(rule)}
    return f'resource "azapi_resource" "audited" {TERRAFORM.write(declared)}'


def _versioned(rule: Rule) -> str:
    """Return a rule's ARM type with the API version that its properties are known of."""
    return f"{rule.type_name}@{rule.api_version or '<api-version>'}"


def _settings(rule: Rule) -> dict[str, object]:
    """Return the settings of a rule as the objects in which they lie."""
    return _tree({parse_path(path): value for path, value in rule.fix.settings.items()})


def _tree(settings: Mapping[Steps, object]) -> dict[str, object]:
    """Return settings by their first step, those beneath it in an object of their own."""
    tree: dict[str, object] = {}
    for head in dict.fromkeys(path[0] for path in settings):
        beneath = {path[1:]: value for path, value in settings.items() if path[0] == head}
        tree[head] = beneath[()] if () in beneath else _tree(beneath)
    return tree

"""How infrastructure as code declares what mends a fail: in Bicep, and in Terraform."""

from typing import Final

from amlaudit.core.companion_code import Judged, bicep_companions, terraform_companions
from amlaudit.core.dialects import BICEP, TERRAFORM
from amlaudit.core.path import parse_path, tree_of
from amlaudit.core.rule import Rule


def bicep_of(rule: Rule) -> str:
    """Return what a Bicep file must say for a rule to pass, of the resource or beside it.

    Empty if nothing does: what is only removed no file names.

    https://learn.microsoft.com/azure/azure-resource-manager/bicep/resource-declaration
    """
    own = f"resource audited '{_versioned(rule)}' = {BICEP.write(_settings(rule))}"
    beside = bicep_companions(_judged(rule), rule.fix.companions)
    return "\n\n".join(filter(None, (own if rule.fix.settings else "", beside)))


def terraform_of(rule: Rule) -> str:
    """Return what a Terraform file must say for a rule to pass, of the resource or beside it.

    Empty if nothing does: what is only removed no file names. With the provider that speaks Azure's
    own names:
    https://registry.terraform.io/providers/Azure/azapi/latest/docs
    """
    declared = {"type": _versioned(rule), "body": _settings(rule)}
    own = f'resource "azapi_resource" "audited" {TERRAFORM.write(declared)}'
    beside = terraform_companions(_judged(rule), rule.fix.companions)
    return "\n\n".join(filter(None, (own if rule.fix.settings else "", beside)))


def undeclared_of(rule: Rule) -> str:
    """Return in a sentence why no file can say what mends a fail, empty where one can."""
    if rule.fix.undeclared or bicep_of(rule):
        return rule.fix.undeclared
    return _ONLY_REMOVED if rule.fix.companions else ""


_ONLY_REMOVED: Final = (
    "No declaration mends it, for something has to go: take it out of your files, and delete what "
    "Bicep leaves behind."
)


def _judged(rule: Rule) -> Judged:
    """Return what a rule judges, as files name it."""
    return Judged(rule.type_name, rule.api_version)


def _versioned(rule: Rule) -> str:
    """Return a rule's ARM type with the API version that its properties are known of."""
    return f"{rule.type_name}@{rule.api_version or '<api-version>'}"


def _settings(rule: Rule) -> dict[str, object]:
    """Return the settings of a rule as the objects in which they lie."""
    return tree_of({parse_path(path): value for path, value in rule.fix.settings.items()})

"""How infrastructure as code declares what mends a fail: in Bicep, and in Terraform."""

from typing import Final

from amlaudit.core.bicep_code import bicep_code
from amlaudit.core.companion_code import Judged, is_declared
from amlaudit.core.rule import Rule
from amlaudit.core.terraform_code import terraform_code


def bicep_of(rule: Rule) -> str:
    """Return what a Bicep file must say for a rule to pass, of the resource or beside it.

    Empty if nothing does: what is only removed no file names.

    https://learn.microsoft.com/azure/azure-resource-manager/bicep/resource-declaration
    """
    return bicep_code(_judged(rule))


def terraform_of(rule: Rule) -> str:
    """Return what a Terraform file must say for a rule to pass, of the resource or beside it.

    Empty if nothing does: what is only removed no file names. With the provider that speaks Azure's
    own names:
    https://registry.terraform.io/providers/Azure/azapi/latest/docs
    """
    return terraform_code(_judged(rule))


def undeclared_of(rule: Rule) -> str:
    """Return in a sentence why no file can say what mends a fail, empty where one can."""
    if rule.fix.undeclared or is_declared(_judged(rule)):
        return rule.fix.undeclared
    return _ONLY_REMOVED if rule.fix.companions else ""


_ONLY_REMOVED: Final = (
    "No declaration mends it, for something has to go: take it out of your files, and delete what "
    "Bicep leaves behind."
)


def _judged(rule: Rule) -> Judged:
    """Return what a rule judges, and what is to be declared."""
    return Judged(rule.type_name, rule.api_version, rule.fix.settings, rule.fix.companions)

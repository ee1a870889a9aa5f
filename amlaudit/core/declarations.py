"""How infrastructure as code declares what fixes a fail, in Bicep and in Terraform."""

from typing import Final

from amlaudit.core.bicep_code import bicep_code
from amlaudit.core.companion_code import is_declared
from amlaudit.core.companions import Declarations, Judged
from amlaudit.core.rule import Rule
from amlaudit.core.terraform_code import terraform_code


def declarations_of(rule: Rule) -> Declarations:
    """Return what files must declare for a rule to pass, for the rule to carry."""
    judged = _judged(rule)
    return Declarations(judged, bicep_code(judged), terraform_code(judged))


def bicep_of(rule: Rule) -> str:
    """Return what a Bicep file must declare for a rule to pass, for the resource or companions.

    Empty if no declaration does: no file can express a mere removal.

    https://learn.microsoft.com/azure/azure-resource-manager/bicep/resource-declaration
    """
    judged = _judged(rule)
    known = _known(rule, judged)
    return known.bicep if known else bicep_code(judged)


def terraform_of(rule: Rule) -> str:
    """Return what a Terraform file must declare for a rule to pass, for the resource or companions.

    Empty if no declaration does: no file can express a mere removal. Uses the provider with Azure's
    own names:
    https://registry.terraform.io/providers/Azure/azapi/latest/docs
    """
    judged = _judged(rule)
    known = _known(rule, judged)
    return known.terraform if known else terraform_code(judged)


def undeclared_of(rule: Rule) -> str:
    """Return in a sentence why no file can declare what fixes a fail, empty if one can."""
    if rule.fix.undeclared or is_declared(_judged(rule)):
        return rule.fix.undeclared
    return _ONLY_REMOVED if rule.fix.companions else ""


_ONLY_REMOVED: Final = (
    "No declaration fixes this, because something must be removed: remove it from your files, and "
    "delete what Bicep leaves behind."
)


def _known(rule: Rule, judged: Judged) -> Declarations | None:
    """Return the declarations that a rule carries, unless its fix has changed since."""
    return rule.declared if rule.declared and rule.declared.judged == judged else None


def _judged(rule: Rule) -> Judged:
    """Return the type that a rule judges, and what is to be declared for it."""
    return Judged(rule.type_name, rule.api_version, rule.fix.settings, rule.fix.companions)

"""Which functions of the template language are available in policies."""

from typing import Final

from amlaudit.language.arguments import Function
from amlaudit.language.functions import FUNCTIONS as LANGUAGE

CONTEXTUAL: Final = frozenset(
    {
        "current", "field", "if", "parameters", "policy", "requestcontext", "resourcegroup",
        "subscription", "utcnow",
    }
)  # fmt: skip
"""Functions that depend on the resource, its surroundings, the assignment or the time."""

REFUSED: Final = frozenset(
    {
        "copyindex", "datetimeadd", "datetimefromepoch", "datetimetoepoch", "deployment",
        "environment", "extensionresourceid", "filter", "groupby", "lambda", "lambdavariables",
        "list", "listaccountsas", "listkeys", "listsecrets", "listservicesas", "managementgroup",
        "map", "mapvalues", "newguid", "pickzones", "providers", "reduce", "reference",
        "resourceid", "sort", "subscriptionresourceid", "tenant", "tenantresourceid", "toobject",
        "variables",
    }
)  # fmt: skip
"""Functions of deployment templates that the service does not allow in policy rules.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
"""


FUNCTIONS: Final[dict[str, Function]] = {
    name: function for name, function in LANGUAGE.items() if name not in REFUSED
}
"""Functions that depend only on their arguments."""


def is_refused(name: str) -> bool:
    """Tell whether a template function is not allowed in policy rules."""
    return name in REFUSED or name.startswith("list")


def why_not(name: str) -> str:
    """Return why a function cannot be evaluated."""
    if is_refused(name):
        return f"the function {name}() is not allowed in policy rules"
    if name == "templateexpression":  # see `definition.COMPUTED`
        return "what the template computes is known only during deployment"
    # https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics
    if name == "claims":
        return "claims(): known only to the service, from an external evaluation"
    return f"unknown function {name}()"

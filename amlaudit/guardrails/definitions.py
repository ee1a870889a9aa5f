"""Rules as Azure Policy definitions: the same condition, checked before a resource is created."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from msgspec import Struct

from amlaudit.core.conditions import AllOf, Condition
from amlaudit.core.rule import Rule
from amlaudit.core.texts import cut
from amlaudit.guardrails.conditions import NotExpressibleError, Writer, Written

CATEGORY = "Machine Learning"
EFFECTS = ("Audit", "Deny", "Disabled")
_LONGEST_NAME: Final = 128
_LONGEST_DESCRIPTION: Final = 512
"""A definition with a longer one is not accepted.
https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics"""


class Definition(Struct, frozen=True):
    """A policy definition written from a rule.

    Attributes:
        rule: The rule.
        properties: The content of the definition, in the form of Azure Resource Manager.
        beyond: Conditions for the rule to apply that the policy lacks: it checks more resources
            than the rule. Empty if both check the same.
    """

    rule: Rule
    properties: Written
    beyond: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name, unique for each rule."""
        return f"amlaudit-{self.rule.id.lower()}"


def definition_of(rule: Rule) -> Definition:
    """Return the policy definition that finds what a rule fails.

    Conditions for the rule to apply are omitted if they refer to more than a policy can check.

    Raises:
        NotExpressibleError: Azure Policy cannot express the rule.
    """
    if rule.require is None:
        raise NotExpressibleError("it is Python or a question, not a condition")
    aliases = _aliases().get(rule.applies_to, {})
    writer = Writer(lambda path: aliases.get(path.lower()))
    asked: list[object] = [{"field": "type", "equals": rule.type_name}]
    beyond: list[str] = []
    for each in _conjuncts(rule.when):
        try:
            asked.append(writer.write(each))
        except NotExpressibleError as error:
            beyond.append(str(error))
    found: Written = {"allOf": [*asked, {"not": writer.write(rule.require)}]}
    return Definition(rule, _properties(rule, found), tuple(beyond))


def _conjuncts(when: Condition | None) -> tuple[Condition, ...]:
    """Return the conditions that must all hold for a rule to apply."""
    if isinstance(when, AllOf):
        return when.conditions
    return (when,) if when else ()


def _properties(rule: Rule, found: Written) -> Written:
    """Return a definition that applies to the resources matched by a condition."""
    return {
        "displayName": cut(f"{rule.id}: {rule.title}", _LONGEST_NAME),
        "description": cut(rule.because, _LONGEST_DESCRIPTION),
        "policyType": "Custom",
        "mode": "All",
        "metadata": {"category": CATEGORY, "version": "1.0.0", "source": f"amlaudit {rule.id}"},
        "parameters": {
            "effect": {
                "type": "String",
                "metadata": {"displayName": "Effect"},
                "allowedValues": list(EFFECTS),
                "defaultValue": EFFECTS[0],
            }
        },
        "policyRule": {"if": found, "then": {"effect": "[parameters('effect')]"}},
    }


@cache
def _aliases() -> Mapping[str, Mapping[str, str]]:
    """Return the aliases of the types that rules judge: by type and path, both lower case."""
    table = files("amlaudit.guardrails").joinpath("data", "aliases.json")
    found: dict[str, dict[str, str]] = json.loads(table.read_text("utf-8"))
    return found

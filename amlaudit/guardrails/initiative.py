"""Policy sets: for each of several rules, the policy that prevents its fails."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from amlaudit.core.rule import Rule
from amlaudit.guardrails.builtins import Builtin, builtin_for
from amlaudit.guardrails.conditions import NotExpressibleError
from amlaudit.guardrails.definitions import CATEGORY, EFFECTS, Definition, definition_of

NAME: Final = "amlaudit-guardrails"
_LONGEST_GROUP: Final = 128
"""https://learn.microsoft.com/azure/governance/policy/concepts/initiative-definition-structure"""


class Guard(Struct, frozen=True):
    """A rule and the policy that watches it.

    Attributes:
        rule: The rule.
        policy: A built-in definition, or one written from the rule.
        effect: Its effect.
    """

    rule: Rule
    policy: Builtin | Definition
    effect: str

    @property
    def note(self) -> str:
        """What people should know about it, empty if there is nothing."""
        if isinstance(self.policy, Definition):
            several = " and ".join(dict.fromkeys(self.policy.beyond))
            return several and f"looks at more resources than the rule: {several}"
        found, of = self.policy.caught[self.rule.id]
        return f"finds {found} of the {of} ways to fail" if found < of else ""


class Initiative(Struct, frozen=True):
    """A policy set.

    Attributes:
        guards: The policy that watches each rule that can be watched, by rule.
        unguarded: Why no policy can watch a rule, by rule.
        groups: Controls of a framework, each with the ids of the rules that serve it.
        framework: That framework.
    """

    guards: tuple[Guard, ...]
    unguarded: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]
    framework: str

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The definitions that were written from rules."""
        return tuple(each.policy for each in self.guards if isinstance(each.policy, Definition))


def initiative_for(rules: Iterable[Rule], effect: str, framework: str) -> Initiative:
    """Return the policy set for rules.

    It uses a built-in definition if one is known to find what the rule fails; otherwise one written
    from the rule, if Azure Policy can express it.

    Args:
        rules: The rules to watch.
        effect: `audit` or `deny`; a definition that cannot deny audits.
        framework: The framework by whose controls the set is grouped.
    """
    guards: list[Guard] = []
    unguarded: dict[str, str] = {}
    for rule in sorted(rules, key=lambda each: each.id):
        try:
            guards.append(_guard(rule, effect))
        except NotExpressibleError as error:
            unguarded[rule.id] = str(error)
    groups: dict[str, list[str]] = {}
    for guard in guards:
        for control in guard.rule.mappings.get(framework, ()):
            groups.setdefault(control, []).append(guard.rule.id)
    by_control = {control: tuple(ids) for control, ids in sorted(groups.items())}
    return Initiative(tuple(guards), unguarded, by_control, framework)


def _guard(rule: Rule, effect: str) -> Guard:
    """Return the policy for a rule.

    Raises:
        NotExpressibleError: There is none.
    """
    if known := builtin_for(rule.id):
        return Guard(rule, known, known.effect_for(effect))
    return Guard(rule, definition_of(rule), next(e for e in EFFECTS if e.lower() == effect))


def set_properties(initiative: Initiative, reference: Mapping[str, object]) -> dict[str, object]:
    """Return the content of the policy set, in the form of Azure Resource Manager.

    Args:
        initiative: The set.
        reference: The reference to each definition written from a rule, by its name.
    """
    return {
        "displayName": "Azure Machine Learning guardrails",
        "description": "Prevents what amlaudit finds.",
        "policyType": "Custom",
        "metadata": {"category": CATEGORY, "version": "1.0.0"},
        "policyDefinitionGroups": [
            {"name": _group(initiative, control), "category": initiative.framework}
            for control in initiative.groups
        ],
        "policyDefinitions": [
            {
                "policyDefinitionReferenceId": guard.rule.id,
                "policyDefinitionId": _id_of(guard.policy, reference),
                "parameters": {_parameter(guard.policy): {"value": guard.effect}},
                "groupNames": [
                    _group(initiative, control)
                    for control, ids in initiative.groups.items()
                    if guard.rule.id in ids
                ],
            }
            for guard in initiative.guards
        ],
    }


def _group(initiative: Initiative, control: str) -> str:
    """Return the name of a control's group."""
    return f"{initiative.framework}_{control}"[:_LONGEST_GROUP]


def _parameter(policy: Builtin | Definition) -> str:
    """Return the name of the parameter that sets a definition's effect."""
    return policy.effect if isinstance(policy, Builtin) else "effect"


def _id_of(policy: Builtin | Definition, reference: Mapping[str, object]) -> object:
    """Return the reference to a definition."""
    if isinstance(policy, Builtin):
        return f"/providers/Microsoft.Authorization/policyDefinitions/{policy.id}"
    return reference[policy.name]

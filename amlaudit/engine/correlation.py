"""Relates findings to what Azure Policy says about the same resource under the same control.

A policy is a second opinion: where it agrees, the resource is also watched between scans; where it
does not, one of the two looks at less than the other. Neither overrides the other, and an exemption
is not a waiver.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from amlaudit.core.arm_id import name_of, normalise
from amlaudit.core.estate import Estate
from amlaudit.core.path import read
from amlaudit.core.policy_view import Compliance, PolicyView
from amlaudit.core.relations import POLICY_EVALUATION, POLICY_STATE
from amlaudit.core.report import Finding
from amlaudit.core.resource import Document, Resource
from amlaudit.engine.policy_details import (
    attestations_of,
    compliance_named,
    exemptions_of,
    expressions_of,
    remediations_of,
    text_of,
)

_FRAMEWORK: Final = "azure_policy"


def correlated(findings: Iterable[Finding], estate: Estate) -> Iterator[Finding]:
    """Yield findings with the states of assigned policies that their rules are mapped to."""
    if POLICY_STATE not in estate.store.counts():
        yield from findings
        return

    @lru_cache(maxsize=1)  # the findings of a resource are consecutive
    def states_of(resource_id: str) -> Sequence[Resource]:
        return tuple(estate.store.under(resource_id, POLICY_STATE))

    for finding in findings:
        mapped = finding.rule.mappings.get(_FRAMEWORK, ())
        states = states_of(finding.resource.id) if mapped else ()
        views = tuple(_views(finding.resource.id, mapped, states, estate)) if states else ()
        yield replace(finding, policies=views) if views else finding


def _views(
    resource_id: str, mapped: Iterable[str], states: Iterable[Resource], estate: Estate
) -> Iterator[PolicyView]:
    """Yield what the policies with some definitions say about a resource, by id of the state."""
    wanted = {each.lower() for each in mapped}
    evaluations = {each.name: each for each in estate.store.under(resource_id, POLICY_EVALUATION)}
    for state in states:
        definition = name_of(normalise(text_of(state.body, "policyDefinitionId")))
        if definition in wanted:
            yield PolicyView(
                definition,
                normalise(text_of(state.body, "policyAssignmentId")),
                text_of(state.body, "policyDefinitionAction").lower(),
                _compliance_of(state.body),
                text_of(state.body, "timestamp"),
                _scope_of(state.body),
                tuple(expressions_of(evaluations.get(state.name, state).body)),
                tuple(remediations_of(resource_id, state.body, estate)),
                tuple(attestations_of(resource_id, state.body, estate)),
                tuple(exemptions_of(resource_id, state.body, estate)),
            )


def _scope_of(state: Document) -> str:
    """Return the id of the scope a policy is assigned to, empty if a state does not say."""
    scope = text_of(state, "policyAssignmentScope")
    return normalise(scope) if scope else ""


def _compliance_of(state: Document) -> Compliance:
    """Return the compliance in a state; old API versions give only a boolean."""
    if stated := text_of(state, "complianceState"):
        return compliance_named(stated)
    flag = read(state, ("properties", "isCompliant"))
    if isinstance(flag, bool):
        return Compliance.COMPLIANT if flag else Compliance.NON_COMPLIANT
    return Compliance.UNKNOWN

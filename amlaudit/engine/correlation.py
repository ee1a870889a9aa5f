"""Findings side by side with what Azure Policy says of the same resource by the same control.

A policy is another pair of eyes: where it agrees, somebody watches between scans; where it does
not, one of the two looks at less than the other. Neither rewrites the other, and an exemption is no
waiver.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from amlaudit.core.arm_id import name_of, normalise
from amlaudit.core.estate import Estate
from amlaudit.core.path import read
from amlaudit.core.policy_view import Compliance, PolicyView
from amlaudit.core.relations import POLICY_STATE
from amlaudit.core.report import Finding
from amlaudit.core.resource import Document

_FRAMEWORK: Final = "azure_policy"
_STATES: Final = {
    "compliant": Compliance.COMPLIANT,
    "noncompliant": Compliance.NON_COMPLIANT,
    "exempt": Compliance.EXEMPT,
    "conflict": Compliance.CONFLICTING,
    "conflicting": Compliance.CONFLICTING,
}


def correlated(findings: Iterable[Finding], estate: Estate) -> Iterator[Finding]:
    """Yield findings with what assigned policies say that their rules are mapped to."""
    for finding in findings:
        mapped = finding.rule.mappings.get(_FRAMEWORK, ())
        views = tuple(_views(finding.resource.id, mapped, estate)) if mapped else ()
        yield replace(finding, policies=views) if views else finding


def _views(resource_id: str, mapped: Iterable[str], estate: Estate) -> Iterator[PolicyView]:
    """Yield what the policies among some definitions say of a resource, by id of the state."""
    wanted = {each.lower() for each in mapped}
    for state in estate.store.under(resource_id, POLICY_STATE):
        definition = name_of(normalise(_text(state.body, "policyDefinitionId")))
        if definition in wanted:
            yield PolicyView(
                definition,
                normalise(_text(state.body, "policyAssignmentId")),
                _text(state.body, "policyDefinitionAction").lower(),
                _compliance_of(state.body),
                _text(state.body, "timestamp"),
            )


def _compliance_of(state: Document) -> Compliance:
    """Return what a state says; old API versions give no more than a boolean."""
    if told := _text(state, "complianceState").lower():
        return _STATES.get(told, Compliance.UNKNOWN)
    flag = read(state, ("properties", "isCompliant"))
    if isinstance(flag, bool):
        return Compliance.COMPLIANT if flag else Compliance.NON_COMPLIANT
    return Compliance.UNKNOWN


def _text(state: Document, name: str) -> str:
    """Return a property of a state, empty where it has none."""
    value = read(state, ("properties", name))
    return value if isinstance(value, str) else ""

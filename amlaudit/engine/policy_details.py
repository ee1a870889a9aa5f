"""The details of a policy state: what was evaluated, remediations, and what people attest."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from amlaudit.core.arm_id import normalise, scopes_of
from amlaudit.core.estate import Estate
from amlaudit.core.path import read
from amlaudit.core.policy_view import (
    Attestation,
    Compliance,
    Exemption,
    Expression,
    Remediation,
)
from amlaudit.core.relations import POLICY_ATTESTATION, POLICY_EXEMPTION, POLICY_REMEDIATION
from amlaudit.core.resource import Document, Resource

_STATES: Final = {
    "compliant": Compliance.COMPLIANT,
    "noncompliant": Compliance.NON_COMPLIANT,
    "exempt": Compliance.EXEMPT,
    "conflict": Compliance.CONFLICTING,
    "conflicting": Compliance.CONFLICTING,
}
_MAX_EXPRESSIONS: Final = 20
"""Expressions kept per evaluation; a policy that looks at a list reports each member."""
_LONGEST: Final = 500
"""Characters kept of a value that a policy saw."""


def compliance_named(state: str) -> Compliance:
    """Return the compliance for Azure's word for it."""
    return _STATES.get(state.lower(), Compliance.UNKNOWN)


def expressions_of(state: Document) -> Iterator[Expression]:
    """Yield what a policy looked at, as far as its state shows.

    https://learn.microsoft.com/azure/governance/policy/how-to/determine-non-compliance
    """
    evaluated = read(state, ("properties", "policyEvaluationDetails", "evaluatedExpressions"))
    looks = (
        [each for each in evaluated if isinstance(each, Mapping)]
        if isinstance(evaluated, list)
        else []
    )
    for each in looks[:_MAX_EXPRESSIONS]:
        yield Expression(
            str(each.get("path") or each.get("expression") or ""),
            str(each.get("operator") or ""),
            _spelled(each.get("expressionValue")),
            _spelled(each.get("targetValue")),
            str(each.get("result")).lower() == "true",
        )


def remediations_of(resource_id: str, state: Document, estate: Estate) -> Iterator[Remediation]:
    """Yield the tasks that remediate what an assignment finds in a resource, by id."""
    for task in _of_assignment(POLICY_REMEDIATION, resource_id, state, estate):
        yield Remediation(
            task.name,
            text_of(task.body, "provisioningState"),
            _number(task.body, "totalDeployments"),
            _number(task.body, "failedDeployments"),
        )


def attestations_of(resource_id: str, state: Document, estate: Estate) -> Iterator[Attestation]:
    """Yield what people attest about a resource for a policy, by id."""
    for each in _of_assignment(POLICY_ATTESTATION, resource_id, state, estate):
        yield Attestation(
            each.name,
            compliance_named(text_of(each.body, "complianceState")),
            text_of(each.body, "owner"),
            text_of(each.body, "expiresOn"),
            text_of(each.body, "comments")[:_LONGEST],
        )


def exemptions_of(resource_id: str, state: Document, estate: Estate) -> Iterator[Exemption]:
    """Yield the exemptions of a resource from a policy, by id."""
    for each in _of_assignment(POLICY_EXEMPTION, resource_id, state, estate):
        yield Exemption(
            text_of(each.body, "displayName") or each.name,
            text_of(each.body, "exemptionCategory"),
            text_of(each.body, "expiresOn"),
            text_of(each.body, "description")[:_LONGEST],
        )


def text_of(document: Document, name: str) -> str:
    """Return a property of a document, empty if it has none."""
    value = read(document, ("properties", name))
    return value if isinstance(value, str) else ""


def _of_assignment(
    arm_type: str, resource_id: str, state: Document, estate: Estate
) -> Iterator[Resource]:
    """Yield the resources of a type at or above a resource for the assignment of a state.

    An initiative is one assignment of many policies: what names one of them is only for that one.
    """
    assignment = normalise(text_of(state, "policyAssignmentId"))
    member = text_of(state, "policyDefinitionReferenceId").lower()
    for scope in scopes_of(resource_id):
        for each in estate.store.under(scope, arm_type):
            is_same = normalise(text_of(each.body, "policyAssignmentId")) == assignment
            if is_same and (not (named := _members(each.body)) or member in named):
                yield each


def _members(document: Document) -> frozenset[str]:
    """Return the policies of an initiative that something is for; empty: all of them.

    An exemption names several, a task or an attestation one.
    """
    several = read(document, ("properties", "policyDefinitionReferenceIds"))
    one = text_of(document, "policyDefinitionReferenceId")
    named = several if isinstance(several, list) else [one]
    return frozenset(each.lower() for each in named if isinstance(each, str) and each)


def _number(task: Document, name: str) -> int | None:
    """Return how many deployments a task counts, None if it does not say."""
    value = read(task, ("properties", "deploymentStatus", name))
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _spelled(value: Any) -> str:  # noqa: ANN401 - a JSON value
    """Return a value that a policy saw, as text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:_LONGEST]

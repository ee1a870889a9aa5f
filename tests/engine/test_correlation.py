"""What Azure Policy says stands beside a verdict, and never changes it."""

from dataclasses import replace
from typing import Any

import pytest

from amlaudit.core.estate import Estate
from amlaudit.core.memory import MemoryStore
from amlaudit.core.policy_view import Compliance
from amlaudit.core.report import Finding, ResourceRef
from amlaudit.core.resource import Resource
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status, Verdict, fail, not_applicable, ok
from amlaudit.engine.correlation import correlated
from tests.estates import WORKSPACE_ID as ID
from tests.estates import resource
from tests.reporters.sample_rules import rule_on_workspaces

GUID = "438c38d2-3772-465a-a9cc-7a6666a275ce"
DEFINITION = f"/providers/Microsoft.Authorization/policyDefinitions/{GUID.upper()}"
ASSIGNMENT = "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/Closed"


def _state(name: str = "one", **properties: Any) -> Resource:
    told = {"policyDefinitionId": DEFINITION, "policyAssignmentId": ASSIGNMENT, "resourceId": ID}
    state_id = f"{ID}/providers/microsoft.policyinsights/policystates/{name}"
    return resource(state_id, {"properties": told | properties})


def _finding(verdict: Verdict, *states: Resource, mapped: tuple[str, ...] = (GUID,)) -> Finding:
    rule = rule_on_workspaces(1201, "It is closed", Severity.HIGH, lambda _: verdict)
    found = Finding(
        replace(rule, mappings={"azure_policy": mapped}), ResourceRef(ID, "t", "w"), verdict
    )
    (seen,) = correlated([found], Estate(MemoryStore(states)))
    assert (seen.verdict, seen.id) == (found.verdict, found.id)
    return seen


def test_a_policy_that_the_rule_is_mapped_to_is_told_with_its_assignment() -> None:
    state = _state(
        complianceState="NonCompliant", policyDefinitionAction="Deny", timestamp="2026-01-01"
    )
    (view,) = _finding(fail("open"), state).policies
    assert view == (GUID, ASSIGNMENT.lower(), "deny", Compliance.NON_COMPLIANT, "2026-01-01")


def test_other_policies_are_no_business_of_the_rule() -> None:
    assert _finding(fail("open"), _state(), mapped=("another",)).policies == ()
    assert _finding(fail("open"), _state(), mapped=()).policies == ()


@pytest.mark.parametrize(
    ("told", "compliance"),
    [
        ({"complianceState": "Compliant"}, Compliance.COMPLIANT),
        ({"complianceState": "Exempt"}, Compliance.EXEMPT),
        ({"complianceState": "Conflict"}, Compliance.CONFLICTING),
        ({"complianceState": "NotStarted"}, Compliance.UNKNOWN),
        ({"isCompliant": True}, Compliance.COMPLIANT),
        ({"isCompliant": False}, Compliance.NON_COMPLIANT),
        ({"isCompliant": "yes"}, Compliance.UNKNOWN),
        ({}, Compliance.UNKNOWN),
    ],
)
def test_compliance_is_told_in_azure_s_words(told: Any, compliance: Compliance) -> None:
    (view,) = _finding(ok("closed"), _state(**told)).policies
    assert view.compliance is compliance


@pytest.mark.parametrize(
    ("verdict", "told", "disputed"),
    [
        (fail("open"), ["Compliant"], True),
        (fail("open"), ["Compliant", "NonCompliant"], False),
        (fail("open"), ["NonCompliant"], False),
        (fail("open"), ["Exempt"], False),
        (ok("closed"), ["NonCompliant"], True),
        (ok("closed"), ["Compliant", "NonCompliant"], True),
        (ok("closed"), ["Compliant"], False),
        (ok("closed"), [], False),
        (not_applicable("a project"), ["NonCompliant"], False),
    ],
)
def test_opposite_verdicts_are_a_dispute(
    verdict: Verdict, told: list[str], disputed: object
) -> None:
    states = [_state(f"s{n}", complianceState=each) for n, each in enumerate(told)]
    assert _finding(verdict, *states).is_disputed is disputed


def test_an_exemption_is_no_waiver() -> None:
    exempt = _finding(fail("open"), _state(complianceState="Exempt"))
    assert exempt.waiver is None
    assert exempt.verdict.status is Status.FAIL

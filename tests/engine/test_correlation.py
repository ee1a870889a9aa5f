"""What Azure Policy says is shown next to a verdict, and never changes it."""

from typing import Any

import pytest
from msgspec.structs import replace

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


def test_a_mapped_policy_is_shown_with_its_assignment() -> None:
    state = _state(
        complianceState="NonCompliant", policyDefinitionAction="Deny", timestamp="2026-01-01"
    )
    (view,) = _finding(fail("open"), state).policies
    assert view[:5] == (
        GUID,
        ASSIGNMENT.lower(),
        "deny",
        Compliance.NON_COMPLIANT,
        "2026-01-01",
    )
    assert view[5:] == ("", (), (), (), ())


def test_unmapped_policies_are_ignored() -> None:
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
def test_compliance_is_shown_in_azures_terms(told: Any, compliance: Compliance) -> None:
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


def test_an_exemption_is_not_a_waiver() -> None:
    exempt = _finding(fail("open"), _state(complianceState="Exempt"))
    assert exempt.waiver is None
    assert exempt.verdict.status is Status.FAIL


def _beside(kind: str, scope: str = ID, name: str = "one", **properties: Any) -> Resource:
    told = {"policyAssignmentId": ASSIGNMENT.upper(), "resourceId": ID}
    resource_id = f"{scope}/providers/microsoft.policyinsights/{kind}/{name}"
    return resource(resource_id, {"properties": told | properties})


LOOK = {
    "result": "True",
    "expressionKind": "Field",
    "expression": "Microsoft.MachineLearningServices/workspaces/publicNetworkAccess",
    "path": "properties.publicNetworkAccess",
    "expressionValue": "Enabled",
    "targetValue": ["Disabled", None],
    "operator": "NotIn",
}


@pytest.mark.parametrize("kind", ["policystates", "policyevaluations"])
def test_the_values_that_a_policy_evaluated_are_shown(kind: str) -> None:
    details = {"evaluatedExpressions": [LOOK, {"expression": "[1]", "result": False}, "odd"]}
    told = [_state()] if kind == "policyevaluations" else []
    told.append(
        _beside(
            kind,
            policyDefinitionId=DEFINITION,
            policyEvaluationDetails=details,
        )
    )
    (view,) = _finding(fail("open"), *told).policies
    assert view.expressions == (
        ("properties.publicNetworkAccess", "NotIn", "Enabled", '["Disabled", null]', True),
        ("[1]", "", "null", "null", False),
    )


@pytest.mark.parametrize("odd", [None, "x", [], {"evaluatedExpressions": {}}, {"other": 1}])
def test_an_evaluation_of_an_unexpected_shape_is_ignored(odd: Any) -> None:
    (view,) = _finding(fail("open"), _state(policyEvaluationDetails=odd)).policies
    assert view.expressions == ()


def test_values_that_a_policy_saw_are_shown_verbatim_with_their_path_if_any() -> None:
    details = {"evaluatedExpressions": [{"operator": "In", "targetValue": ["Zürich"]}]}
    (view,) = _finding(fail("open"), _state(policyEvaluationDetails=details)).policies
    assert view.expressions == (("", "In", "null", '["Zürich"]', False),)


def test_what_is_long_is_cut() -> None:
    looks = [{**LOOK, "expressionValue": "x" * 9_000}] * 99
    state = _state(policyEvaluationDetails={"evaluatedExpressions": looks})
    (view,) = _finding(fail("open"), state).policies
    assert len(view.expressions) == 20
    assert len(view.expressions[0].found) == 500


def test_the_scope_of_an_assignment_is_shown() -> None:
    group = "/providers/Microsoft.Management/managementGroups/Contoso"
    (view,) = _finding(fail("open"), _state(policyAssignmentScope=group)).policies
    assert view.scope == group.lower()


SUBSCRIBED = "/".join(ID.split("/")[:3])


@pytest.mark.parametrize("scope", [ID, SUBSCRIBED, ID.partition("/providers/")[0]])
def test_a_remediation_task_is_shown(scope: str) -> None:
    task = _beside(
        "remediations",
        scope,
        provisioningState="Failed",
        deploymentStatus={"totalDeployments": 3, "failedDeployments": 1},
    )
    (view,) = _finding(fail("open"), _state(), task).policies
    assert view.remediations == (("one", "Failed", 3, 1),)


def test_a_task_with_few_details_is_still_shown() -> None:
    task = _beside("remediations", deploymentStatus={"totalDeployments": True})
    (view,) = _finding(fail("open"), _state(), task).policies
    assert view.remediations == (("one", "", None, None),)


def test_attestations_are_shown_and_change_nothing() -> None:
    stated = _beside(
        "attestations",
        complianceState="Compliant",
        owner="me",
        expiresOn="2027-01-01",
        comments="seen by us",
    )
    found = _finding(fail("open"), _state(complianceState="NonCompliant"), stated)
    (view,) = found.policies
    assert view.attestations == (("one", Compliance.COMPLIANT, "me", "2027-01-01", "seen by us"),)
    assert view.compliance is Compliance.NON_COMPLIANT
    assert not found.is_disputed


@pytest.mark.parametrize(
    ("members", "is_told"),
    [(["Member", "other"], True), (["other"], False), ([], True), (["Member", 1], True)],
)
def test_an_exemption_is_shown_where_it_concerns_the_policy(
    members: list[object],
    is_told: bool,  # noqa: FBT001 - of pytest
) -> None:
    written = {
        "policyAssignmentId": ASSIGNMENT,
        "policyDefinitionReferenceIds": members,
        "exemptionCategory": "Waiver",
        "expiresOn": "2027-01-01",
        "description": "rebuilt weekly",
    }
    place = f"{SUBSCRIBED}/providers/microsoft.authorization/policyexemptions/pilot"
    exemption = resource(place, {"properties": written})
    state = _state(policyDefinitionReferenceId="member", complianceState="Exempt")
    found = _finding(fail("open"), state, exemption)
    told = (("pilot", "Waiver", "2027-01-01", "rebuilt weekly"),)
    assert found.policies[0].exemptions == (told if is_told else ())
    assert found.waiver is None


def test_an_exemption_is_shown_by_its_display_name() -> None:
    written = {"policyAssignmentId": ASSIGNMENT, "displayName": "Pilot of the lab"}
    place = f"{SUBSCRIBED}/providers/microsoft.authorization/policyexemptions/pilot"
    (view,) = _finding(fail("open"), _state(), resource(place, {"properties": written})).policies
    assert [each.name for each in view.exemptions] == ["Pilot of the lab"]


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [
        ({"policyAssignmentId": "/another"}, False),
        ({"policyDefinitionReferenceId": "Member"}, True),
        ({"policyDefinitionReferenceId": "other"}, False),
        ({"policyDefinitionReferenceId": ""}, True),
    ],
)
def test_what_is_for_another_assignment_or_member_is_left_out(
    changes: dict[str, str],
    is_told: bool,  # noqa: FBT001 - of pytest
) -> None:
    task = _beside("remediations", **changes)
    (view,) = _finding(fail("open"), _state(policyDefinitionReferenceId="member"), task).policies
    assert bool(view.remediations) is is_told


def test_evaluations_of_other_resources_are_omitted() -> None:
    elsewhere = _beside("attestations", ID.replace("/ws", "/other"))
    (view,) = _finding(fail("open"), _state(), elsewhere).policies
    assert view.attestations == ()


@pytest.mark.parametrize(
    ("told", "contested"),
    [
        (["Compliant", "NonCompliant"], True),
        (["Conflict"], True),
        (["Compliant", "Compliant"], False),
        (["NonCompliant", "Exempt"], False),
        ([], False),
    ],
)
def test_contradicting_policies_are_reported(
    told: list[str],
    contested: bool,  # noqa: FBT001 - of pytest
) -> None:
    states = [_state(str(at), complianceState=each) for at, each in enumerate(told)]
    assert _finding(fail("open"), *states).is_contested is contested

"""AML2206: the workspace and its dependencies comply with policies."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Final

from amlaudit import Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule

PARTS: Final = (
    "computes",
    "online-endpoints",
    "batch-endpoints",
    "storage",
    "key-vault",
    "container-registry",
)
LONGEST_SINCE_EVALUATION: Final = timedelta(hours=48)
# https://learn.microsoft.com/azure/governance/policy/concepts/compliance-states
IN_ORDER: Final = ("compliant", "exempt")


@rule(
    id="AML2206",
    title="The workspace and its dependencies comply with all assigned policies",
    severity="low",
    severity_reason="If policy and audit results differ, one of the two lacks a rule.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Azure Policy evaluates the same resources every day against the organization's own "
        "rules. A violation that is neither remediated nor exempted for a limited time is "
        "an open decision; if this audit finds nothing there, the two should be aligned."
    ),
    fix=Fix(
        "az policy remediation create --name <name> --policy-assignment <assignment> "
        "--resource {id}",
        undeclared=(
            "Azure Policy reports the violation and re-evaluates the resource once it is fixed."
        ),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/how-to-integrate-azure-policy",),
    mappings={"mcsb": ("PV-2",), "waf": ("Security",)},
)
def policies_met(workspace: Subject) -> Verdict:
    """Check the policy states of the workspace and of the resources that belong to it.

    Its own latest state must not be older than two days: none, or older ones, say nothing about
    today.
    """
    if not any(True for _ in workspace.follow("policy-assignments")):
        return not_applicable("no policy is assigned to the workspace")
    unclear = None
    for part in chain([workspace], *map(workspace.follow, PARTS)):
        for state in _states_of(part):
            compliance = state.text("properties.complianceState")
            if compliance == "noncompliant":
                return fail(f"{part.name} does not comply with a policy")
            if compliance not in IN_ORDER:
                unclear = state.unfamiliar("properties.complianceState", compliance)
    if unclear:
        raise unclear
    if not any(map(_is_new, _states_of(workspace))):
        raise workspace.outdated("policyStates", "none in the last two days")
    return ok()


def _states_of(part: Subject) -> Iterator[Subject]:
    """Yield the policy states of a resource without those of the scopes above it."""
    for state in part.follow("policy-states"):
        if arm_id.normalise(state.text("properties.resourceId")) == part.id:
            yield state


def _is_new(state: Subject) -> bool:
    """Tell whether a state was not too old when it was read."""
    return state.time("properties.timestamp") >= state.read_at - LONGEST_SINCE_EVALUATION

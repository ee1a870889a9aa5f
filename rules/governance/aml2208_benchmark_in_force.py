"""AML2208: the initiative behind Defender for Cloud is in force, with no checks disabled."""

from typing import Final

from amlaudit import Change, Fix, Subject, Verdict, adding, arm_id, fail, not_applicable, ok, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.patterns import matches
from amlaudit.readings.policies import assignments_in_force, is_exempted, leaves_out

SETS: Final = "/providers/Microsoft.Authorization/policySetDefinitions/"
BENCHMARK: Final = "1f3afdf9-d0c9-4c3d-847f-89da613e70a8"
SECOND: Final = "e3ec7e09-768c-4b64-882c-fcada3772047"
DISABLED: Final = "disabled"


@rule(
    id="AML2208",
    title=(
        "The Microsoft cloud security benchmark initiative is in force, with no checks disabled"
    ),
    severity="info",
    severity_reason=(
        "It reports and prevents nothing by itself, but whatever it does not check looks secure."
    ),
    applies_to="Microsoft.Resources/subscriptions",
    because=(
        "Recommendations and the secure score come from one initiative that is assigned to "
        "the subscription or above. Without it, or with checks for workspaces, storage "
        "accounts, key vaults and registries disabled in its parameters, the score rises "
        "and nobody is told why."
    ),
    fix=Fix(
        f"az policy assignment create --name benchmark --policy-set-definition {BENCHMARK} "
        "--scope {id}",
        change=Change.CREATE_COMPANION,
        note="If it is assigned, remove the parameters that disable the checks listed here.",
        companions=(
            adding(
                "Microsoft.Authorization/policyAssignments",
                "benchmark",
                {
                    "properties": {
                        "policyDefinitionId": SETS + BENCHMARK,
                        "enforcementMode": "Default",
                        "parameters": {},
                    }
                },
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-integrate-azure-policy",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policySetDefinitions/Security%20Center/AzureSecurityCenter.json",
        "https://github.com/Azure/azure-policy/blob/master/built-in-policies/policySetDefinitions/Security%20Center/MCSBv2.json",
    ),
    mappings={
        "cis_azure": ["3.0.0:3.1.11", "4.0.0:9.1.11", "5.0.0:8.1.11", "6.0.0:8.1.11"],
        "iso_27001_2022": ["A.5.1"],
        "waf": ["Security"],
    },
    parameters={
        "benchmarks": ((BENCHMARK, SECOND), "Names of initiatives, one of which must be in force."),
        "watched_parameters": (
            (
                "*machinelearning*",
                "*storage*",
                "*blob*",
                "*keyvault*",
                "*containerregistr*",
            ),
            "Parameters of the initiative that must not be Disabled; * matches any text.",
        ),
    },
)
def benchmark_in_force(subscription: Subject) -> Verdict:
    """Look for the assignment, at the subscription or above, and for what it disables.

    What the initiative itself disables by default does not count, nor do exemptions from some of
    its policies.
    """
    workspaces = list(subscription.follow("workspaces"))
    if not workspaces:
        return not_applicable("the subscription has no workspace")
    problem = "the benchmark is not in force"
    for policy, assignment in assignments_in_force(subscription):
        if arm_id.name_of(policy) in texts_of(subscription, "benchmarks"):
            if left_out := [each.name for each in workspaces if leaves_out(assignment, each)]:
                problem = f"{assignment.name} excludes {', '.join(sorted(left_out))}"
            elif silenced := _silenced(assignment):
                problem = f"{assignment.name} disables {', '.join(sorted(silenced))}"
            elif spared := [each.name for each in workspaces if is_exempted(each, assignment)]:
                problem = f"{', '.join(sorted(spared))}: exempted from {assignment.name}"
            else:
                return ok()
    return fail(problem)


def _silenced(assignment: Subject) -> list[str]:
    """Return the watched parameters that an assignment disables against their default."""
    disabled = [
        each.prefix[-1]
        for each in assignment.each("properties.parameters", default=(), keyed=True)
        if str(each.get("value", default="")).lower() == DISABLED
        and matches(assignment, "watched_parameters", each.prefix[-1])
    ]
    return [
        name
        for initiative in (assignment.follow("initiative") if disabled else ())
        for name in disabled
        if initiative.text(f"properties.parameters['{name}'].defaultValue", default="") != DISABLED
    ]

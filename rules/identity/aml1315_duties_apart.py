"""AML1315: who experiments in production does not administer computes there."""

from collections import defaultdict

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import CONTRIBUTOR, OWNER, holder_of, is_people, role_of

DATA_SCIENTIST = "f6c7c914-8db3-469d-8ca1-694a8f32e121"
COMPUTE_OPERATOR = "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815"


@rule(
    id="AML1315",
    title="Nobody holds roles for experiments and for computes at once in production",
    severity="low",
    severity_reason="It takes a colleague who means harm, or a stolen account of just that one.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Whoever makes computes can give them a powerful identity, and whoever submits jobs runs "
        "code as that identity. Together, the two turn the right to experiment into whatever that "
        "identity may do. In production two groups should have to agree."
    ),
    fix=Fix(
        "az role assignment delete --assignee <principal id> --role <role> --scope <scope>",
        note="Make one group for experiments and one for computes first.",
        companions=(removing("role-assignments"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
    ),
    mappings={"mcsb": ("PA-7",), "waf": ("Security",)},
    parameters={
        "environments": (("prod",), "Environments in which the duties are kept apart."),
        "experiment_roles": ((DATA_SCIENTIST,), "Ids of roles that are given for experiments."),
        "compute_roles": (
            (COMPUTE_OPERATOR, CONTRIBUTOR, OWNER),
            "Ids of roles that make and change computes.",
        ),
    },
)
def duties_apart(workspace: Subject) -> Verdict:
    """Gather the roles of each user and group on the workspace and above it.

    What they hold as members of a group is not seen.
    """
    if workspace.context("environment") not in texts_of(workspace, "environments"):
        return not_applicable("the workspace is not in one of the environments")
    duties = [texts_of(workspace, each) for each in ("experiment_roles", "compute_roles")]
    held: defaultdict[str, set[str]] = defaultdict(set)
    for grant in workspace.follow("role-assignments"):
        if is_people(grant):
            holder = holder_of(grant)
            held[holder].add(role_of(grant))
            if all(held[holder] & roles for roles in duties):
                return fail(f"{holder} may experiment and administer computes")
    return ok()

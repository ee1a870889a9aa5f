"""AML1315: in production, experimenting and managing compute are separate duties."""

from collections import defaultdict

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import CONTRIBUTOR, OWNER, holder_of, is_people, role_of

DATA_SCIENTIST = "f6c7c914-8db3-469d-8ca1-694a8f32e121"
COMPUTE_OPERATOR = "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815"


@rule(
    id="AML1315",
    title="In production, nobody has roles both for experiments and for managing compute",
    severity="low",
    severity_reason=(
        "Exploiting it takes a malicious insider or the compromise of that one account."
    ),
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "Users who create compute can assign it a privileged identity, and users who submit "
        "jobs run code with that identity. Combined, the two turn permission to experiment "
        "into everything that the identity can do. In production, this should require two "
        "groups."
    ),
    fix=Fix(
        "az role assignment delete --assignee <principal id> --role <role> --scope <scope>",
        note="First create one group for experiments and one for managing compute.",
        companions=(removing("role-assignments"),),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
    ),
    mappings={"mcsb": ("PA-7",), "waf": ("Security",)},
    parameters={
        "environments": (("prod",), "Environments in which the duties must be separated."),
        "experiment_roles": ((DATA_SCIENTIST,), "IDs of role definitions for experiments."),
        "compute_roles": (
            (COMPUTE_OPERATOR, CONTRIBUTOR, OWNER),
            "IDs of role definitions that create and change compute.",
        ),
    },
)
def duties_apart(workspace: Subject) -> Verdict:
    """Collect the roles of each user and group on the workspace and above it.

    Roles that they hold through group membership are not seen.
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
                return fail(f"{holder} can both run experiments and manage compute")
    return ok()

"""AML1320: no user-assigned identity serves two workspaces."""

from collections.abc import Iterator

from amlaudit import Change, Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import identities_in
from amlaudit.readings.sharing import family_of


@rule(
    id="AML1320",
    title="No user-assigned identity serves two workspaces or two environments",
    severity="medium",
    severity_reason="Rights that production needs then hold in development too.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "An identity has its roles wherever it is used. One that a production workspace shares "
        "with a sandbox lets the sandbox read what production reads, and nobody can take the one "
        "without the other. A hub and its projects in one environment may share."
    ),
    fix=Fix(
        "az identity create --name <name> --resource-group {group}",
        change=Change.CREATE_COMPANION,
        note="Give it the roles of one purpose only, then replace the shared identity by it.",
        companions=(
            setting(
                "Microsoft.MachineLearningServices/workspaces",
                {"identity.userAssignedIdentities": {"<identity id>": {}}},
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces/computes",
                {"identity.userAssignedIdentities": {"<identity id>": {}}},
                via=("computes",),
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
                {"identity.userAssignedIdentities": {"<identity id>": {}}},
                via=("online-endpoints",),
            ),
            setting(
                "Microsoft.MachineLearningServices/workspaces/batchEndpoints",
                {"identity.userAssignedIdentities": {"<identity id>": {}}},
                via=("batch-endpoints",),
            ),
        ),
    ),
    sources=(
        "https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication",
        "https://learn.microsoft.com/azure/cloud-adoption-framework/ready/azure-best-practices/ai-machine-learning-enterprise-security",
    ),
    mappings={"mcsb": ("IM-3", "PA-7"), "waf": ("Security",)},
    parameters={
        "allowed_shared_identities": ((), "Ids of identities that are shared by decision.")
    },
)
def identity_not_shared(workspace: Subject) -> Verdict:
    """Compare the workspace's identities with those of other workspaces and their parts.

    Of workspaces in other subscriptions only those are looked at that have such an identity
    themselves, not through a compute or an endpoint.
    """
    own = set(identities_in(workspace)) - texts_of(workspace, "allowed_shared_identities")
    if not own:
        return not_applicable("the workspace has no user-assigned identity of its own")
    for other in _others(workspace):
        if other.id == workspace.id or _belong_together(workspace, other):
            continue
        for shared in sorted(own.intersection(identities_in(other))):
            return fail(f"{arm_id.name_of(shared)} serves {other.name} too")
    return ok()


def _others(workspace: Subject) -> Iterator[Subject]:
    """Yield the workspaces anywhere that use the same identities, and those of the subscription."""
    for identity in workspace.follow("identities"):
        yield from identity.follow("workspaces-by-identity")
    for subscription in workspace.follow("subscription"):
        yield from subscription.follow("workspaces")


def _belong_together(one: Subject, other: Subject) -> bool:
    """Tell whether two workspaces are of one hub and in one environment."""
    return family_of(one) == family_of(other) and (
        one.context("environment") == other.context("environment")
    )

"""AML1320: no user-assigned identity is shared by two workspaces."""

from collections.abc import Iterator

from amlaudit import Change, Fix, Subject, Verdict, arm_id, fail, not_applicable, ok, rule, setting
from amlaudit.readings.parameters import texts_of
from amlaudit.readings.permissions import identities_in
from amlaudit.readings.sharing import family_of


@rule(
    id="AML1320",
    title="No user-assigned identity is shared by two workspaces or environments",
    severity="medium",
    severity_reason="Permissions that production needs then also apply in development.",
    applies_to="Microsoft.MachineLearningServices/workspaces",
    because=(
        "An identity has its roles wherever it is used. If a production workspace shares "
        "its identity with a sandbox, the sandbox can read what production reads, and "
        "access cannot be revoked for only one of them. A hub and its projects in the same "
        "environment may share an identity."
    ),
    fix=Fix(
        "az identity create --name <name> --resource-group {group}",
        change=Change.CREATE_COMPANION,
        note=(
            "Assign it the roles for one purpose only, then replace the shared identity with it."
        ),
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
        "allowed_shared_identities": ((), "IDs of identities that are intentionally shared.")
    },
)
def identity_not_shared(workspace: Subject) -> Verdict:
    """Compare the workspace's identities with those of other workspaces and their parts.

    In other subscriptions, only workspaces that use such an identity themselves are checked, not
    those that use it through a compute or an endpoint.
    """
    own = set(identities_in(workspace)) - texts_of(workspace, "allowed_shared_identities")
    if not own:
        return not_applicable("the workspace has no user-assigned identity of its own")
    for other in _others(workspace):
        if other.id == workspace.id or _belong_together(workspace, other):
            continue
        for shared in sorted(own.intersection(identities_in(other))):
            return fail(f"{arm_id.name_of(shared)} is also used by {other.name}")
    return ok()


def _others(workspace: Subject) -> Iterator[Subject]:
    """Yield the workspaces anywhere that use the same identities, and those of the subscription."""
    for identity in workspace.follow("identities"):
        yield from identity.follow("workspaces-by-identity")
    for subscription in workspace.follow("subscription"):
        yield from subscription.follow("workspaces")


def _belong_together(one: Subject, other: Subject) -> bool:
    """Tell whether two workspaces belong to one hub and one environment."""
    return family_of(one) == family_of(other) and (
        one.context("environment") == other.context("environment")
    )

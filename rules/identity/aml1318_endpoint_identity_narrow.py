"""AML1318: the identity of an online endpoint reads, and administers nothing."""

from itertools import chain
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.permissions import (
    PRIVILEGED,
    allows,
    grants_to,
    identities_of,
    is_wide,
    role_of,
    scope_of,
)

STORES: Final = ("container-registry", "storage")
WRITES: Final = {
    "microsoft.containerregistry/registries/push/write",
    "microsoft.storage/storageaccounts/listkeys/action",
}
WRITES_DATA: Final = {"microsoft.storage/storageaccounts/blobservices/containers/blobs/write"}


@rule(
    id="AML1318",
    title="The identity of the endpoint administers nothing, and writes neither images nor data",
    severity="high",
    severity_reason="Scoring code takes in what strangers send, and carries these rights.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    because=(
        "Whoever makes the scoring code do something else, by a crafted request or a poisoned "
        "model, acts as the endpoint. If that may write to the registry or to the training data, "
        "the next model is spoilt as well; if it administers a resource group, so does the code."
    ),
    fix=Fix(
        "az role assignment delete --assignee <principal id> --role <role> --scope <scope>",
        companions=(
            removing("role-assignments"),
            *(removing("workspace", store, "role-assignments") for store in STORES),
            *(removing("workspace", "hub", store, "role-assignments") for store in STORES),
        ),
    ),
    sources=("https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online-auth",),
    mappings={"mcsb": ("IM-3", "PA-7"), "waf": ("Security",)},
)
def endpoint_identity_narrow(endpoint: Subject) -> Verdict:
    """Look at what the endpoint's identities hold over it and over the workspace's stores.

    The stores of a project are those of its hub. Roles through a group are not seen.
    """
    principals = identities_of(endpoint)
    if not principals:
        return not_applicable("the endpoint has no identity")
    for grant in grants_to(principals, endpoint):
        if role_of(grant) in PRIVILEGED and is_wide(grant):
            return fail(f"an identity of the endpoint may change everything in {scope_of(grant)}")
    for workspace in endpoint.follow("workspace"):
        for place in chain([workspace], workspace.follow("hub")):
            for store in chain.from_iterable(map(place.follow, STORES)):
                for grant in grants_to(principals, store):
                    if allows(grant, WRITES) or allows(grant, WRITES_DATA, "dataActions"):
                        return fail(f"an identity of the endpoint may write to {store.name}")
    return ok()

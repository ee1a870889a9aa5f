"""AML1318: the identity of an online endpoint can read, but administers nothing."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from amlaudit import Fix, Subject, Verdict, fail, not_applicable, ok, removing, rule
from amlaudit.readings.permissions import (
    OPENING_STORAGE,
    PRIVILEGED,
    allows,
    grants_to,
    identities_of,
    is_wide,
    role_of,
    scope_of,
)

REGISTRY: Final = "container-registry"
STORES: Final = (REGISTRY, "storage")
IMPORTS: Final = {"microsoft.containerregistry/registries/importimage/action"}
WRITES: Final = {
    "microsoft.containerregistry/registries/push/write",
    "microsoft.containerregistry/registries/schedulerun/action",  # tasks push what they build
    *OPENING_STORAGE,
}
WRITES_DATA: Final = {
    # https://learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions
    "microsoft.containerregistry/registries/repositories/content/write",
    "microsoft.storage/storageaccounts/blobservices/containers/blobs/write",
    "microsoft.storage/storageaccounts/fileservices/fileshares/files/write",
}
MODE: Final = "properties.roleAssignmentMode"
"""Which of the two a container registry honors; one that does not tell may honor both."""


@rule(
    id="AML1318",
    title="The endpoint's identity has no administrative role and cannot write images or data",
    severity="high",
    severity_reason="Scoring code processes untrusted input with these permissions.",
    applies_to="Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    because=(
        "Anyone who subverts the scoring code, with a crafted request or a poisoned model, "
        "acts as the endpoint. If the endpoint can write to the registry or the training "
        "data, the next model is compromised as well; if it administers a resource group, "
        "so does the attacker."
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
    """Check the roles of the endpoint's identities on it and on the workspace's stores.

    A project uses the stores of its hub. Roles held through group membership are not seen.
    """
    principals = identities_of(endpoint)
    if not principals:
        return not_applicable("the endpoint has no identity")
    for grant in grants_to(principals, endpoint):
        if role_of(grant) in PRIVILEGED and is_wide(grant):
            return fail(f"an identity of the endpoint can change everything in {scope_of(grant)}")
    for workspace in endpoint.follow("workspace"):
        for place in chain([workspace], workspace.follow("hub")):
            for relation, store in _stores(place):
                mode = store.text(MODE, default="") if relation == REGISTRY else ""
                for grant in grants_to(principals, store):
                    if _writes(grant, mode):
                        return fail(f"an identity of the endpoint can write to {store.name}")
    return ok()


def _stores(workspace: Subject) -> Iterator[tuple[str, Subject]]:
    """Yield what stores the images and data of a workspace, with the relation that leads to it."""
    for relation in STORES:
        yield from ((relation, store) for store in workspace.follow(relation))


def _writes(grant: Subject, mode: str) -> bool:
    """Tell whether a role assignment lets its holder write to a container registry or storage.

    Args:
        grant: The role assignment.
        mode: Which kind of permissions the registry honors; empty: maybe both.
    """
    acts = IMPORTS if mode == "abacrepositorypermissions" else WRITES | IMPORTS
    return allows(grant, acts) or (
        mode != "legacyregistrypermissions" and allows(grant, WRITES_DATA, "dataActions")
    )

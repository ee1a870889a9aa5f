"""Assumed workspaces: users of what a deployment declares without any workspace.

Most rules for storage accounts, vaults and registries apply to those used by workspaces. A module
that declares one does not say who will use it, but whoever audits it here intends it for a
workspace. So a workspace is assumed for each, known only to use the resource; it is not judged
itself, and reports name it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from amlaudit.core.arm_id import name_of, normalise, resource_group_of
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import (
    CONTAINER_REGISTRY,
    INSIGHTS,
    KEY_VAULT,
    STORAGE,
    WORKSPACE,
)
from amlaudit.core.resource import Origin, Resource

_USED_AS: Final = {
    STORAGE: "storageAccount",
    KEY_VAULT: "keyVault",
    CONTAINER_REGISTRY: "containerRegistry",
    INSIGHTS: "applicationInsights",
}
"""By type: the workspace property that names such a resource."""

_CERTAIN: Final = {"encryption": {"keyVaultProperties": {"keyVaultArmId": ""}}}
"""What is taken for sure: a vault is used for credentials, not for the key that encrypts."""

_SETTINGS: Final = "all but what it uses"
"""What is unknown about it."""


def assumed_users(declared: Iterable[Resource], origin: Origin) -> Iterator[Resource]:
    """Yield a workspace for each declared resource that workspaces use.

    Resources of the same name have the same workspace.

    Args:
        declared: Everything that is declared.
        origin: What the assumption is based on.
    """
    used: dict[str, list[Resource]] = {}
    for resource in declared:
        if resource.type in _USED_AS:
            used.setdefault(_id_of_user(resource), []).append(resource)
    for workspace_id, resources in used.items():
        yield _user_of(resources, workspace_id, origin)


def _id_of_user(resource: Resource) -> str:
    """Return the normalised id of the workspace assumed to use a resource."""
    scope = resource_group_of(resource.id) or "/subscriptions/assumed/resourcegroups/assumed"
    return normalise(f"{scope}/providers/{WORKSPACE}/assumed-for-{name_of(resource.id)}")


def _user_of(resources: Sequence[Resource], workspace_id: str, origin: Origin) -> Resource:
    """Return the workspace assumed to use some resources of one name."""
    name = resources[0].name
    detail = f"no workspace is declared; one that uses {name} is assumed, with unknown settings"
    gap = Gap(workspace_id, _SETTINGS, Reason.NOT_COLLECTED, detail)
    uses = {_USED_AS[each.type]: each.id for each in resources}
    body = {"id": workspace_id, "name": name_of(workspace_id), "properties": {**uses, **_CERTAIN}}
    return Resource(workspace_id, WORKSPACE, name_of(workspace_id), body, origin, (((), gap),))

"""Assumed workspaces: users of what a deployment declares without any workspace.

Most rules for storage accounts, vaults and registries apply to those used by workspaces. A module
that declares one does not say who will use it, but whoever audits it here intends it for a
workspace. So a workspace is assumed for each, known only to use the resource; it is not judged
itself, and reports name it.
"""

from collections.abc import Iterable, Iterator
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

    Args:
        declared: Everything that is declared.
        origin: What the assumption is based on.
    """
    for resource in declared:
        if resource.type in _USED_AS:
            yield _user_of(resource, origin)


def _user_of(resource: Resource, origin: Origin) -> Resource:
    """Return the workspace assumed to use a resource."""
    name = f"assumed-for-{name_of(resource.id)}"
    scope = resource_group_of(resource.id) or "/subscriptions/assumed/resourcegroups/assumed"
    workspace_id = normalise(f"{scope}/providers/{WORKSPACE}/{name}")
    detail = (
        f"no workspace is declared; one that uses {resource.name} is assumed, with unknown settings"
    )
    gap = Gap(workspace_id, _SETTINGS, Reason.NOT_COLLECTED, detail)
    properties = {_USED_AS[resource.type]: resource.id, **_CERTAIN}
    body = {"id": workspace_id, "name": name, "properties": properties}
    return Resource(workspace_id, WORKSPACE, name, body, origin, (((), gap),))

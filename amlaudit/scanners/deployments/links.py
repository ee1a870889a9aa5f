"""What declared documents say of each other, once all of them are known."""

from collections.abc import Mapping
from typing import Final

from amlaudit.core.arm_id import normalise, parent_of
from amlaudit.core.path import ABSENT, read
from amlaudit.core.relations import COMPUTE, DATASTORE, ROLE_ASSIGNMENT, STORAGE, WORKSPACE
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.document_paths import put
from amlaudit.scanners.deployments.entry import Entry
from amlaudit.scanners.deployments.identities import name_principals
from amlaudit.scanners.deployments.private_endpoints import connect

_SHARED: Final = tuple(
    ("properties", name)
    for name in ("storageAccount", "keyVault", "applicationInsights", "containerRegistry")
)
"""What a project shares with its hub."""
TAGS: Final = "microsoft.resources/tags"
"""The type of the tags of another resource, declared separately."""
MANAGED_NETWORK: Final = f"{WORKSPACE}/managednetworks"
"""The type of the managed network of a workspace, declared separately."""
_NETWORK: Final = ("properties", "managedNetwork")
"""Its settings, on the workspace and on itself."""
ATTACHED: Final = ("properties", "isAttachedCompute")
"""Whether a cluster was attached to its workspace; one that the workspace created stays so."""
_ACCOUNT: Final = ("properties", "accountName")
_ITS_PLACE: Final = (("properties", "subscriptionId"), 1), (("properties", "resourceGroup"), 3)
"""Where a datastore says where its account is, and the position of that in the account's id."""
_ATTACHABLE: Final = frozenset({"aks", "kubernetes"})
_OF_HUB: Final = Unresolved("it is the hub's, which is declared elsewhere")


def complete(entries: Mapping[str, Entry], *, may_lack_endpoints: bool) -> None:
    """Add to each document what Azure would derive from the others.

    Args:
        entries: The documents, by normalised id.
        may_lack_endpoints: Private endpoints other than those shown may be deployed.
    """
    connect(entries, may_lack_endpoints=may_lack_endpoints)
    _share_with_projects(entries)
    name_principals(entries)
    _place_assignments(entries)
    _tag_targets(entries)
    _set_managed_networks(entries)
    _mark_attached(entries)
    _name_accounts(entries)


def _share_with_projects(entries: Mapping[str, Entry]) -> None:
    """Add to projects what they share with their hub: Azure shows it in both.

    https://learn.microsoft.com/azure/ai-foundry/concepts/ai-resources
    """
    for entry in entries.values():
        hub_id = read(entry.body, ("properties", "hubResourceId"))
        if entry.type != WORKSPACE or not entry.is_new or not isinstance(hub_id, str | Unresolved):
            continue
        hub = entries.get(normalise(hub_id)) if isinstance(hub_id, str) else None
        for path in _SHARED:
            known, shared = read(entry.body, path), read(hub.body, path) if hub else _OF_HUB
            if known is ABSENT or (hub and isinstance(known, Unresolved)):
                put(entry.body, path, None if shared is ABSENT else shared)


def _place_assignments(entries: Mapping[str, Entry]) -> None:
    """Set the scope of role assignments, which Azure derives from their ids."""
    path = ("properties", "scope")
    for entry in entries.values():
        if entry.type == ROLE_ASSIGNMENT and read(entry.body, path) is ABSENT:
            put(entry.body, path, parent_of(normalise(entry.id)))


def _tag_targets(entries: Mapping[str, Entry]) -> None:
    """Set the tags of resources whose tags are declared separately: these replace all others.

    https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources-templates
    """
    for entry in entries.values():
        if entry.type != TAGS:
            continue
        target = entries.get(parent_of(normalise(entry.id)))
        tags = read(entry.body, ("properties", "tags"))
        if target and tags is not ABSENT:
            target.body["tags"] = tags


def _set_managed_networks(entries: Mapping[str, Entry]) -> None:
    """Set on workspaces what is declared separately of their managed network: Azure shows it there.

    Its rules are resources of their own.
    https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/managednetworks
    """
    for entry in entries.values():
        if entry.type != MANAGED_NETWORK:
            continue
        workspace = entries.get(parent_of(normalise(entry.id)))
        network = read(entry.body, _NETWORK)
        if workspace is None or network is ABSENT:
            continue
        if not isinstance(network, Mapping):
            put(workspace.body, _NETWORK, network)
            continue
        for name, value in network.items():
            if name.lower() != "outboundrules":
                put(workspace.body, (*_NETWORK, name), value)


def _mark_attached(entries: Mapping[str, Entry]) -> None:
    """Mark new computes that name an existing cluster as attached, as Azure shows them."""
    for entry in entries.values():
        if entry.type != COMPUTE or not entry.is_new:
            continue
        kind = read(entry.body, ("properties", "computeType"))
        cluster = read(entry.body, ("properties", "resourceId"))
        is_attached = str(kind).lower() in _ATTACHABLE and isinstance(cluster, str) and cluster
        if is_attached and read(entry.body, ATTACHED) is ABSENT:
            put(entry.body, ATTACHED, True)  # noqa: FBT003 - the value of the property


def _name_accounts(entries: Mapping[str, Entry]) -> None:
    """Name the accounts of datastores where both have the same name, whichever that will be.

    Names of accounts are globally unique, so that the place follows from the name.
    https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    """
    named = (
        (read(each.body, ("name",)), each.id) for each in entries.values() if each.type == STORAGE
    )
    ids = {name.stands_for: found for name, found in named if isinstance(name, Unresolved)}
    for entry in entries.values():
        account = read(entry.body, _ACCOUNT) if entry.type == DATASTORE else None
        if isinstance(account, Unresolved) and account.stands_for and account.stands_for in ids:
            segments = ids[account.stands_for].strip("/").split("/")
            put(entry.body, _ACCOUNT, segments[-1])
            for path, position in _ITS_PLACE:
                if isinstance(read(entry.body, path), Unresolved):
                    put(entry.body, path, segments[position])

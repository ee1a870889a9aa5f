"""What comes with a declared resource without being declared.

A storage account has its services from the start, with Azure's default settings, which therefore
apply when nothing is declared. A workspace whose managed network restricts outbound traffic has
private endpoints to its dependencies.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final, TypeAlias

from amlaudit.core.arm_id import name_of, normalise, type_of
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.path import ABSENT, parse_path, read
from amlaudit.core.place import Written
from amlaudit.core.relations import (
    BLOB_CONTAINER,
    BLOB_SERVICE,
    FILE_SERVICE,
    FILE_SHARE,
    OUTBOUND_RULE,
    STORAGE,
    WORKSPACE,
)
from amlaudit.core.resource import Resource
from amlaudit.core.type_names import spelled_type
from amlaudit.scanners.deployments.document_paths import is_unknown
from amlaudit.scanners.files.found import Found

Find: TypeAlias = Callable[[str], Resource | None]
"""Returns a resource by its normalised id, as far as it is known; None: nothing is known."""

_WITH_BLOBS: Final = frozenset({"storage", "storagev2", "blobstorage", "blockblobstorage"})
_WITH_FILES: Final = frozenset({"storage", "storagev2", "filestorage"})
_SHARES_KEPT: Final = {"shareDeleteRetentionPolicy": {"enabled": True, "days": 7}}
_SERVICES: Final[tuple[tuple[str, str, frozenset[str], Mapping[str, object]], ...]] = (
    (BLOB_SERVICE, BLOB_CONTAINER, _WITH_BLOBS, {}),
    (FILE_SERVICE, FILE_SHARE, _WITH_FILES, _SHARES_KEPT),
)
"""Each service's type, its child type, the kinds of accounts that have it, and its defaults.

https://learn.microsoft.com/azure/storage/common/storage-account-overview
https://learn.microsoft.com/azure/storage/files/storage-files-prevent-file-share-deletion
"""

_REACHED: Final = {
    "storageAccount": ("blob", "file"),
    "keyVault": ("vault",),
    "containerRegistry": ("registry",),
}
"""Dependencies of a workspace, and the parts that its managed network reaches by endpoints.

https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#list-of-required-rules
"""
_APPROVED_ONLY: Final = "allowonlyapprovedoutbound"
_INTERNET: Final = "allowinternetoutbound"
"""With this isolation mode, only dependencies that are closed to the public get an endpoint."""
_ISOLATION: Final = parse_path("properties.managedNetwork.isolationMode")
_ACCESS: Final = parse_path("properties.publicNetworkAccess")
_STATUS: Final = "properties.status"
_LATER: Final = f"{_STATUS} is decided only at deployment: Azure creates this endpoint itself"


def implied_by(resource: Resource, find: Find) -> Iterator[Found]:
    """Yield what comes with a new resource without being declared itself.

    Args:
        resource: The resource; for most types nothing comes with it.
        find: Returns what else is declared, or existed before.
    """
    if resource.type == STORAGE:
        yield from _services(resource, find)
    elif resource.type == WORKSPACE:
        yield from _endpoints(resource, find)


def service_with(service_id: str, kind: object) -> dict[str, Any] | None:
    """Return the properties that a service of a new storage account has from the start.

    None if it is none, or if it is not known that accounts of the kind have it.

    Args:
        service_id: Its normalised id.
        kind: The account's kind.
    """
    for service, _, kinds, properties in _SERVICES:
        if type_of(service_id) == service and str(kind).lower() in kinds:
            return deepcopy(dict(properties))
    return None


def _services(account: Resource, find: Find) -> Iterator[Found]:
    """Yield the services of a new storage account that are not declared explicitly."""
    kind, is_hidden = read(account.body, ("kind",)), is_unknown(account, ("kind",))
    for service, child, kinds, properties in _SERVICES:
        service_id = f"{account.id}/{name_of(service)}/default"
        if find(service_id):
            continue
        if is_hidden:
            yield _perhaps(account, service, "the account's kind")
        elif kind is ABSENT or str(kind).lower() in kinds:
            body = {"id": service_id, "name": "default", "properties": properties}
            where, version = Written(account.place), account.origin.api_version
            yield Found(body, api_version=version, written=where, declared=True, seen=(child,))


def _endpoints(workspace: Resource, find: Find) -> Iterator[Found]:
    """Yield the outbound rules that Azure adds for a new workspace's dependencies.

    Whether a rule works is known only once the network is built.
    """
    if is_unknown(workspace, _ISOLATION):
        yield _perhaps(workspace, OUTBOUND_RULE, "the isolation of its managed network")
    isolation = str(read(workspace.body, _ISOLATION)).lower()
    for name, parts in _REACHED.items() if isolation in (_APPROVED_ONLY, _INTERNET) else ():
        target = read(workspace.body, ("properties", name))
        if not isinstance(target, str) or not target:
            continue
        if isolation == _INTERNET and _is_public(find(normalise(target))):
            continue
        for part in parts:
            yield _endpoint(workspace, target, part)


def _perhaps(resource: Resource, arm_type: str, decider: str) -> Found:
    """Return the gap of what may come with a resource, depending on a value that is not known."""
    detail = (
        f"whether Azure creates {spelled_type(arm_type)} depends on {decider}, which is unknown"
    )
    return Found(gap=Gap(resource.id, arm_type, Reason.UNRESOLVED, detail))


def _endpoint(workspace: Resource, target: str, part: str) -> Found:
    """Return the outbound rule to a part of a resource."""
    name = f"__SYS_PE_{name_of(target)}_{part}"
    rule_id = normalise(f"{workspace.id}/outboundRules/{name}")
    destination = {"serviceResourceId": target, "subresourceTarget": part}
    properties = {"type": "PrivateEndpoint", "category": "Required", "destination": destination}
    return Found(
        {"id": rule_id, "name": name, "properties": properties},
        api_version=workspace.origin.api_version,
        gaps=((parse_path(_STATUS), Gap(rule_id, _STATUS, Reason.UNRESOLVED, _LATER)),),
        written=Written(workspace.place),
        declared=True,
    )


def _is_public(resource: Resource | None) -> bool:
    """Tell whether a resource is surely reachable from public networks."""
    if resource is None or is_unknown(resource, _ACCESS):
        return False
    access = read(resource.body, _ACCESS)
    return access is ABSENT or str(access).lower() == "enabled"

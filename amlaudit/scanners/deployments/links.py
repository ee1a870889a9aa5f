"""What declared documents say of each other, once all of them are known."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from amlaudit.core import arm_id
from amlaudit.core.gap import Reason
from amlaudit.core.path import ABSENT, Steps, parse_path, read
from amlaudit.core.relations import (
    CONTAINER_REGISTRY,
    KEY_VAULT,
    PRIVATE_ENDPOINT,
    ROLE_ASSIGNMENT,
    STORAGE,
    USER_ASSIGNED_IDENTITY,
    WORKSPACE,
)
from amlaudit.scanners.deployments.declaration import Unresolved

_CONNECTIONS: Final = parse_path("properties.privateEndpointConnections")
_GROUPS: Final = {
    WORKSPACE: frozenset({"amlworkspace"}),
    STORAGE: frozenset({"blob", "file", "queue", "table", "dfs", "web"}),
    KEY_VAULT: frozenset({"vault"}),
    CONTAINER_REGISTRY: frozenset({"registry"}),
}
"""What a private endpoint can target, for types that list their connections.

https://learn.microsoft.com/azure/private-link/private-endpoint-overview#private-link-resource
"""

_LINKS: Final = (
    (parse_path("properties.privateLinkServiceConnections"), "Approved"),
    (parse_path("properties.manualPrivateLinkServiceConnections"), "Pending"),
)
"""Connection properties of a private endpoint, with their status until it is changed."""

_STATUS: Final = parse_path("properties.privateLinkServiceConnectionState.status")

_SHARED: Final = tuple(
    ("properties", name)
    for name in ("storageAccount", "keyVault", "applicationInsights", "containerRegistry")
)
"""What a project shares with its hub."""
_OF_OTHERS: Final = Unresolved("private endpoints that are not shown may be deployed")
_OF_HUB: Final = Unresolved("it is the hub's, which is declared elsewhere")
_NOBODY: Final = Unresolved(
    "only Azure knows the object id of an identity that is declared elsewhere"
)
_PRINCIPAL: Final = ("identity", "principalId")
_ASSIGNED: Final = ("identity", "userAssignedIdentities")


def principal_of(resource_id: str) -> str:
    """Return the placeholder object id of an identity resource, or of a resource's own identity."""
    return str(uuid5(NAMESPACE_URL, arm_id.normalise(resource_id)))


class Entry(Struct):
    """A document being assembled.

    Attributes:
        id: Its ARM id.
        type: Its ARM type, lower case.
        body: The document; `Unresolved` stands for unknown values.
        address: What declares it, in readable form.
        is_new: It is to be created.
    """

    id: str
    type: str
    body: dict[str, Any]
    address: str
    is_new: bool


def complete(entries: Mapping[str, Entry], *, may_lack_endpoints: bool = False) -> None:
    """Add to each document what Azure would derive from the others.

    Args:
        entries: The documents, by normalised id.
        may_lack_endpoints: Private endpoints other than those shown may be deployed.
    """
    connect(entries, may_lack_endpoints=may_lack_endpoints)
    share_with_projects(entries)
    name_principals(entries)
    place_assignments(entries)


def connect(entries: Mapping[str, Entry], *, may_lack_endpoints: bool = False) -> None:
    """Add private endpoints to the resources that they lead to; see `complete`."""
    endpoints = [each for each in entries.values() if each.type == PRIVATE_ENDPOINT]
    links = [link for each in endpoints for link in _links_of(each)]
    by_target: dict[str, list[object]] = {}
    lost = [(groups, why) for target, groups, why in links if isinstance(target, Unresolved)]
    for target, _, connection in links:
        if isinstance(target, str):
            by_target.setdefault(arm_id.normalise(target), []).append(connection)
    for key, entry in entries.items():
        if entry.type in _GROUPS and read(entry.body, _CONNECTIONS) is ABSENT:
            known = by_target.get(key, [])
            perhaps = [why for groups, why in lost if not groups or groups & _GROUPS[entry.type]]
            if not entry.is_new:
                why = "connections that were created elsewhere are not shown"
                perhaps.append(Unresolved(why, Reason.NOT_COLLECTED))
            elif may_lack_endpoints:
                perhaps.append(_OF_OTHERS)
            _put(entry.body, _CONNECTIONS, [*known, *perhaps[:1]])


def share_with_projects(entries: Mapping[str, Entry]) -> None:
    """Add to projects what they share with their hub: Azure shows it in both.

    https://learn.microsoft.com/azure/ai-foundry/concepts/ai-resources
    """
    for entry in entries.values():
        hub_id = read(entry.body, ("properties", "hubResourceId"))
        if entry.type != WORKSPACE or not entry.is_new or not isinstance(hub_id, str | Unresolved):
            continue
        hub = entries.get(arm_id.normalise(hub_id)) if isinstance(hub_id, str) else None
        for path in _SHARED:
            known, shared = read(entry.body, path), read(hub.body, path) if hub else _OF_HUB
            if known is ABSENT or (hub and isinstance(known, Unresolved)):
                _put(entry.body, path, None if shared is ABSENT else shared)


def _links_of(endpoint: Entry) -> Iterator[tuple[object, frozenset[str], object]]:
    """Yield (target id or `Unresolved`, groups, connection) of a private endpoint.

    An endpoint whose connections are unknown may lead to anything.
    """
    for path, status in _LINKS:
        members = read(endpoint.body, path)
        known = [] if members is ABSENT else [members]
        for member in members if isinstance(members, list) else known:
            target = read(member, parse_path("properties.privateLinkServiceId"))
            groups = read(member, parse_path("properties.groupIds"))
            named = groups if isinstance(groups, list) else []
            state = {"status": _status_of(member, status, is_new=endpoint.is_new)}
            properties = {
                "privateEndpoint": {"id": endpoint.id},
                "privateLinkServiceConnectionState": state,
                "groupIds": named,
            }
            names = frozenset(each.lower() for each in named if isinstance(each, str))
            if isinstance(target, str):
                yield target, names, {"properties": properties}
            else:
                why = Unresolved(f"the target of {endpoint.address} is unknown")
                yield why, names, why


def _status_of(connection: object, usual: str, *, is_new: bool) -> object:
    """Return the status of a connection: of one that exists, whatever is shown or unknown of it."""
    shown = read(connection, _STATUS)
    is_told = isinstance(shown, Unresolved) or (isinstance(shown, str) and not is_new)
    return shown if is_told else usual


def name_principals(entries: Mapping[str, Entry]) -> None:
    """Give identities the placeholder object ids that role assignments refer to."""
    for entry in entries.values():
        _name_principals(entry, entries)
    assignments = [each for each in entries.values() if each.type == ROLE_ASSIGNMENT]
    made_up = {principal_of(each.id) for each in entries.values()} if assignments else frozenset()
    for assignment in assignments:
        _tell_kind_of_principal(assignment, made_up)


def _name_principals(entry: Entry, entries: Mapping[str, Entry]) -> None:
    """Give the identities of one resource their object ids."""
    if entry.type == USER_ASSIGNED_IDENTITY:
        own = read(entry.body, ("properties", "principalId"))
        if not isinstance(own, str):
            _put(entry.body, ("properties", "principalId"), principal_of(entry.id))
    if read(entry.body, _PRINCIPAL[:1]) is ABSENT:
        return
    kind = read(entry.body, ("identity", "type"))
    known = read(entry.body, _PRINCIPAL)
    if isinstance(kind, str) and "systemassigned" in kind.lower() and not isinstance(known, str):
        _put(entry.body, _PRINCIPAL, principal_of(entry.id))
    assigned = read(entry.body, _ASSIGNED)
    for identity_id in list(assigned) if isinstance(assigned, dict) else ():
        identity = entries.get(arm_id.normalise(identity_id))
        if identity:
            principal = read(identity.body, ("properties", "principalId"))
            shown = principal if isinstance(principal, str) else principal_of(identity.id)
            _put(entry.body, (*_ASSIGNED, identity_id), {"principalId": shown})
        elif read(assigned, (identity_id, "principalId")) is ABSENT:
            _put(entry.body, (*_ASSIGNED, identity_id, "principalId"), _NOBODY)


def _tell_kind_of_principal(assignment: Entry, made_up: AbstractSet[str]) -> None:
    """Record that the assignee of a role is an identity of the plan, if it is."""
    principal = read(assignment.body, ("properties", "principalId"))
    path = ("properties", "principalType")
    is_known = isinstance(read(assignment.body, path), str)
    if not is_known and isinstance(principal, str) and principal in made_up:
        _put(assignment.body, path, "ServicePrincipal")


def place_assignments(entries: Mapping[str, Entry]) -> None:
    """Set the scope of role assignments, which Azure derives from their ids."""
    path = ("properties", "scope")
    for entry in entries.values():
        if entry.type == ROLE_ASSIGNMENT and read(entry.body, path) is ABSENT:
            _put(entry.body, path, arm_id.parent_of(arm_id.normalise(entry.id)))


def _put(body: dict[str, Any], steps: Steps, value: object) -> None:
    """Set a value at a path whose steps match regardless of case, as in Azure."""
    *above, last = steps
    for step in above:
        key = _key(body, step)
        if not isinstance(body.get(key), dict):
            body[key] = {}
        body = body[key]
    body[_key(body, last)] = value


def _key(body: Mapping[str, object], step: str) -> str:
    """Return a step in the object's spelling: unchanged, unless a key differs only by case."""
    folded = step.lower()
    return step if step in body else next((key for key in body if key.lower() == folded), step)

"""Private endpoints: Azure shows their connections in the documents of their targets, too.

A file declares an endpoint once. Rules look for it in the document of the resource that it leads
to, whether that is declared in the same file, in another one, or exists already. One whose target
only the deployment decides may be connected to any resource of its kind.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from amlaudit.core.arm_id import normalise
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.members import FURTHER
from amlaudit.core.path import ABSENT, Steps, parse_path, read, spell_path
from amlaudit.core.relations import (
    CONTAINER_REGISTRY,
    KEY_VAULT,
    ML_REGISTRY,
    PRIVATE_ENDPOINT,
    STORAGE,
    WORKSPACE,
)
from amlaudit.core.resource import Document, Gaps, Resource
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.document_paths import folded, is_unknown, lies_in, put
from amlaudit.scanners.deployments.entry import Entry
from amlaudit.scanners.files.found import ANYTHING

_USUALLY: Final = ("properties", "privateEndpointConnections")
_OF_REGISTRIES: Final = ("properties", "registryPrivateEndpointConnections")
CONNECTIONS: Final = frozenset({_USUALLY, _OF_REGISTRIES})
"""Where resources list the connections of private endpoints to them."""

_GROUPS: Final = {
    WORKSPACE: frozenset({"amlworkspace"}),
    STORAGE: frozenset({"blob", "file", "queue", "table", "dfs", "web"}),
    KEY_VAULT: frozenset({"vault"}),
    CONTAINER_REGISTRY: frozenset({"registry"}),
    ML_REGISTRY: frozenset({"amlregistry"}),
}
"""What a private endpoint can target, for types that list their connections.

https://learn.microsoft.com/azure/private-link/private-endpoint-overview#private-link-resource
"""

_LINKS: Final = (
    (parse_path("properties.privateLinkServiceConnections"), "Approved"),
    (parse_path("properties.manualPrivateLinkServiceConnections"), "Pending"),
)
"""Connection properties of a private endpoint, with their status until it is changed."""

_TARGET: Final = parse_path("properties.privateLinkServiceId")
_GROUP_IDS: Final = parse_path("properties.groupIds")
_ENDPOINT_ID: Final = parse_path("properties.privateEndpoint.id")
_STATUS: Final = parse_path("properties.privateLinkServiceConnectionState.status")
_STATE: Final = "privateLinkServiceConnectionState"
_STATE_OF_REGISTRIES: Final = "registryPrivateLinkServiceConnectionState"
_OF_OTHERS: Final = Unresolved("private endpoints that are not shown may be deployed", is_rest=True)
_CREATED_ELSEWHERE: Final = Unresolved(
    "connections that were created elsewhere are not shown", Reason.NOT_COLLECTED, is_rest=True
)


class _Link(NamedTuple):
    """A connection that an endpoint declares.

    Attributes:
        target: ARM id of the resource that it leads to, `Unresolved` if unknown.
        groups: The parts of it that it leads to, lower case; none: unknown.
        connection: The connection as the target lists it.
    """

    target: str | Unresolved
    groups: frozenset[str]
    connection: Mapping[str, Any]


def connect(entries: Mapping[str, Entry], *, may_lack_endpoints: bool) -> None:
    """Add declared private endpoints to the documents of the resources that they lead to.

    Args:
        entries: The documents, by normalised id.
        may_lack_endpoints: Private endpoints other than those shown may be deployed.
    """
    endpoints = [each for each in entries.values() if each.type == PRIVATE_ENDPOINT]
    links = [link for each in endpoints for link in _links_of(each)]
    connections: dict[str, list[Mapping[str, Any]]] = {}
    astray: list[_Link] = []
    for link in links:
        if isinstance(link.target, str):
            connections.setdefault(normalise(link.target), []).append(link.connection)
        else:
            astray.append(link)
    for key, entry in entries.items():
        place = place_of(entry.type)
        if entry.type in _GROUPS and read(entry.body, place) is ABSENT:
            doubt = _doubt_about(entry, astray, may_lack_endpoints=may_lack_endpoints)
            known = [_as_listed(each, entry.type) for each in connections.get(key, [])]
            put(entry.body, place, [*known, *([doubt] if doubt else [])])


def place_of(arm_type: str) -> Steps:
    """Return where resources of a type list the connections of private endpoints to them."""
    return _OF_REGISTRIES if arm_type == ML_REGISTRY else _USUALLY


def _as_listed(connection: Mapping[str, Any], arm_type: str) -> dict[str, Any]:
    """Return a connection as resources of a type list it."""
    if arm_type != ML_REGISTRY:
        return dict(connection)
    properties = connection["properties"]
    shown = {key: each for key, each in properties.items() if key != _STATE}
    return {"properties": {**shown, _STATE_OF_REGISTRIES: properties[_STATE]}}


def _doubt_about(
    entry: Entry, astray: list[_Link], *, may_lack_endpoints: bool
) -> Unresolved | None:
    """Return why a resource may have more connections than those declared, None if it has not.

    Args:
        entry: The resource.
        astray: Connections with an unknown target.
        may_lack_endpoints: See `connect`.
    """
    for link in astray:
        if isinstance(link.target, Unresolved) and (
            not link.groups or link.groups & _GROUPS[entry.type]
        ):
            return link.target._replace(is_rest=True)
    if not entry.is_new:
        return _CREATED_ELSEWHERE
    return _OF_OTHERS if may_lack_endpoints else None


def _links_of(endpoint: Entry) -> Iterator[_Link]:
    """Yield the connections of a private endpoint; if they are unknown, one that leads anywhere."""
    for written, status in _written_in(endpoint.body):
        listed = read(written, _GROUP_IDS)
        group_ids = listed if isinstance(listed, list) else []
        state = {"status": _status_of(written, status, is_new=endpoint.is_new)}
        properties = {
            "privateEndpoint": {"id": endpoint.id},
            "privateLinkServiceConnectionState": state,
            "groupIds": group_ids,
        }
        groups = frozenset(each.lower() for each in group_ids if isinstance(each, str))
        target = read(written, _TARGET)
        if not isinstance(target, str):
            target = Unresolved(f"the target of {endpoint.address} is unknown")
        yield _Link(target, groups, {"properties": properties})


def _written_in(endpoint: Document) -> Iterator[tuple[object, str]]:
    """Yield the connections in the document of an endpoint, each with its status until changed.

    A list that is unknown is a single unknown connection.
    """
    for path, status in _LINKS:
        members = read(endpoint, path)
        known = [] if members is ABSENT else [members]
        yield from ((each, status) for each in (members if isinstance(members, list) else known))


def _status_of(connection: object, initial: str, *, is_new: bool) -> object:
    """Return the status of a connection: of one that exists, whatever is shown or unknown of it."""
    shown = read(connection, _STATUS)
    counts = isinstance(shown, Unresolved) or (isinstance(shown, str) and not is_new)
    return shown if counts else initial


def connections_of(endpoint: Resource) -> dict[str, dict[str, Any]]:
    """Return the connections of a declared private endpoint, by the id of each target.

    Any other resource has none.
    """
    found: dict[str, dict[str, Any]] = {}
    if endpoint.type != PRIVATE_ENDPOINT:
        return found
    for written, status in _written_in(endpoint.body):
        target = read(written, _TARGET)
        if isinstance(target, str):
            state = {"privateLinkServiceConnectionState": {"status": status}}
            properties = {"privateEndpoint": {"id": endpoint.id}, **state}
            found[normalise(target)] = {"properties": properties}
    return found


def connected(resource: Resource, connection: Mapping[str, Any]) -> Resource:
    """Return a resource with the connection of a private endpoint to it."""
    *above, name = place_of(resource.type)
    properties = resource.body.get(above[0])
    kept = dict(properties) if isinstance(properties, Mapping) else {}
    listed = kept.get(name)
    added: list[object] = [_as_listed(connection, resource.type)]
    kept[name] = merged_connections(listed if isinstance(listed, list) else [], added)
    return replace(resource, body={**resource.body, above[0]: kept})


def merged_connections(existing: list[object], declared: list[object]) -> list[object]:
    """Return existing connections, followed by those of endpoints that have none yet."""
    return [*existing, *(declared[index] for index in _added(existing, declared))]


def moved_gaps(gaps: Gaps, live: Resource, resource: Resource) -> Gaps:
    """Return the gaps of a document whose declared connections come to stand after existing ones.

    Those of a connection that exists already are left out with it.

    Args:
        gaps: The gaps.
        live: The resource as it exists.
        resource: The resource as declared.
    """
    place = place_of(live.type)
    existing, declared = read(live.body, place), read(resource.body, place)
    if not isinstance(existing, list) or not isinstance(declared, list):
        return gaps
    added = _added(existing, declared)
    places = {str(at): str(len(existing) + number) for number, at in enumerate(added)}
    listed, depth = folded(place), len(place)
    found: list[tuple[Steps, Gap]] = []
    for path, gap in gaps:
        if not lies_in(path, listed) or not path[depth:] or path[depth] == FURTHER:
            found.append((path, gap))
        elif position := places.get(path[depth]):
            found.append(((*listed, position, *path[depth + 1 :]), gap))
    return tuple(found)


def _added(existing: list[object], declared: list[object]) -> list[int]:
    """Return the positions of declared connections whose endpoints have no existing one."""
    endpoints = {_endpoint_of(each) for each in existing}
    return [at for at, each in enumerate(declared) if each and _endpoint_of(each) not in endpoints]


def newly_connected(
    endpoint: Resource, declared: Callable[[str], Resource | None]
) -> Iterator[Resource]:
    """Yield the declared targets of an endpoint that do not list its connection yet, with it.

    Args:
        endpoint: The private endpoint; any other resource has no targets.
        declared: Returns a declared resource by its normalised id.
    """
    for target_id, connection in connections_of(endpoint).items():
        target = declared(target_id)
        if target and isinstance(read(target.body, place_of(target.type)), list):
            after = connected(target, connection)
            if after.body != target.body:
                yield after


def _endpoint_of(connection: object) -> str:
    """Return the id of the private endpoint that a connection belongs to, empty if unknown."""
    found = read(connection, _ENDPOINT_ID)
    return normalise(found) if isinstance(found, str) else ""


def opened_by(
    endpoint: Resource, current: Callable[[str], Iterable[Resource]]
) -> Iterator[Resource]:
    """Yield the resources that a declared endpoint may be connected to, with a gap that says so.

    Args:
        endpoint: The private endpoint; any other resource is connected to nothing.
        current: Returns all resources of a type.
    """
    if endpoint.type == PRIVATE_ENDPOINT:
        why = f"the target of {endpoint.name} is decided at deployment"
        yield from _opened(_possible_targets(endpoint), current, Reason.UNRESOLVED, why)


def opened_to(unseen: Gap, current: Callable[[str], Iterable[Resource]]) -> Iterator[Resource]:
    """Yield the resources that endpoints which are not shown may lead to, with a gap that says so.

    Args:
        unseen: Its part is the type of which a deployment adds more than is shown, or `ANYTHING`.
        current: Returns all resources of a type.
    """
    if unseen.part in (PRIVATE_ENDPOINT, ANYTHING):
        yield from _opened(_GROUPS, current, unseen.reason, unseen.detail)


def _opened(
    arm_types: Iterable[str],
    current: Callable[[str], Iterable[Resource]],
    reason: Reason,
    why: str,
) -> Iterator[Resource]:
    """Yield the resources of some types with a gap in place of further connections."""
    for arm_type in arm_types:
        spelled, more = spell_path(place_of(arm_type)), (*folded(place_of(arm_type)), FURTHER)
        for each in current(arm_type):
            if not any(path == more for path, _ in each.gaps):
                gap = Gap(each.id, spelled, reason, f"{spelled}: {why}")
                yield replace(each, gaps=(*each.gaps, (more, gap)))


def _possible_targets(endpoint: Resource) -> list[str]:
    """Return the types that the unknown targets of an endpoint may have; none: all are known."""
    found: set[str] = set()
    for links, _ in _LINKS:
        if is_unknown(endpoint, links) or is_unknown(endpoint, (*links, FURTHER)):
            return list(_GROUPS)
        members = read(endpoint.body, links)
        for at, member in enumerate(members) if isinstance(members, list) else ():
            if is_unknown(endpoint, (*links, str(at), *_TARGET)):
                found |= _types_with(read(member, _GROUP_IDS))
    return sorted(found)


def _types_with(groups: object) -> set[str]:
    """Return the types of the resources that have one of some parts; any if they are unknown."""
    listed = groups if isinstance(groups, list) else []
    known = {each.lower() for each in listed if isinstance(each, str)}
    return {arm_type for arm_type, parts in _GROUPS.items() if not known or known & parts}

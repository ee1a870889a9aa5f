"""A deployment applied to what already exists: the estate after it.

A deployment in incremental mode leaves everything it does not name unchanged. For a resource that
it names, declared values replace existing ones, and values not declared stay.
https://learn.microsoft.com/azure/azure-resource-manager/templates/deployment-modes
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from amlaudit.core.arm_id import normalise
from amlaudit.core.gap import Reason
from amlaudit.core.path import ABSENT, Misfit, Steps, read
from amlaudit.core.relations import PRIVATE_ENDPOINT
from amlaudit.core.resource import Document, Gaps, Resource
from amlaudit.scanners.deployments.links import principal_of

_CONNECTIONS: Final = "privateEndpointConnections"
_OWN: Final = ("id", "name", "type")
_ASSIGNED: Final = ("identity", "userAssignedIdentities")
_ASSIGNED_FOLDED: Final = tuple(step.lower() for step in _ASSIGNED)
_PRINCIPALS: Final = (("identity", "principalId"), ("properties", "principalId"))


def laid_over(live: Resource, declared: Resource, *, whole: bool) -> Resource:
    """Return a resource as it will be after a deployment.

    Args:
        live: The resource as it exists.
        declared: The resource as declared.
        whole: The declaration is the whole resource, not only what changes.
    """
    if whole:
        kept = {key: live.body[key] for key in live.body if key not in declared.body}
        return replace(declared, body={**kept, **declared.body})
    body, gaps = dict(live.body), live.gaps
    for key, value in declared.body.items():
        if key == "properties" and isinstance(value, Mapping):
            for name, member in value.items():
                body, gaps = _put(body, gaps, ("properties", name), member)
        elif key not in _OWN:
            body, gaps = _put(body, gaps, (key,), value)
    after = replace(declared, name=live.name, body=body, gaps=(*gaps, *_own_gaps(declared)))
    return _with_what_is_left_alone(after, live, declared)


def _with_what_is_left_alone(after: Resource, live: Resource, declared: Resource) -> Resource:
    """Return a resource after a deployment, keeping what the declaration cannot express.

    A language without a word for a property leaves it unchanged: its existing value stays, and so
    does an existing gap.
    """
    silent = {path for path, gap in declared.gaps if gap.reason is Reason.NOT_COLLECTED}
    body = after.body
    for path in silent:
        found = read(live.body, path)
        if found is not ABSENT and not isinstance(found, Misfit):
            body = _with(body, path, found)
    kept = (each for each in live.gaps if any(_overlap(each[0], path) for path in silent))
    gaps = tuple(each for each in after.gaps if each[0] not in silent)
    return replace(after, body=body, gaps=(*gaps, *(each for each in kept if each not in gaps)))


def _overlap(one: Steps, other: Steps) -> bool:
    """Tell whether one of two paths contains the other."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _with(body: Document, path: Steps, value: object) -> Document:
    """Return a document with a value set at a path, whose keys match regardless of case."""
    step, *rest = path
    key = next((each for each in body if each.lower() == step.lower()), step)
    held = body.get(key)
    if rest:
        value = _with(held if isinstance(held, Mapping) else {}, tuple(rest), value)
    return {**body, key: value}


def _own_gaps(declared: Resource) -> Gaps:
    """Return the gaps of a declaration, except that of a name that is now known."""
    return tuple((path, gap) for path, gap in declared.gaps if path != ("name",))


def _put(
    body: dict[str, Any], gaps: Gaps, path: tuple[str, ...], value: object
) -> tuple[dict[str, Any], Gaps]:
    """Return a document and its gaps with a declared value put in its place."""
    *above, key = path
    holder = body
    if above:
        held = body.get(above[0])
        holder = body[above[0]] = dict(held) if isinstance(held, Mapping) else {}
    spelled = next((each for each in holder if each.lower() == key.lower()), key)
    holder[spelled] = _together(key, holder.get(spelled), value)
    folded = tuple(step.lower() for step in path)
    if key == _CONNECTIONS:
        return body, gaps
    return body, tuple((at, gap) for at, gap in gaps if at[: len(folded)] != folded)


def _together(key: str, live: object, declared: object) -> object:
    """Return a property's value after a deployment; some keep what Azure has added."""
    if key == _CONNECTIONS and isinstance(live, list) and isinstance(declared, list):
        names = {_endpoint_of(each) for each in live}
        new = [each for each in declared if each and _endpoint_of(each) not in names]
        return [*live, *new]
    if key == "identity" and isinstance(live, Mapping) and isinstance(declared, Mapping):
        return {**live, **{name: each for name, each in declared.items() if name != "principalId"}}
    return declared


def _endpoint_of(connection: object) -> str:
    """Return the id of the private endpoint that a connection belongs to."""
    found = read(connection, ("properties", "privateEndpoint", "id"))
    return normalise(found) if isinstance(found, str) else ""


def principals_of(live: Resource) -> dict[str, str]:
    """Return the object ids of an existing resource, by their placeholders in declarations."""
    found = (read(live.body, path) for path in _PRINCIPALS)
    return {principal_of(live.id): each for each in found if isinstance(each, str)}


def with_principals(value: object, known: Mapping[str, str]) -> object:
    """Return a JSON value with all known object ids filled in."""
    if isinstance(value, str):
        return known.get(value, value)
    if isinstance(value, Mapping):
        return {key: with_principals(member, known) for key, member in value.items()}
    if isinstance(value, list):
        return [with_principals(member, known) for member in value]
    return value


def with_assigned(resource: Resource, there: Callable[[str], Resource | None]) -> Resource:
    """Return a declared resource with the object ids of assigned identities that already exist.

    Args:
        resource: The resource.
        there: Returns an existing resource by its normalised id.
    """
    assigned = read(resource.body, _ASSIGNED)
    known: dict[str, object] = {}
    for identity_id in assigned if isinstance(assigned, Mapping) else ():
        identity = there(normalise(identity_id))
        principal = read(identity.body, _PRINCIPALS[1]) if identity else None
        if isinstance(principal, str):
            known[identity_id] = {"principalId": principal}
    if not known or not isinstance(assigned, Mapping):
        return resource
    found = {(*_ASSIGNED_FOLDED, identity_id.lower()) for identity_id in known}
    gaps = tuple(each for each in resource.gaps if each[0][:3] not in found)
    body = _with(resource.body, _ASSIGNED, {**assigned, **known})
    return replace(resource, body=body, gaps=gaps)


def connections_of(endpoint: Resource) -> dict[str, dict[str, Any]]:
    """Return the connections of a declared private endpoint, by the id of each target.

    Any other resource has none.
    """
    found: dict[str, dict[str, Any]] = {}
    if endpoint.type != PRIVATE_ENDPOINT:
        return found
    for name, status in (
        ("privateLinkServiceConnections", "Approved"),
        ("manualPrivateLinkServiceConnections", "Pending"),
    ):
        members = read(endpoint.body, ("properties", name))
        for member in members if isinstance(members, list) else ():
            target = read(member, ("properties", "privateLinkServiceId"))
            if isinstance(target, str):
                state = {"privateLinkServiceConnectionState": {"status": status}}
                properties = {"privateEndpoint": {"id": endpoint.id}, **state}
                found[normalise(target)] = {"properties": properties}
    return found


def connected(live: Resource, connection: Mapping[str, Any]) -> Resource:
    """Return a resource with the connection of a new private endpoint to it."""
    properties = live.body.get("properties")
    held = dict(properties) if isinstance(properties, Mapping) else {}
    known = held.get(_CONNECTIONS)
    held[_CONNECTIONS] = _together(
        _CONNECTIONS, known if isinstance(known, list) else [], [dict(connection)]
    )
    return replace(live, body={**live.body, "properties": held})

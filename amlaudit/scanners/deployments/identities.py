"""Object ids of managed identities: placeholders for new ones, the real ones of existing ones.

Role assignments name a principal by its object id, which Azure chooses. Until then, a placeholder
made from the ARM id of the identity, or of the resource that has it, links the two.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from msgspec.structs import replace

from amlaudit.core.arm_id import normalise
from amlaudit.core.path import ABSENT, read
from amlaudit.core.relations import ROLE_ASSIGNMENT, USER_ASSIGNED_IDENTITY
from amlaudit.core.resource import Resource
from amlaudit.scanners.deployments.declaration import Unresolved
from amlaudit.scanners.deployments.document_paths import folded, lies_in, put, with_value
from amlaudit.scanners.deployments.entry import Entry

_IDENTITY: Final = ("identity",)
_OF_RESOURCE: Final = (*_IDENTITY, "principalId")
"""The object id of a resource's own identity."""
_ASSIGNED: Final = (*_IDENTITY, "userAssignedIdentities")
_PRINCIPAL: Final = ("properties", "principalId")
"""The object id of an identity resource, and of the assignee of a role."""
_KIND_OF_PRINCIPAL: Final = ("properties", "principalType")
_DECLARED_ELSEWHERE: Final = Unresolved(
    "only Azure knows the object id of an identity that is declared elsewhere"
)


def principal_of(resource_id: str) -> str:
    """Return the placeholder object id of an identity resource, or of a resource's own identity."""
    return str(uuid5(NAMESPACE_URL, normalise(resource_id)))


def name_principals(entries: Mapping[str, Entry]) -> None:
    """Give identities the placeholder object ids that role assignments refer to.

    Args:
        entries: The documents, by normalised id.
    """
    for entry in entries.values():
        _name_principals(entry, entries)
    assignments = [each for each in entries.values() if each.type == ROLE_ASSIGNMENT]
    made_up = {principal_of(each.id) for each in entries.values()} if assignments else frozenset()
    for assignment in assignments:
        _state_kind_of_principal(assignment, made_up)


def _name_principals(entry: Entry, entries: Mapping[str, Entry]) -> None:
    """Give the identities of one resource their object ids."""
    if entry.type == USER_ASSIGNED_IDENTITY and not isinstance(read(entry.body, _PRINCIPAL), str):
        put(entry.body, _PRINCIPAL, principal_of(entry.id))
    if read(entry.body, _IDENTITY) is ABSENT:
        return
    kind = read(entry.body, (*_IDENTITY, "type"))
    known = read(entry.body, _OF_RESOURCE)
    if isinstance(kind, str) and "systemassigned" in kind.lower() and not isinstance(known, str):
        put(entry.body, _OF_RESOURCE, principal_of(entry.id))
    assigned = read(entry.body, _ASSIGNED)
    for identity_id in list(assigned) if isinstance(assigned, dict) else ():
        identity = entries.get(normalise(identity_id))
        if identity:
            principal = read(identity.body, _PRINCIPAL)
            shown = principal if isinstance(principal, str) else principal_of(identity.id)
            put(entry.body, (*_ASSIGNED, identity_id), {"principalId": shown})
        elif read(assigned, (identity_id, "principalId")) is ABSENT:
            put(entry.body, (*_ASSIGNED, identity_id, "principalId"), _DECLARED_ELSEWHERE)


def _state_kind_of_principal(assignment: Entry, made_up: AbstractSet[str]) -> None:
    """Record that the assignee of a role is an identity, if its object id is a placeholder."""
    principal = read(assignment.body, _PRINCIPAL)
    is_stated = isinstance(read(assignment.body, _KIND_OF_PRINCIPAL), str)
    if not is_stated and isinstance(principal, str) and principal in made_up:
        put(assignment.body, _KIND_OF_PRINCIPAL, "ServicePrincipal")


def principals_of(existing: Resource) -> dict[str, str]:
    """Return the object ids of an existing resource, by their placeholders in declarations."""
    found = (read(existing.body, path) for path in (_OF_RESOURCE, _PRINCIPAL))
    return {principal_of(existing.id): each for each in found if isinstance(each, str)}


def with_principals(value: object, known: Mapping[str, str]) -> object:
    """Return a JSON value with all known object ids in place of their placeholders."""
    if isinstance(value, str):
        return known.get(value, value)
    if isinstance(value, Mapping):
        return {key: with_principals(member, known) for key, member in value.items()}
    if isinstance(value, list):
        return [with_principals(member, known) for member in value]
    return value


def with_assigned(resource: Resource, find: Callable[[str], Resource | None]) -> Resource:
    """Return a declared resource with the object ids of assigned identities that already exist.

    Args:
        resource: The resource.
        find: Returns an existing resource by its normalised id.
    """
    assigned = read(resource.body, _ASSIGNED)
    if not isinstance(assigned, Mapping):
        return resource
    known: dict[str, object] = {}
    for identity_id in assigned:
        identity = find(normalise(identity_id))
        principal = read(identity.body, _PRINCIPAL) if identity else None
        if isinstance(principal, str):
            known[identity_id] = {"principalId": principal}
    if not known:
        return resource
    answered = [folded((*_ASSIGNED, identity_id)) for identity_id in known]
    gaps = tuple(
        (path, gap) for path, gap in resource.gaps if not any(lies_in(path, at) for at in answered)
    )
    return replace(
        resource, body=with_value(resource.body, _ASSIGNED, {**assigned, **known}), gaps=gaps
    )

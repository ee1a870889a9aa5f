"""Azure's own reactions to created resources: it assigns identities, approves and connects."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE, name_of, normalise, parent_of, type_of
from amlaudit.core.companions import Deed
from amlaudit.core.edits import Edit
from amlaudit.core.path import parse_path, read
from amlaudit.core.relations import (
    ACTIVITY_LOG_EXPORT,
    COMPUTE,
    DIAGNOSTIC_SETTING,
    DNS_ZONE_GROUP,
    ML_REGISTRY,
    OUTBOUND_RULE,
    PRIVATE_ENDPOINT,
    ROLE_ASSIGNMENT,
    ROLE_SCHEDULE,
    STORAGE,
    USER_ASSIGNED_IDENTITY,
    WORKSPACE,
)
from amlaudit.core.resource import Resource

_CONNECTIONS: Final = "properties.privateEndpointConnections"
_LINKS: Final = "properties.privateLinkServiceConnections"
_STATE: Final = "properties.privateLinkServiceConnectionState"
_SHOWN_AT: Final = {
    ML_REGISTRY: (
        "properties.registryPrivateEndpointConnections",
        "properties.registryPrivateLinkServiceConnectionState",
    )
}
"""Where types show their connections and the state of one, if it differs from the others."""
_APPROVED: Final = {"status": "Approved"}
_PUBLIC_ADDRESS: Final = "properties.properties.connectivityEndpoints.publicIpAddress"
_ADDRESS: Final = "10.255.0.4"
"""The address of every private endpoint that does not exist yet."""


def answers_to(resource: Resource) -> Iterator[Edit]:
    """Yield Azure's own reactions to creating or changing a resource."""
    yield from _identity(resource)
    if answer := _ANSWERS.get(resource.type):
        yield from answer(resource)


def _set(resource: Resource, body: Mapping[str, object]) -> Edit:
    """Return the edit that sets something in a resource."""
    return Edit(deed=Deed.SET, id=resource.id, type_name=resource.type, body=body)


def _value_at(resource: Resource, path: str) -> object:
    """Return the value at a path, `ABSENT` or a `Misfit` if there is none."""
    return read(resource.body, parse_path(path))


def _members_at(resource: Resource, path: str) -> list[dict[str, Any]]:
    """Return the objects in the list at a path, none if there is no list."""
    value = _value_at(resource, path)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def principal_of(resource_id: str) -> str:
    """Return the placeholder object id of an identity resource, or of a resource's own identity."""
    return str(uuid5(NAMESPACE_URL, normalise(resource_id)))


def _identity(resource: Resource) -> Iterator[Edit]:
    """Yield the object ids of a resource's identities."""
    kind = _value_at(resource, "identity.type")
    if not isinstance(kind, str):
        return
    if "systemassigned" in kind.lower() and not _is_text(resource, "identity.principalId"):
        yield _set(resource, {"identity.principalId": principal_of(resource.id)})
    assigned = _value_at(resource, "identity.userAssignedIdentities")
    if isinstance(assigned, dict):
        shown = {
            key: {"principalId": principal_of(key)} | (own if isinstance(own, dict) else {})
            for key, own in assigned.items()
        }
        yield _set(resource, {"identity.userAssignedIdentities": shown})


def _is_text(resource: Resource, path: str) -> bool:
    """Tell whether the value at a path is a string."""
    return isinstance(_value_at(resource, path), str)


def _user_assigned(resource: Resource) -> Iterator[Edit]:
    """Yield the object id of an identity."""
    if not _is_text(resource, "properties.principalId"):
        yield _set(resource, {"properties.principalId": principal_of(resource.id)})


def _workspace(resource: Resource) -> Iterator[Edit]:
    """Yield the state of a newly created managed network."""
    mode = _value_at(resource, "properties.managedNetwork.isolationMode")
    if not _is_text(resource, "properties.provisioningState"):
        yield _set(resource, {"properties.provisioningState": "Succeeded"})
    if isinstance(mode, str) and mode.lower() != "disabled":
        yield _set(resource, {"properties.managedNetwork.status": {"status": "Active"}})


def _compute(resource: Resource) -> Iterator[Edit]:
    """Yield that an instance which is created again without a public address has none."""
    without = _value_at(resource, "properties.properties.enableNodePublicIp") is False
    if without and _is_text(resource, _PUBLIC_ADDRESS):
        yield _set(resource, {_PUBLIC_ADDRESS: None})


def _storage(resource: Resource) -> Iterator[Edit]:
    """Yield that the replica of an account's data in a second region is available."""
    sku = _value_at(resource, "sku.name")
    in_two = isinstance(sku, str) and "g" in sku.lower().rpartition("_")[2]
    if in_two and not _is_text(resource, "properties.statusOfSecondary"):
        yield _set(resource, {"properties.statusOfSecondary": "available"})


def _outbound_rule(resource: Resource) -> Iterator[Edit]:
    """Yield the state of an outbound rule."""
    yield _set(resource, {"properties.status": "Active"})


def _role_assignment(resource: Resource) -> Iterator[Edit]:
    """Yield the scope of a role assignment, which Azure derives from its id."""
    if not _is_text(resource, "properties.scope"):
        yield _set(resource, {"properties.scope": parent_of(resource.id)})


def _schedule(resource: Resource) -> Iterator[Edit]:
    """Yield the period of a role that a request asks for."""
    properties = {
        name: _value_at(resource, f"properties.{name}")
        for name in ("principalId", "roleDefinitionId")
    }
    end = _value_at(resource, "properties.scheduleInfo.expiration.endDateTime")
    scope = parent_of(resource.id)
    assigned = {"scope": scope, "assignmentType": "Assigned", "endDateTime": end, **properties}
    yield Edit(
        deed=Deed.ADD,
        id=f"{scope}/providers/{ROLE_SCHEDULE}/{name_of(resource.id)}",
        type_name=ROLE_SCHEDULE,
        body={"properties": assigned},
    )


def _private_endpoint(resource: Resource) -> Iterator[Edit]:
    """Yield the approval of a private endpoint, and the connection that its target shows."""
    approved = []
    for link in _members_at(resource, _LINKS):
        properties = {**link["properties"], "privateLinkServiceConnectionState": _APPROVED}
        approved.append({**link, "properties": properties})
        target = str(properties["privateLinkServiceId"])
        shown_at, state = _SHOWN_AT.get(type_of(normalise(target)), (_CONNECTIONS, _STATE))
        connection = {
            "properties": {
                "privateEndpoint": {"id": str(resource.body["id"])},
                state.rpartition(".")[2]: _APPROVED,
                "groupIds": properties["groupIds"],
            }
        }
        yield Edit(deed=Deed.SET, id=target, type_name="", joined={shown_at: connection})
    yield _set(resource, {_LINKS: approved})


def _zone_group(resource: Resource) -> Iterator[Edit]:
    """Yield the names that a zone group registers in its zones."""
    name = name_of(parent_of(resource.id))
    shown = []
    for config in _members_at(resource, "properties.privateDnsZoneConfigs"):
        record = {"recordType": "A", "recordSetName": name, "ipAddresses": [_ADDRESS]}
        shown.append({**config, "properties": {**config["properties"], "recordSets": [record]}})
        zone = str(config["properties"]["privateDnsZoneId"])
        yield Edit(
            deed=Deed.ADD,
            id=f"{zone}/A/{name}",
            type_name="Microsoft.Network/privateDnsZones/A",
            body={"properties": {"aRecords": [{"ipv4Address": _ADDRESS}]}},
        )
    yield _set(resource, {"properties.privateDnsZoneConfigs": shown})


def _diagnostic_setting(resource: Resource) -> Iterator[Edit]:
    """Yield the activity log export created by a setting of a subscription."""
    scope = parent_of(resource.id)
    if type_of(scope) == SUBSCRIPTION_TYPE:
        yield Edit(
            deed=Deed.ADD,
            id=f"{scope}/providers/{ACTIVITY_LOG_EXPORT}/{name_of(resource.id)}",
            type_name=ACTIVITY_LOG_EXPORT,
            body={"properties": resource.body["properties"]},
        )


_ANSWERS: Final[Mapping[str, Callable[[Resource], Iterator[Edit]]]] = {
    COMPUTE: _compute,
    DIAGNOSTIC_SETTING: _diagnostic_setting,
    DNS_ZONE_GROUP: _zone_group,
    OUTBOUND_RULE: _outbound_rule,
    PRIVATE_ENDPOINT: _private_endpoint,
    "microsoft.authorization/roleassignmentschedulerequests": _schedule,
    ROLE_ASSIGNMENT: _role_assignment,
    STORAGE: _storage,
    USER_ASSIGNED_IDENTITY: _user_assigned,
    WORKSPACE: _workspace,
}

"""Private endpoints: those approved for a resource, and the parts of it that they connect to."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.relations import CONTAINER_REGISTRY, KEY_VAULT, STORAGE, WORKSPACE
from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.firewall import public_access_of
from amlaudit.readings.outbound_rules import PRIVATE_ENDPOINT, isolation_of, rules_of
from amlaudit.readings.partial import known_of, known_of_each
from amlaudit.readings.sharing import network_owners
from amlaudit.readings.texts import texts_in

_STATE: Final = "properties.privateLinkServiceConnectionState.status"
# https://learn.microsoft.com/azure/private-link/private-endpoint-overview#approval-workflow
_STATES: Final = ("approved", "pending", "rejected", "disconnected", "timeout")

DEPENDENCIES: Final = ("storage", "key-vault", "container-registry")
"""Relations to the dependencies that a workspace reaches by private endpoints."""
PARTS: Final = {
    STORAGE: ("blob", "file"),
    KEY_VAULT: ("vault",),
    CONTAINER_REGISTRY: ("registry",),
}
"""The parts of each that workspaces need an endpoint for, by ARM type."""

_CONNECTIONS_SHOWN_SINCE: Final = {
    WORKSPACE: "2020-03-01",
    STORAGE: "2019-06-01",
    KEY_VAULT: "2018-02-14",
    CONTAINER_REGISTRY: "2019-12-01",
}
"""First API versions that show the connections of private endpoints, by type.

https://github.com/Azure/azure-rest-api-specs
"""

_SETUP: Final = "properties.provisioningState"
_WITHOUT_EFFECT: Final = ("failed", "deleting", "disconnected")
"""States of connections that lead nowhere, whatever was approved.

https://learn.microsoft.com/rest/api/keyvault/keyvault/private-endpoint-connections/get
"""

_LINKS: Final = {
    "properties.privateLinkServiceConnections": "Approved",
    "properties.manualPrivateLinkServiceConnections": "Pending",
}
"""Connections of a private endpoint, and their state on creation."""


def approved_connections(resource: Subject) -> Iterator[Subject]:
    """Yield the connections of approved private endpoints to a resource.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    since = _CONNECTIONS_SHOWN_SINCE[resource.type]
    connections = resource.each("properties.privateEndpointConnections", default=(), since=since)
    return known_of(map(_if_approved, connections))


def _if_approved(connection: Subject) -> Iterator[Subject]:
    """Yield a connection if it is approved."""
    if one_of(connection, _STATE, _STATES) == "approved":
        yield connection


def approved_ways(resource: Subject) -> Iterator[tuple[Subject, str]]:
    """Yield the approved private endpoints, each with a part that it connects to, lower case.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    return known_of_each(
        resource.follow("private-endpoints"), lambda endpoint: _ways_by(endpoint, resource.id)
    )


def _ways_by(endpoint: Subject, resource_id: str) -> Iterator[tuple[Subject, str]]:
    """Yield a private endpoint with each part of a resource that it is approved for."""
    if endpoint.text(_SETUP, default="Succeeded") in _WITHOUT_EFFECT:
        return
    for path, outcome in _LINKS.items():
        default = outcome if endpoint.is_as_declared else None
        for each in endpoint.each(path, default=()):
            target = arm_id.normalise(each.text("properties.privateLinkServiceId"))
            if target != resource_id:
                continue
            if one_of(each, _STATE, _STATES, default=default) == "approved":
                for part in texts_in(each, "properties.groupIds"):
                    yield endpoint, part


def approved_endpoints(resource: Subject) -> Iterator[Subject]:
    """Yield the approved private endpoints.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    approved = {
        arm_id.normalise(connection.text("properties.privateEndpoint.id"))
        for connection in approved_connections(resource)
    }
    if approved:
        yield from (each for each in resource.follow("private-endpoints") if each.id in approved)


def closed_dependencies(workspace: Subject) -> Iterator[Subject]:
    """Yield the dependencies of a workspace that accept only private endpoints.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    return known_of(map(_if_closed, known_of(map(workspace.follow, DEPENDENCIES))))


def _if_closed(dependency: Subject) -> Iterator[Subject]:
    """Yield a dependency if it is closed to the public."""
    if public_access_of(dependency) == "disabled":
        yield dependency


def has_approved(resource: Subject) -> bool:
    """Tell whether a private endpoint of a resource is approved, and its connection works.

    Raises:
        NoDataError: None is known to be, and not all of them are known.
    """
    return any(True for _ in known_of(map(_if_set_up, approved_connections(resource))))


def _if_set_up(connection: Subject) -> Iterator[Subject]:
    """Yield a connection if Azure could set it up, and does not delete it."""
    if connection.text(_SETUP, default="Succeeded") not in _WITHOUT_EFFECT:
        yield connection


def unreached(
    resource: Subject, users: Iterable[Subject], targets: AbstractSet[str]
) -> Iterator[str]:
    """Yield the parts of a resource for which a workspace's managed network has no endpoint.

    Args:
        resource: The dependency.
        users: The workspaces that use it.
        targets: The parts of it that each must have an endpoint for, lower case.

    Raises:
        NoDataError: After some, if not all workspaces or their outbound rules are known.
    """
    for user in users:
        for owner in network_owners(user):
            yield from targets - _managed_targets(owner, resource.id)


def _managed_targets(workspace: Subject, resource_id: str) -> frozenset[str]:
    """Return the parts of a resource that a workspace's managed network has active endpoints for.

    Raises:
        NoDataError: Not all of its outbound rules are known.
    """
    if isolation_of(workspace) == "disabled":
        return frozenset()
    return frozenset(
        each.text("properties.destination.subresourceTarget")
        for each in rules_of(workspace, PRIVATE_ENDPOINT)
        if each.text("properties.status") == "active"
        and arm_id.normalise(each.text("properties.destination.serviceResourceId")) == resource_id
    )

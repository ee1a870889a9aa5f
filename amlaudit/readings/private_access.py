"""Private endpoints: those that may enter a resource, and the ways over which they lead to it."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.outbound_rules import PRIVATE_ENDPOINT, isolation_of, rules_of
from amlaudit.readings.several import known_of
from amlaudit.readings.sharing import network_owners
from amlaudit.readings.texts import texts_in

_ACCESS: Final = "properties.publicNetworkAccess"
_STATE: Final = "properties.privateLinkServiceConnectionState.status"
# https://learn.microsoft.com/azure/private-link/private-endpoint-overview#approval-workflow
_STATES: Final = ("approved", "pending", "rejected", "disconnected", "timeout")

DEPENDENCIES: Final = ("storage", "key-vault", "container-registry")
"""Relations to what a workspace depends on and reaches by private endpoints."""
PARTS: Final = {
    "microsoft.storage/storageaccounts": ("blob", "file"),
    "microsoft.keyvault/vaults": ("vault",),
    "microsoft.containerregistry/registries": ("registry",),
}
"""The parts of each that workspaces need an endpoint for, by ARM type."""

_LINKS: Final = {
    "properties.privateLinkServiceConnections": "Approved",
    "properties.manualPrivateLinkServiceConnections": "Pending",
}
"""Connections of a private endpoint, and what becomes of them when they are made."""


def approved_connections(resource: Subject) -> Iterator[Subject]:
    """Yield the connections of approved private endpoints to a resource.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    connections = resource.each("properties.privateEndpointConnections", default=())
    return known_of(map(_if_approved, connections))


def _if_approved(connection: Subject) -> Iterator[Subject]:
    """Yield a connection if it is approved."""
    if one_of(connection, _STATE, _STATES) == "approved":
        yield connection


def approved_ways(resource: Subject) -> Iterator[tuple[Subject, str]]:
    """Yield the private endpoints that are approved, each with a part that it leads to, lower case.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    for endpoint in resource.follow("private-endpoints"):
        for path, outcome in _LINKS.items():
            told = {"default": outcome} if endpoint.is_as_declared else {}
            for each in endpoint.each(path, default=()):
                target = arm_id.normalise(each.text("properties.privateLinkServiceId"))
                if target == resource.id and each.text(_STATE, **told) == "approved":
                    for part in texts_in(each, "properties.groupIds"):
                        yield endpoint, part


def approved_endpoints(resource: Subject) -> Iterator[Subject]:
    """Yield the private endpoints that are approved.

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
    """Yield what a workspace depends on that answers to private endpoints alone.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    return known_of(map(_if_closed, known_of(map(workspace.follow, DEPENDENCIES))))


def _if_closed(dependency: Subject) -> Iterator[Subject]:
    """Yield a dependency if it is closed to the public."""
    if one_of(dependency, _ACCESS, ("enabled", "disabled"), default="Enabled") == "disabled":
        yield dependency


def has_approved(resource: Subject) -> bool:
    """Tell whether a private endpoint of a resource is approved.

    Raises:
        NoDataError: None is, and not all of them are known.
    """
    return any(True for _ in approved_connections(resource))


def unreached(
    resource: Subject, users: Iterable[Subject], targets: AbstractSet[str]
) -> Iterator[str]:
    """Yield the parts of a resource that a workspace has no endpoint for in its managed network.

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

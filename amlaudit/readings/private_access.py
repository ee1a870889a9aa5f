"""Over which private endpoints a dependency of workspaces is reached."""

from collections.abc import Collection, Iterable
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of

_MODE: Final = "properties.managedNetwork.isolationMode"
_MODES: Final = ("disabled", "allowinternetoutbound", "allowonlyapprovedoutbound")
_SHOWN_SINCE: Final = "2023-10-01"
"""First API version that shows the managed network."""
_STATES: Final = ("approved", "pending", "rejected", "disconnected")


def has_approved(resource: Subject) -> bool:
    """Tell whether a private endpoint of a resource is approved.

    Raises:
        NoDataError: None is, and not all of them are known.
    """
    connections = resource.each("properties.privateEndpointConnections", default=())
    return any(
        one_of(each, "properties.privateLinkServiceConnectionState.status", _STATES) == "approved"
        for each in connections
    )


def only_managed_networks_reach(
    resource: Subject, users: Iterable[Subject], targets: Collection[str]
) -> bool:
    """Tell whether every workspace reaches a resource from its managed network, by endpoints.

    Args:
        resource: The dependency.
        users: The workspaces that use it; a project is in the network of its hub.
        targets: The parts of it that each must have an endpoint for, lower case.

    Raises:
        NoDataError: Not all workspaces, or not all of their outbound rules, are known.
    """
    return all(
        managed_targets(user, resource.id).issuperset(targets)
        for user in users
        if user.text("kind", default="Default") != "project"
    )


def managed_targets(workspace: Subject, resource_id: str) -> frozenset[str]:
    """Return the parts of a resource that a workspace's managed network has active endpoints for.

    Raises:
        NoDataError: Not all of its outbound rules are known.
    """
    mode = one_of(workspace, _MODE, _MODES, default="Disabled", since=_SHOWN_SINCE)
    if mode == "disabled":
        return frozenset()
    return frozenset(
        each.text("properties.destination.subresourceTarget")
        for each in workspace.follow("outbound-rules")
        if each.text("properties.type") == "privateendpoint"
        and each.text("properties.status") == "active"
        and arm_id.normalise(each.text("properties.destination.serviceResourceId")) == resource_id
    )

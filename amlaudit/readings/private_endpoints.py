"""The private endpoints that may enter a resource."""

from collections.abc import Iterator
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject

_STATE: Final = "properties.privateLinkServiceConnectionState.status"
_APPROVED: Final = "approved"
# https://learn.microsoft.com/azure/private-link/private-endpoint-overview#approval-workflow
_CLOSED: Final = ("pending", "rejected", "disconnected")


def approved_connections(workspace: Subject) -> Iterator[Subject]:
    """Yield the connections of approved private endpoints.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    unfamiliar = None
    for connection in workspace.each("properties.privateEndpointConnections", default=()):
        state = connection.text(_STATE)
        if state == _APPROVED:
            yield connection
        elif state not in _CLOSED:
            unfamiliar = connection.unfamiliar(_STATE, state)
    if unfamiliar:
        raise unfamiliar


def approved_endpoints(workspace: Subject) -> Iterator[Subject]:
    """Yield the approved private endpoints themselves.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    approved = {
        arm_id.normalise(connection.text("properties.privateEndpoint.id"))
        for connection in approved_connections(workspace)
    }
    if approved:
        yield from (
            endpoint
            for endpoint in workspace.follow("private-endpoints")
            if endpoint.id in approved
        )

"""Whether computes stand in a network in which traffic can be filtered."""

from typing import Final

from amlaudit.core.subject import Subject

_SUBNET: Final = "properties.properties.subnet.id"
_MODE: Final = "properties.managedNetwork.isolationMode"
_MODE_SHOWN_SINCE: Final = "2023-10-01"  # API version
_STATUS: Final = "properties.managedNetwork.status.status"


def is_isolated(compute: Subject) -> bool:
    """Tell whether a cluster or instance has a subnet, or its workspace a managed network.

    Raises:
        NoDataError: It is not known.
    """
    if compute.text(_SUBNET, default=""):
        return True
    return any(_manages_network(workspace) for workspace in compute.follow("workspace"))


def _manages_network(workspace: Subject) -> bool:
    """Tell whether the managed network of a workspace, or of its hub, is on and there."""
    if workspace.text("kind", default="Default") == "project":
        return any(map(_manages_network, workspace.follow("hub")))
    mode = workspace.text(_MODE, default="Disabled", since=_MODE_SHOWN_SINCE)
    if mode not in ("disabled", "allowinternetoutbound", "allowonlyapprovedoutbound"):
        raise workspace.unfamiliar(_MODE, mode)
    if mode == "disabled":
        return False
    status = workspace.text(_STATUS)
    if status not in ("active", "inactive"):
        raise workspace.unfamiliar(_STATUS, status)
    return status == "active"

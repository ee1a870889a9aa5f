"""Whether an online endpoint receives requests, and where they go."""

from collections.abc import Mapping
from typing import Final

from amlaudit.core import arm_id
from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.patterns import matches

LIVE: Final = "properties.traffic"
MIRRORED: Final = "properties.mirrorTraffic"
_SHOWN_SINCE: Final = {LIVE: "", MIRRORED: "2023-04-01"}  # API versions

_KINDS: Final = ("managed", "kubernetes", "azuremlcompute")
"""What deployments run on, see
https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/onlineendpoints/deployments."""


def kind_of(deployment: Subject) -> str:
    """Return what an online deployment runs on: `managed`, `kubernetes` or `azuremlcompute`.

    Raises:
        NoDataError: It is not known.
    """
    return one_of(deployment, "properties.endpointComputeType", _KINDS)


def shares_of(endpoint: Subject, path: str) -> dict[str, float]:
    """Return the percentage of requests by deployment, lower case; absent: none are sent.

    Args:
        endpoint: An online endpoint.
        path: `LIVE`, or `MIRRORED` for the copies that a deployment under test receives.

    Raises:
        NoDataError: It is not known.
    """
    shares = endpoint.get(path, default={}, since=_SHOWN_SINCE[path])
    if not isinstance(shares, Mapping) or not all(map(_is_number, shares.values())):
        raise endpoint.unfamiliar(path, shares)
    return {name.lower(): percent for name, percent in shares.items()}


def gets_requests(deployment: Subject) -> bool:
    """Tell whether a deployment receives requests of its endpoint, or copies of them.

    Raises:
        NoDataError: It is not known.
    """
    name = deployment.name.lower()
    for endpoint in deployment.follow("online-endpoint"):
        if any(shares_of(endpoint, path).get(name) for path in (LIVE, MIRRORED)):
            return True
    return False


def why_idle(deployment: Subject) -> str:
    """Return why the VMs of a deployment are not expected to be busy, empty if they are.

    The rule has a parameter `standby_endpoints`: name patterns of endpoints kept for failover.

    Raises:
        NoDataError: It is not known what it runs on.
    """
    if kind_of(deployment) == "kubernetes":
        return "deployments on Kubernetes have no VMs of their own"
    if matches(deployment, "standby_endpoints", arm_id.name_of(arm_id.parent_of(deployment.id))):
        return "the endpoint is a standby endpoint"
    return ""


def _is_number(value: object) -> bool:
    """Tell whether a value is a number; a boolean is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)

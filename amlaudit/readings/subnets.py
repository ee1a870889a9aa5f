"""The subnets of a workspace's computes, and where their routes lead."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of
from amlaudit.readings.partial import known_of

_SERVERLESS: Final = "properties.serverlessComputeSettings.serverlessComputeCustomSubnet"
_SHOWN_SINCE: Final = "2023-10-01"
"""First API version that shows where serverless computes run."""


# https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview
_HOPS: Final = frozenset({"internet", "virtualappliance", "virtualnetworkgateway", "none"})


def compute_subnets(workspace: Subject) -> Iterator[Subject]:
    """Yield the distinct subnets of a workspace's computes, including serverless ones.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    attached = (compute.follow("subnet") for compute in workspace.follow("computes"))
    return _once(known_of(chain((_serverless_subnet(workspace),), attached)))


def default_hops(subnet: Subject) -> Iterator[str]:
    """Yield the next hops of user-defined default routes, lower case.

    Raises:
        NoDataError: One is not known, or not one of the known kinds.
    """
    for table in subnet.follow("route-table"):
        for route in table.each("properties.routes", default=()):
            if route.text("properties.addressPrefix") == "0.0.0.0/0":
                yield one_of(route, "properties.nextHopType", _HOPS)


def _serverless_subnet(workspace: Subject) -> Iterator[Subject]:
    """Yield the subnet of a workspace's serverless computes, if any."""
    yield from workspace.follow("subnet")
    workspace.get(_SERVERLESS, default=None, since=_SHOWN_SINCE)


def _once(subnets: Iterator[Subject]) -> Iterator[Subject]:
    """Yield each subnet only the first time."""
    seen: set[str] = set()
    for subnet in subnets:
        if subnet.id not in seen:
            seen.add(subnet.id)
            yield subnet

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
_HOPS: Final = frozenset(
    {"internet", "virtualappliance", "virtualapplianceecmp", "virtualnetworkgateway", "none"}
)

_ALL: Final = "0.0.0.0/0"
_HALVES: Final = frozenset({"0.0.0.0/1", "128.0.0.0/1"})


def compute_subnets(workspace: Subject) -> Iterator[Subject]:
    """Yield the distinct subnets of a workspace's computes, including serverless ones.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    attached = (compute.follow("subnet") for compute in workspace.follow("computes"))
    return _once(known_of(chain((_serverless_subnet(workspace),), attached)))


def default_hops(subnet: Subject) -> Iterator[str]:
    """Yield the next hops of user-defined default routes, lower case.

    Routes for both halves of all addresses, which VPN gateways advertise, are a default route; one
    half alone counts only if it leads straight to the internet.

    Raises:
        NoDataError: One is not known, or not one of the known kinds.
    """
    for table in subnet.follow("route-table"):
        hops = {}
        for route in table.each("properties.routes", default=()):
            prefix = route.text("properties.addressPrefix")
            if prefix == _ALL or prefix in _HALVES:
                hops[prefix] = one_of(route, "properties.nextHopType", _HOPS)
        if hops.keys() >= _HALVES:  # more specific than the route for all addresses
            hops.pop(_ALL, None)
            yield from hops.values()
        else:
            yield from (hop for each, hop in hops.items() if each == _ALL or hop == "internet")


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

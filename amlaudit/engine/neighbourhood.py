"""The neighbourhood of each workspace of an estate, for reports that show it."""

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Final

from amlaudit.batches import SpilledList
from amlaudit.core import arm_id
from amlaudit.core.estate import Estate
from amlaudit.core.gap import NoDataError
from amlaudit.core.neighbourhood import Neighbour, Neighbourhood, Unseen
from amlaudit.core.neighbours import gathered
from amlaudit.core.path import Steps, parse_path, read
from amlaudit.core.relations import (
    COMPUTE,
    OUTBOUND_RULE,
    PRIVATE_ENDPOINT,
    RELATIONS,
    SUBNET,
    VIRTUAL_NETWORK,
    WORKSPACE,
)
from amlaudit.core.report import Finding
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject

_FOLLOWED: Final = (
    "hub",
    "storage",
    "key-vault",
    "container-registry",
    "application-insights",
    "encryption-key-vault",
    "private-endpoints",
    "subnet",
    "virtual-network",
    "dns-zone-groups",
    "dns-zones",
    "outbound-rules",
    "datastores",
    "computes",
    "online-endpoints",
    "batch-endpoints",
    "serverless-endpoints",
)
"""Relations followed, in this order, from the workspace and from what was found on the way."""

_ON_THE_WAY: Final = frozenset(
    (
        "storage",
        "key-vault",
        "container-registry",
        "private-endpoints",
        "subnet",
        "dns-zone-groups",
    )
)
"""Relations whose targets are followed further."""

_DETAILS: Final = {
    COMPUTE: parse_path("properties.computeType"),
    OUTBOUND_RULE: parse_path("properties.type"),
    PRIVATE_ENDPOINT: parse_path("properties.privateLinkServiceConnections"),
}
_GROUPS: Final = parse_path("properties.groupIds")

_PEERINGS: Final = parse_path("properties.virtualNetworkPeerings")
_REMOTE: Final = parse_path("properties.remoteVirtualNetwork.id")
_PEERED: Final = parse_path("properties.peeringState")
_SUBNETS: Final = parse_path("properties.subnets")
_WAYS_IN: Final = {"azurebastionsubnet": "bastion", "gatewaysubnet": "gateway"}
"""The purpose of subnets with these names; Azure accepts no other names for these purposes.

https://learn.microsoft.com/azure/bastion/configuration-settings#subnet
https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-vpn-gateway-settings#gwsub
"""

_MAX_IN_MEMORY: Final = 2_000
"""Workspaces whose neighbourhood is kept in memory: about two megabytes."""


class Surroundings:
    """The neighbourhoods of the workspaces of an estate.

    Each is computed while its workspace is judged, when the documents around it are loaded.
    """

    def __init__(self, estate: Estate) -> None:
        """Take the estate."""
        self._estate = estate
        self._ids = estate.store.ids_of_type(WORKSPACE)
        self._next = next(self._ids, None)
        self._found: SpilledList[Neighbourhood] = SpilledList(_MAX_IN_MEMORY)

    def along(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Yield findings, and look around each workspace among them, in the order of ids."""
        for resource, together in groupby(findings, key=attrgetter("resource")):
            if resource.id == self._next:
                self._look_around(resource.id)
            yield from together

    def all(self) -> Collection[Neighbourhood]:
        """Return the neighbourhood of each judged workspace, by id."""
        while self._next is not None:
            self._look_around(self._next)
        return self._found

    def _look_around(self, workspace_id: str) -> None:
        """Look around the workspace whose turn it is, and find the next one."""
        if workspace := self._estate.store.get(workspace_id):
            self._found.add(neighbourhood_of(workspace, self._estate))
        self._next = next(self._ids, None)


def neighbourhood_of(workspace: Resource, estate: Estate) -> Neighbourhood:
    """Return a workspace with its neighbourhood."""
    subject = Subject(workspace, estate)
    neighbours: list[Neighbour] = []
    unseen: list[Unseen] = []
    reached = {workspace.id: workspace}
    for relation in _FOLLOWED:
        for place in _starts(relation, workspace, reached.values()):
            known = gathered(estate.neighbours(place, relation))
            if known.missing:
                unseen.append(Unseen(relation, place.id, known.missing))
            neighbours += (_neighbour(each, relation, place.id) for each in known.resources)
            for each in known.resources:
                neighbours += _ways_into(each)
                if relation in _ON_THE_WAY:
                    reached[each.id] = each
    return Neighbourhood(
        workspace.id,
        workspace.name,
        kind=_text(subject, "kind", "Default"),
        location=_text(subject, "location", ""),
        environment=_label(subject, "environment"),
        owner=_text(subject, "tags.owner", ""),
        team=_label(subject, "team"),
        isolation=_text(subject, "properties.managedNetwork.isolationMode", "Disabled"),
        neighbours=tuple(dict.fromkeys(neighbours)),
        unseen=tuple(unseen),
    )


def _starts(relation: str, workspace: Resource, reached: Iterable[Resource]) -> list[Resource]:
    """Return the resources from which a relation is followed.

    A hub is a neighbour, but its own neighbourhood is not included.
    """
    return [
        each
        for each in reached
        if _starts_at(relation, each.type) and (each.type != WORKSPACE or each is workspace)
    ]


@cache  # few relations and types, needed for every workspace
def _starts_at(relation: str, arm_type: str) -> bool:
    """Tell whether resources of a type can have a relation."""
    return RELATIONS[relation].starts_at(arm_type)


def _neighbour(resource: Resource, relation: str, of: str) -> Neighbour:
    """Return a resource as a neighbour."""
    return Neighbour(resource.id, resource.type, resource.name, relation, of, _detail(resource))


def _ways_into(network: Resource) -> Iterator[Neighbour]:
    """Yield what leads into a virtual network, according to its own document; no other is read.

    These are peered networks, and its subnets for Bastion and for gateways.
    """
    if network.type != VIRTUAL_NETWORK:
        return
    for peering in _members(network, _PEERINGS):
        remote = read(peering, _REMOTE)
        if isinstance(remote, str):
            key, state = arm_id.normalise(remote), read(peering, _PEERED)
            shown = state if isinstance(state, str) else ""
            name = arm_id.name_of(remote)
            yield Neighbour(key, VIRTUAL_NETWORK, name, "peered-networks", network.id, shown)
    for subnet in _members(network, _SUBNETS):
        name = str(read(subnet, ("name",)))
        if way := _WAYS_IN.get(name.lower()):
            yield Neighbour(f"{network.id}/subnets/{name.lower()}", SUBNET, name, way, network.id)


def _members(resource: Resource, steps: Steps) -> list[object]:
    """Return the members of a list in a document, empty if there is no list."""
    found = read(resource.body, steps)
    return list(found) if isinstance(found, list | tuple) else []


def _detail(resource: Resource) -> str:
    """Return the kind of a resource according to its document; `""` if it does not say."""
    steps = _DETAILS.get(resource.type)
    found = read(resource.body, steps) if steps else ""
    if isinstance(found, list):
        groups = [read(each, _GROUPS) for each in found]
        found = ", ".join(str(name) for each in groups if isinstance(each, list) for name in each)
    return found if isinstance(found, str) else ""


def _text(subject: Subject, path: str, default: str) -> str:
    """Return the text at a path, what its absence means, or `""` if it is not known."""
    try:
        value = subject.get(path, default=default)
    except NoDataError:
        return ""
    return value if isinstance(value, str) else ""


def _label(subject: Subject, name: str) -> str:
    """Return what tags say about the workspace, `""` if that is not known."""
    try:
        return subject.context(name)
    except NoDataError:
        return ""

"""Builds the pictures of a report's workspaces."""

from collections.abc import Iterator
from string import ascii_uppercase
from typing import Final

from amlaudit.core.neighbourhood import Neighbour, Neighbourhood
from amlaudit.core.relations import INSIGHTS, WORKSPACE
from amlaudit.core.report import Report
from amlaudit.reporters.topology.model import Edge, Lane, Node, Picture
from amlaudit.reporters.topology.questions import (
    ENDPOINT,
    KINDS,
    MANAGED,
    NAMES,
    OUTBOUND,
    PLACED,
    PUBLIC,
    RULES,
    SIGN_IN,
)
from amlaudit.reporters.topology.verdicts import Judged, Judgement, Passage, between, judge

INTERNET: Final = Node("internet", Lane.SOURCES, "Public networks", "Internet")
_DEPENDENCIES: Final = (
    "storage",
    "key-vault",
    "container-registry",
    "application-insights",
    "encryption-key-vault",
)
_ENDPOINTS: Final = ("online-endpoints", "batch-endpoints", "serverless-endpoints")
_LANES: Final = {
    "private-endpoints": Lane.PRIVATE,
    **dict.fromkeys(_DEPENDENCIES, Lane.DEPENDENCIES),
    **dict.fromkeys((*_ENDPOINTS, "computes"), Lane.COMPUTE),
}
"""The lane that shows the targets of a relation."""
_UNJUDGED: Final = Judgement(Passage.UNKNOWN, "no rule judges this path")
_WAYS_IN: Final = {
    "peered-networks": "Peered network",
    "bastion": "Bastion",
    "gateway": "VPN or ExpressRoute",
}
"""What leads into a virtual network, by relation."""


def pictures(report: Report) -> Iterator[Picture]:
    """Yield the picture of each workspace, by id; none if the report lacks their surroundings."""
    judged = {
        (each.rule.id, each.resource.id): each
        for each in report.findings
        if each.rule.id in RULES and not each.subject_key
    }
    for neighbourhood in report.neighbourhoods or ():
        yield _PictureBuilder(neighbourhood, judged).picture()


def _code(place: int) -> str:
    """Return the letter of an edge: A to Z, then AA, AB and so on."""
    above, own = divmod(place, len(ascii_uppercase))
    return (_code(above - 1) if above else "") + ascii_uppercase[own]


class _PictureBuilder:
    """Collects the nodes and edges of one workspace."""

    def __init__(self, neighbourhood: Neighbourhood, judged: Judged) -> None:
        """Start with a workspace."""
        self.neighbourhood = neighbourhood
        self.judged = judged
        self.nodes: dict[str, Node] = {INTERNET.id: INTERNET}
        self.edges: list[Edge] = []
        self.entered_networks: set[str] = set()
        hub = next(neighbourhood.by("hub"), None)
        # The network of a project is that of its hub.
        self.network_of = (
            hub.id if hub and neighbourhood.kind.lower() == "project" else neighbourhood.id
        )

    def picture(self) -> Picture:
        """Return the picture."""
        own = self.neighbourhood
        kind = "Workspace" if own.kind in {"", "Default"} else f"{own.kind} workspace"
        workspace = self._add_node(Node(own.id, Lane.WORKSPACE, kind, own.name))
        public = judge(PUBLIC[WORKSPACE], [self.network_of], self.judged)
        self._connect(INTERNET, workspace, "From public networks", public)
        out = judge(OUTBOUND, [self.network_of], self.judged)
        self._connect(workspace, INTERNET, "Outbound traffic", out)
        self._add_private_endpoints(workspace, self.neighbourhood.id, WORKSPACE)
        for relation in _DEPENDENCIES:
            for each in self.neighbourhood.by(relation, self.neighbourhood.id):
                self._add_dependency(workspace, each)
        for relation in _ENDPOINTS:
            for each in self.neighbourhood.by(relation):
                self._add_endpoint(each, public)
        for each in self.neighbourhood.by("computes"):
            self._add_compute(workspace, each)
        return Picture(
            self.neighbourhood,
            self._nodes_worst_first(),
            self.edges,
            tuple(self._outbound_rules()),
            tuple(self._unseen()),
            {
                _LANES[each.relation]
                for each in self.neighbourhood.unseen
                if each.relation in _LANES
            },
        )

    def _add_node(self, node: Node) -> Node:
        """Add a node and return it, or the existing one with its id."""
        return self.nodes.setdefault(node.id, node)

    def _connect(self, source: Node, target: Node, subject: str, judgement: Judgement) -> None:
        """Add a connection between two nodes."""
        code = _code(len(self.edges))
        self.edges.append(Edge(code, source, target, subject, judgement))

    def _add_private_endpoints(self, target: Node, resource_id: str, arm_type: str) -> None:
        """Add the private endpoints that lead to a resource, their networks and their names."""
        for endpoint in self.neighbourhood.by("private-endpoints", resource_id):
            kind = f"Private endpoint, {endpoint.detail}" if endpoint.detail else "Private endpoint"
            node = self._add_node(Node(endpoint.id, Lane.PRIVATE, kind, endpoint.name))
            approved = judge(ENDPOINT[arm_type], [resource_id], self.judged)
            self._connect(self._network_of(endpoint), node, f"To {target.name}", approved)
            self._add_zones(node, endpoint, self._judge_names(approved, resource_id, arm_type))

    def _network_of(self, endpoint: Neighbour) -> Node:
        """Return the network of a private endpoint."""
        for subnet in self.neighbourhood.by("subnet", endpoint.id):
            for network in self.neighbourhood.by("virtual-network", subnet.id):
                return self._add_network(network)
        return self._add_node(
            Node("network", Lane.SOURCES, "Virtual network", "Network that was not read")
        )

    def _add_network(self, network: Neighbour) -> Node:
        """Return a virtual network, and add what leads into it."""
        node = self._add_node(Node(network.id, Lane.SOURCES, "Virtual network", network.name))
        if network.id not in self.entered_networks:
            self.entered_networks.add(network.id)
            for relation, kind in _WAYS_IN.items():
                for each in self.neighbourhood.by(relation, network.id):
                    source = self._add_node(Node(each.id, Lane.SOURCES, kind, each.name))
                    self._connect(source, node, f"Into {network.name}", _UNJUDGED)
        return node

    def _judge_names(self, approved: Judgement, resource_id: str, arm_type: str) -> Judgement:
        """Return the judgement of a private endpoint's names, or of its missing approval."""
        if arm_type != WORKSPACE:
            return Judgement(Passage.UNKNOWN, "no rule judges these names")
        if approved.passage is not Passage.PRIVATE:
            return approved
        return judge(NAMES, [resource_id], self.judged)

    def _add_zones(self, node: Node, endpoint: Neighbour, judgement: Judgement) -> None:
        """Add the zones that hold a private endpoint's names; one unread part greys out all."""
        gap = self.neighbourhood.gap_in("dns-zone-groups", endpoint.id)
        zones: dict[str, Neighbour] = {}
        for group in self.neighbourhood.by("dns-zone-groups", endpoint.id):
            gap = gap or self.neighbourhood.gap_in("dns-zones", group.id)
            zones |= {each.id: each for each in self.neighbourhood.by("dns-zones", group.id)}
        if gap and judgement.passage is Passage.PRIVATE:
            judgement = Judgement(Passage.UNKNOWN, gap.detail, judgement.findings)
        for zone in zones.values():
            found = self._add_node(Node(zone.id, Lane.PRIVATE, "Private DNS zone", zone.name))
            self._connect(node, found, "Its names", judgement)
        if not zones:
            key, name = ("dns-unread", "Not known") if gap else ("dns", "None found")
            nowhere = Node(key, Lane.PRIVATE, "Private DNS zone", name)
            self._connect(node, self._add_node(nowhere), "Its names", judgement)

    def _add_dependency(self, workspace: Node, each: Neighbour) -> None:
        """Add a dependency of the workspace, and who reaches it."""
        kind = KINDS.get(each.type, "Monitoring" if each.type == INSIGHTS else each.type)
        node = self._add_node(Node(each.id, Lane.DEPENDENCIES, kind, each.name))
        if any(edge.target is node for edge in self.edges):  # a vault may serve twice
            return
        judgement = _UNJUDGED
        if each.type in PUBLIC:
            public = judge(PUBLIC[each.type], [each.id], self.judged)
            approved = judge(ENDPOINT[each.type], [each.id], self.judged)
            judgement = between(public, approved, judge(MANAGED, [self.network_of], self.judged))
            self._connect(INTERNET, node, "From public networks", public)
            self._add_private_endpoints(node, each.id, each.type)
        self._connect(workspace, node, "From the workspace", judgement)

    def _add_endpoint(self, each: Neighbour, public: Judgement) -> None:
        """Add an endpoint; a batch endpoint is reached like its workspace."""
        node = self._add_node(
            Node(each.id, Lane.COMPUTE, KINDS.get(each.type, each.type), each.name)
        )
        judgement = public
        if question := PUBLIC.get(each.type):
            judgement = judge(question, [each.id], self.judged)
        elif each.relation == "serverless-endpoints":
            judgement = _UNJUDGED
        self._connect(INTERNET, node, "Requests from public networks", judgement)

    def _add_compute(self, workspace: Node, each: Neighbour) -> None:
        """Add a compute: who signs in to it, and its network."""
        kind = f"Compute, {each.detail}" if each.detail else "Compute"
        node = self._add_node(Node(each.id, Lane.COMPUTE, kind, each.name))
        placed = judge(PLACED, [each.id], self.judged)
        self._connect(workspace, node, "Its network", placed)
        sign_in = judge(SIGN_IN, [each.id], self.judged)
        self._connect(INTERNET, node, "Sign-in and addresses", sign_in)

    def _nodes_worst_first(self) -> list[Node]:
        """Return the nodes, worst first within each lane."""
        worst: dict[str, int] = {}
        for edge in self.edges:
            for node in (edge.source, edge.target):
                rank = edge.judgement.passage.rank
                worst[node.id] = min(rank, worst.get(node.id, rank))
        first = {INTERNET.id, self.neighbourhood.id}

        def place(node: Node) -> tuple[int, bool, bool, int, str, str]:
            zone = node.kind == "Private DNS zone"
            return (
                node.lane,
                node.id not in first,
                zone,
                worst.get(node.id, len(Passage)),
                node.name.lower(),
                node.id,
            )

        return sorted(self.nodes.values(), key=place)

    def _outbound_rules(self) -> Iterator[str]:
        """Yield the outbound rules of the managed network."""
        for each in self.neighbourhood.by("outbound-rules"):
            yield f"{each.name} ({each.detail})" if each.detail else each.name

    def _hidden(self) -> Iterator[Lane]:
        """Yield the lanes in which something may be missing."""
        relations = (each.relation for each in self.neighbourhood.unseen)
        yield from (_LANES[each] for each in relations if each in _LANES)

    def _unseen(self) -> Iterator[str]:
        """Yield what may be missing from the picture, without duplicates."""
        texts = (f"{each.relation}: {each.gap.detail}" for each in self.neighbourhood.unseen)
        yield from dict.fromkeys(texts)
        if datastores := sum(1 for _ in self.neighbourhood.by("datastores")):
            plural = "" if datastores == 1 else "s"
            yield f"not drawn: {datastores} datastore{plural}, which use their own accounts"

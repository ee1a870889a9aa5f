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
_NOT_JUDGED: Final = "no rule judges this path"
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
        yield _Painter(neighbourhood, judged).picture()


def _code(place: int) -> str:
    """Return the letter of an edge: A to Z, then AA, AB and so on."""
    above, own = divmod(place, len(ascii_uppercase))
    return (_code(above - 1) if above else "") + ascii_uppercase[own]


class _Painter:
    """Collects the nodes and edges of one workspace."""

    def __init__(self, around: Neighbourhood, judged: Judged) -> None:
        """Start with a workspace."""
        self.around = around
        self.judged = judged
        self.nodes: dict[str, Node] = {INTERNET.id: INTERNET}
        self.edges: list[Edge] = []
        self.entered: set[str] = set()
        hub = next(around.by("hub"), None)
        # The network of a project is that of its hub.
        self.network_of = hub.id if hub and around.kind.lower() == "project" else around.id

    def picture(self) -> Picture:
        """Return the picture."""
        kind = f"{self.around.kind or 'Default'} workspace".replace(
            "Default workspace", "Workspace"
        )
        workspace = self._put(Node(self.around.id, Lane.WORKSPACE, kind, self.around.name))
        public = judge(PUBLIC[WORKSPACE], [self.network_of], self.judged)
        self._join(INTERNET, workspace, "From public networks", public)
        out = judge(OUTBOUND, [self.network_of], self.judged)
        self._join(workspace, INTERNET, "Outbound traffic", out)
        self._private(workspace, self.around.id, WORKSPACE)
        for relation in _DEPENDENCIES:
            for each in self.around.by(relation, self.around.id):
                self._dependency(workspace, each)
        for relation in _ENDPOINTS:
            for each in self.around.by(relation):
                self._endpoint(each, public)
        for each in self.around.by("computes"):
            self._compute(workspace, each)
        return Picture(
            self.around, self._sorted(), self.edges, tuple(self._rules()), tuple(self._unseen())
        )

    def _put(self, node: Node) -> Node:
        """Add a node and return it, or the existing one with its id."""
        return self.nodes.setdefault(node.id, node)

    def _join(self, source: Node, target: Node, subject: str, judgement: Judgement) -> None:
        """Add a connection between two nodes."""
        code = _code(len(self.edges))
        self.edges.append(Edge(code, source, target, subject, judgement))

    def _private(self, target: Node, resource_id: str, arm_type: str) -> None:
        """Add the private endpoints that lead to a resource, their networks and their names."""
        for endpoint in self.around.by("private-endpoints", resource_id):
            kind = f"Private endpoint, {endpoint.detail}" if endpoint.detail else "Private endpoint"
            node = self._put(Node(endpoint.id, Lane.PRIVATE, kind, endpoint.name))
            approved = judge(ENDPOINT[arm_type], [resource_id], self.judged)
            self._join(self._network_of(endpoint), node, f"To {target.name}", approved)
            self._names(node, endpoint, self._resolved(approved, resource_id, arm_type))

    def _network_of(self, endpoint: Neighbour) -> Node:
        """Return the network of a private endpoint."""
        for subnet in self.around.by("subnet", endpoint.id):
            for network in self.around.by("virtual-network", subnet.id):
                return self._network(network)
        return self._put(
            Node("network", Lane.SOURCES, "Virtual network", "Network that was not read")
        )

    def _network(self, network: Neighbour) -> Node:
        """Return a virtual network, and add what leads into it."""
        node = self._put(Node(network.id, Lane.SOURCES, "Virtual network", network.name))
        if network.id not in self.entered:
            self.entered.add(network.id)
            for relation, kind in _WAYS_IN.items():
                for each in self.around.by(relation, network.id):
                    source = self._put(Node(each.id, Lane.SOURCES, kind, each.name))
                    way = Judgement(Passage.UNKNOWN, _NOT_JUDGED)
                    self._join(source, node, f"Into {network.name}", way)
        return node

    def _resolved(self, approved: Judgement, resource_id: str, arm_type: str) -> Judgement:
        """Return the judgement of a private endpoint's names, or of its missing approval."""
        if arm_type != WORKSPACE:
            return Judgement(Passage.UNKNOWN, "no rule judges these names")
        if approved.passage is not Passage.PRIVATE:
            return approved
        return judge(NAMES, [resource_id], self.judged)

    def _names(self, node: Node, endpoint: Neighbour, judgement: Judgement) -> None:
        """Add the zones that hold a private endpoint's names; one unread part greys out all."""
        gap = self.around.gap_in("dns-zone-groups", endpoint.id)
        zones: dict[str, Neighbour] = {}
        for group in self.around.by("dns-zone-groups", endpoint.id):
            gap = gap or self.around.gap_in("dns-zones", group.id)
            zones |= {each.id: each for each in self.around.by("dns-zones", group.id)}
        if gap and judgement.passage is Passage.PRIVATE:
            judgement = Judgement(Passage.UNKNOWN, gap.detail, judgement.findings)
        for zone in zones.values():
            put = self._put(Node(zone.id, Lane.PRIVATE, "Private DNS zone", zone.name))
            self._join(node, put, "Its names", judgement)
        if not zones:
            nowhere = Node("dns", Lane.PRIVATE, "Private DNS zone", "None found")
            self._join(node, self._put(nowhere), "Its names", judgement)

    def _dependency(self, workspace: Node, each: Neighbour) -> None:
        """Add a dependency of the workspace, and who reaches it."""
        kind = KINDS.get(each.type, "Monitoring" if each.type == INSIGHTS else each.type)
        node = self._put(Node(each.id, Lane.DEPENDENCIES, kind, each.name))
        if any(edge.target is node for edge in self.edges):  # a vault may serve twice
            return
        way = Judgement(Passage.UNKNOWN, _NOT_JUDGED)
        if each.type in PUBLIC:
            public = judge(PUBLIC[each.type], [each.id], self.judged)
            approved = judge(ENDPOINT[each.type], [each.id], self.judged)
            way = between(public, approved, judge(MANAGED, [self.network_of], self.judged))
            self._join(INTERNET, node, "From public networks", public)
            self._private(node, each.id, each.type)
        self._join(workspace, node, "From the workspace", way)

    def _endpoint(self, each: Neighbour, public: Judgement) -> None:
        """Add an endpoint; a batch endpoint is reached like its workspace."""
        node = self._put(Node(each.id, Lane.COMPUTE, KINDS.get(each.type, each.type), each.name))
        way = public
        if question := PUBLIC.get(each.type):
            way = judge(question, [each.id], self.judged)
        elif each.relation == "serverless-endpoints":
            way = Judgement(Passage.UNKNOWN, _NOT_JUDGED)
        self._join(INTERNET, node, "Requests from public networks", way)

    def _compute(self, workspace: Node, each: Neighbour) -> None:
        """Add a compute: who signs in to it, and its network."""
        kind = f"Compute, {each.detail}" if each.detail else "Compute"
        node = self._put(Node(each.id, Lane.COMPUTE, kind, each.name))
        placed = judge(PLACED, [each.id], self.judged)
        self._join(workspace, node, "Its network", placed)
        sign_in = judge(SIGN_IN, [each.id], self.judged)
        self._join(INTERNET, node, "Sign-in and addresses", sign_in)

    def _sorted(self) -> list[Node]:
        """Return the nodes, worst first within each lane."""
        worst: dict[str, int] = {}
        for edge in self.edges:
            for node in (edge.source, edge.target):
                rank = edge.judgement.passage.rank
                worst[node.id] = min(rank, worst.get(node.id, rank))
        first = {INTERNET.id, self.around.id}

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

    def _rules(self) -> Iterator[str]:
        """Yield the outbound rules of the managed network."""
        for each in self.around.by("outbound-rules"):
            yield f"{each.name} ({each.detail})" if each.detail else each.name

    def _unseen(self) -> Iterator[str]:
        """Yield what may be missing from the picture, without duplicates."""
        texts = (f"{each.relation}: {each.gap.detail}" for each in self.around.unseen)
        yield from dict.fromkeys(texts)
        if datastores := sum(1 for _ in self.around.by("datastores")):
            plural = "" if datastores == 1 else "s"
            yield f"not drawn: {datastores} datastore{plural}, which use their own accounts"

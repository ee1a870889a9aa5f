"""The contents of a picture of the network around a workspace, independent of drawing."""

from collections.abc import Collection, Sequence
from enum import IntEnum

from msgspec import Struct

from amlaudit.core.neighbourhood import Neighbourhood
from amlaudit.reporters.topology.verdicts import Judgement


class Lane(IntEnum):
    """Horizontal position in the picture, from left to right."""

    SOURCES = 0
    WORKSPACE = 1
    PRIVATE = 2
    DEPENDENCIES = 3
    COMPUTE = 4


class Node(Struct, frozen=True):
    """Something in the picture.

    Attributes:
        id: Its ARM id, or a word if it has none (`internet`).
        lane: Its lane.
        kind: Its kind, for display (`Storage account`).
        name: Its name.
    """

    id: str
    lane: Lane
    kind: str
    name: str


class Edge(Struct, frozen=True):
    """A connection from one node to another.

    Attributes:
        code: The letter that ties the line to its row in the table.
        source: Where it begins.
        target: Where it leads.
        subject: What is judged about it (`Sign-in from public networks`).
        judgement: Its judgement by findings.
    """

    code: str
    source: Node
    target: Node
    subject: str
    judgement: Judgement


class Picture(Struct, frozen=True):
    """The network around a workspace.

    Attributes:
        workspace: The workspace.
        nodes: What is in the picture; in each lane the worst comes first.
        edges: The connections between them, by letter.
        rules: The outbound rules of the managed network, one line each.
        unseen: What may be missing from the picture, one sentence each.
        hidden: The lanes in which something may be missing.
    """

    workspace: Neighbourhood
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    rules: Sequence[str]
    unseen: Sequence[str]
    hidden: Collection[Lane] = ()

    def lane(self, lane: Lane) -> list[Node]:
        """Return the nodes of one lane."""
        return [each for each in self.nodes if each.lane is lane]

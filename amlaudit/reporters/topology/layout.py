"""Positions in a picture: five lanes of boxes, and lines that avoid them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct

from amlaudit.reporters.topology.model import Edge, Lane, Node, Picture
from amlaudit.reporters.topology.verdicts import Passage

MAX: Final = 12
"""Maximum number of boxes in a lane; further ones are counted below it, and are in the table."""
WIDTH: Final = 1_240
BOX: Final = 156
"""Width of a box."""
_PITCH: Final = 264
_LEFT: Final = 14
_ROW: Final = 56
_HIGH: Final = 40
_HEAD: Final = 34
_TRACK: Final = 9
"""Distance between parallel lines."""
_PLATE: Final = 17
"""Vertical distance between letters."""
_STUB: Final = 26
"""Length of the drawn part of a blocked edge."""
_MAX_RULES: Final = 5
"""Maximum number of outbound rules in the workspace's box."""

Trunk: TypeAlias = tuple[str, Lane, Passage]


class Box(NamedTuple):
    """A node with its position.

    Attributes:
        node: The node.
        x: Its left side.
        y: Its top.
        height: Its height.
    """

    node: Node
    x: float
    y: float
    height: float


class Line(NamedTuple):
    """An edge with its route.

    Attributes:
        edge: The edge.
        points: Its corners, from source to target.
    """

    edge: Edge
    points: tuple[tuple[float, float], ...]


class Layout(Struct, frozen=True):
    """The positions of everything.

    Attributes:
        boxes: The nodes.
        lines: The edges between drawn nodes.
        more: The positions of the notes on nodes not drawn in a lane, and their number.
        top: Where the lanes begin, below the lines that cross them all.
        height: Height of the picture.
    """

    boxes: Sequence[Box]
    lines: Sequence[Line]
    more: Sequence[tuple[float, float, int]]
    top: float
    height: float


def lane_x(lane: Lane) -> float:
    """Return the left side of a lane's boxes."""
    return _LEFT + lane * _PITCH


def layout(picture: Picture) -> Layout:
    """Return the positions of everything in a picture."""
    edges = _drawn(picture)
    top = _HEAD + 14 + len({_trunk(each) for each in edges if _crosses(each)}) * _TRACK
    boxes: list[Box] = []
    more: list[tuple[float, float, int]] = []
    bottom: float = top
    for lane in Lane:
        nodes = picture.lane(lane)
        y: float = top
        for node in nodes[:MAX]:
            height = _height(node, picture, edges)
            boxes.append(Box(node, lane_x(lane), y, height))
            y += height + _ROW - _HIGH
        if len(nodes) > MAX:
            more.append((lane_x(lane), y + 8, len(nodes) - MAX))
            y += 24
        bottom = max(bottom, y)
    return Layout(boxes, _Router(boxes, edges, top).lines(), more, top, bottom)


def _drawn(picture: Picture) -> list[Edge]:
    """Return the edges whose ends are both drawn."""
    shown = {node.id for lane in Lane for node in picture.lane(lane)[:MAX]}
    return [each for each in picture.edges if {each.source.id, each.target.id} <= shown]


def _height(node: Node, picture: Picture, edges: Sequence[Edge]) -> float:
    """Return the height of a box: enough for its lines, and for the workspace's content."""
    at = _at(node, edges)
    out = len({_trunk(each) for each in at if each.source is node})
    room = 8 + out * _TRACK + sum(_PLATE for each in at if each.target is node)
    words = 66 + 14 * min(len(picture.rules), _MAX_RULES) if node.lane is Lane.WORKSPACE else 0
    return max(_HIGH, words, room)


def _at(node: Node, edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges that begin or end at a node."""
    return [each for each in edges if node in (each.source, each.target)]


def _trunk(edge: Edge) -> Trunk:
    """Return what edges that share a trunk have in common."""
    return edge.source.id, edge.target.lane, edge.judgement.passage


def _crosses(edge: Edge) -> bool:
    """Tell whether an edge crosses a lane, and so must go around its boxes."""
    far = abs(edge.target.lane - edge.source.lane) > 1
    return far and edge.judgement.passage is not Passage.BLOCKED


class _Router:
    """Routes lines: out of a box, up or down between the lanes, into another box.

    Edges from one box to the same lane with the same judgement run together until they branch off.
    """

    def __init__(self, boxes: Sequence[Box], edges: Sequence[Edge], top: float) -> None:
        """Assign every line its place at the boxes."""
        self._boxes = {each.node.id: each for each in boxes}
        self._edges = edges
        self._top = top
        self._gaps: Counter[int] = Counter()
        self._trunks: dict[Trunk, tuple[float, ...]] = {}
        self._ports = {key: y for box in boxes for key, y in _ports(box, edges)}
        self._crossing = 0

    def lines(self) -> list[Line]:
        """Return the edges with their routes."""
        return [Line(each, self._way(each)) for each in self._edges]

    def _way(self, edge: Edge) -> tuple[tuple[float, float], ...]:
        """Return the corners of an edge."""
        source, target = self._boxes[edge.source.id], self._boxes[edge.target.id]
        end_y = self._ports[target.node.id, edge.code]
        if edge.judgement.passage is Passage.BLOCKED:  # nothing arrives, so nothing is drawn
            side, step = _side_of(target, edge)
            return (side + step * _STUB, end_y), (side, end_y)
        y, out, *far = self._trunk_of(edge, source)
        start, _ = _side_of(source, Edge("", edge.target, edge.source, "", edge.judgement))
        end, _ = _side_of(target, edge)
        if not far:
            return (start, y), (out, y), (out, end_y), (end, end_y)
        over, back = far
        return (start, y), (out, y), (out, over), (back, over), (back, end_y), (end, end_y)

    def _trunk_of(self, edge: Edge, source: Box) -> tuple[float, ...]:
        """Return where a trunk leaves its box, and its course: down, and across and down."""
        trunk = _trunk(edge)
        if trunk not in self._trunks:
            y = self._ports[source.node.id, str(trunk)]
            left = min(edge.source.lane, edge.target.lane)
            places = [y, self._gap(left)]
            if _crosses(edge):
                self._crossing += 1
                places.append(self._top - 6 - self._crossing * _TRACK)
                places.append(self._gap(edge.target.lane - 1))
            self._trunks[trunk] = tuple(places)
        return self._trunks[trunk]

    def _gap(self, lane: int) -> float:
        """Return the next free vertical track in the gap after a lane."""
        self._gaps[lane] += 1
        return _LEFT + lane * _PITCH + BOX + 14 + self._gaps[lane] * 7 % 63


def _side_of(box: Box, edge: Edge) -> tuple[float, int]:
    """Return the side of a box at which an edge ends, and the direction away from it."""
    comes_from_left = edge.source.lane < edge.target.lane
    return (box.x, -1) if comes_from_left else (box.x + BOX, 1)


def _ports(box: Box, edges: Sequence[Edge]) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield the ports of a box: one for each edge that ends there, and each trunk that begins."""
    node = box.node
    names = dict.fromkeys(
        str(_trunk(each)) if each.source is node else each.code for each in _at(node, edges)
    )
    for place, name in enumerate(names, start=1):
        yield (node.id, name), box.y + box.height * place / (len(names) + 1)

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
_MARGIN: Final = 14
"""Distance of the first vertical track from the boxes on its left."""
_COLUMN: Final = 7
"""Distance between vertical tracks."""
_COLUMNS_WIDTH: Final = 63
"""Width that vertical tracks share; further ones begin again on the left."""
_MAX_RULES: Final = 5
"""Maximum number of outbound rules in the workspace's box."""

_Trunk: TypeAlias = tuple[str, Lane, Passage]
"""What edges that run together share: the source, the lane of the targets, and the state."""


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
    touching = _touching(node, edges)
    out = len({_trunk(each) for each in touching if each.source is node})
    room = 8 + out * _TRACK + sum(_PLATE for each in touching if each.target is node)
    words = 66 + 14 * min(len(picture.rules), _MAX_RULES) if node.lane is Lane.WORKSPACE else 0
    return max(_HIGH, words, room)


def _touching(node: Node, edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges that begin or end at a node."""
    return [each for each in edges if node in (each.source, each.target)]


def _trunk(edge: Edge) -> _Trunk:
    """Return what edges that share a trunk have in common."""
    return edge.source.id, edge.target.lane, edge.judgement.passage


def _crosses(edge: Edge) -> bool:
    """Tell whether an edge crosses a lane, and so must go around its boxes."""
    far = abs(edge.target.lane - edge.source.lane) > 1
    return far and edge.judgement.passage is not Passage.BLOCKED


class _Course(NamedTuple):
    """Where a trunk runs.

    Attributes:
        start_y: Where it leaves its box.
        track_x: The vertical track next to its box.
        detour: If it must go around a lane: the horizontal track above all lanes, and the vertical
            one next to its targets.
    """

    start_y: float
    track_x: float
    detour: tuple[float, float] | None


class _Router:
    """Routes lines: out of a box, up or down between the lanes, into another box.

    Edges from one box to the same lane with the same judgement run together until they branch off.
    """

    def __init__(self, boxes: Sequence[Box], edges: Sequence[Edge], top: float) -> None:
        """Assign every line its place at the boxes."""
        self._boxes = {each.node.id: each for each in boxes}
        self._edges = edges
        self._top = top
        self._tracks: Counter[int] = Counter()
        self._courses: dict[_Trunk, _Course] = {}
        self._ports = {key: y for box in boxes for key, y in _ports(box, edges)}
        self._crossing = 0

    def lines(self) -> list[Line]:
        """Return the edges with their routes."""
        return [Line(each, self._corners_of(each)) for each in self._edges]

    def _corners_of(self, edge: Edge) -> tuple[tuple[float, float], ...]:
        """Return the corners of an edge."""
        source, target = self._boxes[edge.source.id], self._boxes[edge.target.id]
        end_y = self._ports[target.node.id, edge.code]
        if edge.judgement.passage is Passage.BLOCKED:  # nothing arrives, so nothing is drawn
            side, step = _side_facing(target, edge.source.lane)
            return (side + step * _STUB, end_y), (side, end_y)
        start_y, track_x, detour = self._course_of(edge)
        start_x, _ = _side_facing(source, edge.target.lane)
        end_x, _ = _side_facing(target, edge.source.lane)
        start, end = ((start_x, start_y), (track_x, start_y)), (end_x, end_y)
        if detour is None:
            return (*start, (track_x, end_y), end)
        over_y, back_x = detour
        return (*start, (track_x, over_y), (back_x, over_y), (back_x, end_y), end)

    def _course_of(self, edge: Edge) -> _Course:
        """Return the course of an edge's trunk, which is assigned once."""
        trunk = _trunk(edge)
        if trunk not in self._courses:
            start_y = self._ports[edge.source.id, str(trunk)]
            track_x = self._next_track(min(edge.source.lane, edge.target.lane))
            detour = None
            if _crosses(edge):
                self._crossing += 1
                over_y = self._top - 6 - self._crossing * _TRACK
                detour = over_y, self._next_track(edge.target.lane - 1)
            self._courses[trunk] = _Course(start_y, track_x, detour)
        return self._courses[trunk]

    def _next_track(self, lane: int) -> float:
        """Return the next free vertical track in the gap after a lane."""
        self._tracks[lane] += 1
        offset = self._tracks[lane] * _COLUMN % _COLUMNS_WIDTH
        return _LEFT + lane * _PITCH + BOX + _MARGIN + offset


def _side_facing(box: Box, lane: Lane) -> tuple[float, int]:
    """Return the side of a box that faces a lane, and the direction away from it."""
    return (box.x, -1) if lane < box.node.lane else (box.x + BOX, 1)


def _ports(box: Box, edges: Sequence[Edge]) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield the ports of a box: one for each edge that ends there, and each trunk that begins."""
    node = box.node
    names = dict.fromkeys(
        str(_trunk(each)) if each.source is node else each.code for each in _touching(node, edges)
    )
    for place, name in enumerate(names, start=1):
        yield (node.id, name), box.y + box.height * place / (len(names) + 1)

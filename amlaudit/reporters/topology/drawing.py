"""Draws a picture as SVG. Every colour and every dash comes from the judgement of an edge."""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup

from amlaudit.core.report import Finding
from amlaudit.core.texts import cut
from amlaudit.reporters.svg import element, number
from amlaudit.reporters.topology.layout import BOX, WIDTH, Box, Layout, Line, lane_x, layout
from amlaudit.reporters.topology.model import Lane, Picture
from amlaudit.reporters.topology.verdicts import Passage
from amlaudit.reporters.words import visible

TITLES: Final = {
    Lane.SOURCES: "Sources",
    Lane.WORKSPACE: "Workspace",
    Lane.PRIVATE: "Private endpoints and DNS",
    Lane.DEPENDENCIES: "Dependencies",
    Lane.COMPUTE: "Compute and endpoints",
}
PASSAGES: Final = {
    Passage.OPEN: "open to public networks",
    Passage.UNKNOWN: "not assessed",
    Passage.EXCEPTION: "allowed by exception",
    Passage.PRIVATE: "private",
    Passage.BLOCKED: "blocked",
}
_ISOLATION: Final = {
    "disabled": "no managed network",
    "allowinternetoutbound": "allows outbound to the internet",
    "allowonlyapprovedoutbound": "allows approved outbound only",
}
_LONGEST: Final = 19
"""Maximum length of a name in a box; the full name is in its title and in the table."""
_ROUND: Final = 5.0


def draw(picture: Picture) -> Markup:
    """Return the picture as an SVG element; equal pictures give equal elements."""
    placed = layout(picture)
    return element(
        "svg",
        element("title", f"The network around {picture.workspace.name}"),
        *(_lane(lane, placed, _note_on(lane, picture)) for lane in Lane),
        *(_line(each) for each in placed.lines),
        *(_box(each, picture) for each in placed.boxes),
        *(
            element("text", f"+{count} more, see the table", x=x + 4, y=y + 4, class_="more-nodes")
            for x, y, count in placed.more
        ),
        *(_code(each) for each in placed.lines),
        viewBox=f"0 0 {WIDTH} {number(placed.height + 8)}",
        role="group",
        class_="topology",
    )


def filter_of(findings: Iterable[Finding]) -> str:
    """Return the filter query for findings of the same rules on the same resources."""
    several = tuple(findings)
    resources = dict.fromkeys(("resource", visible(each.resource.id)) for each in several)
    rules = dict.fromkeys(("rule", each.rule.id) for each in several)
    return urlencode([*resources, *rules])


def _note_on(lane: Lane, picture: Picture) -> str:
    """Return what is said of a lane in which there is nothing; empty if there is something."""
    if picture.lane(lane):
        return ""
    return "Not known" if lane in picture.hidden else "None found"


def _lane(lane: Lane, placed: Layout, note: str) -> Markup:
    """Return the background and the title of a lane, with a note if there is one."""
    x = lane_x(lane)
    ground = element(
        "rect",
        x=x - 10,
        y=number(placed.top - 10),
        width=BOX + 20,
        height=number(placed.height - placed.top + 12),
        rx=8,
        class_="lane",
    )
    title = element("text", TITLES[lane], x=x - 8, y=16, class_="lane-title")
    noted = element("text", note, x=x + 8, y=number(placed.top + 16), class_="more-nodes")
    return element("g", ground, title, *([noted] if note else []))


def _box(box: Box, picture: Picture) -> Markup:
    """Return a node."""
    is_workspace = box.node.id == picture.workspace.id
    lines = [
        element("text", cut(box.node.kind, 27), x=box.x + 8, y=number(box.y + 15), class_="kind"),
        element(
            "text", cut(box.node.name, _LONGEST), x=box.x + 8, y=number(box.y + 31), class_="name"
        ),
    ]
    if is_workspace:
        lines += _inside(box, picture)
    return element(
        "g",
        element("title", f"{box.node.kind}: {box.node.name}"),
        element(
            "rect",
            x=box.x,
            y=number(box.y),
            width=BOX,
            height=number(box.height),
            rx=6,
            class_="box own" if is_workspace else "box",
        ),
        *lines,
    )


def _inside(box: Box, picture: Picture) -> Iterator[Markup]:
    """Yield the content of the workspace's box besides its name, as far as it fits."""
    mode = picture.workspace.isolation
    lines = [_ISOLATION.get(mode.lower(), mode) if mode else "outbound: unknown"]
    lines += [f"→ {each}" for each in picture.rules]
    room = int((box.height - 36) // 14)
    if len(lines) > room > 0:
        lines = [*lines[: room - 1], f"+{len(lines) - room + 1} more"]
    for place, text in enumerate(lines[:room]):
        y = box.y + 47 + place * 14
        yield element("text", cut(text, 25), x=box.x + 8, y=number(y), class_="inside")


def _line(line: Line) -> Markup:
    """Return an edge; a blocked one ends in a bar before it reaches anything."""
    passage = line.edge.judgement.passage
    path = element("path", d=_rounded(line.points), class_=f"way {passage}")
    (x, y), (before, _) = line.points[-1], line.points[-2]
    step = 1 if before < x else -1
    if passage is Passage.BLOCKED:
        bar = f"M{number(x - step * 3)} {number(y - 6)}v12"
        return element("g", path, element("path", d=bar, class_="way stop"))
    back = number(x - step * 6)
    tip = f"M{back} {number(y - 4)}L{number(x)} {number(y)}L{back} {number(y + 4)}"
    return element("g", path, element("path", d=tip, class_=f"tip {passage}"))


def _rounded(points: tuple[tuple[float, float], ...]) -> str:
    """Return a path along points with rounded corners."""
    parts = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for (ax, ay), (bx, by), (cx, cy) in zip(points, points[1:], points[2:], strict=False):
        start = _towards(bx, by, ax, ay)
        end = _towards(bx, by, cx, cy)
        parts.append(f"L{start}Q{number(bx)} {number(by)} {end}")
    parts.append(f"L{number(points[-1][0])} {number(points[-1][1])}")
    return "".join(parts)


def _towards(x: float, y: float, to_x: float, to_y: float) -> str:
    """Return the position a little way from one corner to the next."""
    length = abs(to_x - x) + abs(to_y - y)
    share = min(_ROUND, length / 2) / length if length else 0
    return f"{number(x + (to_x - x) * share)} {number(y + (to_y - y) * share)}"


def _code(line: Line) -> Markup:
    """Return the letter of an edge, near its end; it links to the findings behind it."""
    edge = line.edge
    (x, y), (before, _) = line.points[-1], line.points[-2]
    at = x - 17 if before < x else x + 17
    width = 15 if len(edge.code) == 1 else 20
    ends = f"{edge.source.name} to {edge.target.name}"
    text = f"{edge.code}: {ends}, {PASSAGES[edge.judgement.passage]}"
    plate = (
        element(
            "rect",
            x=number(at - width / 2),
            y=number(y - 7.5),
            width=width,
            height=15,
            rx=7.5,
            class_=f"plate {edge.judgement.passage}",
        ),
        element("text", edge.code, x=number(at), y=number(y + 3.5), class_="code"),
    )
    if not edge.judgement.findings:
        return element("g", element("title", text), *plate)
    return element(
        "a",
        *plate,
        href="#findings",
        data_filter=filter_of(edge.judgement.findings),
        aria_label=text,
    )

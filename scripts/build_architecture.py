"""Draws the packages of amlaudit and their imports as SVG, from the source.

A package is above everything that it imports; transitive imports are left out.
Usage: python scripts/build_architecture.py >docs/pictures/packages.svg
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

ROOT: Final = Path(__file__).parents[1] / "amlaudit"
Graph: TypeAlias = Mapping[str, frozenset[str]]
Point: TypeAlias = tuple[int, int]

_BOX: Final = (104, 30)
_GAP: Final = (16, 44)
_MARGIN: Final = 12
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;text-anchor:middle;fill:#1b1f24}"
    "rect{fill:#eef2fb;stroke:#4051b5}line{stroke:#8a94a6}"
)


def imports() -> Graph:
    """Return what each package or top-level module imports from the others."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in ROOT.rglob("*.py"):
        name = _package(path.relative_to(ROOT.parent).with_suffix("").parts)
        if name:
            found[name] |= {each for each in _imported(path) if each} - {name}
    return {name: frozenset(each & found.keys()) for name, each in found.items()}


def _imported(path: Path) -> Iterator[str]:
    """Yield the packages that a module imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield _package(tuple(node.module.split(".")))
            yield from (_package((*node.module.split("."), each.name)) for each in node.names)


def _package(parts: tuple[str, ...]) -> str:
    """Return the package of a module, empty for third-party ones and for the root."""
    is_ours = parts[0] == ROOT.name and len(parts) > 1 and not parts[1].startswith("__")
    is_there = is_ours and ((ROOT / parts[1]).is_dir() or (ROOT / f"{parts[1]}.py").exists())
    return parts[1] if is_there else ""


def reduced(graph: Graph) -> Graph:
    """Return a graph without its transitive edges."""

    @cache
    def reached(name: str) -> frozenset[str]:
        return frozenset().union(*({each} | reached(each) for each in graph[name]))

    return {
        name: frozenset(
            each for each in several if not any(each in reached(other) for other in several)
        )
        for name, several in graph.items()
    }


def rows(graph: Graph) -> list[list[str]]:
    """Return the packages in rows, each above everything that it imports; innermost last."""

    @cache
    def height(name: str) -> int:
        return 1 + max((height(each) for each in graph[name]), default=-1)

    highest = max(map(height, graph))
    return [
        sorted(name for name in graph if height(name) == each) for each in range(highest, -1, -1)
    ]


def drawing(graph: Graph) -> str:
    """Return the picture as SVG."""
    found = rows(graph)
    width = max(map(len, found)) * (_BOX[0] + _GAP[0]) - _GAP[0] + 2 * _MARGIN
    height = len(found) * (_BOX[1] + _GAP[1]) - _GAP[1] + 2 * _MARGIN
    places = {name: place for row in _placed(found, width) for name, place in row.items()}
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            "<title>The packages of amlaudit, each above what it imports</title>",
            f"<style>{_STYLE}</style>",
            f'<rect width="{width}" height="{height}" style="fill:#fff;stroke:none"/>',
            *_lines(reduced(graph), places),
            *_boxes(places),
            "</svg>\n",
        ]
    )


def _placed(found: list[list[str]], width: int) -> Iterator[dict[str, Point]]:
    """Yield the positions of the boxes in each row: the middle of their upper edge."""
    for number, row in enumerate(found):
        whole = len(row) * (_BOX[0] + _GAP[0]) - _GAP[0]
        left = (width - whole + _BOX[0]) // 2
        top = _MARGIN + number * (_BOX[1] + _GAP[1])
        yield {name: (left + at * (_BOX[0] + _GAP[0]), top) for at, name in enumerate(row)}


def _lines(graph: Graph, places: Mapping[str, Point]) -> Iterator[str]:
    """Yield the lines that connect packages."""
    for name in sorted(graph):
        x1, y1 = places[name]
        for each in sorted(graph[name]):
            x2, y2 = places[each]
            yield f'<line x1="{x1}" y1="{y1 + _BOX[1]}" x2="{x2}" y2="{y2}"/>'


def _boxes(places: Mapping[str, Point]) -> Iterator[str]:
    """Yield the boxes with their names."""
    for name, (x, y) in sorted(places.items()):
        size = f'width="{_BOX[0]}" height="{_BOX[1]}"'
        yield f'<rect x="{x - _BOX[0] // 2}" y="{y}" {size} rx="5"/>'
        yield f'<text x="{x}" y="{y + 20}">{name}</text>'


if __name__ == "__main__":
    sys.stdout.write(drawing(imports()))

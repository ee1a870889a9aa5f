"""Draws line charts on logarithmic scales, as SVG."""

from collections.abc import Iterator, Sequence
from math import ceil, floor, log10
from typing import Final, NamedTuple, TypeAlias

Points: TypeAlias = Sequence[tuple[float, float]]

_PANEL: Final = (300, 240)
_MARGIN: Final = (64, 40)
"""Pixels to the left of and above a panel."""
_COLOURS: Final = ("#0b6bcb", "#c2410c", "#15803d", "#7e22ce")
_STYLE: Final = (
    "text{font:12px system-ui,sans-serif;fill:#1b1f24}"
    ".grid{stroke:#d5dae3}polyline{fill:none;stroke-width:2}.title{font-weight:600}"
)


class Line(NamedTuple):
    """A line.

    Attributes:
        name: Its label.
        points: The measurements; both coordinates are above zero.
    """

    name: str
    points: Points


class Scale(NamedTuple):
    """Powers of ten mapped to a range of pixels.

    Attributes:
        low: The lowest exponent.
        high: The highest exponent.
        begin: The pixel of the lowest.
        end: The pixel of the highest.
    """

    low: int
    high: int
    begin: float
    end: float

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        share = (log10(value) - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)


def plot(title: str, panels: Sequence[tuple[str, Sequence[Line]]]) -> str:
    """Return a picture of panels side by side.

    Args:
        title: Its title.
        panels: The name and the lines of each.
    """
    width = len(panels) * (_PANEL[0] + _MARGIN[0]) + _MARGIN[0]
    height = _PANEL[1] + 2 * _MARGIN[1]
    drawn = (part for number, panel in enumerate(panels) for part in _panel(number, *panel))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<title>{title}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect width="{width}" height="{height}" style="fill:#fff"/>',
            *drawn,
            "</svg>\n",
        ]
    )


def _panel(number: int, name: str, lines: Sequence[Line]) -> Iterator[str]:
    """Yield the parts of a panel."""
    left = _MARGIN[0] + number * (_PANEL[0] + _MARGIN[0])
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    across = Scale(*_powers(xs), left, left + _PANEL[0])
    up = Scale(*_powers(ys), _MARGIN[1] + _PANEL[1], _MARGIN[1])
    yield f'<text class="title" x="{left}" y="{_MARGIN[1] - 16}">{name}</text>'
    yield from _grid(across, up)
    for colour, line in zip(_COLOURS, lines, strict=False):
        if line.points:
            yield from _drawn(line, colour, across, up)


def _powers(values: Sequence[float]) -> tuple[int, int]:
    """Return the exponents of the powers of ten that enclose the values, at least one apart."""
    low = floor(log10(min(values)))
    return low, max(low + 1, ceil(log10(max(values))))


def _grid(across: Scale, up: Scale) -> Iterator[str]:
    """Yield a grid line and a label for each power of ten."""
    for power in range(across.low, across.high + 1):
        x = across.at(10**power)
        yield f'<line class="grid" x1="{x:.1f}" y1="{up.begin}" x2="{x:.1f}" y2="{up.end}"/>'
        yield f'<text x="{x:.1f}" y="{up.begin + 18}" text-anchor="middle">{10**power:,}</text>'
    for power in range(up.low, up.high + 1):
        y, left = up.at(10**power), across.begin
        yield f'<line class="grid" x1="{left}" y1="{y:.1f}" x2="{across.end}" y2="{y:.1f}"/>'
        number = f"{10.0**power:,g}"
        yield f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{number}</text>'


def _drawn(line: Line, colour: str, across: Scale, up: Scale) -> Iterator[str]:
    """Yield a line with a dot for each measurement, and its name at its end."""
    places = [(across.at(x), up.at(y)) for x, y in line.points]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{points}" stroke="{colour}"/>'
    yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
    x, y = places[-1]
    place = f'x="{x - 6:.1f}" y="{y - 8:.1f}" text-anchor="end"'
    yield f'<text {place} style="fill:{colour}">{line.name}</text>'

"""Small charts, drawn as SVG: their content is always given in words too."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from markupsafe import Markup

from amlaudit.core.history import Posture
from amlaudit.core.report import Score
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status
from amlaudit.reporters import words
from amlaudit.reporters.svg import element, number

MAX_POINTS: Final = 52
"""Earlier reports in the line chart: a year of weekly ones."""
_WIDTH, _HEIGHT = 640, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 8, 24
_ROW, _BAR, _LABEL, _LONGEST = 24, 14, 120, 380


def trend(points: Sequence[Posture]) -> Markup:
    """Return a series' score intervals as a band over time, for its latest points.

    It needs two points: one would not make a line.
    """
    shown = points[-MAX_POINTS:]
    across = [_across(each, shown) for each in shown]
    upper = [(x, _down(each.high)) for x, each in zip(across, shown, strict=True)]
    lower = [(x, _down(each.low)) for x, each in zip(across, shown, strict=True)]
    covered = [(x, _down(each.coverage)) for x, each in zip(across, shown, strict=True)]
    first, last = shown[0], shown[-1]
    text = (
        f"Posture from {words.interval_of(_score(first))} on {first.at:%Y-%m-%d} "
        f"to {words.interval_of(_score(last))} on {last.at:%Y-%m-%d}"
    )
    return element(
        "svg",
        element("title", text),
        *_grid(),
        element("polygon", points=_path([*upper, *reversed(lower)]), class_="band"),
        element("polyline", points=_path(upper), class_="edge"),
        element("polyline", points=_path(lower), class_="edge"),
        element("polyline", points=_path(covered), class_="covered"),
        *(
            element("circle", cx=number(x), cy=number(y), r=2.5, class_="dot")
            for x, y in (*upper, *lower)
        ),
        _text(_LEFT, _HEIGHT - 6, f"{first.at:%Y-%m-%d}", "start"),
        _text(_WIDTH - _RIGHT, _HEIGHT - 6, f"{last.at:%Y-%m-%d}", "end"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        class_="chart trend",
    )


def _score(point: Posture) -> Score:
    """Return the score of an earlier report."""
    return Score(point.low, point.high, point.coverage)


def _across(point: Posture, points: Sequence[Posture]) -> float:
    """Return the horizontal position of a point in time."""
    first, last = points[0].at, points[-1].at
    share = (point.at - first) / (last - first) if last > first else 1.0
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _down(share: float) -> float:
    """Return the vertical position of a share."""
    return _TOP + (1 - share) * (_HEIGHT - _TOP - _BOTTOM)


def _grid() -> Iterable[Markup]:
    """Yield the grid lines at each quarter, with their labels."""
    for quarter in range(5):
        y = _down(quarter / 4)
        yield element(
            "line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=number(y), y2=number(y), class_="grid"
        )
        yield _text(_LEFT - 4, y + 4, f"{quarter * 25} %", "end")


def _path(points: Iterable[tuple[float, float]]) -> str:
    """Return points in SVG syntax."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def _text(x: float, y: float, text: str, anchor: str, kind: str | None = None) -> Markup:
    """Return a text at a position."""
    return element("text", text, x=number(x), y=number(y), text_anchor=anchor, class_=kind)


def severity_by_area(by_area: Mapping[str, Counter[tuple[Severity, Status]]]) -> Markup:
    """Return the fails of each area as a bar, by severity, next to the number of its unknowns."""
    areas = sorted(by_area, key=lambda each: (-_fails(by_area[each]), each))
    longest = max((_fails(each) + _unknown(each) for each in by_area.values()), default=0) or 1
    rows = (
        element("g", *_bars(area, by_area[area], place * _ROW, longest))
        for place, area in enumerate(areas)
    )
    return element(
        "svg",
        element("title", "Fails by area and severity, and what is unknown there"),
        *rows,
        viewBox=f"0 0 {_WIDTH} {len(areas) * _ROW or 1}",
        role="img",
        class_="chart areas",
    )


def _fails(counts: Counter[tuple[Severity, Status]]) -> int:
    """Return the number of fails."""
    return sum(counts[severity, Status.FAIL] for severity in Severity)


def _unknown(counts: Counter[tuple[Severity, Status]]) -> int:
    """Return the number of unknowns."""
    return sum(counts[severity, Status.UNKNOWN] for severity in Severity)


def _bars(
    area: str, counts: Counter[tuple[Severity, Status]], y: int, longest: int
) -> Iterable[Markup]:
    """Yield the parts of one area's bar."""
    yield _text(_LABEL - 10, y + _BAR, area or "no area", "end", "label")
    lengths = [(each.value, counts[each, Status.FAIL]) for each in Severity]
    lengths.append(("unknown", _unknown(counts)))
    x = float(_LABEL)
    for kind, count in lengths:
        if count:
            width = count / longest * _LONGEST
            yield element(
                "rect",
                element("title", f"{count} {kind}"),
                x=number(x),
                y=y + 3,
                width=number(width),
                height=_BAR,
                class_=f"fill-{kind}",
            )
            x += width
    label = f"{_fails(counts)} fail" + (f", {_unknown(counts)} unknown" if _unknown(counts) else "")
    yield _text(x + 8, y + _BAR, label, "start")


def interval(score: Score) -> Markup:
    """Return the weight of passes, unknowns and fails as one bar."""
    ends = (("pass", 0.0, score.low), ("unknown", score.low, score.high), ("fail", score.high, 1.0))
    return element(
        "svg",
        *(
            element(
                "rect",
                x=f"{start * 100:.3f}",
                width=f"{(end - start) * 100:.3f}",
                height=4,
                class_=kind,
            )
            for kind, start, end in ends
        ),
        viewBox="0 0 100 4",
        preserveAspectRatio="none",
        aria_hidden="true",
        class_="bar",
    )

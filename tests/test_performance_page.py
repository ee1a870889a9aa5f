"""The page about performance says what was measured, and its picture shows it."""

import json
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from benchmarks.page import FIGURES, PAGE, PICTURE, page, picture
from benchmarks.plot import Line, Scale, plot


def test_the_page_is_in_step_with_the_figures() -> None:
    """Update it with `python -m benchmarks.page`."""
    written = PAGE.read_text("utf-8")
    assert page(written) == written


def test_every_figure_has_its_place_on_the_page() -> None:
    written = PAGE.read_text("utf-8")
    for path in FIGURES.glob("*.json"):
        note = json.loads(path.read_text("utf-8"))["note"]
        assert f"<!-- {path.stem}: begin -->" in written
        assert note in written


def test_the_picture_is_in_step_with_the_figures() -> None:
    """Update it with `python -m benchmarks.page`."""
    assert PICTURE.read_text("utf-8") == picture()


def test_a_scale_lays_powers_of_ten_at_equal_distances() -> None:
    scale = Scale(0, 3, 100.0, 400.0)
    places = [scale.at(10**power) for power in range(4)]
    assert places == pytest.approx([100, 200, 300, 400])


def test_a_plot_has_a_dot_for_each_measurement_and_a_name_for_each_line() -> None:
    drawn = plot("Cost", [("s", [Line("scan", [(1, 2), (10, 20), (100, 300)])])])
    root = ET.fromstring(drawn)  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    dots = [float(dot.attrib["cy"]) for dot in root.iter(f"{space}circle")]
    assert len(dots) == 3
    assert all(lower > higher for lower, higher in pairwise(dots))
    assert "scan" in [text.text for text in root.iter(f"{space}text")]

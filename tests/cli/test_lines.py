"""Texts and grids are laid out as Rich does it, which takes longer to load than all of them."""

import io
import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text as RichText

from amlaudit.cli import lines
from amlaudit.cli.grid import Column, Grid
from amlaudit.cli.lines import BOLD, RED, Text, text_of, width_of, wrapped
from amlaudit.cli.terminal import print_lines

WORDS = st.text("abcé…\N{EN DASH}✖模a-/", min_size=1, max_size=30)
TEXTS = st.lists(WORDS | st.just("\n"), max_size=8).map(" ".join)
CELLS = TEXTS.map(str.strip)
ROWS = st.lists(st.tuples(WORDS, CELLS, CELLS, CELLS), min_size=1, max_size=4)


def printed_by_rich(shown: Table | RichText, width: int) -> list[str]:
    """Return the lines that Rich prints, without the spaces at their ends."""
    out = io.StringIO()
    Console(file=out, width=width, highlight=False, emoji=False).print(shown)
    return [line.rstrip() for line in out.getvalue().removesuffix("\n").split("\n")]


def plain(several: Sequence[Text]) -> list[str]:
    """Return lines without their styles."""
    return [line.plain for line in several]


@settings(max_examples=300)
@given(text=TEXTS, width=st.integers(2, 60))
def test_a_text_is_broken_as_by_rich(text: str, width: int) -> None:
    assert plain([*wrapped(text_of(text), width)]) == printed_by_rich(RichText(text), width)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS, width=st.integers(60, 140), has_head=st.booleans())
def test_a_grid_is_laid_out_as_by_rich(
    *, rows: list[tuple[str, str, str, str]], width: int, has_head: bool
) -> None:
    heads = ("RULE", "NAME", "ORIGIN", "COUNT") if has_head else ("", "", "", "")
    table = Table(box=None, pad_edge=False, show_header=has_head)
    table.add_column(heads[0], no_wrap=True)
    table.add_column(heads[1], overflow="fold", max_width=24)
    table.add_column(heads[2], overflow="fold")
    table.add_column(heads[3], overflow="fold", justify="right")
    whole, most, rest, right = heads
    grid = Grid(
        (
            Column(whole, is_whole=True),
            Column(most, most=24),
            Column(rest),
            Column(right, is_right=True),
        )
    )
    for row in rows:
        table.add_row(*map(RichText, row))
        grid.add(*row)
    assert plain([*grid.lines(width)]) == printed_by_rich(table, width)


@given(st.characters(exclude_categories=["Cs"]))
def test_signs_take_as_many_columns_as_rich_says(sign: str) -> None:
    assert width_of(sign) == cell_len(sign)


def test_signs_that_are_taken_for_narrow_are() -> None:
    narrow = re.compile(lines._NARROW.pattern)  # noqa: SLF001 - what this is about
    every = [chr(code) for code in range(0x110000) if narrow.fullmatch(chr(code))]
    assert len(every) > 700
    assert {cell_len(each) for each in every} == {1}


def test_there_is_room_for_one_sign_at_least() -> None:
    grid = Grid((Column("RULE", is_whole=True), Column("NAME")))
    grid.add("AML1201", "abc")
    assert plain([*grid.lines(1)])[-3:] == ["A…  a", "   b", "   c"]


def test_a_style_ends_with_its_part_of_a_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "9")
    monkeypatch.delenv("TERM", raising=False)
    for said, red in (("", "1;31"), ("1", "1")):
        monkeypatch.setenv("NO_COLOR", said)
        print_lines(text_of("much red", BOLD, RED) + text_of(" here"))
        assert capsys.readouterr().out == f"\x1b[{red}mmuch red\x1b[0m\nhere\n"


@pytest.mark.parametrize(("variable", "value"), [("FORCE_COLOR", ""), ("TERM", "dumb")])
def test_nobody_gets_styles_who_does_not_show_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    print_lines("red", RED)
    assert capsys.readouterr().out == "red\n"


def test_columns_are_as_many_as_somebody_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for said, first in (("40", 40), ("0", 80), ("wide", 80)):
        monkeypatch.setenv("COLUMNS", said)
        print_lines("a" * 200)
        assert len(capsys.readouterr().out.split("\n")[0]) == first
    print_lines("a" * 200, breaks=False)
    assert capsys.readouterr().out == "a" * 200 + "\n"

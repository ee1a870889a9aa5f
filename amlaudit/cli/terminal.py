"""Texts and grids on stdout: in colours and as wide as the terminal takes them."""

import os
import sys
from typing import Final

import click

from amlaudit.cli.grid import Grid
from amlaudit.cli.lines import BOLD, DIM, Text, text_of, wrapped

_USUAL: Final = 80
"""Columns where nobody says how many there are."""
_NO_COLOURS: Final = frozenset({BOLD, DIM, ""})
_DUMB: Final = ("dumb", "unknown")


def print_lines(shown: Text | Grid | str, *styles: str, breaks: bool = True) -> None:
    """Print something, without spaces at the ends of its lines.

    Args:
        shown: A grid, or a text.
        styles: The styles of a text that has none of its own.
        breaks: Whether lines that are wider than the terminal are broken.
    """
    text = text_of(shown, *styles) if isinstance(shown, str) else shown
    width = _width() if breaks else sys.maxsize
    lines = text.lines(width) if isinstance(text, Grid) else wrapped(text, width)
    has_styles = _has_styles()
    told = "".join(f"{_told(each, has_styles=has_styles)}\n" for each in lines)
    if has_styles:
        click.echo(told, nl=False, color=True)
    elif sys.stdout:  # it may be closed
        sys.stdout.write(told)
        sys.stdout.flush()


def _told(line: Text, *, has_styles: bool) -> str:
    """Return a line as a terminal is told it."""
    if not has_styles:
        return line.plain
    return "".join(_styled(part, style) for part, style in line.parts)


def _styled(part: str, style: str) -> str:
    """Return a part of a line with what turns its style on and off; https://no-color.org."""
    if os.environ.get("NO_COLOR"):
        style = ";".join(each for each in style.split(";") if each in _NO_COLOURS)
    return f"\x1b[{style}m{part}\x1b[0m" if style and part else part


def _has_styles() -> bool:
    """Tell whether stdout shows styles, or is to get them wherever it goes."""
    forced = os.environ.get("FORCE_COLOR")
    is_terminal = bool(sys.stdout and sys.stdout.isatty()) if forced is None else forced != ""
    return is_terminal and os.environ.get("TERM", "").lower() not in _DUMB


def _width() -> int:
    """Return how many columns the terminal has, whichever stream leads to it."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return int(said)
    for stream in range(3):
        try:
            return os.get_terminal_size(stream).columns or _USUAL
        except OSError:
            continue
    return _USUAL

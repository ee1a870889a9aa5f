"""Write `docs/cli.md`: the help of every command, as printed in 80 columns.

Usage: python -m scripts.command_page
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from click.testing import CliRunner

from amlaudit.cli import cli

PAGE: Final = Path(__file__).parents[1] / "docs" / "cli.md"
WIDTH: Final = 80
"""Columns."""
_HEAD: Final = """\
# Commands

What `--help` prints for every command. This page is written by `python -m scripts.command_page`.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")


def page() -> str:
    """Return the page."""
    blocks = (
        f"## amlaudit {' '.join(path)}".rstrip() + f"\n\n```text\n{text}```\n"
        for path, text in helps()
    )
    return "\n".join((_HEAD, *blocks))


def helps() -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield (names, help) of every command, groups before their commands."""
    for path in paths(cli):
        done = CliRunner().invoke(
            cli, [*path, "--help"], prog_name="amlaudit", terminal_width=WIDTH
        )
        yield path, "".join(f"{line.rstrip()}\n" for line in done.output.splitlines())


def paths(command: click.Command, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the names that lead to a command, and to each of its subcommands."""
    yield above
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner and not inner.hidden:
                yield from paths(inner, (*above, name))


if __name__ == "__main__":
    main()

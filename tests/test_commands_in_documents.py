"""Every command shown in the documentation works."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from amlaudit.cli import cli

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs/tutorials").glob("*.md")]
INLINE = re.compile(r"(?<!`)`(amlaudit [^`\n]+)`(?!`)")


def commands_in(page: Path) -> Iterator[str]:
    """Yield the commands of the shell blocks of a page, one line each."""
    for block in re.findall(
        r"^```sh\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    ):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("amlaudit ") and "<" not in line:
                yield line


def words_of(command: str) -> list[str]:
    """Return the words of a command, without comments and output redirection."""
    words = shlex.split(command, comments=True)[1:]
    return words[: next((at for at, each in enumerate(words) if each in (">", ">>", "|")), None)]


def shown_in(page: Path) -> Iterator[str]:
    """Yield the commands on a page, including those in sentences."""
    yield from commands_in(page)
    for command in INLINE.findall(page.read_text("utf-8")):
        # "amlaudit waive add, list" names two; REASON and … are placeholders.
        if not re.search(r",|…|<|^amlaudit (?:\w+ )?[A-Z]", command):
            yield command


SHOWN = sorted({(page.name, command) for page in PAGES for command in shown_in(page)})


@pytest.mark.parametrize(("page", "command"), SHOWN, ids=[f"{a}: {b}" for a, b in SHOWN])
def test_a_command_is_one_that_exists(page: str, command: str) -> None:
    assert page
    context, words = click.Context(cli), words_of(command)
    found: click.Command = cli
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        inner = found.get_command(context, words.pop(0))
        assert inner
        found = inner
    given = {each.partition("=")[0] for each in words if each.startswith("-")}
    known = {name for each in found.params for name in (*each.opts, *each.secondary_opts)}
    assert given <= {*known, "--help", "-h"}

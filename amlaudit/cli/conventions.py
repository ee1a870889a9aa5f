"""What applies to every command: flags that may appear anywhere, and settings."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import click

from amlaudit.cli.settings import config_option, takes_settings

ANYWHERE: Final = {
    "--no-color": ("NO_COLOR", "Print without colours, like NO_COLOR."),
    "--no-input": ("AMLAUDIT_NO_INPUT", "Never prompt; missing input is an error."),
    "--debug": ("AMLAUDIT_DEBUG", "Print the stack trace of an error, without secrets."),
}
"""Flags that may appear anywhere on the command line, with the equivalent variable."""


def equip(command: click.Command) -> click.Command:
    """Return a command, with the option for the project file if any of its options can be set."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            equip(each)
    elif takes_settings(command) and not any("--config" in each.opts for each in command.params):
        command.params.append(config_option())
    return command


@contextmanager
def global_flags_applied(arguments: Sequence[str]) -> Iterator[list[str]]:
    """Yield a command line without the flags that may appear anywhere, with these in effect."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    given = {each for each in arguments[:end] if each in ANYWHERE}
    before = {ANYWHERE[each][0]: os.environ.get(ANYWHERE[each][0]) for each in given}
    os.environ.update(dict.fromkeys(before, "1"))
    try:
        rest = [each for each in arguments[:end] if each not in given]
        yield [*rest, *arguments[end:]]
    finally:
        for variable, value in before.items():
            if value is None:
                del os.environ[variable]
            else:
                os.environ[variable] = value


def write_flags(formatter: click.HelpFormatter) -> None:
    """Write the flags that may appear anywhere."""
    with formatter.section("Global options"):
        formatter.write_dl([(flag, about) for flag, (_, about) in ANYWHERE.items()])

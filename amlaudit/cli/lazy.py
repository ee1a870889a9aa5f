"""Command groups that import the module of a command only when it is invoked."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click

from amlaudit.cli.conventions import equip, write_flags
from amlaudit.core.suggestions import did_you_mean


class Entry(NamedTuple):
    """A command in the table of its group.

    Attributes:
        module: Its module within `amlaudit.cli`.
        name: Its name in the module.
        about: Its description in the help of its group.
    """

    module: str
    name: str
    about: str


class LazyGroup(click.Group):
    """A group that lists its commands from a table, so that its help imports none of them."""

    def __init__(self, *arguments: Any, entries: Mapping[str, Entry], **named: Any) -> None:  # noqa: ANN401 - click's signature
        """Take the table of commands by name, in the order of the help."""
        super().__init__(*arguments, **named)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands, in the order of the table."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return a command, importing it on first use."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        found: click.Command = getattr(import_module(f"amlaudit.cli.{entry.module}"), entry.name)
        return equip(found)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the requested command, or fail with the name of a similar one."""
        name = args[0]
        if name not in self.entries and not name.startswith("-"):
            hint = did_you_mean(name, self.entries)
            raise click.UsageError(f'No such command "{name}".{hint}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.about) for name, entry in self.entries.items()])
        if ctx.parent is None:
            write_flags(formatter)

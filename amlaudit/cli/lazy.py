"""Command groups that import the module of a command only when it is invoked."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click

from amlaudit.cli.conventions import equip, write_flags
from amlaudit.core.suggestions import did_you_mean


class Place(NamedTuple):
    """Where a command is defined.

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

    def __init__(self, *arguments: Any, places: Mapping[str, Place], **named: Any) -> None:  # noqa: ANN401 - click's signature
        """Take the table of commands by name, in the order of the help."""
        super().__init__(*arguments, **named)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands, in the order of the table."""
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return a command, importing it on first use."""
        place = self.places.get(cmd_name)
        if place is None:
            return None
        found: click.Command = getattr(import_module(f"amlaudit.cli.{place.module}"), place.name)
        return equip(found)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the requested command, or fail with the name of a similar one."""
        name = args[0]
        if name not in self.places and not name.startswith("-"):
            hint = did_you_mean(name, self.places)
            raise click.UsageError(f'No such command "{name}".{hint}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.about) for name, place in self.places.items()])
        if ctx.parent is None:
            write_flags(formatter)

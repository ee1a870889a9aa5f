"""Options shared by several commands."""

import os
from collections.abc import Callable
from functools import partial, reduce
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from amlaudit.core.errors import AmlauditError
from amlaudit.resources import DEFAULT_PROFILE, shipped_profiles


class NamedPath(click.Path):
    """A path that is not empty.

    An empty one, as from a variable of a shell that is not set, would name the current folder.
    """

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path:
        """Return the path, or fail if it is empty."""
        if value == "":
            self.fail("the path is empty", param, ctx)
        return Path(os.fsdecode(super().convert(value, param, ctx)))


FILE: Final = NamedPath(dir_okay=False, readable=False)
"""A file that need not exist.

Click itself only refuses a folder. Whether the file can be read is told by what opens it: with the
system's reason, with advice, and with the exit code for input.
"""

FILE_OR_FOLDER: Final = NamedPath(readable=False)
"""A file or folder that need not exist; see `FILE`."""

FOLDER: Final = NamedPath(file_okay=False)
"""A folder to write to, which need not exist."""

Command = TypeVar("Command", bound=Callable[..., Any])


def several(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return a decorator that adds several options to a command, listed in this order."""

    def decorate(command: Command) -> Command:
        return reduce(lambda decorated, option: option(decorated), reversed(options), command)

    return decorate


def not_blank(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Return a text that must not be blank.

    Raises:
        BadParameter: It is blank.
    """
    if not value.strip():
        raise click.BadParameter("must not be blank")
    return value


def none_blank(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Return texts none of which must be blank.

    Raises:
        BadParameter: One is blank.
    """
    return tuple(not_blank(context, parameter, each) for each in value)


def _none_for_stdout(
    _context: click.Context, _parameter: click.Parameter, value: Path | None
) -> Path | None:
    """Return where to write a text; None: stdout."""
    return None if value == Path("-") else value


out_option = click.option(
    "--out",
    type=FILE,
    callback=_none_for_stdout,
    help="File to write; by default stdout.",
)
"""Where to write a text; see `amlaudit.cli.files.put`."""


class SnapshotType(NamedPath):
    """The path of a snapshot to write: a database, so a file or nothing yet."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path:
        """Return the path, or fail if something exists there that is no file."""
        from amlaudit.cli.files import is_stream  # noqa: PLC0415 - few runs keep a snapshot

        path = super().convert(value, param, ctx)
        if is_stream(path):
            self.fail(
                f'"{path}" is not a regular file: a snapshot cannot be written there', param, ctx
            )
        return path


def _existing_packs(
    context: click.Context, _parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the packs if they exist.

    Raises:
        AmlauditError: One does not; the error says where it is named, unless on the command line.
    """
    if value and not context.resilient_parsing:
        from amlaudit.cli.settings import set_in  # noqa: PLC0415 - few name packs
        from amlaudit.rulebook.library import pack_folder  # noqa: PLC0415 - same

        try:
            for each in value:
                pack_folder(each)
        except AmlauditError as error:
            place = set_in(context, "packs")
            error.cause = f"it is set in {place}" if place else error.cause
            raise
    return value


def _runnable_packs(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the packs if they may be run.

    Raises:
        AmlauditError: One of them does not exist, or may not be run.
    """
    packs = _existing_packs(context, parameter, value)
    if packs and not context.resilient_parsing:
        from amlaudit.cli.locking import refuse_unfit  # noqa: PLC0415 - few name packs

        refuse_unfit(context, packs)
    return packs


_rules_option = partial(
    click.option,
    "--rules",
    "packs",
    multiple=True,
    help="Additional rule pack: a folder, or the name of an installed pack; repeatable.",
)

packs_option = _rules_option(callback=_runnable_packs)
"""Further rule packs to run; see `amlaudit.cli.locking`."""

named_packs_option = _rules_option(callback=_existing_packs)
"""Rule packs in which nothing is run."""

profile_option = click.option(
    "--profile",
    default=DEFAULT_PROFILE,
    show_default=True,
    help=f"Company policy: {', '.join(shipped_profiles())}, or a file.",
)
"""The profile."""

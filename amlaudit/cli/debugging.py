"""What to attach to a bug report: enough to find the defect, and nothing about anybody's estate.

Values are never included: of an error only its type and its traceback, of a command only its option
names.
"""

import json
import platform
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import click

from amlaudit import __version__
from amlaudit.cli.version import versions

_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
"""Timestamp of every file in the archive: when it was made does not matter."""


def write_debug_file(
    folder: Path, error: BaseException | None = None, crashes: Mapping[str, int] | None = None
) -> Path:
    """Write the archive, and return its path; an existing one is not overwritten.

    Args:
        folder: Where it goes.
        error: The error that ended the run; None: there was none.
        crashes: The errors that rules crashed with, and on how many resources.
    """
    files = {
        "versions.json": json.dumps(_versions(), indent=2),
        "command.txt": " ".join(_options(sys.argv[1:])),
        "trace.txt": _trace(error) if error else "",
        "crashes.json": json.dumps(dict(crashes or {}), indent=2, sort_keys=True),
    }
    number = next(each for each in range(1, sys.maxsize) if not _path(folder, each).exists())
    path = _path(folder, number)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if content not in ("", "{}"):
                archive.writestr(ZipInfo(name, _MOMENT), content)
    return path


def _path(folder: Path, number: int) -> Path:
    """Return the path of the archive with the given number."""
    return folder / f"amlaudit-debug-{number}.zip"


def _versions() -> dict[str, str]:
    """Return the versions of everything involved."""
    ours = {"amlaudit": __version__, "python": platform.python_version(), "on": sys.platform}
    return {**ours, **versions()}


def _options(arguments: Sequence[str]) -> list[str]:
    """Return the names of the commands and options that were given, without values."""
    options = [each for each in arguments if each.startswith("-")]
    # A short option may be followed by its value directly: -sContoso.
    names = (each.partition("=")[0] if each.startswith("--") else each[:2] for each in options)
    return [*_commands(arguments), *names]


def _commands(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the name of the command that was given, after those of its groups."""
    from amlaudit.cli import cli  # noqa: PLC0415 - it imports this module

    found: click.Command | None = cli
    for each in arguments:
        if isinstance(found, click.Group):
            found = found.get_command(click.Context(found), each)
            if found:
                yield each


def _trace(error: BaseException) -> str:
    """Return the traceback of an error, without its message or lines of code."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{Path(each.filename).name}:{each.lineno} in {each.name}" for each in frames]
    inner = error.__cause__ or error.__context__
    text = "\n".join([*lines, type(error).__name__])
    return f"{_trace(inner)}\n\n{text}" if inner else text

"""Messages to stderr: errors with advice, and notes about the run."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from amlaudit.core.errors import AmlauditError

_MARKS: Final = {
    "check": ("✔", "+"),
    "cross": ("✖", "x"),
    "arrow": ("→", "->"),
    "warning": ("⚠", "!"),
}

_ADVICE: Final = dict.fromkeys(
    ("E201", "E202"),
    "fix it there, then check with `amlaudit rules validate`, `config validate` or `waive check`",
)
"""Advice for errors that already say exactly where they are."""


def show_error(error: AmlauditError) -> None:
    """Print what happened, why, and what to do."""
    click.echo(f"{mark('cross')} {error.code} {_without_secrets(error.message)}", err=True)
    if error.cause:
        click.echo(f"  {_without_secrets(error.cause)}", err=True)
    if advice := error.advice or _ADVICE.get(error.code):
        click.echo(f"  {mark('arrow')} {advice}", err=True)


def show_internal_error(error: BaseException) -> None:
    """Report a defect in amlaudit; its traceback only on demand, as it might quote cloud data."""
    click.echo(f"{mark('cross')} E999 Internal error ({type(error).__name__})", err=True)
    if is_debugging():
        click.echo(_trace_of(error), err=True)
        say_debug_file(error)
    else:
        click.echo(f"  {mark('arrow')} run again with --debug and report it", err=True)


def show_trace(error: Exception) -> None:
    """Print the traceback of an error in debug mode."""
    if is_debugging():
        click.echo(_trace_of(error), err=True)


def _trace_of(error: BaseException) -> str:
    """Return the traceback of an error, without secrets."""
    from traceback import format_exception  # noqa: PLC0415 - only errors need it

    return _without_secrets("".join(format_exception(error)))


def is_debugging() -> bool:
    """Tell whether debug mode is on."""
    return bool(os.environ.get("AMLAUDIT_DEBUG"))


def say_debug_file(
    error: BaseException | None = None, crashes: Mapping[str, int] | None = None
) -> None:
    """Write the file to attach to a bug report, and print where it is."""
    from amlaudit.cli.debugging import write_debug_file  # noqa: PLC0415 - only defects need it

    try:
        path = write_debug_file(Path.cwd(), error, crashes)
    except OSError:
        return
    click.echo(
        f"  {mark('arrow')} report it with ./{path.name} (contains nothing about your estate)",
        err=True,
    )


def _without_secrets(text: str) -> str:
    """Return a text with every word that is or contains a secret replaced, and sanitised."""
    from amlaudit.cli.sanitise import sanitised  # noqa: PLC0415 - only errors need it
    from amlaudit.core.secrets import safe  # noqa: PLC0415 - only errors need it

    return sanitised(re.sub(r"\S+", lambda word: safe(word[0]), text))


def note(text: str) -> None:
    """Print a note about the run."""
    from amlaudit.cli.sanitise import sanitised  # noqa: PLC0415 - only what is said needs it

    click.echo(sanitised(text), err=True)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is 1."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def mark(name: str) -> str:
    """Return a mark, in ASCII if stderr cannot encode it."""
    pretty, plain = _MARKS[name]
    encoding = sys.stderr.encoding or "ascii"
    try:
        pretty.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return plain
    return pretty

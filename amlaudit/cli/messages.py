"""What goes to stderr: errors with their advice, and notes about the run."""

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
    "fix it there; `amlaudit rules validate`, `config validate` and `waive check` check it again",
)
"""What to do about errors whose place says it all."""


def show_error(error: AmlauditError) -> None:
    """Say what happened, why, and what to do."""
    click.echo(f"{mark('cross')} {error.code} {_without_secrets(error.message)}", err=True)
    if error.cause:
        click.echo(f"  {_without_secrets(error.cause)}", err=True)
    if advice := error.advice or _ADVICE.get(error.code):
        click.echo(f"  {mark('arrow')} {advice}", err=True)


def show_internal_error(error: BaseException) -> None:
    """Say that amlaudit itself is wrong; the trace only on demand, it could quote cloud data."""
    click.echo(f"{mark('cross')} E999 Internal error ({type(error).__name__})", err=True)
    if is_debugging():
        click.echo(_trace_of(error), err=True)
        say_debug_file(error)
    else:
        click.echo(f"  {mark('arrow')} run again with --debug and report it", err=True)


def show_trace(error: Exception) -> None:
    """Print where an error came from, if that is asked for."""
    if is_debugging():
        click.echo(_trace_of(error), err=True)


def _trace_of(error: BaseException) -> str:
    """Return where an error came from, secrets taken out."""
    from traceback import format_exception  # noqa: PLC0415 - only errors need it

    return _without_secrets("".join(format_exception(error)))


def is_debugging() -> bool:
    """Tell whether traces are asked for."""
    return bool(os.environ.get("AMLAUDIT_DEBUG"))


def say_debug_file(
    error: BaseException | None = None, crashes: Mapping[str, int] | None = None
) -> None:
    """Write what goes with the report of a defect, and say where it is."""
    from amlaudit.cli.debugging import write_debug_file  # noqa: PLC0415 - only defects need it

    try:
        path = write_debug_file(Path.cwd(), error, crashes)
    except OSError:
        return
    click.echo(f"  {mark('arrow')} report it with ./{path.name} (nothing of an estate)", err=True)


def _without_secrets(text: str) -> str:
    """Return a text of which each word that is a secret, or holds one, is replaced by a mark.

    What it may quote of others is sanitised then.
    """
    from amlaudit.cli.sanitise import sanitised  # noqa: PLC0415 - only errors need it
    from amlaudit.core.secrets import safe  # noqa: PLC0415 - only errors need it

    return sanitised(re.sub(r"\S+", lambda word: safe(word[0]), text))


def note(text: str) -> None:
    """Say something about the run."""
    from amlaudit.cli.sanitise import sanitised  # noqa: PLC0415 - only what is said needs it

    click.echo(sanitised(text), err=True)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def mark(name: str) -> str:
    """Return a mark, in ASCII where stderr cannot show more."""
    pretty, plain = _MARKS[name]
    encoding = sys.stderr.encoding or "ascii"
    try:
        pretty.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return plain
    return pretty

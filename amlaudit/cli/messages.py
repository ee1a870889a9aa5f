"""What goes to stderr: errors with their advice, and notes about the run."""

import os
import sys
import traceback
from typing import Final

import click

from amlaudit.core.errors import AmlauditError

_MARKS: Final = {"check": ("✔", "+"), "cross": ("✖", "x"), "arrow": ("→", "->")}


def show_error(error: AmlauditError) -> None:
    """Say what happened, why, and what to do."""
    click.echo(f"{mark('cross')} {error.code} {error.message}", err=True)
    if error.cause:
        click.echo(f"  {error.cause}", err=True)
    if error.advice:
        click.echo(f"  {mark('arrow')} {error.advice}", err=True)


def show_internal_error(error: Exception) -> None:
    """Say that amlaudit itself is wrong; the trace only on demand, it could quote cloud data."""
    click.echo(f"{mark('cross')} E999 Internal error ({type(error).__name__})", err=True)
    if os.environ.get("AMLAUDIT_DEBUG"):
        click.echo("".join(traceback.format_exception(error)), err=True)
    else:
        click.echo(f"  {mark('arrow')} run again with AMLAUDIT_DEBUG=1 and report it", err=True)


def note(text: str) -> None:
    """Say something about the run."""
    click.echo(text, err=True)


def mark(name: str) -> str:
    """Return a mark, in ASCII where stderr cannot show more."""
    pretty, plain = _MARKS[name]
    encoding = sys.stderr.encoding or "ascii"
    try:
        pretty.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return plain
    return pretty

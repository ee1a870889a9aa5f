"""`amlaudit packs`: the rule packs at hand, and which of them somebody looked at."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from amlaudit.cli.files import keep
from amlaudit.cli.locking import hash_of, trust
from amlaudit.cli.options import packs_option
from amlaudit.cli.printing import Printer, output_option
from amlaudit.cli.settings import settings_of
from amlaudit.rulebook.library import SHIPPED, installed_packs, pack_folder
from amlaudit.rulebook.locks import NAME, holds_code, lock_of, pinned, read_lock, refuse_changed
from amlaudit.rulebook.packs import rule_files


@click.group()
def packs() -> None:
    """Look at rule packs, and pin those that a project file names.

    \b
    Examples:
      amlaudit packs list
      amlaudit packs lock

    A pack with Python in it that a project file names runs only as it was pinned, and only for
    the user who pinned it.
    """  # noqa: D301 - \b is click's own


@packs.command("list")
@packs_option
@output_option
@click.pass_context
def list_packs(context: click.Context, packs: tuple[str, ...], printer: Printer) -> None:
    """List the rule packs that come with amlaudit, are installed or named.

    \b
    Examples:
      amlaudit packs list
      amlaudit packs list --rules my-rules -o json
    """  # noqa: D301 - \b is click's own
    lock = read_lock(_lock_path(context))
    rows = [_row(name, lock) for name in dict.fromkeys((SHIPPED, *installed_packs(), *packs))]
    if not printer.is_own:
        printer.show(rows)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("PACK", "RULES", "CODE", "STATE", "SHA256"):
        table.add_column(column, overflow="fold")
    for row in rows:
        code = "python" if row["code"] else "none"
        digest = str(row["sha256"])
        table.add_row(str(row["name"]), str(row["rules"]), code, str(row["state"]), digest[:12])
    Console(highlight=False, markup=False).print(table)


def _row(name: str, lock: Any) -> dict[str, object]:  # noqa: ANN401 - what a lock pins
    """Return what is told of a pack."""
    folder = pack_folder(name)
    found = pinned(folder)
    known = lock.get(name)
    state = "not pinned" if known is None else "pinned" if known == found else "changed"
    return {
        "name": name,
        "rules": len(list(rule_files(folder))),
        "code": holds_code(folder),
        "state": "shipped" if name == SHIPPED else state,
        "sha256": found.sha256,
    }


@packs.command()
@packs_option
@click.pass_context
def lock(context: click.Context, packs: tuple[str, ...]) -> None:
    """Pin the packs that the project file names, or those named here, as they are now.

    \b
    Examples:
      amlaudit packs lock
      amlaudit packs lock --rules my-rules
    """  # noqa: D301 - \b is click's own
    path = _lock_path(context)
    keep(path, [lock_of((name, pinned(pack_folder(name))) for name in packs)])
    trust(path)
    click.echo(f"{path}: {', '.join(packs) or 'no packs'}")
    click.echo(f"elsewhere it is trusted with AMLAUDIT_TRUSTED_LOCK={hash_of(path)}")


@packs.command()
@packs_option
@click.pass_context
def verify(context: click.Context, packs: tuple[str, ...]) -> None:
    """Check that packs are as they were pinned; exit 5 if one is not.

    \b
    Examples:
      amlaudit packs verify
      amlaudit packs verify --rules my-rules
    """  # noqa: D301 - \b is click's own
    path = _lock_path(context)
    pins = read_lock(path)
    for name in dict.fromkeys((*packs, *pins)):
        refuse_changed(name, pack_folder(name), pins)
        click.echo(f"{name} is as it was pinned")
    click.echo(f"{path}: {len(pins)} packs")


def _lock_path(context: click.Context) -> Path:
    """Return where the lock lies: beside the project file, else here."""
    return (settings_of(context).folder or Path.cwd()) / NAME

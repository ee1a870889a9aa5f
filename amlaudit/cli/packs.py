"""`amlaudit packs`: the available rule packs, and which of them were reviewed."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import click
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from amlaudit import __version__
from amlaudit.cli.files import keep, writing
from amlaudit.cli.lines import in_line, print_trimmed
from amlaudit.cli.locking import hash_of, key_of, lock_of_project, pack_of, trust
from amlaudit.cli.messages import counted
from amlaudit.cli.options import FILE, FOLDER, named_packs_option
from amlaudit.cli.printing import Printer, output_option
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.rulebook.library import installed_packs, pack_folder
from amlaudit.rulebook.locks import (
    SIGNATURE,
    Pinned,
    holds_code,
    lock_of,
    pinned,
    read_lock,
    refuse_changed,
    signed_content,
)
from amlaudit.rulebook.manifest import manifest_of
from amlaudit.rulebook.packs import rule_files
from amlaudit.rulebook.shipped_pack import SHIPPED
from amlaudit.sizes import LARGEST_SOURCE, bytes_of

_trusted_keys_option = click.option(
    "--trusted-key",
    "trusted_keys",
    multiple=True,
    type=FILE,
    help="Ed25519 public key (PEM) whose signatures you trust; repeatable.",
)


@click.group()
def packs() -> None:
    """List, fetch, pin and verify rule packs.

    \b
    Examples:
      amlaudit packs list
      amlaudit packs lock

    A pinned pack runs only if it is unchanged. A pack with Python code that is listed in a project
    file runs only if it is pinned, and only for the user who pinned it.
    """  # noqa: D301 - \b is click's own


@packs.command("list", short_help="List the available rule packs.")
@named_packs_option
@output_option
@click.pass_context
def list_packs(context: click.Context, packs: tuple[str, ...], printer: Printer) -> None:
    """List the rule packs that are shipped, installed, pinned or specified.

    \b
    Examples:
      amlaudit packs list
      amlaudit packs list --rules my-rules -o json
    """  # noqa: D301 - \b is click's own
    path = lock_of_project(context)
    pins = read_lock(path)
    _refuse_missing(path, pins)
    named = [*packs, *(pack_of(key, path) for key in pins)]
    keys = {key_of(each, path): each for each in (SHIPPED, *installed_packs(), *named)}
    rows = [_row(key, name, pins.get(key)) for key, name in keys.items()]
    if not printer.is_own:
        printer.show(rows)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("PACK", "VERSION", "RULES", "CODE", "STATE", "SHA256"):
        table.add_column(column, overflow="fold")
    for row in rows:
        code = "python" if row["code"] else "none"
        cells = (row["name"], row["version"] or "-", row["rules"], code, row["state"])
        table.add_row(*(in_line(str(each)) for each in cells), str(row["sha256"])[:12])
    print_trimmed(Console(highlight=False), table)


def _row(key: str, name: str, known: Pinned | None) -> dict[str, object]:
    """Return a pack as a row of the list."""
    folder = pack_folder(name)
    found = pinned(folder)
    state = "not pinned" if known is None else "pinned" if known.is_same(found) else "changed"
    return {
        "name": key,
        "version": __version__ if name == SHIPPED else found.version,
        "rules": len(list(rule_files(folder))),
        "code": holds_code(folder),
        "state": "shipped" if name == SHIPPED else state,
        "source": known.source if known else "",
        "sha256": found.sha256,
    }


@packs.command(short_help="Fetch a rule pack from Git, and pin it.")
@click.argument("address", metavar="URL")
@click.option("--commit", required=True, metavar="HASH", help="Commit, by its full hash.")
@click.option(
    "--into",
    type=FOLDER,
    help="Folder for the pack; by default packs/NAME next to the project file.",
)
@_trusted_keys_option
@click.pass_context
def add(
    context: click.Context,
    address: str,
    commit: str,
    into: Path | None,
    trusted_keys: tuple[Path, ...],
) -> None:
    """Fetch a rule pack from Git at one commit, and pin it; nothing in it is run.

    \b
    Examples:
      amlaudit packs add https://example.com/contoso/rules.git \\
          --commit 8f6e2f0c1d3b5a79c4e8d2b6f0a1c3e5d7b9f812
      amlaudit packs add ssh://git@example.com/rules.git --into company \\
          --commit 8f6e2f0c1d3b5a79c4e8d2b6f0a1c3e5d7b9f812

    Review it, then use the folder: --rules FOLDER, or rules in amlaudit.yaml.
    """  # noqa: D301 - \b is click's own
    from amlaudit.cli.git import COMMIT, fetched  # noqa: PLC0415 - seldom needed

    if not COMMIT.fullmatch(commit):
        raise click.UsageError(
            "--commit must be a full hash of 40 hex digits, because names can move."
        )
    path = lock_of_project(context)
    target = into or path.parent / "packs" / _last_part(address)
    if target.exists():
        raise click.UsageError(
            f"{target} already exists; remove it, or use another folder with --into."
        )
    with writing(target), fetched(address, commit, target) as files:
        manifest = manifest_of(files)
        signature = _signature_of(files, trusted_keys)
        pin = replace(pinned(files), source=f"{address}@{commit}")
        files.rename(target)
    _write_lock(path, {**read_lock(path), key_of(str(target), path): pin})
    version = f" {manifest.version}" if manifest else ""
    click.echo(f"{target}:{version} {_rules_in(target)}, {signature}")
    if holds_code(target):
        click.echo("It contains Python, which runs when the pack is used: review it first.")


def _last_part(address: str) -> str:
    """Return the default folder name for a repository."""
    return address.rstrip("/").replace(":", "/").rpartition("/")[2].removesuffix(".git")


@packs.command(short_help="Pin packs as they are now.")
@named_packs_option
@click.pass_context
def lock(context: click.Context, packs: tuple[str, ...]) -> None:
    """Pin the packs in the project file, or those given here, as they are now.

    \b
    Examples:
      amlaudit packs lock
      amlaudit packs lock --rules my-rules

    Packs that `amlaudit packs add` fetched stay pinned as long as their folder exists.
    """  # noqa: D301 - \b is click's own
    path = lock_of_project(context)
    earlier = read_lock(path)
    folders = [(path.parent / key, each) for key, each in earlier.items()]
    fetched = [str(folder) for folder, each in folders if each.source and folder.exists()]
    pins: dict[str, Pinned] = {}
    for name in dict.fromkeys((*packs, *fetched)):
        key = key_of(name, path)
        now, before = pinned(pack_folder(name)), earlier.get(key)
        pins[key] = before if before and before.is_same(now) else now
    _write_lock(path, pins)


def _write_lock(path: Path, pins: Mapping[str, Pinned]) -> None:
    """Write a lock, which its user trusts from now on."""
    keep(path, [lock_of(pins.items())])
    trust(path)
    click.echo(f"{path}: {', '.join(pins) or 'no packs'}")
    click.echo(f"to trust it elsewhere, set AMLAUDIT_TRUSTED_LOCK={hash_of(path)}")


@packs.command(short_help="Check that pinned packs are unchanged.")
@named_packs_option
@_trusted_keys_option
@click.pass_context
def verify(context: click.Context, packs: tuple[str, ...], trusted_keys: tuple[Path, ...]) -> None:
    """Check that pinned packs are unchanged, and who signed them; exit with 5 otherwise.

    \b
    Examples:
      amlaudit packs verify
      amlaudit packs verify --rules my-rules --trusted-key contoso.pub.pem
    """  # noqa: D301 - \b is click's own
    path = lock_of_project(context)
    pins = read_lock(path)
    _refuse_missing(path, pins)
    for key in dict.fromkeys((*(key_of(each, path) for each in packs), *pins)):
        folder = pack_folder(pack_of(key, path))
        refuse_changed(key, folder, pins)
        click.echo(f"{key} is unchanged, {_signature_of(folder, trusted_keys)}")
    what = counted(len(pins), "pack") if pins else "no packs are pinned there"
    click.echo(f"{path}: {what}")


@packs.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--sign-key",
    required=True,
    type=FILE,
    help="Ed25519 private key (PEM) to sign with.",
)
def sign(folder: Path, sign_key: Path) -> None:
    """Sign a pack of your own: pack.sig covers every file in it.

    \b
    Examples:
      amlaudit packs sign my-rules --sign-key contoso.pem
      amlaudit packs sign . --sign-key ~/.keys/contoso.pem
    """  # noqa: D301 - \b is click's own
    from amlaudit.evidence.signature import signature_of  # noqa: PLC0415 - comes with an extra

    keep(folder / SIGNATURE, [signature_of(signed_content(folder), sign_key)])
    click.echo(f"{folder / SIGNATURE} signs {_rules_in(folder)}")


def _rules_in(folder: Path) -> str:
    """Return the number of rules in a pack, with its noun."""
    return counted(len(list(rule_files(folder))), "rule")


def _refuse_missing(lock: Path, pins: Iterable[str]) -> None:
    """Raise if a pinned pack no longer exists.

    Raises:
        AmlauditError: One does not.
    """
    for key in pins:
        try:
            pack_folder(pack_of(key, lock))
        except AmlauditError as error:
            raise AmlauditError(
                "E203",
                f'Rule pack "{key}" not found',
                cause=f"it is pinned in {lock}",
                advice="restore it, or pin the remaining packs with `amlaudit packs lock`",
                exit_code=Exit.INVALID,
            ) from error


def _signature_of(folder: Path, trusted_keys: Iterable[Path]) -> str:
    """Describe who signed a pack, as far as that is known.

    Raises:
        AmlauditError: It is signed, but by none of the trusted keys.
    """
    path, keys = folder / SIGNATURE, list(trusted_keys)
    if not path.is_file():
        return "not signed"
    if not keys:
        return "signed, but the signer was not checked; use --trusted-key"
    from amlaudit.evidence.signature import is_signed  # noqa: PLC0415 - comes with an extra

    signature, content = bytes_of(path, LARGEST_SOURCE), signed_content(folder)
    for key in keys:
        if is_signed(content, signature, key):
            return f"signed by {key.name}"
    raise AmlauditError(
        "E207",
        f'Pack "{folder.name}" is signed, but not with a trusted key. Nothing from it was run.',
        advice="ask its author for the key, or remove the pack",
        exit_code=Exit.INVALID,
    )

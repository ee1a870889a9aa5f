"""Which rule packs may run code: those on the command line, and those that the user reviewed.

A pack named in a project file may come with any checkout, as may its lock. Therefore a lock counts
only for the user who wrote it with `amlaudit packs lock`, or whose environment names its hash.
"""

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import click

from amlaudit.cli.files import writing
from amlaudit.cli.folders import state_folder
from amlaudit.cli.settings import is_of_project, settings_of
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.rulebook.library import pack_folder
from amlaudit.rulebook.locks import NAME, holds_code, read_lock, refuse_changed
from amlaudit.rulebook.manifest import manifest_of
from amlaudit.sizes import LARGEST_SOURCE, bytes_of

_VARIABLE: Final = "AMLAUDIT_TRUSTED_LOCK"


def refuse_unfit(context: click.Context, packs: Sequence[str]) -> None:
    """Raise if a pack must not be run.

    Whoever names it, a pinned pack must be unchanged, and any pack must fit this version of
    amlaudit. A pack that a project file names must not run code that its user has not reviewed.

    Raises:
        AmlauditError: A pack must not be run.
    """
    lock = lock_of_project(context)
    pins = read_lock(lock)
    for name in packs:
        place = pack_folder(name)
        manifest_of(place)
        runs_unasked = is_of_project(context, "packs") and holds_code(place)
        if runs_unasked or key_of(name, lock) in pins:
            refuse_changed(key_of(name, lock), place, pins)
        if runs_unasked:
            _refuse_foreign(lock, name)


def lock_of_project(context: click.Context) -> Path:
    """Return the path of the lock: next to the project file, otherwise in the current folder."""
    return (settings_of(context).folder or Path.cwd()) / NAME


def key_of(name: str, lock: Path) -> str:
    """Return the key of a pack in a lock: the relative path of a folder, otherwise its name."""
    if not Path(name).exists():
        return name
    try:
        return Path(os.path.relpath(name, lock.parent)).as_posix()
    except ValueError:  # on another drive
        return Path(name).resolve().as_posix()


def pack_of(key: str, lock: Path) -> str:
    """Return the path or name of the pack that a key in a lock stands for."""
    return str(lock.parent / key) if (lock.parent / key).exists() else key


def _refuse_foreign(lock: Path, name: str) -> None:
    """Raise if a lock was written by somebody else.

    Raises:
        AmlauditError: It was.
    """
    digest = hash_of(lock)
    if digest == os.environ.get(_VARIABLE) or digest in _trusted():
        return
    raise AmlauditError(
        "E207",
        f'Pack "{name}" is pinned by a lock that you did not write. Nothing from it was run.',
        advice=f"review it, then run `amlaudit packs lock` or set {_VARIABLE}={digest}",
        exit_code=Exit.INVALID,
    )


def trust(lock: Path) -> None:
    """Record that the user wrote a lock.

    Raises:
        AmlauditError: It cannot be recorded.
    """
    path = _record()
    with writing(path, f"to trust the lock without it, set {_VARIABLE}={hash_of(lock)}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{hash_of(lock)}\n")


def hash_of(lock: Path) -> str:
    """Return the hash of a lock."""
    return sha256(bytes_of(lock, LARGEST_SOURCE)).hexdigest()


def _trusted() -> set[str]:
    """Return the hashes of the locks that the user wrote, none if they cannot be read."""
    try:
        return set(_record().read_text("utf-8").split())
    except (OSError, ValueError):
        return set()


def _record() -> Path:
    """Return the path of the file with the hashes of the user's locks."""
    return state_folder() / "trusted-locks.txt"

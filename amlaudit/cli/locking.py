"""Which rule packs may run code: those of the command line, and those that somebody looked at.

A pack that a project file names could come with any checkout, its lock too. So a lock counts only
for the user who wrote it with `amlaudit packs lock`, or whose environment names its hash.
"""

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import click

from amlaudit.cli.settings import is_of_project, settings_of
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.rulebook.library import pack_folder
from amlaudit.rulebook.locks import NAME, holds_code, read_lock, refuse_changed
from amlaudit.sizes import LARGEST_SOURCE, bytes_of

_VARIABLE: Final = "AMLAUDIT_TRUSTED_LOCK"


def refuse_unpinned(context: click.Context, packs: Sequence[str]) -> None:
    """Raise if a project file names a pack that would run code which nobody looked at.

    Raises:
        AmlauditError: It does.
    """
    folder = settings_of(context).folder
    if not folder or not is_of_project(context, "packs"):
        return
    for name in packs:
        place = pack_folder(name)
        if holds_code(place):
            path = folder / NAME
            refuse_changed(name, place, read_lock(path))
            _refuse_foreign(path, name)


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
        advice=f"review it, then `amlaudit packs lock`, or set {_VARIABLE}={digest}",
        exit_code=Exit.INVALID,
    )


def trust(lock: Path) -> None:
    """Note that the user wrote a lock."""
    path = _record()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{hash_of(lock)}\n")


def hash_of(lock: Path) -> str:
    """Return the hash of a lock."""
    return sha256(bytes_of(lock, LARGEST_SOURCE)).hexdigest()


def _trusted() -> set[str]:
    """Return the hashes of the locks that the user wrote."""
    path = _record()
    return set(path.read_text("utf-8").split()) if path.exists() else set()


def _record() -> Path:
    """Return where the hashes of the user's locks are kept."""
    from platformdirs import user_state_path  # noqa: PLC0415 - little needs it

    return user_state_path("amlaudit", appauthor=False) / "trusted-locks.txt"

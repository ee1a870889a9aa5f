"""Locks: the contents of rule packs at the time somebody reviewed them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.rulebook.manifest import manifest_of
from amlaudit.sizes import LARGEST_SOURCE, bytes_of
from amlaudit.strict_json import load_json

NAME: Final = "amlaudit.lock"
_NO_PART: Final = {"__pycache__", ".git"}
"""Folders that are not part of a pack."""
SIGNATURE: Final = "pack.sig"
"""The file of a pack with its author's signature."""
_VERSION: Final = 1
_SHOWN: Final = 12
"""Digits of a hash that messages show."""


class Pinned(Struct, frozen=True):
    """A rule pack as it was reviewed.

    Attributes:
        sha256: Hash over all of its files.
        files: Hash of each file, by its path in the pack.
        version: The version of the pack, if it declares one.
        source: Where it was fetched from, ADDRESS@COMMIT, if it was.
    """

    sha256: str
    files: Mapping[str, str]
    version: str = ""
    source: str = ""

    def is_same(self, other: "Pinned") -> bool:
        """Tell whether another pack has the same files."""
        return (self.sha256, self.files) == (other.sha256, other.files)


def pinned(folder: Path) -> Pinned:
    """Return a rule pack in its current state: everything in it counts, rules or not."""
    files = _hashes(folder)
    manifest = manifest_of(folder)
    return Pinned(sha256(_spelled(files)).hexdigest(), files, manifest.version if manifest else "")


def signed_content(folder: Path) -> bytes:
    """Return what the author of a pack signs: name and hash of each file except the signature."""
    return _spelled({name: each for name, each in _hashes(folder).items() if name != SIGNATURE})


def _hashes(folder: Path) -> dict[str, str]:
    """Return the hash of each file of a pack, by its path in it."""
    return {
        name: sha256(bytes_of(path, LARGEST_SOURCE)).hexdigest() for name, path in _files(folder)
    }


def _spelled(files: Mapping[str, str]) -> bytes:
    """Return hashes as bytes to hash or to sign."""
    return "".join(f"{name}\0{digest}\n" for name, digest in files.items()).encode()


def holds_code(folder: Path) -> bool:
    """Tell whether a rule pack would run its own code."""
    return any(name.endswith(".py") for name, _ in _files(folder))


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (path in the pack, path) of its files, by name."""
    paths = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    for path in paths:
        if path.is_file() and _NO_PART.isdisjoint(path.relative_to(folder).parts):
            yield path.relative_to(folder).as_posix(), path


def lock_of(packs: Iterable[tuple[str, Pinned]]) -> str:
    """Return the text of a lock file."""
    listed = {name: _fields(each) for name, each in sorted(packs, key=itemgetter(0))}
    return json.dumps({"version": _VERSION, "packs": listed}, indent=2) + "\n"


def _fields(pack: Pinned) -> dict[str, Any]:
    """Return the fields of a pack in a lock file, omitting unknown ones."""
    fields = {"version": pack.version, "source": pack.source}
    known = {key: value for key, value in fields.items() if value}
    return {**known, "sha256": pack.sha256, "files": pack.files}


def read_lock(path: Path) -> Mapping[str, Pinned]:
    """Return the packs that a lock pins, by name; empty if there is no lock.

    Raises:
        AmlauditError: It is damaged.
    """
    if not path.exists():
        return {}
    try:
        document: Any = load_json(bytes_of(path, LARGEST_SOURCE))
        if document["version"] != _VERSION:
            raise ValueError(f"version {document['version']}, not {_VERSION}")  # noqa: TRY301 - one error for all
        return {
            name: Pinned(
                each["sha256"],
                dict(each["files"]),
                str(each.get("version", "")),
                str(each.get("source", "")),
            )
            for name, each in document["packs"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AmlauditError(
            "E201",
            f"{path} is not a lock file",
            cause=str(error),
            advice="recreate it with `amlaudit packs lock`",
            exit_code=Exit.INVALID,
        ) from error


def refuse_changed(name: str, folder: Path, lock: Mapping[str, Pinned]) -> None:
    """Raise if a pack is not the one that a lock pins.

    Raises:
        AmlauditError: It differs, or the lock pins no pack of this name.
    """
    found, expected = pinned(folder), lock.get(name)
    if expected and expected.is_same(found):
        return
    text = f"expected sha256 {expected.sha256[:_SHOWN]}…" if expected else "it is not pinned there"
    raise AmlauditError(
        "E207",
        f'Pack "{name}" does not match {NAME} ({text}, found {found.sha256[:_SHOWN]}…). '
        "None of its code was run.",
        cause=_changes(expected, found) if expected else "",
        advice="review it, then run `amlaudit packs lock`",
        exit_code=Exit.INVALID,
    )


def _changes(expected: Pinned, found: Pinned) -> str:
    """Return which files have changed."""
    names = [
        name
        for name in sorted({*expected.files, *found.files})
        if expected.files.get(name) != found.files.get(name)
    ]
    return f"changed: {', '.join(names)}"

"""`pack.yaml`: the metadata of a rule pack, and which amlaudit versions it is for."""

import re
from itertools import zip_longest
from operator import eq, ge, gt, le, lt, ne
from pathlib import Path
from typing import Final

from msgspec import Struct

from amlaudit import __version__
from amlaudit.core.patterns import late_pattern
from amlaudit.strict_yaml import Node, read_yaml

NAME: Final = "pack.yaml"
_KEYS: Final = ("name", "version", "requires", "licence", "description")
_PACK_NAME: Final = late_pattern(r"[a-z0-9][a-z0-9._-]*")
_REQUIRES: Final = late_pattern(r"amlaudit((?:\s*,?\s*(?:>=|<=|==|!=|>|<)\s*\d+(?:\.\d+)*)+)")
_BOUND: Final = late_pattern(r"(>=|<=|==|!=|>|<)\s*([\d.]+)")
_HOLDS: Final = {">=": ge, "<=": le, "==": eq, "!=": ne, ">": gt, "<": lt}


class Manifest(Struct, frozen=True):
    """The metadata of a rule pack.

    Attributes:
        name: Its name.
        version: Its version.
        licence: Its licence, as its author spells it.
    """

    name: str
    version: str
    licence: str


def manifest_of(folder: Path, release: str = __version__) -> Manifest | None:
    """Return the manifest of a pack, None if it has none.

    Args:
        folder: The pack.
        release: The version of amlaudit that is to run it.

    Raises:
        AmlauditError: It is invalid, or the pack is for another version; with file, line, column.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    root = read_yaml(path, path.as_posix())
    keys = root.mapping(_KEYS, "a pack manifest", needed=("name", "version"))
    if not _PACK_NAME.fullmatch(keys["name"].text()):
        keys["name"].error("a name may only contain lower case letters, digits, dots and dashes")
    if "requires" in keys:
        _refuse_unfit(keys["requires"], release)
    licence = keys.read("licence", Node.text, "")
    return Manifest(keys["name"].text(), keys["version"].text(), licence)


def _refuse_unfit(requires: Node, release: str) -> None:
    """Raise if a pack is for another version of amlaudit."""
    found = _REQUIRES.fullmatch(requires.text().strip())
    if not found:
        requires.error("expected a range such as amlaudit>=1,<2")
    for operator, bound in _BOUND.findall(found[1]):
        pairs = list(zip_longest(_numbers(release), _numbers(bound), fillvalue=0))
        if not _HOLDS[operator]([ours for ours, _ in pairs], [theirs for _, theirs in pairs]):
            requires.error(
                f"the pack requires {requires.text()}, but this is {release}",
                advice="install a version that it supports, or a version of the pack for this one",
            )


def _numbers(version: str) -> list[int]:
    """Return the numbers of a version."""
    return [int(each) for each in re.findall(r"\d+", version)]

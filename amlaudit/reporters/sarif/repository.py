"""Files of the repository that results point to: their lines and declarations."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias

from msgspec import Struct, field

from amlaudit.core.errors import AmlauditError
from amlaudit.core.patterns import late_pattern
from amlaudit.core.place import Place
from amlaudit.sizes import LARGEST_SOURCE, bytes_of

Lines: TypeAlias = Sequence[str]

_DRIVE: Final = late_pattern(r"[A-Za-z]:")
_CAPITAL: Final = late_pattern(r"(?<=[a-z0-9])(?=[A-Z])")


class Repository(Struct, frozen=True):
    """The files under a folder, each read once.

    Attributes:
        root: The folder; None: no file is read.
    """

    root: Path | None
    _read: dict[str, Lines | None] = field(default_factory=dict)

    def lines(self, path: str) -> Lines | None:
        """Return the lines of a file, None if it is not in the repository or cannot be read."""
        if path not in self._read:
            self._read[path] = self._lines(path)
        return self._read[path]

    def _lines(self, path: str) -> Lines | None:
        """Read a file, without following links that lead out of the repository."""
        if self.root is None or not is_inside(path):
            return None
        found, root = (self.root / path).resolve(), self.root.resolve()
        try:
            within = found.is_relative_to(root) and found.is_file()
            return bytes_of(found, LARGEST_SOURCE).decode().splitlines() if within else None
        except (OSError, UnicodeDecodeError, AmlauditError):
            return None

    def has(self, place: Place) -> bool:
        """Tell whether results can point to a place; if no files are read, it is assumed."""
        if self.root is None:
            return is_inside(place.path)
        lines = self.lines(place.path)
        return lines is not None and 1 <= place.line <= len(lines)

    def at_property(self, place: Place, paths: Sequence[str]) -> Place:
        """Return the line on which a declaration sets a property; else its first line.

        Args:
            place: The declaration.
            paths: The relevant properties, most relevant first.
        """
        lines = self.lines(place.path)
        if lines is None:
            return place
        found = (property_line(lines, place, path) for path in paths)
        line = next(filter(None, found), place.line)
        return place._replace(line=line, column=1, end_line=0)


def is_inside(path: str) -> bool:
    """Tell whether a path leads to a file inside the folder in which the audit runs."""
    parts = PurePosixPath(path)
    return not (parts.is_absolute() or ".." in parts.parts or _DRIVE.match(path) or "\\" in path)


def property_line(lines: Lines, place: Place, path: str) -> int | None:
    """Return the line, from 1, on which a declaration sets a property or its enclosing object.

    Bicep and JSON spell properties as Azure does, Terraform in words separated by underscores,
    often with a suffix (`public_network_access_enabled`) and without the enclosing objects.
    """
    within = block(lines, place)
    line = None
    for step in path.split("."):
        found = next((each for each in within if _sets(lines[each], step.partition("[")[0])), None)
        if found is not None:
            line, within = found + 1, block(lines, Place(place.path, found + 1))
    return line


def block(lines: Lines, place: Place) -> range:
    """Return the lines, from 0, below the first line of a declaration."""
    first = place.line - 1
    if place.end_line > place.line:
        return range(first + 1, min(place.end_line, len(lines)))
    return range(first + 1, next(_ends(lines, first)))


def _ends(lines: Lines, first: int) -> Iterator[int]:
    """Yield the line at which the block indented deeper than a line ends."""
    depth = indent_of(lines[first])
    for number in range(first + 1, len(lines)):
        if lines[number].strip() and indent_of(lines[number]) <= depth:
            yield number
    yield len(lines)


def indent_of(line: str) -> int:
    """Return the indentation of a line, in characters."""
    return len(line) - len(line.lstrip())


def _sets(line: str, name: str) -> bool:
    """Tell whether a line of Bicep, JSON, YAML or Terraform sets a property, or part of it."""
    return _setting(name).match(line) is not None


@lru_cache(maxsize=1024)
def _setting(name: str) -> re.Pattern[str]:
    """Return a pattern for lines that set a property."""
    words = re.escape(_CAPITAL.sub("_", name).lower())
    spelled = rf"""["']?(?:{re.escape(name)}|{words}(?:_\w+)?)["']?"""
    return re.compile(rf"\s*(?:- )?{spelled}\s*[:={{]", re.IGNORECASE)

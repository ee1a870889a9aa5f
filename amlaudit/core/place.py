"""Places in files: where something is declared, so that people can open it there."""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from amlaudit.core.patterns import late_pattern

_WRITTEN: Final = late_pattern(r"([^:\s][^:\r\n]{0,400}):([1-9][0-9]{0,6})")


class Place(NamedTuple):
    """Where a resource, a waiver or a rule is written; a tuple, because findings carry it.

    Attributes:
        path: Path of the file, with forward slashes, relative to the working directory of the audit
            if it is inside.
        line: First line, from 1.
        column: First column, from 1.
        end_line: Last line, 0 if only the first is known.
        address: Name of the declaration in its language, such as `azurerm_storage_account.data` or
            a JSON pointer, empty if it has none.
    """

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    address: str = ""

    def __str__(self) -> str:
        """Return `path:line`, as compilers write it."""
        return f"{self.path}:{self.line}"


def place_in(text: object) -> Place | None:
    """Return the place that a text like `infra/main.bicep:12` names, None if it names none."""
    found = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    return Place(found[1], int(found[2])) if found else None


Lines: TypeAlias = Mapping[str, int]
"""The line offset of each property from the first line of its declaration, by path.

Paths are lower case and begin with a dot: `.properties.encryption.status`, `.zones[0]`.
"""

_BODY: Final = ".properties"
"""The object that contains nearly all properties, so its own line is not informative."""


class Written(NamedTuple):
    """Where a resource and its properties are declared.

    Attributes:
        place: Place of the declaration; None: there is none.
        lines: Lines of its properties; None: not known.
    """

    place: Place | None = None
    lines: Lines | None = None

    def at(self, path: str) -> Place | None:
        """Return where a property, or the nearest object that contains it, is written.

        None if that is the whole declaration.

        Args:
            path: The property: `properties.encryption.status`.
        """
        if self.place is None or not self.lines:
            return None
        at = f".{path.lower()}"
        while at:
            if at in self.lines and not at.endswith(_BODY):
                line = self.place.line + self.lines[at]
                return self.place._replace(line=line, column=1, end_line=line)
            at = at[: max(at.rfind("."), at.rfind("["), 0)]
        return None

    def part(self, path: str) -> "Written":
        """Return where the part at a path is written, as if it were a separate declaration."""
        start, place = f".{path.lower()}", self.at(path)
        if place is None or not self.lines or start not in self.lines:
            return Written(place or self.place)
        first = self.lines[start]
        beneath = (each for each in self.lines if each.startswith((f"{start}.", f"{start}[")))
        return Written(
            place, {each.removeprefix(start): self.lines[each] - first for each in beneath}
        )


NOWHERE: Final = Written()
"""For resources that were read, not declared."""
